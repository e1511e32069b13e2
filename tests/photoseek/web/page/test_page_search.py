"""Asking: by words, by chips, by a picture from outside, by pointing."""

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import JSHandle, Page, expect

from browsing import Open, Watch, drawn, loaded, names, search

DOG = "black-dog-in-woods.jpg"


def transfer(page: Page, picture: Path) -> JSHandle:
    """What a drop or a paste carries."""
    return page.evaluate_handle(
        """([data, name]) => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, { type: 'image/jpeg' }));
            return transfer;
        }""",
        [base64.b64encode(picture.read_bytes()).decode(), picture.name],
    )


def drop(page: Page, picture: Path) -> None:
    page.dispatch_event("main", "drop", {"dataTransfer": transfer(page, picture)})
    page.wait_for_selector(".chip.outside")
    drawn(page)


def test_words_find_photographs_in_sections(visit: Open) -> None:
    page = visit()
    search(page, "a dog")
    expect(page.locator(".grid-title").first).to_have_text("Strong matches")
    assert any("dog" in name for name in names(page)[:4])
    expect(page.locator(".view-note")).to_contain_text(re.compile(r"\d strong"))
    assert page.title().startswith("a dog")
    page.go_back()
    expect(page.locator(".view.timeline")).to_be_visible()
    page.go_forward()
    expect(page.locator(".chip-text")).to_have_text("a dog")


def test_a_bookmark_shows_the_same_again(visit: Open) -> None:
    first = visit("/?q=flower&sort=date")
    again = visit(first.url.removeprefix(first.evaluate("location.origin")))
    assert names(first) == names(again)
    expect(again.locator("[data-value=date]")).to_have_attribute("aria-pressed", "true")


def test_chips_are_taken_away_and_edited(visit: Open) -> None:
    page = visit("/?q=dog+in%3Aanimals+-people")
    expect(page.locator(".chip")).to_have_count(3)
    page.get_by_role("button", name="Remove -people").click()
    expect(page.locator(".chip")).to_have_count(2)
    assert "people" not in page.url
    page.locator(".chip.filter .chip-text").click()
    box = page.get_by_role("combobox", name="Search your photographs")
    expect(box).to_have_value("dog in:animals")
    page.keyboard.type("in:people")  # what was in the chip is selected
    page.keyboard.press("Enter")
    expect(page.locator(".chip.filter")).to_contain_text("people")


def test_a_mistake_is_said_at_its_place(visit: Open, watch: Watch) -> None:
    watch.allowed = ("status of 4",)
    page = visit()
    page.keyboard.press("/")
    page.keyboard.type("beach cammera:x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="camera:")).to_be_visible()
    box = page.get_by_role("combobox", name="Search")
    assert box.evaluate("box => box.selectionStart") == len("beach ")


def test_nothing_here_matches_is_said_plainly(visit: Open) -> None:
    page = visit("/?q=qwxz+vbnrtz+ghjkp")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing here matches")
    expect(page.locator(".strong-note")).to_contain_text("merely the nearest")
    assert names(page)


def test_filters_that_nothing_meets(visit: Open) -> None:
    page = visit("/?q=dog+date%3A1950")
    expect(page.get_by_text("No photograph meets these filters.")).to_be_visible()


def test_suggestions_come_from_the_library(visit: Open) -> None:
    page = visit()
    page.keyboard.press("/")
    page.keyboard.type("sunset pla")
    options = page.get_by_role("option")
    expect(options.filter(has_text="places").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Search")).to_have_value(re.compile(r"^sunset \w+:"))
    page.keyboard.press("Escape")


def test_sorted_by_date_with_days(visit: Open) -> None:
    page = visit("/?q=dog")
    page.get_by_role("button", name="Date", exact=True).click()
    expect(page).to_have_url(re.compile("sort=date"))
    expect(page.locator(".grid-title").first).to_contain_text(re.compile(r"\b20\d\d$"))


def test_a_dropped_picture_and_words_beside_it(visit: Open, pictures: Path) -> None:
    page = visit()
    drop(page, pictures / "animals" / DOG)
    assert "dog" in names(page)[0]  # the picture itself is left out: who has it, has it
    assert "pictures=1" in page.url
    search(page, "snow")
    expect(page.locator(".chip.outside")).to_have_count(1)
    expect(page.locator(".chip.words")).to_have_text("snow")
    page.locator(".chip.outside .chip-text").click()  # the other way round: not like it
    expect(page.locator(".chip.outside.negated")).to_be_visible()
    drawn(page)
    assert "dog" not in names(page)[0]
    page.locator(".chip.outside .chip-remove").click()
    expect(page.locator(".chip.outside")).to_have_count(0)


def test_a_pasted_picture_and_a_chosen_one(visit: Open, pictures: Path) -> None:
    page = visit()
    picture = pictures / "animals" / "giraffes.jpg"
    page.evaluate(
        """(data) => window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }))""",
        transfer(page, picture),
    )
    page.wait_for_selector(".chip.outside")
    drawn(page)
    assert "giraffe" in names(page)[0]
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Search by a picture").click()
    chooser.value.set_files(pictures / "animals" / DOG)
    expect(page.locator(".chip.outside")).to_have_count(2)


def test_a_reload_says_that_the_picture_is_gone(visit: Open, pictures: Path) -> None:
    page = visit()
    drop(page, pictures / "animals" / DOG)
    page.reload()
    expect(page.get_by_text("The picture is not here any more")).to_be_visible()


def test_marks_refine_at_once(visit: Open) -> None:
    page = visit("/?q=animal")
    tile = page.locator(".tile").nth(1)
    tile.hover()
    tile.get_by_role("button", name="More like this").click()
    expect(page.locator(".chip.picture")).to_have_count(1)
    drawn(page)
    page.locator(".tile-open").nth(2).focus()
    page.keyboard.press("-")
    expect(page.locator(".chip.picture.negated")).to_have_count(1)
    assert re.search(r"animal\+id%3A\d+\+-id%3A\d+", page.url)
    page.go_back()
    expect(page.locator(".chip.picture")).to_have_count(1)


def test_more_like_this_from_the_grid(visit: Open) -> None:
    page = visit("/?q=giraffe")
    page.locator(".tile-open").first.focus()
    page.keyboard.press("s")
    drawn(page)
    expect(page.locator(".chip.picture img")).to_be_visible()
    assert re.search(r"\?q=id%3A\d+$", page.url)


def test_saved_searches(visit: Open) -> None:
    page = visit("/?q=red+sunset")
    page.get_by_role("button", name="Save this search").click()
    page.get_by_label("Name").fill("evenings")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as evenings.")).to_be_visible()
    page.get_by_role("link", name="Saved searches").click()
    page.get_by_role("link", name="evenings").click()
    expect(page.locator(".chip-text")).to_have_text("red sunset")


@pytest.mark.parametrize("query", ["<img src=x onerror=alert(1)>", "a" * 9_000])
def test_whatever_is_typed_is_text(visit: Open, watch: Watch, query: str) -> None:
    watch.allowed = ("status of 4",)
    page = visit()
    page.get_by_role("combobox", name="Search").fill(query)
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert page.locator("img[src=x]").count() == 0
    loaded(page)
