"""Indexing from the page: the first visit, a folder chosen, progress, pause, failures."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browsing import PHOTOS, Open, Watch, drawn, serving


@pytest.fixture
def home(tmp_path: Path) -> Path:
    pictures = tmp_path / "Pictures"
    shutil.copytree(PHOTOS / "animals", pictures / "animals")
    shutil.copytree(PHOTOS / "food", pictures / "food")
    (pictures / "food" / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    return pictures


@pytest.fixture
def empty(home: Path, tmp_path: Path) -> Iterator[str]:
    """A server with no library yet."""
    with serving(tmp_path / "library", "--root", home) as at:
        yield at


def test_first_visit_to_found_photograph(
    empty: str, visit: Open, screenshots: Path, watch: Watch
) -> None:
    watch.allowed = ("423",)  # asked for in the moment that the library is made: asked again
    page = visit(at=empty)
    expect(page.get_by_role("heading", name="Welcome to Photoseek")).to_be_visible()
    page.screenshot(path=screenshots / "welcome.png")
    page.get_by_role("button", name="Add a folder with photographs").click()
    page.get_by_role("button", name="Open Pictures").click()
    expect(page.get_by_role("button", name="Index animals")).to_be_visible()
    page.wait_for_timeout(150)
    page.screenshot(path=screenshots / "chooser.png")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Index Pictures").click()
    run = page.get_by_role("region", name="Progress of indexing")
    expect(run).to_contain_text("Indexing")
    page.get_by_role("button", name="Pause").click()
    expect(run).to_contain_text("Paused")
    page.screenshot(path=screenshots / "indexing.png")
    page.get_by_role("button", name="Resume").click()
    expect(run).to_contain_text("up to date", timeout=60_000)
    expect(run).to_contain_text("unreadable")
    page.get_by_role("region", name="Cannot be searched").locator("summary").first.wait_for()
    expect(page.get_by_text("torn.jpg").first).to_be_attached()
    page.get_by_role("link", name="Photos", exact=True).click()
    expect(page.locator(".view-note")).to_have_text("28 photographs")
    page.keyboard.press("/")
    page.keyboard.type("strawberry")
    page.keyboard.press("Enter")
    drawn(page)
    expect(page.locator(".tile").first).to_be_visible()


def test_a_run_is_cancelled_and_made_good_later(empty: str, visit: Open, watch: Watch) -> None:
    watch.allowed = ("423",)
    page = visit(at=empty)
    page.get_by_role("button", name="Add a folder with photographs").click()
    page.get_by_role("button", name="Index Pictures").click()
    run = page.get_by_role("region", name="Progress of indexing")
    page.get_by_role("button", name="Pause").click()
    expect(run).to_contain_text("Paused")
    page.get_by_role("button", name="Cancel").click()
    expect(run).to_contain_text("what was read is kept", timeout=30_000)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(page.locator(".sidebar-progress")).to_be_hidden()
    page.get_by_role("button", name="Bring up to date").click()
    expect(run).to_contain_text("up to date", timeout=60_000)
    expect(page.get_by_role("region", name="Cannot be searched")).to_contain_text("torn.jpg")
    page.get_by_role("link", name="Photos", exact=True).click()
    expect(page.locator(".view-note")).to_have_text("28 photographs")


def test_read_only_offers_no_change(visit: Open, library: Path) -> None:
    with serving(library, "--read-only") as at:
        page = visit("/?view=library", at=at)
        expect(page.get_by_role("button", name="Add folder")).to_have_count(0)
        expect(page.get_by_role("button", name="Bring up to date")).to_have_count(0)
        page.goto(f"{at}/?q=dog")
        drawn(page)
        page.locator(".tile-open").first.click()
        expect(page.get_by_role("button", name="Download")).to_be_visible()
        expect(page.get_by_role("button", name="Tag", exact=True)).to_have_count(0)
        page.context.close()
