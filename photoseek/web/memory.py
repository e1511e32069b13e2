"""Memory that stays as it is over days of requests."""

import ctypes
import os
import platform

ARENAS = 2
_M_ARENA_MAX = -8
"""Of mallopt(3), glibc's malloc.h."""


def keep_few_arenas() -> bool:
    """Have glibc's malloc keep two arenas for all threads; whether it does. Call it before threads.

    It would keep one for each thread, up to eight for each core, and each grows to the most that
    one question ever wanted: memory rose for tens of thousands of requests. Who has set
    ``MALLOC_ARENA_MAX`` is left alone; other C libraries have no such arenas.
    """
    if platform.libc_ver()[0] != "glibc" or "MALLOC_ARENA_MAX" in os.environ:
        return False
    return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS))
