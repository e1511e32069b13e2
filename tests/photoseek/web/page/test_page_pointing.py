"""What a hand does beyond clicking: dragging a photograph, resting a finger on one."""

import re

from playwright.sync_api import CDPSession, Locator, Page, expect

from browsing import PHONE, Open, drawn, loaded

PHONE_SCREEN = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


def test_a_photograph_is_dragged_onto_the_box(visit: Open) -> None:
    page = visit("/?q=animal")
    loaded(page)
    tile = page.locator(".tile").nth(1)
    number = tile.get_attribute("data-id")
    tile.drag_to(page.locator("header.bar form"))
    expect(page.locator(".chip.picture")).to_have_count(1)
    expect(page.locator(".veil")).to_be_hidden()
    drawn(page)
    assert re.search(rf"\?q=animal\+id%3A{number}$", page.url)


def test_a_drag_shows_where_it_may_end(visit: Open) -> None:
    page = visit("/?q=animal")
    loaded(page)
    page.locator(".tile").first.hover()
    page.mouse.down()
    page.mouse.move(500, 40, steps=5)
    expect(page.locator(".veil")).to_be_visible()
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".veil")).to_be_hidden()


class Finger:
    """One on the screen, by the browser's own protocol: the page sees real touches."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)

    def down(self, on: Locator) -> None:
        box = on.bounding_box()
        assert box
        self._at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self._send("touchStart", [dict(zip("xy", self._at, strict=True))])

    def move(self, dy: float) -> None:
        self._at = (self._at[0], self._at[1] + dy)
        self._send("touchMove", [dict(zip("xy", self._at, strict=True))])

    def up(self) -> None:
        self._send("touchEnd", [])

    def _send(self, kind: str, points: list[dict[str, float]]) -> None:
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_long_touch_selects_and_a_tap_selects_more(visit: Open) -> None:
    page = visit("/?q=animal", **PHONE_SCREEN)
    loaded(page)
    finger, tiles = Finger(page), page.locator(".tile")
    finger.down(tiles.nth(0))
    expect(page.get_by_text("1 selected")).to_be_visible()  # while the finger is still there
    page.wait_for_timeout(600)
    finger.up()
    expect(page.get_by_text("1 selected")).to_be_visible()
    expect(page.locator(".lightbox")).to_be_hidden()
    tiles.nth(1).tap()
    expect(page.get_by_text("2 selected")).to_be_visible()
    tiles.nth(0).tap()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.get_by_role("button", name="Clear the selection").tap()
    tiles.nth(0).tap()
    expect(page.locator(".lightbox")).to_be_visible()


def test_a_finger_that_scrolls_selects_nothing(visit: Open) -> None:
    page = visit("/", **PHONE_SCREEN)
    loaded(page)
    finger = Finger(page)
    finger.down(page.locator(".tile").nth(4))
    for _ in range(12):
        finger.move(-15)
    page.wait_for_timeout(700)
    finger.up()
    expect(page.locator(".selectionbar")).to_be_hidden()
    assert page.evaluate("document.getElementById('main').scrollTop") > 50
