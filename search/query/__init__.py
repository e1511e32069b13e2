"""The question: a value, its text form, and its chips. docs/query.md is the grammar for people."""

from search.query.chips import Chip
from search.query.forms import FORMS, Filter
from search.query.parser import parse
from search.query.parts import Part, Picture, Url, Words
from search.query.query import Query
from search.query.settings import DEFAULT_LIMIT, SETTINGS
from search.query.understood import understand

__all__ = [
    "DEFAULT_LIMIT",
    "FORMS",
    "SETTINGS",
    "Chip",
    "Filter",
    "Part",
    "Picture",
    "Query",
    "Url",
    "Words",
    "parse",
    "understand",
]
