"""A contact sheet as PDF, three by four pictures on an A4 page."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from fpdf import FPDF
from PIL.Image import Image

from photoseek.printing.answers import when
from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.sheets import Sheet
    from search import Hit

COLUMNS, ROWS = 3, 4
_MARGIN, _TOP, _GAP = 12.0, 24.0, 4.0  # millimetres, as all that follows
_WIDTH, _HEIGHT, _CAPTION = 59.3, 48.0, 11.0

_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "C:/Windows/Fonts/arial.ttf",
)
"""PDF's own fonts know Western letters only; these know most, where one of them is."""


def sheet_as_pdf(sheet: "Sheet") -> bytes:
    """The whole document."""
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_title(_text(sheet.query, unicode=True))
    pdf.set_creator("photoseek")
    font = next((path for path in _FONTS if Path(path).exists()), None)
    if font:
        pdf.add_font("sheet", fname=font)
    family = "sheet" if font else "helvetica"
    for place, (hit, image) in enumerate(sheet):
        on_page = place % (COLUMNS * ROWS)
        if on_page == 0:
            _begin_page(pdf, sheet, family)
        _draw(pdf, hit, image, family, on_page)
    if not sheet.hits:
        _begin_page(pdf, sheet, family)
    return bytes(pdf.output())


def _begin_page(pdf: FPDF, sheet: "Sheet", family: str) -> None:
    pdf.add_page()
    pdf.set_xy(_MARGIN, _MARGIN)
    pdf.set_font(family, size=12)
    unicode = family == "sheet"
    pdf.cell(text=_fitted(pdf, _text(sheet.query, unicode=unicode), 150))
    pdf.set_xy(_MARGIN, _MARGIN + 5)
    pdf.set_font(family, size=8)
    pdf.cell(text=f"{len(sheet.hits)} of {sheet.photos:,} photographs, page {pdf.page_no()}")


def _draw(pdf: FPDF, hit: "Hit", image: Image | None, family: str, place: int) -> None:
    row, column = divmod(place, COLUMNS)
    left = _MARGIN + column * (_WIDTH + _GAP)
    top = _TOP + row * (_HEIGHT + _CAPTION + _GAP)
    if image is not None:
        pdf.image(_jpeg(image), x=left, y=top, w=_WIDTH, h=_HEIGHT, keep_aspect_ratio=True)
    more = f"  +{hit.count - 1}" if hit.count > 1 else ""
    relevance = "" if hit.relevance is None else f"{100 * hit.relevance:.0f} %  "
    lines = (f"{hit.rank}. {hit.path.name}", f"{relevance}{when(hit.photo)}{more}")
    pdf.set_font(family, size=8)
    for number, line in enumerate(lines):
        pdf.set_xy(left, top + _HEIGHT + 1 + 4 * number)
        pdf.cell(text=_fitted(pdf, _text(line, unicode=family == "sheet"), _WIDTH - 2))


def _jpeg(image: Image) -> io.BytesIO:
    """As fpdf2 takes it into the document byte by byte."""
    stream = io.BytesIO()
    image.convert("RGB").save(stream, "JPEG", quality=80)
    return stream


def _text(value: str, *, unicode: bool) -> str:
    text = printable(value)
    return text if unicode else text.encode("latin-1", "replace").decode("latin-1")


def _fitted(pdf: FPDF, text: str, width: float) -> str:
    """Cut to a width, with dots where something is missing."""
    if pdf.get_string_width(text) <= width:
        return text
    while text and pdf.get_string_width(f"{text}...") > width:
        text = text[:-1]
    return f"{text}..."
