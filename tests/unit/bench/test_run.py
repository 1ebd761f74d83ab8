import pytest
from boxfit.errors import FitError

from bench.metrics import Row
from bench.scenes import Scene
from tests.scenes import BOX, BOX_FACES


@pytest.fixture
def run(torch_module):
    """The module under test, whose methods need torch."""
    from bench import run

    return run


def test_plan_runs_every_shape_tilt_and_condition_with_the_slow_methods_on_clean_masks(run):
    steps = list(run.plan(quick=False, only=[], methods=["reference", "tight"]))
    assert len(steps) == 12 * 3 * 7
    assert all(methods == (["reference", "tight"] if step == "clean" else ["tight"]) for _, _, step, methods in steps)


def test_plan_with_a_text_takes_only_scenes_that_have_it(run):
    steps = list(run.plan(quick=False, only=["cube-1"], methods=["tight"]))
    assert {(shape, tilt) for shape, tilt, _, _ in steps} == {("cube", 1)} and len(steps) == 7


def test_write_baseline_replaces_only_what_was_run_and_reads_back(run, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "BASELINE", tmp_path / "baseline.json")
    old, unchanged = (Row("cube", "boxy", tilt, "clean", "tight", volume=1.5) for tilt in (0, 1))
    new = Row("cube", "boxy", 0, "clean", "tight", volume=1.0, protrusion=1.01, undetermined=1)
    run.write_baseline([old, unchanged])
    run.write_baseline([new])
    assert run.read_baseline() == [new, unchanged]


def test_run_of_a_method_that_fails_keeps_its_message(run, monkeypatch):

    def refuse(silhouettes):
        raise FitError("no views")

    monkeypatch.setitem(run.METHODS, "tight", refuse)
    scene = Scene("cube", "boxy", 0, "clean", (), BOX.corners, BOX_FACES)
    row = run.run(scene, "tight")
    assert row.error == "no views" and row.volume is None and row.scene == "cube-0-clean"
