"""How tags look."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.library.tagging import LabelCount, Tagged, TaggedByExample

_SOURCES = {"hand": "by hand", "words": "by its words", "examples": "by examples"}


def tagged_fields(tagged: "Tagged") -> dict[str, Any]:
    return {
        "model": tagged.model,
        "photos": tagged.photos,
        "untagged": tagged.untagged,
        "labels": tagged.counts,
        "tags": [
            {"id": record.content_id, "label": record.label, "probability": record.score}
            for record in tagged.records
        ],
    }


def tagged_for_people(tagged: "Tagged") -> Iterator[str]:
    """A line a label, the commonest first."""
    for name, count in sorted(tagged.counts.items(), key=lambda item: -item[1]):
        yield f"{count:>7,}  {printable(name)}"
    yield f"{tagged.untagged:>7,}  none of these, of {tagged.photos:,} photos"


def examples_fields(report: "TaggedByExample") -> dict[str, Any]:
    return {
        **tagged_fields(report.tagged),
        "method": report.method,
        "examples": report.examples,
        "accuracy": round(report.accuracy, 4),
        "accuracy_by_label": {k: round(v, 4) for k, v in report.accuracy_by_label.items()},
        "few": report.few,
        "unreadable": report.unreadable,
    }


def examples_for_people(report: "TaggedByExample") -> Iterator[str]:
    total = sum(report.examples.values())
    yield f"held-out accuracy {report.accuracy:.0%} of {total} examples, by {report.method}"
    for name, count in report.examples.items():
        accuracy = report.accuracy_by_label[name]
        yield f"{accuracy:>7.0%}  {printable(name)} ({count} examples)"
    yield "tagged:"
    yield from tagged_for_people(report.tagged)


def examples_notes(report: "TaggedByExample") -> Iterator[str]:
    yield from map(printable, report.unreadable[:10])
    if report.few:
        few = printable(", ".join(report.few))
        yield f"too few examples to trust the accuracy: {few}; give 10 or more of each"


def labels_fields(labels: "list[LabelCount]") -> dict[str, Any]:
    return {
        "tags": [
            {
                "label": label.count.label,
                "photos": label.count.photos,
                "source": label.count.source.value,
                "model": label.count.model,
                "stale": label.stale,
            }
            for label in labels
        ]
    }


def labels_for_people(labels: "list[LabelCount]") -> Iterator[str]:
    for label in labels:
        count = label.count
        model = f", {printable(count.model)}" if count.model else ""
        stale = "; not the model in use: photoseek tag --again" if label.stale else ""
        origin = f"{_SOURCES[count.source]}{model}{stale}"
        yield f"{count.photos:>7,}  {printable(count.label):<24}  {origin}"
    if not labels:
        yield "no tags yet; give some with: photoseek tag LABELS"
