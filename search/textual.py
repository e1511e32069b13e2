"""Photographs whose file names, folders or tags hold the query's words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np

from search.query import Query, Words
from store import Catalog
from store.vector_index import distinct
from store.words import Ids, WordPlaces, words_of

Where = Literal["name", "folder", "tag"]

MOST_WORDS = 12
LEAST_COVERAGE = 0.5
COMMON, FEWEST_COMMON, MOST_COMMON = 0.05, 50, 5000
"""A word that a twentieth of all files have tells nothing; bounds for small and large libraries."""
ABSENT = 2.0
"""What a word weighs that no name has: people's folders are not named by all that is in them."""
IN_A_FOLDER = 0.8

_EVERYWHERE = """
a an and are as at be by for from has in into is it its of on or over some that the their there
they this to under was were while who with
"""
_NOT_TELLING = frozenset(_EVERYWHERE.split())
_ORDER: tuple[Where, ...] = ("name", "folder", "tag")
_PLACES = [
    frozenset(place for bit, place in enumerate(_ORDER) if flags >> bit & 1) for flags in range(8)
]
"""By the sum of 1 for a name, 2 for a folder, 4 for a tag."""


@dataclass(frozen=True, slots=True)
class TextMatch:
    """How much of the query's words a photograph's names hold, 0 to 1, by how telling each word
    is; where they were; whether they were ``all``."""

    coverage: float
    where: frozenset[Where]
    all: bool


def text_matches(catalog: Catalog, query: Query, photos: int) -> dict[int, TextMatch]:
    """The photographs that hold more than half of the query's words, by content id.

    A word weighs the logarithm of how few have it (inverse document frequency). Half will not do:
    "a bar of gold" is no bar.
    """
    if query.only == "meaning":
        return {}
    most = min(max(int(photos * COMMON), FEWEST_COMMON), MOST_COMMON)
    found = catalog.with_words([forms(word) for word in telling_words(query)], most)
    telling = [places for places in found if places is not None]
    weights = [_weight(places, photos) for places in telling]
    if not telling:
        return {}
    ids = distinct(np.concatenate([places.anywhere for places in telling]))
    scores, held, where = np.zeros(len(ids)), np.zeros(len(ids)), np.zeros(len(ids), dtype=np.int64)
    for places, weight in zip(telling, weights, strict=True):
        at = [np.isin(ids, some) for some in (places.names, places.folders, places.tags)]
        in_full = at[0] | at[2]
        scores += weight * np.where(in_full, 1.0, IN_A_FOLDER * at[1])
        held += in_full | at[1]
        where |= at[0] * 1 + at[1] * 2 + at[2] * 4
    coverage = scores / sum(weights)
    kept = (coverage >= LEAST_COVERAGE) & (2 * held > len(telling))
    kept &= ~np.isin(ids, _unwanted(catalog, query, most))
    return {
        key: TextMatch(covered, _PLACES[flags], count == len(telling))
        for key, covered, flags, count in zip(
            *(column[kept].tolist() for column in (ids, coverage, where, held)), strict=True
        )
    }


def where_named(texts: Mapping[int, TextMatch], key: int) -> frozenset[Where]:
    """Where a photograph's names hold the query's words; nowhere for one that is no match."""
    return texts[key].where if key in texts else frozenset()


def telling_words(query: Query) -> list[str]:
    """The words that are looked for, without those that every sentence has."""
    wanted = [part for part in query.parts if isinstance(part, Words) and part.weight > 0]
    return list(dict.fromkeys(word for part in wanted for word in _telling(part)))[:MOST_WORDS]


def _telling(part: Words) -> list[str]:
    return [word for word in words_of(part.text) if word not in _NOT_TELLING]


def _unwanted(catalog: Catalog, query: Query, most: int) -> Ids:
    """Photographs whose names hold every word of a phrase that is kept away."""
    unwanted = [np.empty(0, dtype=np.int64)]
    for part in query.parts:
        if isinstance(part, Words) and part.weight < 0:
            found = catalog.with_words([forms(word) for word in _telling(part)], most)
            held = [places.anywhere for places in found if places is not None]
            unwanted += [reduce(np.intersect1d, held)] if held else []
    return np.concatenate(unwanted)


def forms(word: str) -> list[str]:
    """A word and its plural or singular, as English makes most of them."""
    if not word.isalpha() or len(word) < 3:
        return [word]
    if word.endswith("ies"):
        return [word, f"{word[:-3]}y"]
    if word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return [word, word[:-2], word[:-1]]
    if word.endswith("s") and not word.endswith("ss"):
        return [word, word[:-1]]
    return [word, f"{word}s", f"{word}es"]


def _weight(places: WordPlaces, photos: int) -> float:
    count = len(places.anywhere)
    return math.log(1 + photos / count) if count else ABSENT
