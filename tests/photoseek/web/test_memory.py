"""A server's memory, as far as a short test can see it: the arenas of glibc's malloc."""

import os
import platform
import subprocess
import sys

import pytest

# Threads that allocate at the same time, then malloc_info(3) of the process.
PROGRAM = """
import ctypes, sys, threading
from photoseek.web.memory import keep_few_arenas

if sys.argv[1] == "few":
    print(keep_few_arenas())
started = threading.Barrier(12)
def work():
    started.wait()
    kept = [bytes(2000) for _ in range(2000)]
    started.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for one in threads: one.start()
for one in threads: one.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info(0, stream := ctypes.c_void_p(libc.fdopen(1, b"w")))
libc.fflush(stream)
"""


def run(how: str, **environment: str) -> str:
    env = {k: v for k, v in os.environ.items() if k != "MALLOC_ARENA_MAX"} | environment
    command = [sys.executable, "-u", "-c", PROGRAM, how]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are glibc's")
def test_all_threads_share_two_arenas() -> None:
    few = run("few")
    assert few.startswith("True\n")
    assert few.count("<heap nr=") <= 2
    assert run("as it is").count("<heap nr=") > 2


def test_who_has_decided_is_left_alone() -> None:
    assert run("few", MALLOC_ARENA_MAX="4").startswith("False\n")
