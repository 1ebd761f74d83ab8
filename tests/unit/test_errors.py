"""Tests of lists of views in messages."""

import pytest
from boxfit.errors import count_views, list_names


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["0", "1"], "0, 1"),
        (["0", "1", "2"], "0-2"),
        (["3", "5", "6", "7", "8", "12"], "3, 5-8, 12"),
        (["View_0", "View_1", "View_2"], "View_0, View_1, View_2"),
        (["1", "x", "2", "3", "4"], "1, x, 2-4"),
        (["Left/0001", "Left/0002", "Left/0003", "Right/0004", "5"], "Left/0001-0003, Right/0004, 5"),
    ],
)
def test_list_names_makes_ranges_of_numbers_that_follow_each_other(names: list[str], text: str) -> None:
    assert list_names(names) == text


def test_list_names_cuts_long_lists_and_counts_the_rest() -> None:
    names = [str(number) for number in (0, 2, 4, 6, 7, 8, 9)]
    assert list_names(names, limit=2) == "0, 2 and 5 more"


def test_count_views_says_all_instead_of_listing_them() -> None:
    assert count_views(["0", "1", "2"], 24) == "3 of 24 views (0-2)"
    assert count_views([str(number) for number in range(24)], 24) == "all 24 views"
