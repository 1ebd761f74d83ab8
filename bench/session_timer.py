"""Script that times fits in its own process: `python bench/session_timer.py FOLDER REPEATS`.

It prints JSON with the seconds of the fastest fit after a first one, and of its stages. It imports boxfit alone, so
that it can time any version of it.
"""

from __future__ import annotations

import json
import sys
import time

import boxfit


def main() -> None:
    """Fit the folder's objects repeatedly, with masks alone."""
    folder, repeats = sys.argv[1], int(sys.argv[2])
    runs = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        session = boxfit.Session(folder, fit_settings=boxfit.FitSettings(depth="off"))
        read = time.perf_counter() - start
        for _ in session.fit():
            pass
        seconds = time.perf_counter() - start
        runs.append((seconds, {"read": read, **session.results[0].seconds}))
    seconds, stages = min(runs[1:], key=lambda run: run[0])
    print(json.dumps({"seconds": seconds, "stages": stages}))


if __name__ == "__main__":
    main()
