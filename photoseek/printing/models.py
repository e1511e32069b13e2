"""How models and their comparisons look."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from photoseek.printing.answers import answer_fields
from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.models import Comparison, ModelStatus
    from search import Hit
    from search.evaluation import Evaluation


def evaluation_for_people(evaluation: "Evaluation") -> Iterator[str]:
    counts = f"{evaluation.captions:,} captions, {evaluation.photos:,} photographs"
    yield f"{evaluation.model}: {counts}"
    yield f"words -> photograph   {evaluation.text_to_photo}"
    yield f"photograph -> words   {evaluation.photo_to_text}"


def model_fields(status: "ModelStatus") -> dict[str, Any]:
    model = status.installed
    return {
        "name": status.name,
        "state": status.state,
        "covered": status.covered,
        "photos": status.photos,
        "installed": model is not None,
        "bundled": bool(model and model.bundled),
        "dimension": model.dimension if model else None,
        "bytes": model.bytes if model else None,
        "source": model.source if model else None,
        "licence": model.licence if model else None,
        "problem": model.problem if model else "not installed",
    }


def models_for_people(statuses: "list[ModelStatus]") -> Iterator[str]:
    for status in statuses:
        fields = model_fields(status)
        covered = f"{status.covered:,} of {status.photos:,} photos" if status.state else "not used"
        size = f"{fields['bytes'] / 1e6:,.0f} MB" if fields["bytes"] else "-"
        state = status.state or "installed"
        shape = f"{fields['dimension'] or '-':>5} dims {size:>9}"
        yield f"{status.name:<32} {state:<9} {covered:<24} {shape}"
        if fields["problem"]:
            yield f"    {printable(fields['problem'])}"


def comparison_fields(comparison: "Comparison") -> dict[str, Any]:
    return {
        "query": comparison.query,
        "shared": comparison.shared,
        "answers": [answer_fields(answer) for answer in comparison.answers],
    }


def comparisons_for_people(comparisons: "list[Comparison]", width: int = 48) -> Iterator[str]:
    """Two columns, a line a rank."""
    for comparison in comparisons:
        first, second = comparison.answers
        yield f"{printable(comparison.query)}  ({comparison.shared} shared)"
        yield f"      {first.model:<{width}}  {second.model}"
        for left, right in zip_longest(first, second):
            cells = [
                "" if hit is None else f"{hit.score:.3f} {_tail(hit, width - 6)}"
                for hit in (left, right)
            ]
            yield f"{(left or right).rank:>4}  {cells[0]:<{width}}  {cells[1]}"


def _tail(hit: "Hit", width: int) -> str:
    """The end of a hit's path, where names differ."""
    path = printable(hit.path)
    return path if len(path) <= width else f"…{path[1 - width :]}"
