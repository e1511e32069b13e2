"""Every view: drawn without an error, usable by everybody, and looked at."""

import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browsing import PHONE, Open, drawn, loaded, search

VIEWS = {
    "timeline": "/",
    "search": "/?q=dog+-people",
    "explore": "/?view=search",
    "nothing": "/?q=qwxz+vbnrtz+ghjkp",
    "folders": "/?view=folders",
    "places": "/?view=places",
    "map": "/?view=map",
    "groups": "/?view=groups",
    "duplicates": "/?view=duplicates",
    "saved": "/?view=saved",
    "library": "/?view=library",
    "models": "/?view=models",
}
DARK: dict[str, Any] = {"color_scheme": "dark"}
SMALL: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module", autouse=True)
def _map_begun(address: str) -> None:
    """Begins what takes longest to make: UMAP is compiled when it is first used."""
    urllib.request.urlopen(f"{address}/api/v1/map").close()


def violations(page: Page) -> list[str]:
    """What axe-core calls serious or worse."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']} {[node['html'] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def settled(page: Page) -> None:
    if page.locator(".tile").count():
        loaded(page)
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("view", VIEWS)
def test_view(visit: Open, screenshots: Path, view: str) -> None:
    page = visit(VIEWS[view])
    settled(page)
    page.screenshot(path=screenshots / f"{view}.png")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(150)
    page.screenshot(path=screenshots / f"{view}-dark.png")
    assert violations(page) == []


@pytest.mark.parametrize("view", ["timeline", "search", "duplicates", "library", "places"])
def test_view_on_a_phone(visit: Open, screenshots: Path, view: str) -> None:
    page = visit(VIEWS[view], **SMALL)
    settled(page)
    page.screenshot(path=screenshots / f"{view}-phone.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations(page) == []


def test_a_phone_finds_its_way(visit: Open, screenshots: Path) -> None:
    page = visit(**SMALL)
    page.get_by_role("button", name="Menu").click()
    page.wait_for_timeout(250)
    page.screenshot(path=screenshots / "menu-phone.png")
    page.get_by_role("link", name="Folders").click()
    expect(page.locator(".view.folders")).to_be_visible()
    page.locator(".card", has_text="animals").click()
    expect(page.locator(".view-title h1")).to_contain_text("animals")
    loaded(page)
    page.locator(".tile-open").first.click()
    page.wait_for_timeout(300)
    page.screenshot(path=screenshots / "lightbox-phone.png")
    page.go_back()
    expect(page.locator(".lightbox")).to_be_hidden()


def test_the_lightbox(visit: Open, screenshots: Path) -> None:
    page = visit("/?q=sunset")
    page.locator(".tile-open").first.click()
    expect(page.locator(".lightbox-facts dl")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=screenshots / "lightbox.png")
    assert violations(page) == []


@pytest.mark.parametrize("name", ["woman-on-beach", "black-dog-in-woods"])  # tall, wide
def test_the_lightbox_shows_the_whole_picture(visit: Open, name: str) -> None:
    page = visit(f"/?q=name%3A{name}")
    page.locator(".tile-open").first.click()
    expect(page.locator(".lightbox-name")).to_contain_text(name)
    page.wait_for_function("document.querySelector('.lightbox-image').naturalWidth > 0")
    stage = page.locator(".lightbox-picture").bounding_box()
    assert page.locator(".lightbox-image").bounding_box() == stage


def test_dark_and_light_by_choice(visit: Open) -> None:
    page = visit()
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_label("Theme").select_option("dark")
    dark = page.evaluate(ground)
    assert light == "rgb(255, 255, 255)"
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark


def test_duplicates_stand_side_by_side(visit: Open) -> None:
    page = visit("/?view=duplicates")
    page.get_by_role("button", name="Identical").click()
    drawn(page)
    exact = page.locator(".duplicate-group")
    expect(exact).to_have_count(1)
    expect(exact.locator(".copies li")).to_have_count(2)
    page.get_by_role("button", name="Same picture").click()
    drawn(page)
    figures = page.locator(".duplicate-group figure")
    expect(figures).to_have_count(2)
    boxes = [figures.nth(i).bounding_box() for i in range(2)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    expect(page.locator(".duplicate-group")).to_contain_text("giraffes small.jpg")
    page.locator(".duplicate-group figure a").first.click()
    expect(page.locator(".lightbox")).to_be_visible()


def test_folders_lead_down_and_up(visit: Open) -> None:
    page = visit("/?view=folders")
    page.locator(".card", has_text="food").click()
    expect(page.locator(".view-note")).to_have_text("6 photographs")
    page.locator(".view-title a").last.click()
    expect(page.locator(".card", has_text="animals")).to_be_visible()


def test_groups_open(visit: Open) -> None:
    page = visit("/?view=groups&n=6")
    expect(page.locator(".card")).to_have_count(6)
    page.locator(".card").first.click()
    expect(page.locator(".tile").first).to_be_visible()


def test_the_maps_answer_to_keys_and_clicks(visit: Open) -> None:
    page = visit("/?view=places")
    page.locator(".plane").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".lightbox")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto(page.url.split("?")[0] + "?view=map")
    drawn(page)
    page.locator(".plane").focus()
    for key in ("+", "+", "ArrowLeft", "-"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile("at="))
    page.locator(".place-names button").first.click()
    page.locator(".strip-list button").first.click()
    expect(page.locator(".lightbox")).to_be_visible()


def test_how_long_it_takes(visit: Open) -> None:
    """Printed, not asserted: the machine may be busy."""
    page = visit()
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    search(page, "a dog")  # the first wakes the model
    for text in ("red flowers", "people on the beach", "snow"):
        search(page, text)
        page.wait_for_timeout(100)
    answers = page.evaluate(
        "performance.getEntriesByName('photoseek:answer').map(one => one.duration)"
    )
    print(
        f"first paint {paint:.0f} ms; query to painted results", *(f"{one:.0f}" for one in answers)
    )
