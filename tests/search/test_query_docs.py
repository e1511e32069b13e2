"""docs/query.md holds what the grammar has: tables made from it, examples read by it."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from errors import QueryError
from search import parse
from search.query import FORMS, SETTINGS

PAGE = Path(__file__).parents[2] / "docs" / "query.md"


def table(head: str, rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, "|" + "---|" * head.count(" | ") + "---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def filters() -> str:
    rows = [
        (f"`{form.key}:`", form.meaning, form.expected, "one" if form.several == "any" else "all")
        for form in FORMS
    ]
    return table("| key | photographs | value | of several |", rows)


def settings() -> str:
    rows = [(f"`{one.key}:`", one.meaning, one.expected) for one in SETTINGS]
    return table("| key | says | value |", rows)


def with_tables(page: str) -> str:
    for name, made in (("filters", filters()), ("settings", settings())):
        mark = f"<!-- {name} -->\n"
        before, after = page.split(mark)
        page = before + mark + made + "\n" + re.sub(r"^(\|.*\n)*", "", after)
    return page


def test_the_tables_are_those_of_the_grammar() -> None:
    page = PAGE.read_text(encoding="utf-8")
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(with_tables(page), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == with_tables(page)


def block(kind: str) -> list[str]:
    (found,) = re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found).splitlines()


@pytest.mark.parametrize("typed", block("query"))
def test_its_examples_are_read(typed: str) -> None:
    assert parse(str(parse(typed))) == parse(typed)


@pytest.mark.parametrize("line", block("mistakes"))
def test_its_mistakes_are_told_so(line: str) -> None:
    typed, told = re.split(r" {4,}|(?<=\w) {2,}(?=column)", line, maxsplit=1)
    with pytest.raises(QueryError) as raised:
        parse(typed)
    assert str(raised.value) == told.strip()


def test_every_prefix_of_its_text_is_one_of_the_grammar() -> None:
    known = {form.key for form in FORMS} | {one.key for one in SETTINGS} | {"id", "image"}
    page = PAGE.read_text(encoding="utf-8")
    used = re.findall(r"`-?(?:[\d.]+:)?([a-z]{2,}):(?!//)", page)
    assert used
    assert set(used) == known
