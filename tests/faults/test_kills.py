"""A fit that is killed at any moment leaves whole files, and the next one sweeps up after it."""

import random
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from boxfit.usd.cube import find_boxes
from boxfit.usd.stage import open_stage

from tests.faults.conftest import end, flags, is_old, posix_only, start

pytestmark = posix_only

QUICK = ("--method", "contact")

KILLER = """
import os, signal
from pathlib import Path
left = [{step}]
def killed(function):
    def call(*arguments, **options):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call
os.fsync, os.link, os.replace = killed(os.fsync), killed(os.link), killed(os.replace)
Path.replace, Path.unlink = killed(Path.replace), killed(Path.unlink)
"""
"""Kills the process just before the step of this number in which files are put in place."""


INTERRUPTED_IMPORT = """
import importlib.abc, os, signal, sys
class Interrupter(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "pxr.UsdGeom._usdGeom":
            os.kill(os.getpid(), signal.{name})
sys.meta_path.insert(0, Interrupter())
"""
"""Interrupts the process while it imports a module of USD."""


def check_whole(files: Mapping[str, Path]) -> int:
    """Check that every file is the old one or a whole new one; return the number of new ones."""
    new = [flag for flag, path in files.items() if not is_old(path)]
    if "output" in new:
        assert len(find_boxes(open_stage(files["output"]))) == 1
    if "report" in new:
        assert files["report"].read_text(encoding="utf-8").endswith("}\n")
    for flag, ending in (("overlay", b"IEND\xaeB`\x82"), ("curve", b"IEND\xaeB`\x82"), ("gif", b";")):
        assert flag not in new or files[flag].read_bytes().endswith(ending)
    return len(new)


def leftovers(files: Mapping[str, Path]) -> list[Path]:
    names = {path.name for path in files.values()}
    return [path for path in files["output"].parent.iterdir() if path.name not in names]


def test_fit_killed_at_any_step_of_putting_files_in_place_leaves_whole_files(
    views: Path, old: Mapping[str, Path]
) -> None:
    files = {flag: old[flag] for flag in ("output", "report", "curve")}
    counts, step = [], 1
    while True:
        for path in old.values():
            path.write_text(f"old {path.name}", encoding="utf-8")
        result, _, error = end(start("fit", views, *flags(files), *QUICK, code=KILLER.format(step=step)))
        if result == 0:
            break
        assert result == -signal.SIGKILL, error
        counts.append(check_whole(files))
        step += 1
    assert step > 6 and counts == sorted(counts) and {0, 1, 2, 3} == set(counts)
    hidden = leftovers(old)
    assert hidden and all(path.name.startswith(".") for path in hidden)
    later = "import boxfit.files.drafts; boxfit.files.drafts.LEFT_BEHIND = 0.0"
    assert end(start("fit", views, *flags(files), *QUICK, code=later))[0] == 0
    assert leftovers(old) == [] and check_whole(files) == 3


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_fit_ended_by_a_signal_at_random_moments_leaves_whole_files(
    views: Path, old: Mapping[str, Path], number: signal.Signals
) -> None:
    begin = time.monotonic()
    assert end(start("fit", views, *flags(old), *QUICK))[0] == 0
    duration, moments = time.monotonic() - begin, random.Random(number)
    for _ in range(4):
        for path in old.values():
            path.write_text(f"old {path.name}", encoding="utf-8")
        process = start("fit", views, *flags(old), *QUICK)
        time.sleep(moments.uniform(0.2, 1.0) * duration)
        process.send_signal(number)
        result, _, error = end(process)
        assert result in (0, -number, 130, -signal.SIGINT), error
        count = check_whole(old)
        if number != signal.SIGKILL:
            assert count in (0, len(old)) and leftovers(old) == []


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_fit_interrupted_while_usd_is_imported_ends_at_once(views: Path, old: Mapping[str, Path], name: str) -> None:
    started = start("fit", views, *flags(old), *QUICK, code=INTERRUPTED_IMPORT.format(name=name))
    result, _, error = end(started)
    assert (result, error.splitlines()) == (130, ["boxfit: interrupted"])
    assert check_whole(old) == 0
