"""Tags: by hand, by what a label says, or by examples of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from encoder.samples import views
from errors import UsageError
from photoseek.library.opened import OpenedLibrary
from photoseek.library.paths import PathLike, absolute
from photoseek.library.photos import known_photos
from search.collection import Collection, collect
from search.labels import check_label, checked_labels, embed_labels, label, measure_noise
from search.learning import FEW, Learnt, learn
from store import SpaceRecord, TagCount, TagRecord, TagSource


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a run gave: photographs by label, and those of ``photos`` that no label fits."""

    model: str
    photos: int
    untagged: int
    counts: dict[str, int]
    records: tuple[TagRecord, ...]


@dataclass(frozen=True, slots=True)
class TaggedByExample:
    """Besides, what the examples taught: accuracy is on examples held out one at a time."""

    tagged: Tagged
    method: str
    examples: dict[str, int]
    accuracy: float
    accuracy_by_label: dict[str, float]
    unreadable: tuple[str, ...]

    @property
    def few(self) -> list[str]:
        """Labels with too few examples to say how well they were learnt."""
        return [name for name, count in self.examples.items() if count < FEW]


@dataclass(frozen=True, slots=True)
class LabelCount:
    """A label's tags from one source; ``stale`` if their model is not in use any more."""

    count: TagCount
    stale: bool


class Tagging(OpenedLibrary):
    """Labels on photographs."""

    def tag(
        self,
        labels: Sequence[str],
        *,
        several: bool = False,
        strictness: float = 50,
        model: str | None = None,
        keep: bool = True,
    ) -> Tagged:
        """Give each photograph the label that it shows, or, with ``several``, all that it shows.

        A label's earlier tags from its words are replaced; those by hand stay. ``keep=False`` only
        says what would be given. Raises UsageError for labels that cannot be used or an empty
        library, NoTextTower for a model without words.
        """
        names = checked_labels(labels)
        space = self._space(model)
        encoder = self._encoders.of(space)
        collection = collect(self._store, space)
        noise = measure_noise(encoder, collection).at(strictness)
        found = label(collection, embed_labels(encoder, names), noise, several=several)
        records = [
            _record(space, int(collection.ids[f.row]), names[f.label], f.probability) for f in found
        ]
        if keep:
            with self._store.writer():
                self._store.tags.replace(names, TagSource.WORDS, records)
        return _tagged(space, collection, names, records)

    def tag_again(self, **options: float | str | bool | None) -> Tagged:
        """Give every label that any model gave by its words anew, with the model in use."""
        counts = self._store.tags.counts()
        labels = {count.label for count in counts if count.source == TagSource.WORDS}
        if not labels:
            raise UsageError("no tags by words yet; give some with: photoseek tag LABELS")
        return self.tag(sorted(labels), **options)  # type: ignore[arg-type]

    def tag_by_examples(self, folder: PathLike, *, model: str | None = None) -> TaggedByExample:
        """Learn labels from the sub-folders of a folder, and give them to the library.

        Raises PathError or UsageError for a folder with fewer than two labels.
        """
        from photoseek.labelled import Labelled, read_labelled  # brings every picture decoder

        space = self._space(model)
        encoder = self._encoders.of(space)
        collection = collect(self._store, space)
        labelled: Labelled = read_labelled(absolute(folder), encoder)
        names = checked_labels(labelled.names)
        center = encoder.embed_images(views()).mean(axis=0)
        learnt = learn(labelled.vectors, labelled.labels, center)
        records = _classified(collection, learnt, names, space)
        with self._store.writer():
            self._store.tags.replace(names, TagSource.EXAMPLES, records)
        return TaggedByExample(
            tagged=_tagged(space, collection, names, records),
            method=learnt.method,
            examples=dict(zip(names, labelled.counts, strict=True)),
            accuracy=learnt.accuracy,
            accuracy_by_label=dict(zip(names, learnt.per_label, strict=True)),
            unreadable=labelled.unreadable,
        )

    def add_tag(self, name: str, photos: Sequence[PathLike]) -> int:
        """Tag photographs by hand, by path or ``id:123``; how many those are."""
        (name,) = checked_labels([name])
        ids = known_photos(self._store, photos)
        if not ids:
            raise UsageError(f"no photographs to tag {name!r}; give their paths, or id:123")
        with self._store.writer():
            self._store.tags.put(TagRecord(content_id, name) for content_id in ids)
        return len(ids)

    def remove_tag(self, name: str, photos: Sequence[PathLike] = ()) -> int:
        """Take a label, whoever gave it, from photographs, or from all; how many tags that were.

        Raises UsageError if none has it.
        """
        check_label(name.strip())
        ids = known_photos(self._store, photos) if photos else None
        with self._store.writer():
            removed = self._store.tags.remove([name.strip()], ids)
        if not removed:
            raise UsageError(f"no photograph is tagged {name!r}; list tags with: photoseek tags")
        return removed

    def tags(self) -> list[LabelCount]:
        """Every label, how many photographs have it, and from where."""
        space = self._store.catalog.active_space()
        current = space.fingerprint if space else None
        return [
            LabelCount(count, stale=count.fingerprint not in (None, current))
            for count in self._store.tags.counts()
        ]


def _record(
    space: SpaceRecord,
    content_id: int,
    name: str,
    score: float,
    source: TagSource = TagSource.WORDS,
) -> TagRecord:
    return TagRecord(content_id, name, source, space.model, space.fingerprint, round(score, 4))


def _tagged(
    space: SpaceRecord, collection: Collection, names: Iterable[str], records: list[TagRecord]
) -> Tagged:
    counts = dict.fromkeys(names, 0)
    for record in records:
        counts[record.label] += 1
    untagged = len(collection) - len({record.content_id for record in records})
    return Tagged(space.model, len(collection), untagged, counts, tuple(records))


def _classified(
    collection: Collection, learnt: Learnt, names: Sequence[str], space: SpaceRecord
) -> list[TagRecord]:
    records, start = [], 0
    for block in collection.blocks():
        best, chances = learnt.classify(block)
        for row in np.flatnonzero(best >= 0).tolist():
            content_id, name = int(collection.ids[start + row]), names[int(best[row])]
            records.append(
                _record(space, content_id, name, float(chances[row]), TagSource.EXAMPLES)
            )
        start += len(block)
    return records
