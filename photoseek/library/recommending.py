"""More of what is liked."""

from collections.abc import Iterable
from pathlib import Path

from photoseek.library.paths import PathLike, absolute
from photoseek.library.photos import id_of
from photoseek.library.searching import Searching, opener
from search import DEFAULT_LIMIT, Answer, Picture, Words
from search.query import Part
from search.query.parts import source_of
from search.recommend import Strategy, as_query, recommend

_PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".tif", ".tiff", ".gif")


class Recommending(Searching):
    """Recommendations from examples."""

    def recommend(
        self,
        like: Iterable[PathLike] = (),
        unlike: Iterable[PathLike] = (),
        *,
        strategy: Strategy = "average_vector",
        limit: int = DEFAULT_LIMIT,
        model: str | None = None,
    ) -> Answer:
        """Photographs like some examples and unlike others, best first.

        An example is ``id:123`` of a photograph in the library, a picture file, or words. Raises
        QueryError, PathError or PictureError for what cannot be used.
        """
        liked = [_example(example, 1.0) for example in like]
        unliked = [_example(example, -1.0) for example in unlike]
        query = as_query(liked, unliked, limit)
        with self._store.one_state():
            space = self._space(model)
            encoder = self._encoders.of(space)
            open_example = opener(encoder, allow_url=False)
            return recommend(self._store, encoder, space, open_example, query, strategy)


def _example(given: PathLike, weight: float) -> Part:
    number = id_of(given)
    if number is not None:
        return Picture(number, weight)
    if not isinstance(given, str) or _is_picture(given):
        return Picture(absolute(given), weight)
    return Words(given, weight, literal=True)


def _is_picture(text: str) -> bool:
    """Whether a text is a picture's path: written like one, or the name of a file that is here."""
    return (
        source_of(text) is not None
        or text.lower().endswith(_PICTURE_SUFFIXES)
        or ("\0" not in text and len(text) < 1000 and Path(text).is_file())
    )
