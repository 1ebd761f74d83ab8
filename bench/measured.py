"""Script that prints the seconds and the peak memory of a command: `python bench/measured.py COMMAND...`.

It runs as a small process of its own, because on Linux a new process inherits the peak memory of its parent.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time


def main() -> int:
    """Print seconds and peak RSS in [MB], NaN if the platform does not report it; return the command's exit code."""
    start = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    peak = float("nan")
    if hasattr(os, "wait4"):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    code = process.wait()
    print(time.perf_counter() - start, peak)
    return code


if __name__ == "__main__":
    sys.exit(main())
