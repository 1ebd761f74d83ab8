import re
from dataclasses import replace

import boxfit
import numpy as np
import pytest
from boxfit.session.verdict import judgement_of, verdict_of

from tests.folders import write_box_views
from tests.scenes import BOX, orbit_cameras
from tests.unit.session.test_arrays import scene

VIEWS = {24: orbit_cameras(BOX, 24), 3: orbit_cameras(BOX, 24)[:3]}


def fitted(count: int, **settings) -> boxfit.ObjectResult:
    return boxfit.fit_masks(**scene(VIEWS[count]), **settings)


def test_verdict_on_many_views_is_good_and_has_the_digits_that_its_bounds_leave() -> None:
    result = fitted(24, meters_per_unit=0.01)
    verdict = verdict_of(result)
    assert verdict.grade == "good" and verdict.text.endswith(", free, all 24 masks covered: good")
    size, _, ranges = verdict.text.partition(" cm (")
    lengths, sides = size.split(" x "), [text.split(" ") for text in ranges.partition(")")[0].split(", ")]
    for axis in range(3):
        assert abs(float(lengths[axis]) - result.box.size[axis]) <= 0.005 * 1.01
        assert re.fullmatch(r"[1-9]\.\d\d|0\.\d{3}", lengths[axis]), verdict.text
        least, most = (limits[axis].sum() for limits in (result.bounds.inner, result.bounds.outer))
        below, above = result.box.size[axis] - least, most - result.box.size[axis]
        if len(sides[axis]) == 1:
            told = (float(sides[axis][0].removeprefix("+-")),)
            exact: tuple[float, ...] = (max(below, above),)
        else:
            assert above > 2 * below and above > 0.05 * result.box.size[axis]
            told, exact = tuple(abs(float(text)) for text in sides[axis]), (below, above)
        for rounded, distance in zip(told, exact, strict=True):
            assert distance <= rounded + 1e-9 <= distance + 0.01
    assert [len(each) for each in sides].count(2) == 2, verdict.text


def test_verdict_on_few_views_tells_the_range_of_each_open_edge() -> None:
    result = fitted(3)
    verdict = verdict_of(result)
    assert verdict.grade == "open" and len(result.open_sides) > 0
    for side in result.open_sides:
        assert f"{'xyz'[side.axis]} only known to be " in verdict.text and side.reason in verdict.text
    assert verdict.text.count("?") == len(result.open_sides) or len(result.open_sides) == 3


def test_verdict_on_a_box_that_cuts_masks_names_the_views(tmp_path) -> None:
    write_box_views(tmp_path, 8, resolution=(144, 256))
    (result,) = boxfit.fit(tmp_path, method="notebook", epochs=1, notebook_half_extent=0.2)
    verdict = verdict_of(result)
    assert verdict.grade == "doubtful" and "it cuts the mask in all 8 views" in verdict.text


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_verdict_does_not_depend_on_the_unit(unit) -> None:
    arrays = scene(VIEWS[24])
    arrays["camera_poses"] = arrays["camera_poses"].copy()
    arrays["camera_poses"][:, :3, 3] *= unit
    verdict = verdict_of(boxfit.fit_masks(**arrays))
    assert verdict.grade == "good" and "nan" not in verdict.text and "e+" not in verdict.text
    lengths = [float(text) for text in verdict.text.split(" (")[0].split(" x ")]
    np.testing.assert_allclose(np.sort(lengths), np.sort(BOX.size) * unit, rtol=0.05)


def test_verdict_in_a_unit_without_a_name_is_in_one_that_has() -> None:
    verdict = verdict_of(fitted(24, meters_per_unit=0.0123))
    lengths = [float(text) for text in verdict.text.split(" cm (")[0].split(" x ")]
    np.testing.assert_allclose(np.sort(lengths), np.sort(BOX.size) * 1.23, atol=0.06)


@pytest.mark.parametrize(("count", "grade"), [(1, "fair"), (3, "doubtful")])
def test_verdict_takes_one_deep_cut_of_many_for_a_wrong_mask(count: int, grade: str) -> None:
    result = fitted(24)
    views = tuple(
        replace(view, coverage=0.5) if index < count else replace(view, coverage=1.0)
        for index, view in enumerate(result.views)
    )
    assert verdict_of(replace(result, views=views)).grade == grade


def test_verdict_on_shallow_cuts_of_most_masks_is_doubtful() -> None:
    result = fitted(24)
    assert verdict_of(replace(result, views=tuple(replace(view, coverage=0.985) for view in result.views))).grade == (
        "doubtful"
    )


def test_verdict_without_lengths_keeps_grade_and_contradictions() -> None:
    result = replace(fitted(3), contradictions=("the depth images",))
    grade, text = judgement_of(result)
    assert (grade, text) == ("doubtful", "free, all 3 masks covered: doubtful; contradicted by the depth images")
    whole = verdict_of(result)
    assert whole.grade == grade and f", {text}; " in whole.text and " only known to be " in whole.text
