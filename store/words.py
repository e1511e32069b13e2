"""The words of file names, folders and tags, looked up in the engine's own index of words.

Words are runs of letters and digits, compared without case and accents, so ``IMG_2041`` is two and
``2041`` finds it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    ScalarSelect,
    Select,
    bindparam,
    column,
    func,
    select,
    table,
)

from store.database import reading
from store.engines.spelling import concatenated
from store.engines.words import Phrase, Wanted, WordLanguage, language_of
from store.schema import File, FileState, Tag
from store.statements import ids_in
from store.vector_index import distinct

Ids = npt.NDArray[np.int64]

FILE_WORDS = table("file_words", column("id"), column("name"), column("folder"))
TAG_WORDS = table("tag_words", column("id"), column("label"))


@dataclass(frozen=True, slots=True)
class WordPlaces:
    """The present contents that have a word in a file's name, a folder's name, or a tag; each
    int64 (n,), ascending."""

    names: Ids
    folders: Ids
    tags: Ids

    @property
    def anywhere(self) -> Ids:
        return distinct(np.concatenate([self.names, self.folders, self.tags]))


class WordSearch:
    """The part of ``Catalog`` that finds words."""

    _engine: Engine

    def with_word(self, forms: Iterable[str], most: int) -> WordPlaces | None:
        """Where any of a word's forms is; None if more than ``most`` files or tags have it, for
        what is everywhere tells nothing."""
        phrases = tuple(Phrase(words) for form in forms if (words := words_of(form)))
        if not phrases:
            return None
        with reading(self._engine) as connection:
            asked = _Asking(connection, Wanted(phrases))
            files, tags = asked.how_many(most + 1)
            if max(files, tags) > most:
                return None
            return WordPlaces(
                asked.contents("name") if files else _NONE,
                asked.contents("folder") if files else _NONE,
                asked.contents("label") if tags else _NONE,
            )


_NONE: Ids = np.empty(0, dtype=np.int64)


class _Asking:
    """One question about words, in the engine's language."""

    def __init__(self, connection: Connection, wanted: Wanted) -> None:
        self._connection = connection
        self._wanted = wanted
        self._language = language_of(connection)

    def how_many(self, bound: int) -> tuple[int, int]:
        """Files and tags that have it, counted up to a bound."""
        asked = {"expression": self._language.text(self._wanted), "bound": bound}
        files, tags = self._connection.execute(_how_many(self._language), asked).one()
        return files, tags

    def contents(self, place: str) -> Ids:
        """The contents that have it in a file's ``name``, its ``folder``, or a tag's ``label``."""
        of_tags = place == "label"
        expression = self._language.text(self._wanted, None if of_tags else place)
        statement = _tags(self._language) if of_tags else _files(self._language, place)
        return ids_in(self._connection.execute(statement, {"expression": expression}).scalar())


# Every search asks these for each of its words: made once, they cost half.
@cache
def _how_many(language: WordLanguage) -> Select[int, int]:
    def count(ids: Select[Any]) -> ScalarSelect[int]:
        some = ids.limit(bindparam("bound")).subquery()
        return select(func.count()).select_from(some).scalar_subquery()

    expression: BindParameter[str] = bindparam("expression")
    return select(
        count(language.ids(FILE_WORDS, expression)), count(language.ids(TAG_WORDS, expression))
    )


@cache
def _files(language: WordLanguage, place: str) -> Select[Any]:
    return select(concatenated(File.content_id)).where(
        File.id.in_(language.ids(FILE_WORDS, bindparam("expression"), place)),
        File.state == FileState.PRESENT,
        File.content_id.is_not(None),
    )


@cache
def _tags(language: WordLanguage) -> Select[Any]:
    return select(concatenated(Tag.content_id)).where(
        Tag.id.in_(language.ids(TAG_WORDS, bindparam("expression")))
    )


def words_of(text: str) -> tuple[str, ...]:
    """Runs of letters and digits, in lower case; an accent apart from its letter ends no word."""
    return tuple(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text.lower())))


def files_with(connection: Connection, wanted: Wanted, place: str) -> Select[Any]:
    """The ids of files that have words in their ``name`` or ``folder``, to be read or searched
    among."""
    language = language_of(connection)
    return language.ids(FILE_WORDS, language.text(wanted, place), place)


def files_named(connection: Connection, words: str) -> Ids:
    """Files whose names hold all words; one that ends in ``*`` only begins a word there."""
    phrases = tuple(
        Phrase(wanted, begins=word.endswith("*"))
        for word in words.split()
        if (wanted := words_of(word.rstrip("*")))
    )
    if not phrases:
        return _NONE
    statement = files_with(connection, Wanted(phrases, every=True), "name")
    return np.fromiter(connection.execute(statement).scalars(), dtype=np.int64)
