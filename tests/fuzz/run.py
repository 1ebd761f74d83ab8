"""Long run of the fuzz tests: python -m tests.fuzz.run --minutes 30 [--first N] [--keep FOLDER] [--jobs N]

Prints a table at the end, and keeps the input of every case that fails.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from functools import partial
from pathlib import Path

from tests.fuzz.cases import ONE_THREAD, Finding, make_bases, run_case


def main() -> int:
    """Run cases until the time is up; return 1 if one has failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long to run")
    parser.add_argument("--first", type=int, default=1000, help="number of the first case")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="folder for the inputs of failures")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="cases at a time")
    options = parser.parse_args()
    end, numbers, findings = time.monotonic() + 60 * options.minutes, itertools.count(options.first), []
    os.environ.update(ONE_THREAD)
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as scratch, ProcessPoolExecutor(options.jobs, spawn) as pool:
        run = partial(run_and_keep, bases=make_bases(Path(scratch) / "bases"), scratch=Path(scratch), keep=options.keep)
        running = {pool.submit(run, number) for number in itertools.islice(numbers, options.jobs)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            findings += [future.result() for future in done]
            if time.monotonic() < end:
                running |= {pool.submit(run, next(numbers)) for _ in done}
    print_table(findings)
    return int(any(finding.faults for finding in findings))


def run_and_keep(number: int, bases: dict[str, Path], scratch: Path, keep: Path) -> Finding:
    """Run a case; if it fails, print it and keep its input."""
    folder = scratch / str(number)
    finding = run_case(number, bases, folder)
    if finding.faults:
        kept = keep / str(number)
        shutil.rmtree(kept, ignore_errors=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(folder, kept, symlinks=True, ignore=special_files)
        print(f"case {number}: {'; '.join(finding.faults)}: {finding.done}\n{finding.output[-600:]}", flush=True)
    shutil.rmtree(folder)
    return finding


def special_files(folder: str, names: list[str]) -> list[str]:
    """Name what cannot be copied: pipes."""
    return [name for name in names if (Path(folder) / name).is_fifo()]


def print_table(findings: list[Finding]) -> None:
    """Print the number of cases by dataset and exit code, and the faults."""
    compared, warned = (sum(getattr(finding, name) for finding in findings) for name in ("compared", "warned"))
    print(f"{len(findings)} cases; {compared} boxes were compared with the truth, {warned} came with a warning")
    for base in sorted({finding.base for finding in findings}):
        codes = Counter(finding.code for finding in findings if finding.base == base)
        print(f"  {base:10}", "  ".join(f"exit {code}: {count}" for code, count in sorted(codes.items())))
    faults = Counter(fault for finding in findings for fault in finding.faults)
    print("\n".join(f"  {fault}: {count}" for fault, count in faults.most_common()) or "  no faults")


if __name__ == "__main__":
    sys.exit(main())
