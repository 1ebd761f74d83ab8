import pytest
from boxfit.session.results import Progress
from boxfit.ui.model.fit_pace import FitPace


def hear(pace: FitPace, now: float, name: str, stage: str, step: int = 1, total: int = 1) -> None:
    pace.update(Progress(name, stage, step, total), now)


def test_view_before_anything_was_heard_is_reading_masks() -> None:
    view = FitPace(["a", "b"], "tight", 0.0).view(0.1)
    assert (view.object, view.stage, view.doing, view.share) == ("a", "masks", "reading the masks", 0.0)
    assert view.seconds_left is None


def test_view_after_the_masks_searches_the_start_box() -> None:
    pace = FitPace(["a"], "tight", 0.0)
    hear(pace, 0.1, "a", "masks")
    view = pace.view(0.2)
    assert (view.stage, view.step, view.total, view.seconds_left) == ("start", 0, 0, None)


@pytest.mark.parametrize("method", ["auto", "contact", "tight", "notebook"])
def test_share_over_a_whole_fit_of_two_objects_only_grows_and_ends_at_one(method: str) -> None:
    pace, shares, now = FitPace(["a", "b"], method, 0.0), [], 0.0
    for name in "ab":
        hear(pace, now, name, "masks")
        shares.append(pace.view(now).share)
        fitted = ("renderer", "start", "tight")
        loop = ("renderer", "notebook")
        stages = {"auto": fitted, "contact": ("start",), "tight": (*fitted, "result"), "notebook": loop}
        for stage in stages[method]:
            for step in range(4):
                now += 1.0
                hear(pace, now, name, stage, step, 3)
                shares.append(pace.view(now).share)
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1 and shares[-1] == pytest.approx(1)


def test_seconds_left_of_a_long_loop_follow_its_steps_and_not_the_search_before_it() -> None:
    pace = FitPace(["a"], "notebook", 0.0)
    hear(pace, 5.0, "a", "masks")
    hear(pace, 20.0, "a", "notebook", 0, 360)
    assert pace.view(20.1).seconds_left is None
    for step in range(1, 61):
        hear(pace, 20.0 + 0.05 * step, "a", "notebook", step, 360)
    assert pace.view(23.0).seconds_left == pytest.approx(300 * 0.05)


def test_seconds_left_count_the_objects_that_follow() -> None:
    pace = FitPace(["a", "b", "c"], "notebook", 0.0)
    hear(pace, 1.0, "a", "masks")
    for step in range(41):
        hear(pace, 2.0 + 0.05 * step, "a", "notebook", step, 80)
    # Two seconds of steps remain here, and the two other objects will take 4 + 2 seconds each, like this object.
    assert pace.view(4.0).seconds_left == pytest.approx(2.0 + 2 * 6.0)


def test_seconds_left_in_the_search_of_a_second_object_follow_the_first() -> None:
    pace = FitPace(["a", "b"], "tight", 0.0)
    hear(pace, 0.0, "a", "masks")
    hear(pace, 6.0, "b", "masks")
    assert pace.view(8.0).seconds_left == pytest.approx(4.0)
    assert pace.view(20.0).seconds_left == 0.0


def test_hear_an_object_whose_predecessor_said_nothing_counts_that_one_as_done() -> None:
    pace = FitPace(["a", "b", "c"], "tight", 0.0)
    hear(pace, 1.0, "c", "masks")
    assert pace.index == 2 and pace.view(1.0).share > 2 / 3


def test_hear_two_objects_of_one_name_tells_them_apart() -> None:
    pace = FitPace(["a", "a"], "tight", 0.0)
    hear(pace, 1.0, "a", "masks")
    assert pace.index == 0
    hear(pace, 2.0, "a", "masks")
    assert pace.index == 1


def test_seconds_left_in_the_loop_of_a_second_object_count_the_third_as_the_first() -> None:
    pace = FitPace(["a", "b", "c"], "notebook", 0.0)
    hear(pace, 0.0, "a", "masks")
    hear(pace, 10.0, "b", "masks")
    for step in range(41):
        hear(pace, 12.0 + 0.05 * step, "b", "notebook", step, 80)
    # Two seconds of steps are left here, and the third object will take the ten seconds that the first has taken.
    assert pace.view(14.0).seconds_left == pytest.approx(2.0 + 10.0)
