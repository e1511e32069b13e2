"""Searches saved under a name."""

import re

from errors import QueryError, UsageError
from photoseek.library.opened import OpenedLibrary
from store import SavedRecord

_NAME = re.compile(r"[\w][\w.\- ]{0,63}$")


class Saving(OpenedLibrary):
    """Saved searches: texts of queries, asked with ``@name``."""

    def save_search(self, name: str, text: str) -> None:
        """Save a query's text, in place of one of that name.

        Raises QueryError for a text that cannot be asked, UsageError for no proper name.
        """
        name = name.removeprefix("@")
        if not _NAME.match(name):
            raise UsageError(f"name {name!r}: use letters, digits, spaces, '.', '-' and '_'")
        check_query(text)
        with self._store.writer():
            self._store.saved.put(name, text)

    def saved_searches(self) -> list[SavedRecord]:
        """By name."""
        return self._store.saved.all()

    def saved_search(self, name: str) -> str:
        """The text of a saved search. Raises QueryError for an unknown name."""
        text = self._store.saved.text(name.removeprefix("@"))
        if text is None:
            known = ", ".join(saved.name for saved in self.saved_searches()) or "none yet"
            raise QueryError(f"@{name.removeprefix('@')}: no saved search of this name; {known}")
        return text

    def remove_search(self, name: str) -> None:
        """Forget a saved search. Raises QueryError for an unknown name."""
        self.saved_search(name)
        with self._store.writer():
            self._store.saved.remove(name.removeprefix("@"))


def check_query(text: str) -> None:
    """Raise QueryError for a text that cannot be asked."""
    if not text.strip():
        raise QueryError("empty query; give some words")
