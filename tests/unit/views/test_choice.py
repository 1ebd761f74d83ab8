"""Choice of objects by what their labels are called."""

from pathlib import Path

import pytest
from boxfit.errors import DatasetError
from boxfit.usd.label import Label
from boxfit.views.choice import select_labels, skip_labels
from boxfit.views.dataset import Dataset, LabelledObject

SHELF = (
    Label(2, "mug", named_by="labels", prim="/World/Shelf/Mug"),
    Label(5, "/World/Shelf/Crate_01", "instance", "labels", "crate", "/World/Shelf/Crate_01"),
    Label(9, "/World/Shelf/Crate_02", "instance", "labels", "crate", "/World/Shelf/Crate_02"),
    Label(11, "floor,wood", named_by="labels", prim="/World/Floor"),
)


def dataset(*labels: Label) -> Dataset:
    return Dataset(Path("scene"), (), tuple(LabelledObject(None, label, ()) for label in labels or SHELF))


def ids(chosen: Dataset) -> list[int]:
    return [labelled.label.id for labelled in chosen.objects]


FORMS = [
    ("mug", [2]),
    ("5", [5]),
    (5, [5]),
    ("crate", [5, 9]),
    ("/World/Shelf/Mug", [2]),
    ("Mug", [2]),
    ("Crate_02", [9]),
    ("Crate_*", [5, 9]),
    ("/World/Shelf", [2, 5, 9]),
    ("/World/Shelf/*", [2, 5, 9]),
    ("floor,wood", [11]),
    ("wood", [11]),
    ("mug,crate", [2, 5, 9]),
    ("Crate_02, floor,mug", [2, 9, 11]),
    (("crate", 2), [2, 5, 9]),
    (("floor,wood", "mug"), [2, 11]),
]


@pytest.mark.parametrize(("wanted", "found"), FORMS)
def test_select_by_every_form_of_a_label(wanted: object, found: list[int]) -> None:
    assert ids(select_labels(dataset(), wanted)) == found  # type: ignore[arg-type]


@pytest.mark.parametrize(("wanted", "found"), FORMS)
def test_skip_leaves_out_what_select_takes(wanted: object, found: list[int]) -> None:
    left = skip_labels(dataset(), wanted)  # type: ignore[arg-type]
    assert ids(left) == [label.id for label in SHELF if label.id not in found] and left.problems == ()


def test_select_takes_the_prim_itself_before_those_below_it_and_skip_takes_both() -> None:
    crate, lid = Label(1, "crate", prim="/World/Crate"), Label(2, "lid", prim="/World/Crate/Lid")
    both = dataset(crate, lid, Label(3, "mug"))
    assert ids(select_labels(both, "/World/Crate")) == [1]
    assert ids(skip_labels(both, "/World/Crate")) == [3]


@pytest.mark.parametrize(("wanted", "unknown"), [("muh", "'muh'"), (("mug", "muh"), "'muh'"), ("mug,muh", "'muh'")])
def test_select_of_an_unknown_label_names_it_all_others_and_the_nearest(wanted: object, unknown: str) -> None:
    with pytest.raises(DatasetError) as error:
        select_labels(dataset(), wanted)  # type: ignore[arg-type]
    assert str(error.value) == (
        f"scene has no label {unknown}: it has mug (id 2), /World/Shelf/Crate_01 (id 5, class crate), "
        "/World/Shelf/Crate_02 (id 9, class crate), floor,wood (id 11); did you mean mug?"
    )


def test_skip_of_an_unknown_label_is_a_problem_and_leaves_the_others_out() -> None:
    left = skip_labels(dataset(), ("flor", "crate"))
    assert ids(left) == [2, 11]
    (problem,) = left.problems
    assert problem.where == "label flor" and "(skip)" in problem.what


def test_skip_of_every_label_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"scene: all its labels are left out \(skip\): mug"):
        skip_labels(dataset(), "*")
