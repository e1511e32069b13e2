"""The pictures of the page in README and docs/page.md, made anew: ``make page-pictures``.

A real browser before a real server of data/photos, as in the browser tests.
"""

import io
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from random import Random
from tempfile import gettempdir
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.browser import FLAGS, chromium
from browsing import PHONE, REPOSITORY, drawn, loaded, photoseek, serving, with_duplicates

IMAGES = REPOSITORY / "docs" / "images"
DESKTOP: dict[str, Any] = {"viewport": {"width": 1200, "height": 750}, "device_scale_factor": 1.5}
DARK: dict[str, Any] = {**DESKTOP, "color_scheme": "dark"}
SMALL: dict[str, Any] = {
    "viewport": PHONE,
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
QUALITY = 80
FIRST_DAY = datetime(2019, 6, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Shot:
    """A view, and what is done in it before the picture is taken."""

    name: str
    path: str
    options: dict[str, Any] = field(default_factory=lambda: DESKTOP)
    act: Callable[[Page], None] = loaded


def hover(page: Page) -> None:
    loaded(page)
    page.locator(".tile").nth(1).hover()
    page.wait_for_timeout(400)


def open_first(page: Page) -> None:
    page.locator(".tile-open").first.click()
    page.locator(".lightbox-facts dl").wait_for()
    page.wait_for_load_state("networkidle")
    page.mouse.move(400, 720)
    page.wait_for_timeout(400)


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(600)


SHOTS = (
    Shot("search", "/?q=dog+-people", act=hover),
    Shot("lightbox", "/?q=a+dog+in+the+woods", act=open_first),
    Shot("photos", "/", DARK),
    Shot("duplicates", "/?view=duplicates", act=settle),
    Shot("phone", "/?q=flowers", SMALL),
    Shot("map", "/?view=map", act=settle),
)


def main() -> None:
    with new_folder() as folder:
        pictures, library = fill(folder / "Pictures"), folder / "library"
        command = photoseek("index", pictures, "--library", library)
        subprocess.run(command, check=True, cwd=REPOSITORY)
        with serving(library) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            made_ahead(f"{address}/api/v1/map")
            for shot in SHOTS:
                take(browser, address, shot)
            browser.close()


@contextmanager
def new_folder() -> Iterator[Path]:
    """Its name is seen in the pictures, so it is always the same."""
    folder = Path(gettempdir()) / "demo"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def fill(folder: Path) -> Path:
    """data/photos with two duplicates; those without a date get one by their file."""
    with_duplicates(folder)
    paths = sorted(one for one in folder.rglob("*") if one.is_file())
    Random(2).shuffle(paths)
    for number, path in enumerate(paths):
        day = FIRST_DAY + timedelta(days=number // 17 * 9, minutes=number)
        os.utime(path, (day.timestamp(), day.timestamp()))
    return folder


def made_ahead(address: str) -> None:
    """Wait for what takes longest: UMAP is compiled when it is first used."""
    while urllib.request.urlopen(address).status == HTTPStatus.ACCEPTED:
        time.sleep(1)


def take(browser: Browser, address: str, shot: Shot) -> None:
    context = browser.new_context(locale="en-US", **shot.options)
    page = context.new_page()
    page.goto(address + shot.path)
    drawn(page)
    shot.act(page)
    path = IMAGES / f"page-{shot.name}.webp"
    with Image.open(io.BytesIO(page.screenshot())) as image:
        image.convert("RGB").save(path, quality=QUALITY, method=6)
    print(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size // 1000} kB")
    context.close()


if __name__ == "__main__":
    main()
