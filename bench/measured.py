"""Run a command and print its seconds and its peak memory: `python bench/measured.py COMMAND...`.

It is a process of its own, and a small one, because on Linux a new process counts its parent's memory as its own peak.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time


def main() -> int:
    """Print seconds and peak RSS in [MB], NaN where the platform does not tell; hand on the command's exit code."""
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
