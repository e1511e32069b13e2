"""A contact sheet as one HTML file: thumbnails inside, no script, nothing fetched."""

import base64
import io
from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING

from PIL.Image import Image

from photoseek.printing.answers import when
from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.sheets import Sheet
    from search import Hit

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 15px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem;
 padding: 0 1rem }}
h1 {{ font-size: 1.3rem; margin: 0 }}
header p {{ margin: .2rem 0 1.5rem; opacity: .7 }}
main {{ display: grid; gap: 1.2rem; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)) }}
figure {{ margin: 0; break-inside: avoid }}
figure a {{ align-items: center; aspect-ratio: 4 / 3; background: #8881; border-radius: 6px;
 display: flex; justify-content: center; overflow: hidden; position: relative; color: inherit }}
img {{ height: 100%; object-fit: contain; width: 100% }}
b {{ background: #000a; border-radius: 9px; bottom: .4rem; color: #fff; font-size: .75rem;
 padding: 0 .5rem; position: absolute; right: .4rem }}
figcaption {{ font-size: .85rem; margin-top: .35rem; overflow-wrap: anywhere }}
small {{ opacity: .7 }}
@media print {{ body {{ margin: 0 }} main {{ grid-template-columns: repeat(3, 1fr) }} }}
</style>
<header><h1>{title}</h1><p>{summary}</p></header>
<main>
{figures}
</main>
</html>
"""


def sheet_as_html(sheet: "Sheet") -> str:
    """The whole page; file names are text, whatever is in them."""
    figures = "\n".join(_figure(hit, image) for hit, image in sheet)
    summary = f"{len(sheet.hits)} of {sheet.photos:,} photographs"
    return _PAGE.format(title=_text(sheet.query), summary=summary, figures=figures)


def _figure(hit: "Hit", image: Image | None) -> str:
    name = _text(hit.path.name)
    picture = f'<img src="{_data(image)}" alt="{name}">' if image else "<span>no picture</span>"
    more = f"<b>+{hit.count - 1}</b>" if hit.count > 1 else ""
    facts = " · ".join(part for part in (_relevance(hit), when(hit.photo)) if part)
    return (
        f'<figure><a href="{_address(hit.path)}" title="{_text(hit.path)}">{picture}{more}</a>'
        f"<figcaption>{hit.rank}. {name}<br><small>{_text(facts)}</small></figcaption></figure>"
    )


def _relevance(hit: "Hit") -> str:
    return "" if hit.relevance is None else f"{100 * hit.relevance:.0f} %"


def _data(image: Image) -> str:
    stream = io.BytesIO()
    image.convert("RGB").save(stream, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode()}"


def _address(path: PurePath) -> str:
    return escape(path.as_uri())  # percent-encodes what is not a letter, byte by byte


def _text(value: object) -> str:
    return escape(printable(value))
