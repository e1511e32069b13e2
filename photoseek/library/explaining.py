"""Why a photograph is found."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from errors import PictureError, QueryError
from photoseek.library.paths import PathLike, absolute
from photoseek.library.photos import known_photos
from photoseek.library.searching import Searching, opener
from photoseek.library.showing import Showing
from search.why import Why, explain

if TYPE_CHECKING:
    from PIL.Image import Image


class Explaining(Searching, Showing):
    """What speaks for a photograph, and where in it."""

    def why(self, photo: PathLike, query: str, *, model: str | None = None) -> Why:
        """What matches a query in a photograph of the library, given by path or ``id:123``.

        Raises PathError or QueryError for what cannot be used.
        """
        question = self.question(query)
        with self._store.one_state():
            space = self._space(model)
            encoder = self._encoders.of(space)
            (content_id,) = known_photos(self._store, [photo])
            found = self._store.catalog.photos([content_id])[content_id]
            open_example = opener(encoder, allow_url=False)
            return explain(self._store, encoder, space, open_example, question, found)

    def heat_map(self, why: Why, *, model: str | None = None) -> "Image":
        """The photograph with what speaks for the query lit up.

        Of one that is away, or another picture by now, the thumbnail is taken. Raises
        QueryError for a query without meaning, PictureError if the picture cannot be read.
        """
        from photoseek.heatmaps import overlay
        from search.why import heat_map

        if why.direction is None:
            raise QueryError("a heat map needs words or pictures to look for, not filters alone")
        encoder = self._encoders.of(self._space(model))
        image = self._pixels(why)
        return overlay(image, heat_map(encoder, image, why.direction))

    def save_heat_map(self, why: Why, out: PathLike, *, model: str | None = None) -> Path:
        """Write the heat map as a PNG. Raises PathError if the file exists or cannot be written."""
        import io

        from photoseek.placing import new_file, write_new

        path = new_file(absolute(out))
        stream = io.BytesIO()
        self.heat_map(why, model=model).save(stream, "PNG")
        write_new(path, stream.getvalue())
        return path

    def _pixels(self, why: Why) -> "Image":
        from pictures import decode_apart

        photo = why.photo
        for path in photo.paths:
            with suppress(PictureError):
                return decode_apart(path, short_side=480, known=photo.hash).image
        thumbnail = self.thumbnail_image(photo)
        if thumbnail is None:
            raise PictureError(f"{photo.paths[0]}: cannot be read; run photoseek index")
        return thumbnail
