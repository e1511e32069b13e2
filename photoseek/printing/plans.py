"""How the plan of an index run looks."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from photoseek.printing.reports import failed_fields
from photoseek.printing.text import printable

if TYPE_CHECKING:
    from indexer import RootPlan

LISTS = ("new", "changed", "waiting", "returned", "missing")


def plan_fields(plan: "RootPlan") -> dict[str, Any]:
    return {
        "root": str(plan.root),
        **{name: [str(path) for path in getattr(plan, name)] for name in LISTS},
        "moved": [{"from": str(old), "to": str(new)} for old, new in plan.moved],
        "unreadable": failed_fields(list(plan.unreadable)),
        "unchanged": plan.unchanged,
        "failed_before": plan.failed_before,
        "skipped": dict(plan.skipped),
        "offline": plan.offline,
    }


def plans_for_people(plans: "Sequence[RootPlan]") -> Iterator[str]:
    for plan in plans:
        counts = {
            "new": len(plan.new),
            "changed": len(plan.changed),
            "to embed": len(plan.waiting),
            "seemingly moved": len(plan.moved),
            "back again": len(plan.returned),
            "missing": len(plan.missing),
            "unchanged": plan.unchanged,
            "not readable before": plan.failed_before,
            "not readable": len(plan.unreadable),
        }
        said = [f"{count:,} {name}" for name, count in counts.items() if count]
        yield f"{printable(plan.root)}: {', '.join(said) or 'nothing'}"
        if plan.offline:
            yield f"{printable(plan.root)}: would be offline ({printable(plan.offline)})"
    yield f"{sum(plan.to_read for plan in plans):,} files would be read; nothing was written"
