"""How the page feels with a large library: python -m benchmarks.page

Needs Chromium and Playwright. First paint, until photographs stand there, from a query to its
painted answer, and the frames while the timeline is scrolled: how long, and what of it is ours.
"""

import argparse
import statistics
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from io import BytesIO
from itertools import cycle
from pathlib import Path

from PIL import Image
from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.browser import FLAGS, chromium
from benchmarks.process import ROOT
from benchmarks.serving import server
from benchmarks.settings import CACHE
from benchmarks.synthetic import made_up_library
from store import Store

QUERIES = (
    "a dog",
    "red flowers",
    "people on the beach",
    "snow in the mountains",
    "old car",
    "boat",
)
STEPS = (12, 40, 400, 4000)
"""Pixels a frame: a finger, a wheel, a flick, the bar at the side."""

SCROLL = """([step, total, selector]) => new Promise((resolve) => {
    const main = document.querySelector(selector);
    main.scrollTop = 0;
    const deltas = [];
    let tiles = 0;
    let last = performance.now();
    const begun = last;
    const frame = (now) => {
        deltas.push(now - last);
        last = now;
        tiles = Math.max(tiles, document.querySelectorAll('.tile').length);
        main.scrollTop += step;
        if (now - begun < total) requestAnimationFrame(frame);
        else resolve([deltas.slice(3), tiles]);
    };
    requestAnimationFrame(frame);
})"""

# The same pictures at the same places, all in the document, and nothing that runs.
BARE = """(count) => {
    const places = [...document.querySelectorAll('.tile')].slice(0, 24).map((tile) => {
        const { transform, width, height } = tile.style;
        return { transform, width, height, src: tile.querySelector('img').src };
    });
    const bare = document.createElement('div');
    bare.id = 'bare';
    bare.style.cssText = 'position: fixed; inset: 0; overflow: auto; background: white';
    for (let i = 0; i < count; i++) {
        const screen = document.createElement('div');
        Object.assign(screen.style, { position: 'relative', height: '800px', contain: 'strict' });
        for (const { src, ...style } of places) {
            const image = document.createElement('img');
            Object.assign(image.style, style, { position: 'absolute', objectFit: 'cover' });
            image.src = src;
            screen.append(image);
        }
        bare.append(screen);
    }
    document.body.replaceChildren(bare);
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", nargs="?", help="of a server  [one of its own]")
    parser.add_argument("--photos", type=int, default=100_000, help="of its own library")
    parser.add_argument("--make", action="store_true", help="only make the library")
    options = parser.parse_args()
    if options.address:
        _measure(options.address)
        return
    library = _library(options.photos)
    if not options.make:
        with server(library) as (_, address):
            _measure(address)


def _library(count: int) -> Path:
    """One of made-up photographs that look like those of data/photos; kept for the next time."""
    library = CACHE / f"page-{count}"
    if not library.exists():
        made_up_library(str(library), count, 0)
        _show(library, count)
    return library


def _show(library: Path, count: int) -> None:
    """Gives each photograph the thumbnail of one of data/photos, in turn."""
    looks = cycle([_look(path) for path in sorted((ROOT / "data/photos").rglob("*.jpg"))])
    with closing(Store.open(library)) as store:
        for start in range(1, count + 1, 1_000):
            for photo in store.catalog.photos(range(start, start + 1_000)).values():
                store.thumbnails.put(photo.hash, next(looks))


def _look(path: Path) -> bytes:
    with Image.open(path) as image:
        image.thumbnail((384, 384))
        image.convert("RGB").save(written := BytesIO(), "JPEG", quality=85)
    return written.getvalue()


def _measure(address: str) -> None:
    with _page() as page:
        page.goto(address)  # wakes the server; what is measured comes after it
        for _ in range(3):
            _visit(page, address)
        for step in STEPS:
            _scroll(page, step, "#main")
        _ask(page)
        _visit(page, address)
        page.evaluate(BARE, 150)
        page.wait_for_timeout(1_000)
        print("the same pictures on a page that has no more to do than be scrolled:")
        for step in STEPS[:3]:
            _scroll(page, step, "#bare")


@contextmanager
def _page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser.new_page(viewport={"width": 1360, "height": 850})
        browser.close()


def _visit(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".tile.loaded")
    paint, shown = page.evaluate(
        "[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()]"
    )
    print(f"first paint {paint:.0f} ms, photographs stand there {shown:.0f} ms")


def _scroll(page: Page, step: int, selector: str) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    before = _spent(session)
    deltas, tiles = page.evaluate(SCROLL, [step, 5_000, selector])
    after = _spent(session)
    ours = ", ".join(
        f"{name} {1e3 * (after[name] - before[name]) / len(deltas):.1f} ms" for name in before
    )
    print(f"scrolling {step} px a frame: {_frames(deltas)}, at most {tiles} tiles; of it {ours}")


def _spent(session: CDPSession) -> dict[str, float]:
    """Seconds of the page's main thread so far."""
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return {
        "script": found["ScriptDuration"],
        "style and layout": found["RecalcStyleDuration"] + found["LayoutDuration"],
        "main thread": found["TaskDuration"],
    }


def _frames(deltas: Sequence[float]) -> str:
    ordered = sorted(deltas)
    tail = ordered[int(len(ordered) * 0.95)]
    return (
        f"median {statistics.median(ordered):.1f} ms, 95th {tail:.1f} ms of {len(ordered)} frames"
    )


def _ask(page: Page) -> None:
    for text in QUERIES:
        page.keyboard.press("/")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        page.wait_for_timeout(1_500)
    measure = "performance.getEntriesByName('photoseek:answer').map((one) => one.duration)"
    print("query to painted answer", *(f"{one:.0f}" for one in page.evaluate(measure)), "ms")


if __name__ == "__main__":
    main()
