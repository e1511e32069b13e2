"""Pictures that are sent as examples: looked at within limits, and not kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.datastructures import UploadFile

from photoseek.web.problems import Refused

MOST_BYTES = 64 * 1024 * 1024
"""Of a request with pictures."""
MOST_PICTURES = 8


@dataclass(frozen=True, slots=True)
class Upload:
    """One picture's bytes as they were sent; a negative ``weight`` keeps away."""

    name: str
    data: bytes
    weight: float = 1.0


async def read_uploads(liked: Sequence[object], unliked: Sequence[object]) -> list[Upload]:
    """The files of a form. Raises Refused for too many, or for what is no file."""
    if len(liked) + len(unliked) > MOST_PICTURES:
        raise Refused(413, f"more than {MOST_PICTURES} pictures; send fewer")
    found = []
    for weight, parts in ((1.0, liked), (-1.0, unliked)):
        for part in parts:
            if not isinstance(part, UploadFile):
                raise Refused(422, "image: send a picture's file, not text")
            found.append(Upload(Path(part.filename or "picture").name, await part.read(), weight))
    return found


@contextmanager
def as_files(uploads: Sequence[Upload]) -> Iterator[list[Path]]:
    """The pictures as files, for the decoder; gone afterwards."""
    if not uploads:
        yield []
        return
    with TemporaryDirectory(prefix="photoseek-upload-") as folder:
        paths = []
        for number, upload in enumerate(uploads):
            path = Path(folder) / f"picture-{number + 1}"
            path.write_bytes(upload.data)
            paths.append(path)
        yield paths
