"""Expressions that every engine has and none spells like another."""

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    String,
    Table,
    bindparam,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class concatenated(FunctionElement[str]):  # noqa: N801 - read as a function of SQL
    """All values of a column of numbers in one text, with commas between."""

    name = "concatenated"
    type = String()
    inherit_cache = True


@compiles(concatenated, "sqlite")
def _concatenated_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **options)})"


@compiles(concatenated, "postgresql")
def _concatenated_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"string_agg(CAST({compiler.process(element.clauses, **options)} AS TEXT), ',')"


class _among(FunctionElement[bool]):  # noqa: N801
    name = "among"
    type = Boolean()
    inherit_cache = True


def among(column: Any, ids: npt.NDArray[np.int64]) -> ColumnElement[bool]:
    """Whether a column is one of any number of ids, which are one variable."""
    listed = f"[{','.join(map(str, ids.tolist()))}]"
    return _among(column, bindparam(None, listed, String()))


@compiles(_among, "sqlite")
def _among_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({ids})))"  # noqa: S608 - both are compiled SQL


@compiles(_among, "postgresql")
def _among_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} = ANY(CAST(translate({ids}, '[]', '{{}}') AS BIGINT[])))"


WIDE = Integer().with_variant(BigInteger(), "postgresql")
"""A whole number of 64 bits, which SQLite's INTEGER always has."""


def where_known(column: str) -> dict[str, Any]:
    """Options of an index that holds only rows where a column has a value."""
    known = text(f"{column} IS NOT NULL")
    return {"sqlite_where": known, "postgresql_where": known}


def ids_were_given(connection: Connection, table: Table) -> None:
    """Let the next id the engine gives come after those that were inserted as they are."""
    if connection.dialect.name == "postgresql":
        following = "SELECT setval(pg_get_serial_sequence(:name, 'id'), (SELECT max(id) FROM {}))"
        connection.execute(text(following.format(table.name)), {"name": table.name})


def upsert(connection: Connection, table: Any) -> Any:
    """An insert that may say what it does where the row is there: ``on_conflict_do_update`` …"""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # 15 ms for another
    return dialect.insert(table)
