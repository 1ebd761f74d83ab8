"""Settings of the input: the forms in which values may be given."""

from typing import Any

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.settings import InputSettings


@pytest.mark.parametrize("given", ["z", "Z"])
def test_up_axis_may_be_in_lower_case(given: Any) -> None:
    assert InputSettings(source_up=given).source_up == "Z"
    with pytest.raises(DatasetError, match="source_up is 'X': choose one of Y, Z"):
        InputSettings(source_up="x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("mug", "mug"),
        (5, 5),
        (["mug"], "mug"),
        (["mug", 5], ("mug", 5)),
        (("mug", "cup"), ("mug", "cup")),
        (np.array([3, 4]), (3, 4)),
    ],
)
@pytest.mark.parametrize("name", ["label", "skip"])
def test_labels_may_be_one_or_a_sequence(name: str, given: Any, kept: Any) -> None:
    assert getattr(InputSettings(**{name: given}), name) == kept


@pytest.mark.parametrize("given", [[], (), 1.5, True, ["mug", None], [["mug"]]])
@pytest.mark.parametrize("name", ["label", "skip"])
def test_labels_of_another_type_are_refused(name: str, given: Any) -> None:
    with pytest.raises(DatasetError, match=f"{name} is .*: give the name or id of a label, or several of these"):
        InputSettings(**{name: given})
