"""Searches saved under a name."""

from photoseek.library.opened import OpenedLibrary
from search.saved import expand, name_of, text_to_save
from store import SavedRecord


class Saving(OpenedLibrary):
    """Saved searches: texts of queries, asked with ``@name``."""

    def save_search(self, name: str, text: str) -> None:
        """Save a query's text, in place of one of that name.

        Raises QueryError for a text that cannot be asked, UsageError for no proper name.
        """
        proper = name_of(name)
        asked = text_to_save(text, self._store.saved)
        with self._store.writer():
            self._store.saved.put(proper, asked)

    def saved_searches(self) -> list[SavedRecord]:
        """By name."""
        return self._store.saved.all()

    def saved_search(self, name: str) -> str:
        """The text of a saved search. Raises QueryError for an unknown name."""
        return expand(f"@{name_of(name)}", self._store.saved)

    def remove_search(self, name: str) -> None:
        """Forget a saved search. Raises QueryError for an unknown name."""
        self.saved_search(name)
        with self._store.writer():
            self._store.saved.remove(name_of(name))
