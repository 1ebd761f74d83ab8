"""Some cases of the fuzz tests; `make fuzz MINUTES=30` runs many more."""

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.similarity import move_box

if os.name == "nt":
    pytest.skip("each case runs in a fork", allow_module_level=True)

from tests.fuzz.cases import ONE_THREAD, Finding, make_bases, run_case

CASES, GROUPS = 96, 12


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make the datasets that the cases damage."""
    return make_bases(tmp_path_factory.mktemp("bases"))


@pytest.fixture(scope="module")
def clean_process() -> Iterator[ProcessPoolExecutor]:
    """Start a process to fork: this one has run other tests, and their threads would be missing from a fork."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in ONE_THREAD.items():
                patch.setenv(name, value)
            pool.submit(int).result()
        yield pool


@pytest.mark.parametrize("group", range(GROUPS))
def test_damaged_input_ends_in_a_box_or_in_one_line_of_error(
    group: int, bases: dict[str, Path], clean_process: ProcessPoolExecutor, tmp_path: Path
) -> None:
    for number in range(group, CASES, GROUPS):
        finding = clean_process.submit(run_case, number, bases, tmp_path / str(number)).result()
        assert not finding.faults, finding


def go_wrong(*_: object, **__: object) -> None:
    raise RuntimeError("a fault of the program")


def hang(*_: object, **__: object) -> None:
    time.sleep(60)


def write_to_the_source(words: list[str]) -> int:
    (Path(words[1]).parent / "source" / "0_metadata.json").write_text("{}", encoding="utf-8")
    return 1


def grow(box: Box, *arguments: Any) -> tuple[Box, Any]:
    """Move a box as usual, and make it a tenth larger."""
    moved, bounds = move_box(box, *arguments)
    return Box(moved.centre, 1.1 * moved.half_extents, moved.quaternion), bounds


def undamaged(*_: object) -> list[str]:
    return []


def plain_arguments(*_: object) -> list[str]:
    return ["--method", "contact"]


def run_undamaged(bases: dict[str, Path], folder: Path, fault: tuple[str, Callable] | None) -> Finding:
    """Fit an undamaged dataset, with something put into the program's place; a fork inherits it."""
    number = next(number for number in range(100) if random.Random(number).choice(sorted(bases)) == "generator")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.fuzz.cases.damage", undamaged)
        patch.setattr("tests.fuzz.cases.arguments", plain_arguments)
        if fault:
            patch.setattr(*fault)
        if fault and fault[1] is hang:
            patch.setattr("tests.fuzz.cases.LONGEST", 3.0)
        return run_case(number, bases, folder)


@pytest.mark.parametrize(
    ("place", "fault", "found"),
    [
        ("boxfit.session.starting.start_box", go_wrong, "a traceback"),
        ("boxfit.session.starting.start_box", hang, "it hangs"),
        ("boxfit.session.placement.write_box", go_wrong, "a traceback"),
        ("tests.fuzz.cases.main", write_to_the_source, "an input was changed"),
        ("boxfit.session.placement.move_box", grow, "a wrong box without a warning"),
    ],
    ids=["raises", "hangs", "raises at the end", "changes an input", "is wrong"],
)
def test_fault_of_the_program_is_found(
    place: str,
    fault: Callable,
    found: str,
    bases: dict[str, Path],
    clean_process: ProcessPoolExecutor,
    tmp_path: Path,
) -> None:
    clean = clean_process.submit(run_undamaged, bases, tmp_path / "clean", None).result()
    assert not clean.faults, clean
    finding = clean_process.submit(run_undamaged, bases, tmp_path / "faulty", (place, fault)).result()
    assert any(text.startswith(found) for text in finding.faults), finding
