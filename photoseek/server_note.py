"""What a running server leaves in its library's folder, so that a command can ask it instead of
loading everything anew. Imports next to nothing: the command is over in the time that NumPy needs.

The note holds a secret, and only its owner can read it. A command proves with it that it may ask,
the server that it is the one that left it, and neither sends it: whoever listens in a dead server's
place learns nothing and is not believed.
"""

import hashlib
import hmac
import json
import os
import stat
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "server"
PATH = "/api/v1/command"
PROOF = "x-photoseek-proof"

_MOST_BYTES = 4096
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class ServerNote:
    """Where a server listens, and of what: its ``version``, and the catalog's device and inode."""

    host: str
    port: int
    secret: str
    version: str
    pid: int
    catalog: tuple[int, int]

    def proof(self, role: str, body: bytes) -> str:
        """That whoever knows the secret, as ``asks`` or ``answers``, wrote ``body``."""
        return prove(self.secret, role, body)


def prove(secret: str, role: str, body: bytes) -> str:
    return hmac.new(secret.encode(), role.encode() + b"\0" + body, hashlib.sha256).hexdigest()


def identity(folder: Path) -> tuple[int, int] | None:
    """What tells a library's catalog from another in its place, or a copy; None without one."""
    try:
        status = (folder / "catalog.db").stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def leave(folder: Path, note: ServerNote) -> None:
    """Write the note, for its owner's eyes only, in the place of any other.

    Where the folder cannot be written there is none: commands then open the library themselves.
    """
    scratch = folder / f".{NAME}.{note.pid}"
    with suppress(OSError):
        scratch.unlink(missing_ok=True)
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            json.dump(asdict(note), stream)
        scratch.replace(folder / NAME)


def take_back(folder: Path, note: ServerNote) -> None:
    """Delete the note, unless a later server has left its own."""
    if _read(folder) == note:
        with suppress(OSError):
            (folder / NAME).unlink()


def find(folder: Path, version: str) -> ServerNote | None:
    """The note of a server that can be asked; None if there is none to be believed.

    It must be ours alone, of this very catalog and version, and its process there.
    """
    note = _read(folder)
    if note is None or note.version != version or note.catalog != identity(folder):
        return None
    return note if _is_alive(note.pid) else None


def _read(folder: Path) -> ServerNote | None:
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY | _NO_FOLLOW)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        if not _is_private(os.fstat(stream.fileno())):
            return None
        written = stream.read(_MOST_BYTES)
    try:
        return _note(json.loads(written))
    except (ValueError, TypeError, KeyError):
        return None


def _is_private(status: os.stat_result) -> bool:
    if not stat.S_ISREG(status.st_mode):
        return False
    if not hasattr(os, "getuid"):  # Windows: the user's folders are the user's
        return True
    return status.st_uid == os.getuid() and not status.st_mode & 0o077


def _note(fields: dict[str, Any]) -> ServerNote:
    device, inode = fields["catalog"]
    return ServerNote(
        host=str(fields["host"]),
        port=int(fields["port"]),
        secret=str(fields["secret"]),
        version=str(fields["version"]),
        pid=int(fields["pid"]),
        catalog=(int(device), int(inode)),
    )


def _is_alive(pid: int) -> bool:
    if os.name == "nt":  # where a signal of 0 would end it; a dead one's port answers nobody
        return True
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return pid > 0
