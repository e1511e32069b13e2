"""Batches as large as the memory of an accelerator allows."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batches:
    """Runs a function over batches; the size is halved whenever a batch does not fit, for good.

    ``is_too_large`` tells from an exception that memory ran out. What does not fit alone is raised.
    """

    def __init__(self, size: int, is_too_large: Callable[[Exception], bool]) -> None:
        self.size = size
        self._is_too_large = is_too_large

    def run(
        self, function: Callable[[Sequence[Item]], Result], items: Sequence[Item]
    ) -> list[Result]:
        """The results for consecutive batches of ``items``, in order."""
        results: list[Result] = []
        start = 0
        while start < len(items):
            batch = items[start : start + self.size]
            try:
                results.append(function(batch))
                start += len(batch)
            except Exception as error:
                if len(batch) == 1 or not self._is_too_large(error):
                    raise
                self.size = len(batch) // 2
        return results
