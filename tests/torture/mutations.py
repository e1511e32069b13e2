"""``make torture``: damaged pictures of every format through the decoder, counted.

Each is read, or refused with a reason. A decoder that crashes or has to be ended costs its picture
and is counted by itself: the picture is kept to be looked at.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from errors import PictureError
from indexer.read import look_ahead
from mutants import mutant
from pictures import Allowance, Decoder, Decoders
from pictures.decoder import ProcessDied

SIDE = 288
SECONDS = 10.0
WORKERS = 2


@dataclass(slots=True)
class Tally:
    """``worst`` is the longest that one took, in seconds; ``kept``, those that ended a decoder."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    worst: float = 0.0
    kept: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.outcomes.total()

    def lines(self) -> Iterator[str]:
        said = ", ".join(f"{count:,} {name}" for name, count in self.outcomes.most_common())
        yield f"{self.total:,} damaged pictures: {said}; at worst {self.worst:.2f} s"
        yield from (f"{count:>9,}  {reason}" for reason, count in self.reasons.most_common(40))
        yield from self.kept


def torture(numbers: range, folder: Path, seconds: float = SECONDS) -> Tally:
    """Decode the mutants of these numbers; those that end a decoder stay in ``folder``."""
    tally = Tally()
    allowance = Allowance(seconds)

    def attempt(number: int) -> tuple[str, str, float]:
        name, data = mutant(number)
        path = folder / name
        path.write_bytes(data)
        begun = time.monotonic()
        with decoders.borrowed() as decoder:
            outcome, reason = decoded(decoder, path)
        if outcome in ("read", "refused"):
            path.unlink()
        return outcome, reason, time.monotonic() - begun

    with ThreadPoolExecutor(WORKERS) as pool, Decoders(WORKERS, allowance) as decoders:
        for outcome, reason, took in look_ahead(pool, attempt, numbers, 64):
            tally.outcomes[outcome] += 1
            tally.worst = max(tally.worst, took)
            if reason:
                tally.reasons[f"{outcome}: {reason[:90]}"] += 1
    tally.kept = sorted(path.name for path in folder.iterdir())
    return tally


def decoded(decoder: Decoder, path: Path) -> tuple[str, str]:
    """What became of a picture, and the reason if it was not read."""
    try:
        decoder.read(path)
        picture = decoder.decode(SIDE)
    except ProcessDied as error:
        return "crashed", str(error)
    except PictureError as error:
        reason = str(error)
        return ("stalled" if reason.startswith("took longer") else "refused"), reason
    if picture.image.size != picture.size or not picture.thumbnail:
        raise AssertionError(f"{path.name}: read, but not whole")
    return "read", ""


def main() -> None:
    """Count, print, and end with 1 if a decoder crashed or stalled."""
    parser = argparse.ArgumentParser(prog="python -m torture.mutations", description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="photoseek-mutants-"))
    tally = torture(range(options.first, options.first + options.count), folder)
    print(*tally.lines(), sep="\n")
    if tally.kept:
        print(f"those that ended a decoder: {folder}")
    else:
        folder.rmdir()
    if tally.total != options.count:
        raise SystemExit(f"{options.count - tally.total} were not counted")


if __name__ == "__main__":
    main()
