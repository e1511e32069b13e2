"""How the page feels with a large library: python -m benchmarks.page http://localhost:8472

Needs a running ``photoseek serve``, Chromium and Playwright. First paint, until photographs stand
there, from a query to its painted answer, and the frames while the timeline is scrolled.
"""

import argparse
import statistics
from collections.abc import Sequence

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import FLAGS, chromium

QUERIES = (
    "a dog",
    "red flowers",
    "people on the beach",
    "snow in the mountains",
    "old car",
    "boat",
)

SCROLL = """([step, total]) => new Promise((resolve) => {
    const main = document.getElementById('main');
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    address = parser.parse_args().address
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1360, "height": 850})
        page.goto(address)  # wakes the server; what is measured comes after it
        for _ in range(3):
            _visit(page, address)
        for step in (12, 40, 400, 4000):
            _scroll(page, step)
        _ask(page)
        browser.close()


def _visit(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".tile")
    paint, shown = page.evaluate(
        "[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()]"
    )
    print(f"first paint {paint:.0f} ms, photographs stand there {shown:.0f} ms")


def _scroll(page: Page, step: int) -> None:
    page.evaluate("document.getElementById('main').scrollTop = 0")
    deltas, tiles = page.evaluate(SCROLL, [step, 5_000])
    print(f"scrolling {step} px a frame: {_frames(deltas)}, at most {tiles} tiles")


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
