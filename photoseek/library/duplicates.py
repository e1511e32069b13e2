"""Duplicates of a library: finding them, and on explicit request doing away with spare copies."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from photoseek.library.opened import OpenedLibrary
from photoseek.library.paths import PathLike, absolute
from search.collection import everything
from search.duplicates import Lookalikes, Tier, find_lookalikes
from search.likeness import SAMPLE, Scale
from search.spares import DuplicateGroup, Picture, Spare, find_spares
from store import FileState, Looks, SpaceRecord, Store

if TYPE_CHECKING:  # acting is rare, and looking at pixels brings Pillow
    from photoseek.spares import Act, Outcome

ALL_TIERS = tuple(Tier)
_MARKED_AT_ONCE = 100

OnStage = Callable[[str], None]


class Duplicating(OpenedLibrary):
    """Exact copies, the same picture, and similar ones."""

    def duplicates(
        self, tiers: Sequence[Tier | str] = ALL_TIERS, *, on_stage: OnStage | None = None
    ) -> list[DuplicateGroup]:
        """Groups of the tiers asked for, by tier, the most wasteful first.

        ``same`` and ``similar`` compare all photographs with a vector; ``on_stage`` is told what
        is being done. Raises NoLibrary before the first index run.
        """
        wanted = [Tier(tier) for tier in tiers]
        store, space = self._store, self._space(None)
        groups: list[DuplicateGroup] = []
        if Tier.EXACT in wanted:
            copied = [(content,) for content in store.catalog.copied()]
            groups += _groups(store, Tier.EXACT, copied)
        if {Tier.SAME, Tier.SIMILAR} & set(wanted):
            found = _lookalikes(store, space, on_stage or (lambda _: None))
            groups += _groups(store, Tier.SAME, found.same if Tier.SAME in wanted else ())
            groups += _groups(store, Tier.SIMILAR, found.similar if Tier.SIMILAR in wanted else ())
        order = list(Tier)
        return sorted(groups, key=lambda group: (order.index(group.tier), -group.spare_bytes))

    def spares(
        self, groups: Sequence[DuplicateGroup], prefer: Sequence[PathLike] = ()
    ) -> list[Spare]:
        """The files of groups that could go; copies below a folder of ``prefer`` rather stay."""
        return find_spares(groups, [absolute(folder).resolve() for folder in prefer])

    def link_spares(self, spares: Sequence[Spare]) -> Iterator["Outcome"]:
        """Let copies share the kept file's blocks: reflinks, or hard links.

        These three change folders of photographs; each file is checked right before. Raises
        LibraryLocked while another process writes, StorageError if the library is read-only.
        """
        from photoseek.spares import link

        return self._carry_out(spares, link, gone=False)

    def move_spares(self, spares: Sequence[Spare], folder: PathLike) -> Iterator["Outcome"]:
        """Move copies below ``folder``. Raises PathError if that is no place for them."""
        from photoseek.placing import target_folder
        from photoseek.spares import move_into

        roots = tuple(root.path for root in self._store.catalog.roots())
        target = target_folder(absolute(folder), outside=roots)
        return self._carry_out(spares, move_into(target), gone=True)

    def trash_spares(self, spares: Sequence[Spare]) -> Iterator["Outcome"]:
        """Move copies to the platform's trash."""
        from photoseek.spares import trash

        return self._carry_out(spares, trash, gone=True)

    def _carry_out(self, spares: Sequence[Spare], act: "Act", *, gone: bool) -> Iterator["Outcome"]:
        """Act as the library's one writer, and note what is gone as missing."""
        from photoseek.spares import carry_out

        with self._store.writer() as writer:
            done: list[int] = []
            try:
                for outcome in carry_out(spares, act):
                    done += [outcome.spare.copy.file_id] if outcome.done and gone else []
                    if len(done) >= _MARKED_AT_ONCE:
                        writer.set_state(done, FileState.MISSING)
                        done = []
                    yield outcome
            finally:
                writer.set_state(done, FileState.MISSING)


def _lookalikes(store: Store, space: SpaceRecord, on_stage: OnStage) -> Lookalikes:
    from photoseek.pixels import PixelVerifier

    on_stage("reading vectors")
    looks, vectors = _with_vectors(store, space)
    on_stage(f"comparing {len(looks.ids):,} photographs")
    step = max(1, len(vectors) // SAMPLE)
    scale = Scale.of(vectors[::step].astype(np.float32))
    with PixelVerifier(store, looks) as verify:
        return find_lookalikes(looks, vectors, scale, verify, verify.expect)


def _with_vectors(store: Store, space: SpaceRecord) -> tuple[Looks, npt.NDArray[np.float16]]:
    """All live contents and their vectors, float16 (n, d), row by row."""
    looks, collection = store.catalog.looks(space.id), everything(store, space)
    both = np.isin(looks.ids, collection.ids)  # a writer may have come between
    return looks.rows(both), collection.of(looks.ids[both]).vectors


def _groups(
    store: Store, tier: Tier, groups: Sequence[tuple[int, ...]]
) -> Iterator[DuplicateGroup]:
    ids = [content for group in groups for content in group]
    photos, copies = store.catalog.photos(ids), store.catalog.copies(ids)
    for group in groups:
        known = [content for content in group if content in photos and content in copies]
        pictures = tuple(Picture(photos[one], tuple(copies[one])) for one in known)
        if sum(len(picture.copies) for picture in pictures) > 1:
            yield DuplicateGroup(tier, pictures)
