"""How the reasons for a hit look."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from photoseek.printing.text import printable

if TYPE_CHECKING:
    from search.why import Standing, Why


def why_fields(why: "Why") -> dict[str, Any]:
    return {
        "path": str(why.photo.paths[0]),
        "id": why.photo.id,
        "query": str(why.query),
        "photos": why.photos,
        "meaning": None if why.meaning is None else _fields(why.meaning),
        "relevance": None if why.relevance is None else round(why.relevance, 4),
        "parts": [{"part": text, **_fields(standing)} for text, standing in why.parts],
        "words_in": sorted(why.words.where) if why.words else [],
        "filters": [{"filter": text, "met": met} for text, met in why.filters],
    }


def why_for_people(why: "Why") -> Iterator[str]:
    yield f"{printable(why.photo.paths[0])}"
    if why.meaning is not None:
        relevance = "" if why.relevance is None else f", relevance {why.relevance:.2f}"
        yield f"meaning   {_said(why.meaning)} of {why.photos:,}{relevance}"
    if len(why.parts) > 1:
        yield from (f"          {printable(text)}: {_said(s)}" for text, s in why.parts)
    if why.words:
        share = "all" if why.words.all else f"{why.words.coverage:.0%}"
        yield f"words     {share} in its {' and '.join(sorted(why.words.where))}"
    else:
        yield "words     not in its name, folder or tags"
    for text, met in why.filters:
        yield f"{'met' if met else 'not met':<9} {printable(text)}"
    if why.kept_out:
        yield "so it is not among the results"


def _said(standing: "Standing") -> str:
    return f"{standing.score:.3f}, better than {standing.percentile:.1f} %, rank {standing.rank:,}"


def _fields(standing: "Standing") -> dict[str, float]:
    return {
        "score": round(standing.score, 6),
        "rank": standing.rank,
        "percentile": round(standing.percentile, 2),
    }
