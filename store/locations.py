"""Where a root or a photograph is: a path of this machine, or an address in object storage."""

import re
import sys
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

if sys.platform == "win32":
    from pathlib import WindowsPath as NativePath
else:
    from pathlib import PosixPath as NativePath

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+)://")
"""A scheme has two letters at least: one alone is a drive of Windows."""
_KEPT = re.compile(r"[a-z][a-z0-9+.\-]+:/")
"""How pathlib keeps an address: it makes one slash of two."""


class ObjectPath(NativePath):
    """An address in object storage, such as ``s3://bucket/2024/a.jpg``, where a Path is wanted.

    It has pathlib's grammar (``/``, ``parent``, ``name``, ``is_relative_to``) and prints as the
    address. There is no file of this machine at it: whatever looks for one finds none.
    """

    __slots__ = ()

    def __str__(self) -> str:
        text = super().__str__().replace("\\", "/")
        return text.replace(":/", "://", 1) if _KEPT.match(text) else text

    def __fspath__(self) -> str:
        return str(self)

    def is_absolute(self) -> bool:
        return "://" in str(self)

    def absolute(self) -> Self:
        return self

    def resolve(self, strict: bool = False) -> Self:  # noqa: ARG002, FBT001, FBT002 - as pathlib's
        return self


def location(text: str) -> Path:
    """What a text names: ``file://`` and paths are of this machine, other addresses ObjectPaths.

    As ``str`` of the result gives the text again, this is also how stored paths are read.
    """
    found = _ADDRESS.match(text)
    if found is None:
        return Path(text)
    scheme, rest = found[1].lower(), text[found.end() :]
    if scheme in ("file", "local"):
        from urllib.request import url2pathname  # imports all of HTTP

        return Path(url2pathname(urlsplit(f"file://{rest}").path))
    return ObjectPath(f"{scheme}:/{rest}")
