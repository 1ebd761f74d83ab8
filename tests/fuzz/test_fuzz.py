"""Some cases of the fuzz tests; `make fuzz MINUTES=30` runs many more."""

import os
from pathlib import Path

import pytest

if os.name == "nt":
    pytest.skip("each case runs in a fork of this process", allow_module_level=True)

from tests.fuzz.cases import make_bases, run_case

CASES, GROUPS = 160, 16


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
