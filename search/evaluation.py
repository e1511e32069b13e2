"""How well a space finds a person's own photographs by their own captions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from encoder import Encoder, Vectors
from errors import PathError, UsageError
from store import SpaceRecord, Store

Ranks = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recall:
    """Percentages of questions answered within the first 1, 5 and 10; median rank, from 1."""

    at_1: float
    at_5: float
    at_10: float
    median_rank: float

    @classmethod
    def of(cls, ranks: Ranks) -> "Recall":
        first, fifth, tenth = (round(100 * float((ranks <= k).mean()), 2) for k in (1, 5, 10))
        return cls(first, fifth, tenth, median_rank=float(np.median(ranks)))

    def __str__(self) -> str:
        return (
            f"recall@1/5/10 {self.at_1:5.1f} {self.at_5:5.1f} {self.at_10:5.1f}"
            f"   median rank {self.median_rank:g}"
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every caption asks, every labelled photograph is a candidate, and the other way round."""

    model: str
    captions: int
    photos: int
    text_to_photo: Recall
    photo_to_text: Recall


@dataclass(frozen=True, slots=True)
class Labels:
    """Captions and the paths they belong to, row by row."""

    paths: tuple[Path, ...]
    captions: tuple[str, ...]

    @classmethod
    def read(cls, table: Path, photos: Path | None = None) -> "Labels":
        """Read ``path<TAB>caption`` lines; paths count from ``photos``, or the table's folder.

        Raises PathError if there is no such file, UsageError for a line of another form.
        """
        try:
            lines = table.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise PathError(f"{table}: cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{table}: not a text file in UTF-8") from error
        base = photos or table.parent
        rows = [
            _row(table, base, *numbered) for numbered in enumerate(lines, start=1) if numbered[1]
        ]
        if not rows:
            raise UsageError(f"{table}: no captions in it; each line is: path<TAB>caption")
        return cls(tuple(path for path, _ in rows), tuple(caption for _, caption in rows))


def _row(table: Path, base: Path, number: int, line: str) -> tuple[Path, str]:
    path, tab, caption = line.partition("\t")
    if not (tab and path and caption.strip()) or "\t" in caption:
        raise UsageError(f"{table}, line {number}: got {line[:60]!r}; wanted: path<TAB>caption")
    return (base / path).absolute(), caption


def evaluate(store: Store, encoder: Encoder, space: SpaceRecord, labels: Labels) -> Evaluation:
    """Measure recall in both directions on labelled photographs of the library.

    Raises UsageError naming the first photographs that are not in it.
    """
    by_path = store.catalog.contents_at(dict.fromkeys(labels.paths))
    unknown = [path for path in dict.fromkeys(labels.paths) if path not in by_path]
    if unknown:
        shown = ", ".join(str(path) for path in unknown[:3])
        raise UsageError(f"{len(unknown)} photographs are not in the library: {shown}")
    contents = list(dict.fromkeys(by_path[path] for path in labels.paths))
    columns = {content: column for column, content in enumerate(contents)}
    owners = np.array([columns[by_path[path]] for path in labels.paths])
    photos = _vectors(store, space, contents)
    scores = encoder.embed_texts(labels.captions) @ photos.T
    return Evaluation(
        model=space.model,
        captions=len(labels.captions),
        photos=len(contents),
        text_to_photo=Recall.of(text_ranks(scores, owners)),
        photo_to_text=Recall.of(photo_ranks(scores, owners)),
    )


def _vectors(store: Store, space: SpaceRecord, contents: Sequence[int]) -> Vectors:
    found = [store.catalog.vector(content, space.id) for content in contents]
    lacking = sum(vector is None for vector in found)
    if lacking:
        raise UsageError(
            f"{lacking} of the photographs have no vector of {space.model} yet; "
            f"run: photoseek index --model {space.model}"
        )
    return np.stack([vector for vector in found if vector is not None])


def text_ranks(scores: Scores, owners: Ranks) -> Ranks:
    """Rank, from 1, of each caption's photograph; scores are (captions, photos)."""
    own = np.take_along_axis(scores, owners[:, None], axis=1)
    return np.asarray((scores > own).sum(axis=1) + 1, dtype=np.int64)


def photo_ranks(scores: Scores, owners: Ranks) -> Ranks:
    """Rank, from 1, of each photograph's best caption among the captions of others."""
    mine = owners[:, None] == np.arange(scores.shape[1])
    best = np.where(mine, scores, -np.inf).max(axis=0)
    return np.asarray(((scores > best) & ~mine).sum(axis=0) + 1, dtype=np.int64)
