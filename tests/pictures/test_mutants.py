"""2,000 damaged pictures, some of each format: each is read, or refused with a reason."""

from pathlib import Path

from mutants import mutant, seeds
from pictures import decode
from pictures.formats import PILLOW_FORMATS
from torture.mutations import torture

COUNT = 2000


def test_the_seeds_are_pictures_of_every_format() -> None:
    formats = {decode(data, short_side=64, name=name).format for name, data in seeds()}
    assert formats >= {*PILLOW_FORMATS, "RAW"}


def test_a_mutant_is_always_the_same() -> None:
    assert mutant(17) == mutant(17)
    assert mutant(17) != mutant(17 + len(seeds()))


def test_every_damaged_picture_is_read_or_refused_with_a_reason(tmp_path: Path) -> None:
    tally = torture(range(COUNT), tmp_path)
    assert tally.total == COUNT
    assert tally.outcomes["read"] > COUNT / 10
    assert tally.outcomes["refused"] > COUNT / 10
    assert tally.outcomes["read"] + tally.outcomes["refused"] == COUNT, list(tally.lines())
    assert tally.worst < 30
