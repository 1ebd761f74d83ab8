"""Numbers and sentences about a box."""

import math

import pytest
from boxfit.session.wording import (
    alignment_text,
    extent_text,
    number,
    problem_texts,
    range_text,
    size_text,
    uncertain_texts,
    unit_of,
)
from boxfit.views.dataset import Problem
from hypothesis import given
from hypothesis import strategies as st

PLAIN = st.floats(1e-4, 9.999e6)
DIGITS = st.integers(1, 8)


@given(PLAIN, DIGITS)
def test_number_is_within_half_of_its_last_digit_and_plain(value: float, digits: int) -> None:
    text = number(value, digits)
    assert "e" not in text
    assert abs(float(text) - value) <= 0.5001 * 10.0 ** (math.floor(math.log10(value)) + 1 - digits)


@given(PLAIN, DIGITS)
def test_number_has_its_digits_and_no_others(value: float, digits: int) -> None:
    text = number(value, digits)
    counting = text.replace(".", "").lstrip("0")
    assert len(counting) == digits if "." in text else len(counting) >= digits


@given(st.floats(-1e300, 1e300), DIGITS)
def test_number_of_the_negative_is_its_negative(value: float, digits: int) -> None:
    text = number(abs(value), digits)
    assert number(-abs(value), digits) == (f"-{text}" if value else "0")
    assert float(text) == pytest.approx(abs(value), rel=0.5 * 10.0 ** (1 - digits), abs=0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.0, "0"), (9.9996, "10.00"), (123456.0, "123500"), (1.5e-7, "1.500e-07"), (math.inf, "inf")],
)
def test_number_of_a_special_value(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("meters_per_unit", "name"), [(0.01, "cm"), (1.0, "m"), (0.001, "mm"), (0.5, ""), (None, ""), (1e-3 / 3, "")]
)
def test_unit_of_a_world_has_a_name_if_it_is_a_usual_one(meters_per_unit: float | None, name: str) -> None:
    assert unit_of(meters_per_unit) == name


@pytest.mark.parametrize(
    ("least", "most", "unit", "text"),
    [
        (32.18, 48.96, "cm", "32 to 49 cm"),
        (0.3218, 0.4896, "m", "0.32 to 0.49 m"),
        (32.18, 33.96, "cm", "32.2 to 34.0 cm"),
        (3218.0, 4896.0, "", "3200 to 4900"),
        (9.96, 11.4, "", "10.0 to 11.4"),
        (-0.2, 48.96, "mm", "0 to 49 mm"),
        (0.4, 48.96, "cm", "0 to 49 cm"),
        (0.00032, 0.00049, "m", "0.00032 to 0.00049 m"),
        (2.0, 2.0, "", "2.000 to 2.000"),
    ],
)
def test_range_text_has_the_digits_that_its_width_leaves(least: float, most: float, unit: str, text: str) -> None:
    assert range_text(least, most, unit) == text


@given(st.floats(0, 1e4), st.floats(1e-2, 1e4))
def test_range_text_is_within_a_twentieth_of_the_width(least: float, width: float) -> None:
    texts = range_text(least, least + width).split(" to ")
    for text, value in zip(texts, (least, least + width), strict=True):
        assert abs(float(text) - value) <= 0.0501 * width


@pytest.mark.parametrize(
    ("align", "volumes", "text"),
    [
        ("up", {"axes": 1.3, "up": 1.0, "free": 0.94}, "upright; the least box would be 6 % smaller: --align free"),
        ("free", {"axes": 1.4, "up": 1.19, "free": 1.0}, "free; upright would be 19 % larger: --align up"),
        ("free", {"axes": 1.15, "up": 1.2, "free": 1}, "free; along the axes would be 15 % larger: --align axes"),
        (
            "axes",
            {"axes": 1.0, "up": 0.98, "free": 0.99},
            "along the axes; the least box would be 2 % smaller: --align up",
        ),
        ("axes", {"axes": 1.0, "up": 1.02, "free": 1.05}, "along the axes"),
        ("up", {"axes": 1.3, "up": 1.0, "free": 0.996}, "upright"),
        ("free", {"free": 1.0}, "free"),
    ],
)
def test_alignment_text_names_the_best_alternative_and_its_setting(align, volumes, text: str) -> None:
    assert alignment_text(align, volumes, "--align {}") == text


@pytest.mark.parametrize(
    ("extent", "text"),
    [
        ("likely", "likely; the certain box would be 50 % larger: Extent certain"),
        ("certain", "certain; the likely box would be 33 % smaller: Extent likely"),
        ("proven", "proven; the likely box would be 2.0 times as large: Extent likely"),
    ],
)
def test_extent_text_compares_with_another_box(extent, text: str) -> None:
    volumes = {"proven": 1.0, "likely": 2.0, "certain": 3.0}
    assert extent_text(extent, volumes, "Extent {}") == text


def test_extent_text_of_boxes_that_hardly_differ_says_so() -> None:
    text = extent_text("likely", {"proven": 1.0, "likely": 1.0, "certain": 1.001}, "--extent {}")
    assert text == "likely; the certain box would be as large: --extent certain"


@pytest.mark.parametrize(
    ("lengths", "unit", "text"),
    [
        ((40.81, 38.52, 62.61), "cm", "40.8 x 38.5 x 62.6 cm"),
        ((1234.4, 3.2, 0.04567), "", "1230 x 3.20 x 0.0457"),
    ],
)
def test_size_text_gives_every_edge_three_digits(lengths: tuple[float, ...], unit: str, text: str) -> None:
    assert size_text(lengths, unit) == text


def test_range_text_does_not_round_a_small_end_up_to_several_times_itself() -> None:
    assert range_text(66.9, 1100.0) == "70 to 1100"


@pytest.mark.parametrize(
    ("length", "below", "above", "texts"),
    [
        (40.81, 0.172, 0.57, ("40.8", "+-0.6")),
        (0.88, 0.00515, 0.131, ("0.880", "-0.006 +0.131")),
        (0.88, 0.131, 0.00515, ("0.880", "-0.131 +0.006")),
        (0.6, 0.02, 0.0339, ("0.600", "+-0.034")),
        (100.31, 0.012, 0.018, ("100.31", "+-0.02")),
        (9.996, 0.5, 0.5, ("10.0", "+-0.5")),
        (1234.0, 40.0, 41.0, ("1230", "+-50")),
        (1.0, 0.0, 0.0, ("1.0000", "+-0.0001")),
        (1.0, -1e-12, 0.3, ("1.00", "-0.01 +0.30")),
        (1.5e-7, 1e-9, 1e-9, ("0.000000150", "+-0.000000001")),
    ],
)
def test_uncertain_length_has_three_digits_or_those_of_its_uncertainty(length, below, above, texts) -> None:
    assert uncertain_texts(length, below, above) == texts


@given(st.floats(1e-6, 1e6), st.floats(0, 0.9), st.floats(0, 0.9))
def test_uncertain_length_is_told_with_all_that_it_may_be(length: float, below: float, above: float) -> None:
    text, range_ = uncertain_texts(length, below * length, above * length)
    sides = [abs(float(side.removeprefix("+-"))) for side in range_.split()]
    assert abs(float(text) - length) <= 0.0051 * length
    assert sides[0] >= below * length * (1 - 1e-6) and sides[-1] >= above * length * (1 - 1e-6)
    assert max(sides) <= max(below, above) * length + 0.0101 * length
    # The decimals of the length are those of its uncertainty.
    assert {len(each.partition(".")[2]) for each in (text, *range_.replace("+-", "+").split())} == {
        len(text.partition(".")[2])
    }


def test_problems_of_several_views_are_told_in_one_line() -> None:
    problems = [Problem(f"view {index:04d}", "it has no camera_params") for index in (3, 4, 5, 9)]
    problems += [Problem("view 0007", "its image is empty"), Problem("scene.json", "it has no unit")]
    assert problem_texts(problems) == [
        "views 0003-0005, 0009: it has no camera_params",
        "view 0007: its image is empty",
        "scene.json: it has no unit",
    ]
