"""Some cases of the fuzz tests; `make fuzz MINUTES=30` runs many more."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.similarity import move_box

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")

if os.name == "nt":
    pytest.skip("each case runs in a fork of this process", allow_module_level=True)

from tests.fuzz.cases import make_bases, run_case  # noqa: E402

CASES, GROUPS = 96, 12


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make the datasets that the cases damage."""
    return make_bases(tmp_path_factory.mktemp("bases"))


@pytest.mark.parametrize("group", range(GROUPS))
def test_damaged_input_ends_in_a_box_or_in_one_line_of_error(
    group: int, bases: dict[str, Path], tmp_path: Path
) -> None:
    for number in range(group, CASES, GROUPS):
        folder = tmp_path / str(number)
        folder.mkdir()
        finding = run_case(number, bases, folder)
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


@pytest.mark.parametrize(
    ("place", "fault", "found"),
    [
        ("boxfit.session.object_fit.start_box", go_wrong, "a traceback"),
        ("boxfit.session.object_fit.start_box", hang, "it hangs"),
        ("boxfit.session.placement.write_box", go_wrong, "a traceback"),
        ("tests.fuzz.cases.main", write_to_the_source, "an input was changed"),
        ("boxfit.session.placement.move_box", grow, "a wrong box without a warning"),
    ],
    ids=["raises", "hangs", "raises at the end", "changes an input", "is wrong"],
)
def test_fault_of_the_program_is_found(
    place: str, fault: Callable, found: str, bases: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process of a case is a fork of this one, and so has the fault too."""
    monkeypatch.setattr("tests.fuzz.cases.damage", lambda folder, rng: [])
    monkeypatch.setattr("tests.fuzz.cases.arguments", lambda rng: ["--method", "contact"])
    number = next(number for number in range(100) if random.Random(number).choice(sorted(bases)) == "generator")
    clean = run_case(number, bases, tmp_path / "clean")
    assert not clean.faults, clean
    monkeypatch.setattr(place, fault)
    if fault is hang:
        monkeypatch.setattr("tests.fuzz.cases.LONGEST", 3.0)
    finding = run_case(number, bases, tmp_path / "faulty")
    assert any(text.startswith(found) for text in finding.faults), finding
