"""Runs a command and writes what it took: ``python launch.py REPORT COMMAND…``.

Linux adds the memory of the process that starts a command to the command's own peak, because
``ru_maxrss`` outlives exec. So the benchmark, large as it is, starts this small process, and this
one starts the command. It imports next to nothing for the same reason.

Of processes that the command starts (decoders), it looks up the peaks while they run, and adds
them all: a bound from above, for they need not have come together, and share libraries.
"""

import json
import os
import select
import sys
import time

LOOK_EVERY = 0.02
"""Seconds; where the system has no descriptor of a process, what a time may be too long by."""


def main() -> None:
    report, *command = sys.argv[1:]
    begun = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    peaks: dict[int, int] = {}
    at_its_end = [os.pidfd_open(child)] if hasattr(os, "pidfd_open") else []
    while not (ended := os.wait4(child, os.WNOHANG))[0]:
        _note_peaks(child, peaks)
        select.select(at_its_end, [], [], LOOK_EVERY)
    _, status, usage = ended
    seconds = time.perf_counter() - begun
    unit = 1 if sys.platform == "darwin" else 1024
    taken = {
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * unit + sum(peaks.values()),
    }
    with open(report, "w", encoding="utf-8") as stream:  # noqa: PTH123  (pathlib is slow to import)
        json.dump(taken, stream)
    sys.exit(os.waitstatus_to_exitcode(status))


def _note_peaks(parent: int, peaks: dict[int, int]) -> None:
    """The most that each descendant was resident, in bytes; nothing where there is no /proc."""
    for child in _children(parent):
        for line in _lines(f"/proc/{child}/status"):
            if line.startswith("VmHWM"):
                peaks[child] = int(line.split()[1]) * 1024
        _note_peaks(child, peaks)


def _children(parent: int) -> list[int]:
    try:
        threads = os.listdir(f"/proc/{parent}/task")  # noqa: PTH208
    except OSError:
        return []
    files = (f"/proc/{parent}/task/{thread}/children" for thread in threads)
    return [int(child) for file in files for line in _lines(file) for child in line.split()]


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="ascii", errors="replace") as stream:  # noqa: PTH123
            return stream.read().splitlines()
    except OSError:
        return []


if __name__ == "__main__":
    main()
