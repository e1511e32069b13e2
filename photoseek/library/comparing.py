"""The models of a library: which is in use, and which is better."""

from collections.abc import Iterable

from encoder.registry import known_models, name_of
from errors import NoLibrary
from photoseek.library.paths import PathLike, absolute
from photoseek.library.searching import Searching
from photoseek.models import Comparison, ModelStatus, forget_model, list_models, use_model
from search.evaluation import Evaluation, Labels, evaluate


class Comparing(Searching):
    """Models beside each other."""

    def models(self) -> list[ModelStatus]:
        """Every model installed or used here, the one in use first."""
        try:
            store = self._store
        except NoLibrary:
            return list_models(None)
        return list_models(store)

    def use_model(self, model: str, *, anyway: bool = False) -> None:
        """Let searches use ``model``, in one transaction.

        Raises UsageError if nothing was indexed with it, ModelError if photographs lack its
        vectors, unless ``anyway``.
        """
        use_model(self._store, self._encoders.get(model), anyway=anyway)

    def forget_model(self, model: str) -> None:
        """Drop a model's vectors from this library. Raises UsageError for the one in use."""
        forget_model(self._store, model)

    def remove_model(self, model: str) -> None:
        """Delete an installed model, and its vectors in this library; both or neither.

        Raises UnknownModel, ModelError for one that is part of Photoseek, UsageError for the one in
        use here, LibraryLocked while another process writes.
        """
        from encoder.install import remove_model, require_removable

        name = name_of(model)
        used = any(status.name == name and status.state for status in self.models())
        installed = name in known_models()
        if installed or not used:
            require_removable(name)
        if used:
            self.forget_model(name)
        if installed:
            remove_model(name)

    def compare(
        self, first: str, second: str, queries: Iterable[str], limit: int = 10
    ) -> list[Comparison]:
        """The answers of two models to the same queries."""
        return [
            Comparison(
                query,
                (
                    self.search(query, limit=limit, model=first),
                    self.search(query, limit=limit, model=second),
                ),
            )
            for query in queries
        ]

    def evaluate(
        self, captions: PathLike, *, photos: PathLike | None = None, model: str | None = None
    ) -> Evaluation:
        """Recall on a table of one's own captions: ``path<TAB>caption`` lines.

        Paths count from ``photos``, or from the table's folder.

        Raises PathError or UsageError for a table that cannot be used.
        """
        space = self._space(model)
        base = None if photos is None else absolute(photos)
        labels = Labels.read(absolute(captions), base)
        return evaluate(self._store, self._encoders.of(space), space, labels)
