"""Looking words up: FTS5 in SQLite, text search vectors in PostgreSQL.

Both are kept right by triggers (migration 0005) and hold the same words: runs of letters and
digits, without case and accents.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Select, TableClause, cast, literal_column, or_, select


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row; the last may be what a word only ``begins`` with."""

    words: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Any of some phrases, or ``every`` one of them."""

    phrases: tuple[Phrase, ...]
    every: bool = False


class WordLanguage(Protocol):
    """How an engine is asked for words."""

    def __hash__(self) -> int:
        """Languages have no state: statements are made once for each."""

    def text(self, wanted: Wanted, column: str | None = None) -> str:
        """What is wanted, of a column or of any, as the engine reads it."""

    def ids(self, table: TableClause, expression: Any, column: str | None = None) -> Select[Any]:
        """The ids of rows where it is; ``expression`` is such a text, or stands for one."""


class Fts5:
    """https://sqlite.org/fts5.html"""

    def text(self, wanted: Wanted, column: str | None = None) -> str:
        phrases = (f"({_quoted(phrase)})" for phrase in wanted.phrases)
        expression = (" AND " if wanted.every else " OR ").join(phrases)
        return f"{column} : ({expression})" if column else expression

    def ids(
        self,
        table: TableClause,
        expression: Any,
        column: str | None = None,  # noqa: ARG002 - the text says it
    ) -> Select[Any]:
        matches = literal_column(table.name).op("MATCH")(expression)
        return select(literal_column(f"{table.name}.rowid")).select_from(table).where(matches)


def _quoted(phrase: Phrase) -> str:
    words = " + ".join(f'"{word}"' for word in phrase.words)
    return f"{words} *" if phrase.begins else words


class TextSearch:
    """https://www.postgresql.org/docs/current/textsearch.html"""

    def text(self, wanted: Wanted, column: str | None = None) -> str:  # noqa: ARG002
        phrases = (f"({_in_a_row(phrase)})" for phrase in wanted.phrases)
        return (" & " if wanted.every else " | ").join(phrases)

    def ids(self, table: TableClause, expression: Any, column: str | None = None) -> Select[Any]:
        from sqlalchemy.dialects.postgresql import TSQUERY  # 15 ms that SQLite need not spend

        query = cast(expression, TSQUERY)
        names = [column] if column else [one.name for one in table.c if one.name != "id"]
        return select(table.c.id).where(or_(*(table.c[name].op("@@")(query) for name in names)))


def _in_a_row(phrase: Phrase) -> str:
    words = " <-> ".join(f"'{_folded(word)}'" for word in phrase.words)
    return f"{words}:*" if phrase.begins else words


def _folded(word: str) -> str:
    """As ``photoseek_words`` of migration 0005 makes them."""
    plain = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFD", word))
    return unicodedata.normalize("NFC", plain).replace("ς", "σ")


_LANGUAGES: dict[str, WordLanguage] = {"sqlite": Fts5(), "postgresql": TextSearch()}


def language_of(connection: Connection) -> WordLanguage:
    return _LANGUAGES[connection.dialect.name]
