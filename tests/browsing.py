"""Looking at the page as a person does: a real browser, a real server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import ConsoleMessage, Page

REPOSITORY = Path(__file__).parents[1]
PHOTOS = REPOSITORY / "data" / "photos"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 800}

Open = Callable[..., Page]


def photoseek(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "photoseek", *map(str, arguments)]


def with_duplicates(folder: Path) -> Path:
    """data/photos in a new folder, with an ``album`` of a copy and of a smaller version."""
    shutil.copytree(PHOTOS, folder)
    album = folder / "album"
    album.mkdir()
    shutil.copy(folder / "places" / "red-sunset.jpg", album / "sunset again.jpg")
    with Image.open(folder / "animals" / "giraffes.jpg") as image:
        image.resize((image.width // 2, image.height // 2)).save(album / "giraffes small.jpg")
    return folder


@contextmanager
def serving(
    library: Path, *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address of ``photoseek serve`` on a free port; ``environment`` is beside our own."""
    command = photoseek("serve", "--port", "0", "--library", library, *arguments)
    env = {**os.environ, **(environment or {})}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, env=env
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "http://" in line, f"the server said {line!r}"
            yield next(word for word in line.split() if word.startswith("http://")).rstrip("/")
        finally:
            process.terminate()
            process.wait(20)


class Watch:
    """What a page must not do: log errors, throw, ask another host."""

    def __init__(self, allowed: tuple[str, ...] = ()) -> None:
        self.allowed = allowed
        self.wrong: list[str] = []

    def follow(self, page: Page, address: str) -> None:
        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self._note(f"{message.type}: {message.text} {message.location.get('url', '')}")

        page.on("console", said)
        page.on("pageerror", lambda error: self._note(f"thrown: {error}"))
        page.on("request", lambda request: self._asked(request.url, address))

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith((address, "blob:", "data:")):
            self._note(f"asked another host: {url}")

    def _note(self, text: str) -> None:
        if not any(one in text for one in self.allowed):
            self.wrong.append(text)


def drawn(page: Page) -> None:
    """Waits until a view is there and nothing is being waited for."""
    page.wait_for_function(
        """() => document.querySelector('main[aria-busy=false] > *')
            && !document.querySelector('.busy, .spinner')""",
        timeout=60_000,
    )


def loaded(page: Page) -> None:
    """Waits until the thumbnails in view are painted."""
    page.wait_for_function(
        """() => {
            const tiles = [...document.querySelectorAll('.tile')].filter((tile) => {
                const box = tile.getBoundingClientRect();
                return box.bottom > 0 && box.top < innerHeight;
            });
            return tiles.length && tiles.every((tile) => tile.matches('.loaded, .broken'));
        }"""
    )
    page.wait_for_timeout(220)  # they fade in


def names(page: Page) -> list[str]:
    """File names, or labels, of the tiles in the document, in order."""
    labels = "links => links.map(link => link.getAttribute('aria-label').split(',')[0])"
    found: list[str] = page.eval_on_selector_all(".tile-open", labels)
    return found


def search(page: Page, text: str) -> None:
    """Types a query, as a person does."""
    page.keyboard.press("/")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "q=" in url)
    drawn(page)
