"""From a question to hits. Knows nothing of walking folders or of HTTP."""

from search.answer import Answer, Hit
from search.query import DEFAULT_LIMIT, Query
from search.relevance import DEFAULT_STRICTNESS
from search.searcher import Example, OpenExample, Searcher

__all__ = [
    "DEFAULT_LIMIT",
    "DEFAULT_STRICTNESS",
    "Answer",
    "Example",
    "Hit",
    "OpenExample",
    "Query",
    "Searcher",
]
