"""Runs a command and writes what it took: ``python launch.py REPORT COMMAND…``.

Linux adds the memory of the process that starts a command to the command's own peak, because
``ru_maxrss`` outlives exec. So the benchmark, large as it is, starts this small process, and this
one starts the command. It imports next to nothing for the same reason.
"""

import json
import os
import sys
import time


def main() -> None:
    report, *command = sys.argv[1:]
    begun = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - begun
    unit = 1 if sys.platform == "darwin" else 1024
    taken = {
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * unit,
    }
    with open(report, "w", encoding="utf-8") as stream:  # noqa: PTH123  (pathlib is slow to import)
        json.dump(taken, stream)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
