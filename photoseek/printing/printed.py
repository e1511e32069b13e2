"""An answer as a command prints it, made where the answer is: in its own process, or a server's."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from photoseek.printing import answers
from photoseek.printing.text import as_json

if TYPE_CHECKING:
    from search import Answer

Form = Literal["json", "csv", "paths", "paths0", "people"]


@dataclass(frozen=True, slots=True)
class Printed:
    """``out`` goes to standard output: lines for people and JSON, else text in the file system's
    own bytes; ``notes`` to standard error. ``photos`` were compared."""

    form: Form
    out: str
    notes: tuple[str, ...]
    photos: int


def printed(
    answer: "Answer", form: Form, *, everything: bool, colour: bool, here: Path | None
) -> Printed:
    """What matches, or with ``everything`` all that is nearest; paths are shown from ``here``."""
    hits = answers.shown(answer, everything=everything)
    if form == "json":
        out = as_json(answers.answer_fields(answer))
    elif form == "csv":
        out = answers.hits_as_csv(answer)
    elif form == "people":
        lines = answers.answer_for_people(answer, everything=everything, colour=colour, here=here)
        out = "\n".join(lines)
    else:
        out = os.fsdecode(answers.hits_as_paths(hits, b"\0" if form == "paths0" else b"\n"))
    folded = () if form in ("json", "csv") else answers.folded(answer, everything=everything)
    return Printed(form, out, (*folded, *answer.notes), answer.photos)
