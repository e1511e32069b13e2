"""How models and their comparisons look."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from photoseek.printing.answers import answer_fields
from photoseek.printing.text import printable

if TYPE_CHECKING:
    from encoder.pretrained import KnownModel
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
        "modalities": sorted(model.modalities) if model else [],
        "dimension": model.dimension if model else None,
        "bytes": model.bytes if model else None,
        "images_per_second": status.images_per_second,
        "source": model.source if model else None,
        "licence": model.licence if model else None,
        "problem": model.problem if model else "the model of these vectors is not installed",
    }


def models_for_people(statuses: "list[ModelStatus]") -> Iterator[str]:
    """A line a model, and below it where it comes from, or what is wrong with it."""
    width = max(len(status.name) for status in statuses)
    for status in statuses:
        fields = model_fields(status)
        covered = f"{status.covered:,} of {status.photos:,} photos" if status.state else ""
        size = f"{fields['bytes'] / 1e6:,.0f} MB" if fields["bytes"] else "-"
        speed = status.images_per_second
        yield (
            f"{status.name:<{width}}  {_state(status):<12} {covered:<22} "
            f"{fields['dimension'] or '-':>5} dims {size:>9} "
            f"{f'{speed:,.0f}' if speed else '?':>5} images/s"
        )
        yield from (f"    {printable(line)}" for line in _about(fields))


def models_notes(statuses: "list[ModelStatus]") -> Iterator[str]:
    """How to learn what the list does not say."""
    for status in statuses:
        if status.installed and not status.installed.problem and not status.images_per_second:
            yield f"speed of {status.name} here: photoseek models check {status.name}"
    yield "models that can be added: photoseek models --known"


def known_for_people(models: "list[KnownModel]") -> Iterator[str]:
    for model in models:
        yield f"{model.name:<56} {model.state:<10} {model.repository}"


_STATES = {"active": "in use", "building": "being built", "retired": "not in use"}


def _state(status: "ModelStatus") -> str:
    return _STATES[status.state] if status.state else "installed"


def _about(fields: dict[str, Any]) -> Iterator[str]:
    if fields["problem"]:
        yield fields["problem"]
        return
    yield f"source: {fields['source'] or 'not said'}"
    yield f"licence: {fields['licence'] or 'not said'}"
    if "text" not in fields["modalities"]:
        yield "finds by picture only; it has no text tower"


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
