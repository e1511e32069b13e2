"""A real browser before a real server of a real library: data/photos, and what a person adds.

The browser is Debian's Chromium, or the one that ``PHOTOSEEK_CHROMIUM`` names. Screenshots go to
``PHOTOSEEK_SCREENSHOTS``, or build/screenshots.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.browser import FLAGS, chromium
from browsing import (
    DESKTOP,
    REPOSITORY,
    Open,
    Watch,
    drawn,
    photoseek,
    serving,
    with_duplicates,
)


@pytest.fixture(scope="module")  # while it is open, nothing else may run an event loop here
def browser() -> Iterator[Browser]:
    try:
        executable = chromium()
    except LookupError as error:
        pytest.fail(str(error))
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = Path(os.environ.get("PHOTOSEEK_SCREENSHOTS", REPOSITORY / "build" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """data/photos with duplicates of three kinds beside it, and a file that is no picture."""
    folder = with_duplicates(tmp_path_factory.mktemp("home") / "Pictures")
    (folder / "album" / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    return folder


@pytest.fixture(scope="session")
def library(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library") / "library"
    command = photoseek("index", pictures, "--library", folder)
    subprocess.run(command, check=True, capture_output=True, cwd=REPOSITORY, timeout=300)
    return folder


@pytest.fixture(scope="session")
def address(library: Path, pictures: Path) -> Iterator[str]:
    with serving(library, "--root", pictures.parent) as at:
        yield at


@pytest.fixture
def watch() -> Iterator[Watch]:
    watching = Watch()
    yield watching
    assert not watching.wrong, "\n".join(watching.wrong)


@pytest.fixture
def visit(browser: Browser, address: str, watch: Watch) -> Iterator[Open]:
    """Opens a path of the page in a profile of its own, and waits until it is drawn, or as told."""
    contexts: list[BrowserContext] = []

    def opened(
        path: str = "/",
        at: str = address,
        until: Callable[[Page], None] = drawn,
        **options: Any,
    ) -> Page:
        options = {"viewport": DESKTOP, "locale": "en-US", **options}
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page, at)
        page.goto(at + path)
        until(page)
        return page

    yield opened
    for context in contexts:
        context.close()
