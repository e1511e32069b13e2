"""The page and the machine that serves it: its folders, its models, its token."""

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsing import PHOTOS, Open, Watch, drawn, names, serving
from encoder.manifest import read_manifest, write_manifest
from encoder.registry import model_folder
from photoseek import Library

TOKEN = "correct-horse-battery"
BOOKMARK = "/?q=red+%22sunset%22+%E6%B5%B7&sort=date"


@pytest.fixture
def two_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of two models: ``worded`` in use, ``mini`` without the newest photograph."""
    home = tmp_path / "models"
    monkeypatch.setenv("PHOTOSEEK_MODELS", str(home))
    worded = Path(shutil.copytree(model_folder("mini"), home / "worded"))
    manifest = read_manifest(worded)
    assert manifest.text is not None
    text = replace(manifest.text, templates=("a photo of {}",))
    write_manifest(worded, replace(manifest, text=text))
    photos = Path(shutil.copytree(PHOTOS / "food", tmp_path / "food"))
    with Library.open(tmp_path / "library") as library:
        library.index(photos)
        library.index(model="worded")
        library.use_model("worded")
        shutil.copy(PHOTOS / "animals" / "giraffes.jpg", photos)
        library.index(photos)
    return tmp_path / "library"


def test_models_are_switched(two_models: Path, visit: Open, screenshots: Path) -> None:
    with serving(two_models) as at:
        page = visit("/?view=models", at=at)
        models = page.locator(".model")
        worded, mini = models.filter(has_text="worded"), models.filter(has_text="mini")
        expect(worded.locator("header .pill")).to_have_text("in use")
        page.screenshot(path=screenshots / "models-two.png")
        use = mini.get_by_role("button", name="Use")
        use.click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("6 of 7")
        dialog.get_by_role("button", name="Cancel").click()
        expect(mini.locator("header .pill")).to_have_text("retired")
        use.click()
        dialog.get_by_role("button", name="Use it anyway").click()
        expect(page.get_by_text("mini is in use now.")).to_be_visible()
        expect(mini.locator("header .pill")).to_have_text("in use")
        worded.get_by_role("button", name="Use").click()  # has all of them: nothing to ask
        expect(worded.locator("header .pill")).to_have_text("in use")
        page.goto(f"{at}/?q=strawberry")
        drawn(page)
        assert names(page)
        page.context.close()


def opener(folder: Path, says: Path) -> str:
    """A PATH with an ``xdg-open`` that writes what it is to open into a file."""
    program = folder / "xdg-open"
    program.write_text(f'#!/bin/sh\necho "$1" >> {says}\n')
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_the_folder_is_revealed(visit: Open, library: Path, pictures: Path, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    with serving(library, environment={"PATH": opener(tmp_path, opened)}) as at:
        page = visit("/?q=dog", at=at)
        page.locator(".tile-open").first.click()
        page.get_by_role("button", name="Show in folder").click()
        expect(page.get_by_text("Opened on the machine")).to_be_visible()
        page.keyboard.press("r")
        page.wait_for_timeout(500)
        page.context.close()
    assert opened.read_text().splitlines() == [str(pictures / "animals")] * 2


def test_a_machine_that_cannot_open_folders_says_so(
    visit: Open, library: Path, tmp_path: Path, watch: Watch
) -> None:
    watch.allowed = ("status of 501",)
    with serving(library, environment={"PATH": str(tmp_path)}) as at:
        page = visit("/?q=dog", at=at)
        page.locator(".tile-open").first.click()
        page.get_by_role("button", name="Show in folder").click()
        expect(page.get_by_role("alert")).to_contain_text("no program that opens folders")
        page.context.close()


def asked_for_the_token(page: Page) -> None:
    page.wait_for_selector("#token")


@pytest.mark.parametrize(
    ("language", "button", "wrong"),
    [
        ("en-US", "Open the library", "That is not the token."),
        ("de-DE", "Bibliothek öffnen", "Das ist nicht das Token."),
        ("ja-JP", "ライブラリを開く", "トークンが違います。"),
    ],
)
def test_a_bookmark_comes_through_the_login(
    visit: Open,
    library: Path,
    watch: Watch,
    screenshots: Path,
    language: str,
    button: str,
    wrong: str,
) -> None:
    watch.allowed = ("status of 401",)
    with serving(library, "--token", TOKEN) as at:
        page = visit(BOOKMARK, at=at, until=asked_for_the_token, locale=language)
        page.locator("#token").fill("not the token")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("alert")).to_have_text(wrong)
        page.screenshot(path=screenshots / f"login-{language[:2]}.png")
        page.locator("#token").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page.locator("[data-value=date]")).to_have_attribute("aria-pressed", "true")
        drawn(page)
        assert page.url == at + BOOKMARK
        page.context.close()


def test_a_page_whose_login_has_ended_leads_back(visit: Open, library: Path, watch: Watch) -> None:
    watch.allowed = ("status of 401",)
    with serving(library, "--token", TOKEN) as at:
        page = visit(at=at, until=asked_for_the_token)
        page.locator("#token").fill(TOKEN)
        page.keyboard.press("Enter")
        drawn(page)
        page.context.clear_cookies()
        page.get_by_role("link", name="Duplicates").click()
        page.locator("#token").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/\?view=duplicates$"))
        drawn(page)
        page.context.close()
