"""From a question to hits. Knows nothing of walking folders or of HTTP."""

from search.answer import Answer, Hit
from search.embedding import Example, OpenExample
from search.query import (
    DEFAULT_LIMIT,
    Chip,
    Filter,
    Picture,
    Query,
    Url,
    Words,
    parse,
    understand,
)
from search.relevance import DEFAULT_STRICTNESS
from search.searcher import Searcher

__all__ = [
    "DEFAULT_LIMIT",
    "DEFAULT_STRICTNESS",
    "Answer",
    "Chip",
    "Example",
    "Filter",
    "Hit",
    "OpenExample",
    "Picture",
    "Query",
    "Searcher",
    "Url",
    "Words",
    "parse",
    "understand",
]
