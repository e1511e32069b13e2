"""Strings are in one file for each language, and nowhere else; the page's own unit tests."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browsing import REPOSITORY, Open, drawn, loaded, search

PAGE = REPOSITORY / "photoseek" / "web" / "page"
LANGUAGES = sorted((PAGE / "languages").glob("*.json"))
FORMS = {"one", "other"}


def flat(strings: dict[str, Any], before: str = "") -> dict[str, str]:
    """Strings by key; of one with plural forms, those that its language needs, as one text."""
    found: dict[str, str] = {}
    for key, value in strings.items():
        if isinstance(value, str):
            found[before + key] = value
        elif set(value) <= FORMS:
            found[before + key] = " ".join(value.values())
        else:
            found |= flat(value, f"{before}{key}.")
    return found


def strings(language: str) -> dict[str, str]:
    return flat(json.loads((PAGE / "languages" / f"{language}.json").read_text("utf-8")))


def modules() -> list[Path]:
    return sorted(PAGE.rglob("*.js"))


def without_comments(source: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", source, flags=re.DOTALL)


def test_languages_say_the_same() -> None:
    english = strings("en")
    assert [path.stem for path in LANGUAGES] == ["de", "en", "ja"]
    for language in ("de", "ja"):
        other = strings(language)
        assert other.keys() == english.keys()
        for key, text in english.items():
            places = set(re.findall(r"\{(\w+)\}", text)) - {"n"}
            assert places <= set(re.findall(r"\{(\w+)\}", other[key])), f"{language}: {key}"


def test_every_string_that_is_used_is_there() -> None:
    known = strings("en").keys()
    for path in modules():
        for key in re.findall(r"\bt\(\"([\w.]+)\"", without_comments(path.read_text("utf-8"))):
            assert key in known, f"{path.name} uses {key}"


def test_no_words_for_people_outside_the_language_files() -> None:
    """A literal of several words, or one in place of text, would show in English to all."""
    sentence = re.compile(r"[\"'`](?=[^\"'`]*[A-Z])[A-Za-z][\w,.!?'’-]*(?: [\w,.!?'’-]+)+[\"'`]")
    shown = re.compile(r"(?:textContent|title|placeholder|\"aria-label\"|alt)\s*[:=]\s*\"[A-Za-z]")
    allowed = {"Ctrl + A", "Shift + ← →", "Home · End", "Segoe UI"}
    for path in modules():
        if path.name == "icons.js":
            continue  # drawings
        source = without_comments(path.read_text("utf-8"))
        found = [one for one in sentence.findall(source) if one.strip("\"'`") not in allowed]
        assert not found, f"{path.name}: {found}"
        assert not shown.search(source), f"{path.name}: {shown.search(source)}"


def test_modules_are_short() -> None:
    for path in [*modules(), *PAGE.rglob("*.css")]:
        assert len(path.read_text("utf-8").splitlines()) < 300, path.name


def test_nothing_is_inline_or_from_elsewhere() -> None:
    html = (PAGE / "index.html").read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", html)
    for path in [PAGE / "index.html", *modules(), *PAGE.rglob("*.css")]:
        source = path.read_text("utf-8")
        links = re.findall(r"(?:src|href|url|import|fetch)[=(\s\"'`]+https?://", source)
        assert not links, path.name


def test_pure_modules_in_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: the page's pure modules are tested where it is, as in CI")
    tests = sorted(str(path) for path in (REPOSITORY / "tests" / "page").glob("*.test.mjs"))
    ran = subprocess.run([node, "--test", *tests], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:]
    print(*re.findall(r"# (layout of .*)", ran.stdout))


@pytest.mark.parametrize(("language", "heading"), [("de", "Fotos"), ("ja", "写真")])
def test_the_page_speaks(visit: Open, screenshots: Path, language: str, heading: str) -> None:
    page = visit(locale=language)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert page.evaluate("document.documentElement.lang") == language
    page.goto(page.url.split("?")[0] + "?q=dog")
    drawn(page)
    page.wait_for_timeout(300)
    page.screenshot(path=screenshots / f"search-{language}.png")


def test_a_language_is_chosen(visit: Open) -> None:
    page = visit()
    with page.expect_navigation():
        page.get_by_label("Language").select_option("de")
    drawn(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Fotos")


@pytest.mark.parametrize(
    ("language", "query", "note"),
    [
        ("de", "Hund im Wald", "Das Modell mini versteht nur englische Wörter."),
        ("ja", "森の中の犬", "モデル mini が理解するのは英語の言葉だけです。"),
        ("en", "qwxz vbnrtz ghjkp", None),
    ],
)
def test_who_asks_in_another_language_hears_what_the_model_knows(
    visit: Open, screenshots: Path, language: str, query: str, note: str | None
) -> None:
    """The examples stay English because of it: the same words in German find nothing."""
    page = visit("/?view=search", locale=language)
    expect(page.locator(".examples code").filter(has_text="sunset over water")).to_be_visible()
    page.screenshot(path=screenshots / f"explore-{language}.png")
    expect(page.locator(".words-note")).to_have_count(0 if note is None else 1)
    search(page, query)
    expect(page.locator(".strong-note")).to_be_visible()
    loaded(page)
    page.screenshot(path=screenshots / f"nothing-{language}.png")
    expect(page.locator(".words-note")).to_contain_text([] if note is None else [note])
