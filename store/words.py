"""The words of file names, folders and tags: SQLite FTS5, kept right by triggers.

Words are runs of letters and digits, compared without case and accents, so ``IMG_2041`` is two and
``2041`` finds it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    Connection,
    Engine,
    ScalarSelect,
    Select,
    TableClause,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
)

from store.database import reading
from store.schema import File, FileState, Tag
from store.statements import ids_in

Ids = npt.NDArray[np.int64]

FILE_WORDS = table("file_words", column("rowid"))
TAG_WORDS = table("tag_words", column("rowid"))


@dataclass(frozen=True, slots=True)
class WordPlaces:
    """The present contents that have a word in a file's name, a folder's name, or a tag; each
    int64 (n,), ascending."""

    names: Ids
    folders: Ids
    tags: Ids

    @property
    def anywhere(self) -> Ids:
        return np.unique(np.concatenate([self.names, self.folders, self.tags]))


class WordSearch:
    """The part of ``Catalog`` that finds words."""

    _engine: Engine

    def with_word(self, forms: Iterable[str], most: int) -> WordPlaces | None:
        """Where any of a word's forms is; None if more than ``most`` files or tags have it, for
        what is everywhere tells nothing."""
        phrases = [phrase for form in forms if (phrase := quoted_words(form))]
        if not phrases:
            return None
        expression = " OR ".join(f"({phrase})" for phrase in phrases)
        with reading(self._engine) as connection:
            bound = {"expression": expression, "bound": most + 1}
            files, tags = connection.execute(_HOW_MANY, bound).one()
            if max(files, tags) > most:
                return None
            return WordPlaces(
                _ids(connection, _FILES, f"name : ({expression})") if files else _NONE,
                _ids(connection, _FILES, f"folder : ({expression})") if files else _NONE,
                _ids(connection, _TAGS, expression) if tags else _NONE,
            )


_NONE: Ids = np.empty(0, dtype=np.int64)


def _ids(connection: Connection, statement: Any, expression: str) -> Ids:
    return ids_in(connection.execute(statement, {"expression": expression}).scalar())


def quoted_words(text: str) -> str:
    """The words of a text as FTS5 wants them, in a row; an empty string if there are none."""
    return " + ".join(f'"{word}"' for word in words_of(text))


def words_of(text: str) -> list[str]:
    """Runs of letters and digits, in lower case."""
    return re.findall(r"[^\W_]+", text.lower())


def fts_files(expression: Any) -> Select[Any]:
    """The ids of files that an FTS5 expression finds, to be read or searched among."""
    return _matching(FILE_WORDS, expression)


def _matching(words: TableClause, expression: Any) -> Select[Any]:
    return select(words.c.rowid).where(literal_column(words.name).op("MATCH")(expression))


def _count(words: TableClause) -> ScalarSelect[int]:
    some = _matching(words, bindparam("expression")).limit(bindparam("bound")).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


# Every search asks these for each of its words: made once, they cost half.
_HOW_MANY = select(_count(FILE_WORDS), _count(TAG_WORDS))
_FILES = select(func.group_concat(File.content_id)).where(
    File.id.in_(_matching(FILE_WORDS, bindparam("expression"))),
    File.state == FileState.PRESENT,
    File.content_id.is_not(None),
)
_TAGS = select(func.group_concat(Tag.content_id)).where(
    Tag.id.in_(_matching(TAG_WORDS, bindparam("expression")))
)


def files_named(connection: Connection, words: str) -> Ids:
    """Files whose names hold all words; one that ends in ``*`` only begins a word there."""
    wanted = []
    for word in words.split():
        phrase = quoted_words(word.rstrip("*"))
        if phrase:
            wanted.append(f"({phrase}{' *' if word.endswith('*') else ''})")
    if not wanted:
        return np.empty(0, dtype=np.int64)
    statement = fts_files(f"name : ({' AND '.join(wanted)})")
    return np.fromiter(connection.execute(statement).scalars(), dtype=np.int64)
