import pytest
from boxfit.errors import DatasetError
from boxfit.views.data_generator import read_data_generator
from boxfit.views.names import parse_selection, select_views

from tests.folders import box_mask, cameras_around, metadata_of, write_box_views, write_view

NUMBERS = [str(index) for index in (0, 1, 2, 5, 8, 9, 12, 40)]
CAMERAS = [*(f"{camera}/{number:04d}" for camera in ("Left", "Right") for number in range(4)), "Rig/Top/0030"]


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
    assert parse_selection("View_*,F????", names) == ["Front", "View_007", "View_12"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("Left", CAMERAS[:4]),
        ("Left/*", CAMERAS[:4]),
        ("Left,Right/0000", CAMERAS[:5]),
        ("Left/0001-0003", CAMERAS[1:4]),
        ("Left/1-3:2", [CAMERAS[1], CAMERAS[3]]),
        ("Left/2", [CAMERAS[2]]),
        ("2-9", [CAMERAS[2], CAMERAS[3], CAMERAS[6], CAMERAS[7]]),
        ("*/0003", [CAMERAS[3], CAMERAS[7]]),
        ("?e*/0-1", CAMERAS[:2]),
        ("Rig", CAMERAS[8:]),
        ("Rig/Top/30", CAMERAS[8:]),
    ],
)
def test_parse_selection_takes_patterns_cameras_and_ranges_of_them(selection: str, expected: list[str]) -> None:
    assert parse_selection(selection, CAMERAS) == expected


@pytest.mark.parametrize("selection", ["left", "Lef", "Left/4-9", "Left/0000-0003:0", "Top/3", "3/Left", "Middle/*"])
def test_parse_selection_of_missing_views_of_cameras_shows_what_they_are_called(selection: str) -> None:
    names = r"Left/0000-0003, Right/0000-0003, Rig/Top/0030 \(write Left, Left/0-9 or \*/0-9\)$"
    with pytest.raises(DatasetError, match=names):
        parse_selection(selection, CAMERAS)


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
