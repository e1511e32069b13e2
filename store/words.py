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
from sqlalchemy import Connection, Engine, Select, column, func, literal_column, select, table

from store.database import reading
from store.schema import File, FileState, Tag

Ids = npt.NDArray[np.int64]

FILE_WORDS = table("file_words", column("rowid"))
TAG_WORDS = table("tag_words", column("rowid"))


@dataclass(frozen=True, slots=True)
class WordPlaces:
    """The present contents that have a word in a file's name, a folder's name, or a tag."""

    names: frozenset[int]
    folders: frozenset[int]
    tags: frozenset[int]


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
            found = fts_files(expression), fts_tags(expression)
            if any(_more_than(connection, statement, most) for statement in found):
                return None
            return WordPlaces(
                _contents(connection, fts_files(f"name : ({expression})")),
                _contents(connection, fts_files(f"folder : ({expression})")),
                _tagged(connection, fts_tags(expression)),
            )


def _more_than(connection: Connection, statement: Any, most: int) -> bool:
    some = statement.limit(most + 1).subquery()
    return bool(connection.execute(select(func.count()).select_from(some)).scalar_one() > most)


def _contents(connection: Connection, file_ids: Any) -> frozenset[int]:
    there = File.id.in_(file_ids) & (File.state == FileState.PRESENT)
    statement = select(File.content_id).where(there, File.content_id.is_not(None))
    return frozenset(key for key in connection.execute(statement).scalars() if key is not None)


def _tagged(connection: Connection, tag_ids: Any) -> frozenset[int]:
    return frozenset(
        connection.execute(select(Tag.content_id).where(Tag.id.in_(tag_ids))).scalars()
    )


def fts_tags(expression: str) -> Select[Any]:
    """The ids of tags whose labels an FTS5 expression finds."""
    return select(TAG_WORDS.c.rowid).where(literal_column("tag_words").op("MATCH")(expression))


def quoted_words(text: str) -> str:
    """The words of a text as FTS5 wants them, in a row; an empty string if there are none."""
    return " + ".join(f'"{word}"' for word in words_of(text))


def words_of(text: str) -> list[str]:
    """Runs of letters and digits, in lower case."""
    return re.findall(r"[^\W_]+", text.lower())


def fts_files(expression: str) -> Select[Any]:
    """The ids of files that an FTS5 expression finds, to be read or searched among."""
    return select(FILE_WORDS.c.rowid).where(literal_column("file_words").op("MATCH")(expression))


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
