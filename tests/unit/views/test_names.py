import pytest
from boxfit.errors import DatasetError
from boxfit.views.data_generator import read_data_generator
from boxfit.views.names import parse_selection, select_views

from tests.folders import box_mask, cameras_around, metadata_of, write_box_views, write_view

NUMBERS = [str(index) for index in (0, 1, 2, 5, 8, 9, 12, 40)]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("5", ["5"]),
        ("8, 0", ["0", "8"]),
        ("0-9", ["0", "1", "2", "5", "8", "9"]),
        ("0-9:2,40", ["0", "2", "8", "40"]),
        ("3-10,5-12", ["5", "8", "9", "12"]),
    ],
)
def test_parse_selection_of_numbers_keeps_the_order_of_the_views(selection, expected):
    assert parse_selection(selection, NUMBERS) == expected


def test_parse_selection_of_prim_names_takes_names_and_numbers():
    names = ["Front", "View_007", "View_12", "a-3"]
    assert parse_selection("View_12,Front", names) == ["Front", "View_12"]
    assert parse_selection("7", names) == ["View_007"]
    assert parse_selection("a-3", names) == ["a-3"]
    assert parse_selection("0-9", names) == ["View_007", "a-3"]


@pytest.mark.parametrize("selection", ["7", "x", "13-30", "", "1,,2", "1-", "0-9:0"])
def test_parse_selection_of_missing_views_raises(selection):
    with pytest.raises(DatasetError, match="no view is named"):
        parse_selection(selection, NUMBERS)


def test_select_views_filters_targets_too(tmp_path):
    write_box_views(tmp_path, 4)
    for index, camera in enumerate(cameras_around(2), start=10):
        write_view(tmp_path, index, metadata_of(camera, "other.usd"), semantic=box_mask(camera))
    dataset = select_views(read_data_generator(tmp_path), "0-3", "2")
    assert [view.name for view in dataset.views] == ["0", "1", "3"]
    (target,) = dataset.objects
    assert target.asset == "box.usd" and target.views == dataset.views


def test_select_views_that_keeps_none_raises(tmp_path):
    write_box_views(tmp_path, 3)
    with pytest.raises(DatasetError, match="keeps none of the 3 views"):
        select_views(read_data_generator(tmp_path), exclude="0-2")
