"""From a question to hits. Knows nothing of walking folders or of HTTP."""

from search.answer import Answer, Hit
from search.query import DEFAULT_LIMIT, Query
from search.searcher import Example, OpenExample, Searcher

__all__ = ["DEFAULT_LIMIT", "Answer", "Example", "Hit", "OpenExample", "Query", "Searcher"]
