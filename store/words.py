"""The words of file names, folders and tags, looked up in the engine's own index of words.

Words are runs of letters and digits, compared without case and accents, so ``IMG_2041`` is two and
``2041`` finds it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    Connection,
    Engine,
    ScalarSelect,
    Select,
    String,
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

    def with_words(self, words: Sequence[Iterable[str]], most: int) -> list[WordPlaces | None]:
        """Where any of each word's forms is; None if more than ``most`` files or tags have it, for
        what is everywhere tells nothing."""
        asked = [_wanted(forms) for forms in words]
        with reading(self._engine) as connection:
            counts = _how_many(connection, [one for one in asked if one.phrases], most + 1)
            return [
                _places(connection, one, *counts[one])
                if one.phrases and max(counts[one]) <= most
                else None
                for one in asked
            ]


_NONE: Ids = np.empty(0, dtype=np.int64)


def _wanted(forms: Iterable[str]) -> Wanted:
    return Wanted(tuple(Phrase(words) for form in forms if (words := words_of(form))))


def _how_many(
    connection: Connection, wanted: Sequence[Wanted], bound: int
) -> dict[Wanted, tuple[int, int]]:
    """Files and tags that have each, counted up to a bound, by one statement."""
    if not wanted:
        return {}
    language = language_of(connection)
    asked: dict[str, Any] = {_name(place): language.text(one) for place, one in enumerate(wanted)}
    counts = connection.execute(_counting(language, len(wanted)), asked | {"bound": bound}).one()
    return dict(zip(wanted, zip(counts[::2], counts[1::2], strict=True), strict=True))


def _places(connection: Connection, wanted: Wanted, files: int, tags: int) -> WordPlaces:
    """The contents that have it in a file's name, its folder, or a tag."""
    language = language_of(connection)

    def contents(statement: Select[Any], column: str | None) -> Ids:
        asked = {"expression": language.text(wanted, column)}
        return ids_in(connection.execute(statement, asked).scalar())

    return WordPlaces(
        contents(_files(language, "name"), "name") if files else _NONE,
        contents(_files(language, "folder"), "folder") if files else _NONE,
        contents(_tags(language), None) if tags else _NONE,
    )


def _name(place: int) -> str:
    return f"expression{place}"


# Every search asks these for its words: made once, they cost half.
@cache
def _counting(language: WordLanguage, words: int) -> Select[*tuple[int, ...]]:
    def count(ids: Select[Any]) -> ScalarSelect[int]:
        some = ids.limit(bindparam("bound")).subquery()
        return select(func.count()).select_from(some).scalar_subquery()

    expressions = [bindparam(_name(place), type_=String()) for place in range(words)]
    tables = (FILE_WORDS, TAG_WORDS)
    counts = [count(language.ids(one, each)) for each in expressions for one in tables]
    return select(*counts)


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
