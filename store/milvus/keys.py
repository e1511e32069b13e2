"""Names as numbers: what Milvus holds of paths, cameras and lenses.

A name becomes the upper 63 bits of its BLAKE2b. Nothing that a person could read leaves the
machine, no name is too long or has a character that must be escaped, and two of a million names
are the same number once in ten million libraries.
"""

from functools import lru_cache
from hashlib import blake2b

from store.folders import comparable

NOTHING = 0
"""The key of what is not known."""


@lru_cache(maxsize=65_536)
def key_of(name: str) -> int:
    """A positive number for a name, which may hold a file system's own bytes."""
    digest = blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1


@lru_cache(maxsize=65_536)
def folder_keys(root: str, path: str) -> frozenset[int]:
    """What ``InFolder`` may ask of a file at ``path`` below ``root``.

    That is every run of folders in its path, and every run that begins at its root, so that one
    number answers ``in:Trips/2023`` and ``in:/home/me/Pictures`` without knowing the folders.
    """
    *folders, _ = f"{comparable(root).rstrip('/')}/{comparable(path)}".split("/")
    names = [name for name in folders if name]
    ends = range(1, len(names) + 1)
    runs = {f"/{'/'.join(names[start:end])}/" for end in ends for start in range(end)}
    whole = f"{'/'.join(folders)}/"
    heads = {f"^{whole[: at + 1]}" for at, letter in enumerate(whole) if letter == "/"}
    return frozenset(map(key_of, runs | heads))


def folder_key(wanted: str, *, anchored: bool) -> int:
    """The number that ``folder_keys`` has for files below a folder; see ``wanted_folder``."""
    return key_of(f"^{wanted}" if anchored else wanted)
