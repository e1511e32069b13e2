"""Fault points: named steps at which a test makes the process die, or an operation fail.

``PHOTOSEEK_FAULT=NAME[:NTH][=ACTION]`` arms one of ``STEPS`` at its NTH passing (the first). The
action is ``kill`` (SIGKILL, nothing is cleaned up), ``eio`` (an I/O error) or ``full`` (a full
disk). Without the variable ``reach`` is an empty function.
"""

import errno
import os
import re
import signal
import sqlite3
from collections.abc import Callable
from itertools import count

from errors import UsageError

VARIABLE = "PHOTOSEEK_FAULT"

STEPS = (
    "batch.read",
    "batch.encoded",
    "batch.thumbnails",
    "transaction.begun",
    "transaction.filled",
    "transaction.committed",
    "file.written",
    "snapshot.written",
    "snapshot.renamed",
    "snapshot.described",
    "sweep",
    "switch",
    "migration",
    "backup.copied",
    "restore.aside",
    "restore.filled",
    "repair.salvaged",
    "repair.aside",
    "repair.placed",
)

_SETTING = re.compile(r"(?P<step>[a-z.]+)(:(?P<nth>\d+))?(=(?P<action>kill|eio|full))?")
_CODES = {
    "eio": (errno.EIO, sqlite3.SQLITE_IOERR, "disk I/O error"),
    "full": (errno.ENOSPC, sqlite3.SQLITE_FULL, "database or disk is full"),
}


def reach(step: str) -> None:
    """Say that a step is reached."""
    _react(step)


def armed(setting: str) -> Callable[[str], None]:
    """What ``reach`` does for a value of the variable. Raises UsageError for one without sense."""
    found = _SETTING.fullmatch(setting)
    if found is None or found["step"] not in STEPS:
        raise UsageError(
            f"{VARIABLE}={setting!r}: wanted STEP[:NTH][=kill|eio|full]; steps: {', '.join(STEPS)}"
        )
    passings, nth, action = count(1), int(found["nth"] or 1), found["action"] or "kill"

    def react(step: str) -> None:
        if step == found["step"] and next(passings) == nth:
            _die() if action == "kill" else _fail(step, action)

    return react


def _die() -> None:
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)


def _fail(step: str, action: str) -> None:
    number, code, text = _CODES[action]
    if not step.startswith("transaction."):
        raise OSError(number, os.strerror(number))
    error = sqlite3.OperationalError(text)  # as SQLite would have raised it
    error.sqlite_errorcode = code
    raise error


def _nothing(_: str) -> None:
    pass


_react = armed(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else _nothing
