"""The grid and the lightbox: pointer, keys, selection, 100,000 photographs."""

import json
import re
from pathlib import Path

from playwright.sync_api import Download, Page, Route, expect

from browsing import Open, drawn, loaded, names

MANY = 100_000


def test_hover_tells_what_it_is(visit: Open, screenshots: Path) -> None:
    page = visit("/?q=dog")
    loaded(page)
    tile = page.locator(".tile").first
    tile.hover()
    caption = tile.locator(".hover-caption")
    expect(caption.locator(".hover-about")).to_contain_text("animals")
    expect(caption.locator(".hover-date")).to_contain_text("200")
    label = caption.locator(".score").get_attribute("aria-label") or ""
    assert re.match(r"Relevance \d+%, a strong match", label)
    page.screenshot(path=screenshots / "hover.png")


def test_keys_alone(visit: Open) -> None:
    page = visit("/?q=dog")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile-open").nth(0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile-open").nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    box = page.locator(".lightbox")
    expect(box).to_be_visible()
    expect(page).to_have_url(re.compile(r"photo=\d+"))
    name = page.locator(".lightbox-name")
    expect(name).to_contain_text(".")
    first = name.inner_text()
    page.keyboard.press("ArrowRight")
    expect(name).not_to_have_text(first)
    page.keyboard.press("ArrowLeft")
    expect(name).to_have_text(first)
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    assert "photo=" not in page.url
    assert page.evaluate("document.activeElement.className") == "tile-open"
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("f")
    expect(page.locator(".view.folders")).to_be_visible()


def test_the_lightbox_tells_and_does(visit: Open, pictures: Path) -> None:
    page = visit("/?q=dog", permissions=["clipboard-read", "clipboard-write"])
    page.locator(".tile-open").first.click()
    facts = page.locator(".lightbox-facts")
    expect(facts).to_contain_text("Relevance")
    expect(facts).to_contain_text("640 × 480")
    expect(facts).to_contain_text(str(pictures / "animals"))
    page.get_by_role("button", name="Copy path").click()
    expect(page.get_by_text("Copied:")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith(str(pictures))
    with page.expect_download() as got:
        page.keyboard.press("d")
    assert got.value.suggested_filename.endswith(".jpg")
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("combobox", name="Tag", exact=True).fill("good dog")
    page.keyboard.press("Enter")
    expect(facts.get_by_role("link", name="good dog")).to_be_visible()
    page.get_by_role("button", name="Remove the tag good dog").click()
    expect(facts).to_contain_text("No tags")
    page.keyboard.press("i")
    expect(facts).to_be_hidden()
    page.keyboard.press("z")
    expect(page.locator(".lightbox-picture.zoomed")).to_be_visible()


def test_refining_from_the_lightbox_and_back(visit: Open) -> None:
    page = visit("/?q=dog")
    page.locator(".tile-open").first.click()
    page.get_by_role("button", name="More like this").click()
    expect(page.locator("[data-name='photo.more']")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("s")
    expect(page.locator(".lightbox")).to_be_hidden()
    assert re.search(r"\?q=id%3A\d+$", page.url)


def saved(download: Download, folder: Path) -> bytes:
    path = folder / download.suggested_filename
    download.save_as(path)
    return path.read_bytes()


def test_selection_with_ctrl_and_shift_then_out(visit: Open, tmp_path: Path) -> None:
    page = visit("/?q=animal")
    tiles = page.locator(".tile-open")
    tiles.nth(0).click(modifiers=["ControlOrMeta"])
    tiles.nth(3).click(modifiers=["Shift"])
    expect(page.get_by_text("4 selected")).to_be_visible()
    tiles.nth(1).click(modifiers=["ControlOrMeta"])
    expect(page.get_by_text("3 selected")).to_be_visible()
    with page.expect_download() as got:
        page.get_by_role("button", name="Download as zip").click()
    assert saved(got.value, tmp_path)[:2] == b"PK"
    with page.expect_download() as got:
        page.get_by_label("Export list").select_option("json")
    assert len(json.loads(saved(got.value, tmp_path))) == 3
    page.get_by_role("toolbar", name="Selected").get_by_role("button", name="Tag").click()
    page.get_by_role("combobox", name="Tag", exact=True).fill("chosen")
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 photographs tagged chosen.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".selectionbar")).to_be_hidden()
    page.goto(page.url.split("?")[0] + "?q=tag%3Achosen")
    drawn(page)
    assert len(names(page)) == 3


def test_selection_by_keys(visit: Open) -> None:
    page = visit("/?q=animal")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.keyboard.press("ControlOrMeta+a")
    expect(page.locator(".tile.selected").first).to_be_visible()


def many(page: Page) -> None:
    """Answers /timeline with 100,000 photographs, those of the library again and again."""
    body = {
        "ids": [n + 1 for n in range(MANY)],
        "ratios": [66 + 17 * (n % 7) for n in range(MANY)],
        "days": [20_000 - n // 37 for n in range(MANY)],
    }
    page.route("**/api/v1/timeline**", lambda route: route.fulfill(json=body))

    def there(route: Route) -> None:
        known = re.sub(
            r"photos/(\d+)", lambda id_: f"photos/{int(id_[1]) % 80 + 1}", route.request.url
        )
        route.continue_(url=known)

    page.route(re.compile(r"/api/v1/photos/\d+"), there)


SCROLL = """(total) => new Promise((resolve) => {
    const main = document.getElementById('main');
    const deltas = [];
    let most = 0;
    let last = performance.now();
    const begun = last;
    const frame = (now) => {
        deltas.push(now - last);
        last = now;
        most = Math.max(most, document.querySelectorAll('.tile').length);
        main.scrollTop += 40;
        if (now - begun < total) requestAnimationFrame(frame);
        else resolve([deltas.slice(2), most]);
    };
    requestAnimationFrame(frame);
})"""


def test_a_hundred_thousand_photographs(visit: Open, screenshots: Path) -> None:
    page = visit("/?view=models")
    many(page)
    page.get_by_role("link", name="Photos", exact=True).click()
    expect(page.locator(".view-note")).to_have_text("100,000 photographs")
    loaded(page)
    deltas, most = page.evaluate(SCROLL, 2_000)
    deltas.sort()
    middle, slow = deltas[len(deltas) // 2], deltas[int(len(deltas) * 0.95)]
    print(f"scrolling 100,000: frame {middle:.1f} ms median, {slow:.1f} ms 95th; {most} tiles")
    assert most < 250
    page.locator(".scrubber").focus()
    page.keyboard.press("End")
    page.wait_for_selector(".tile[aria-posinset='100000']")
    page.keyboard.press("PageUp")
    page.locator("#main").hover()
    page.mouse.wheel(0, 1)
    loaded(page)
    page.screenshot(path=screenshots / "timeline-100000.png")
