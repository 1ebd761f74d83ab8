import itertools

from boxfit.errors import FitError

from bench import run
from bench.metrics import Row
from bench.scenes import CONDITIONS, Scene
from bench.shapes import SHAPES
from tests.scenes import BOX, BOX_FACES


def test_plan_runs_every_tilt_clean_and_one_in_every_condition_with_the_yardsticks_on_clean_masks():
    every = ["reference", "hull", "geometry", "auto"]
    steps = list(run.plan(quick=False, only=[], methods=every))
    assert len({step[:3] for step in steps}) == len(steps) == len(SHAPES) * (3 + len(CONDITIONS) - 1)
    assert {(shape, condition) for shape, _, condition, _ in steps} == set(itertools.product(SHAPES, CONDITIONS))
    assert {tilt for _, tilt, condition, _ in steps if condition == "small"} == {0, 1, 2}
    assert all(methods == (every if step == "clean" else ["auto"]) for _, _, step, methods in steps)


def test_plan_of_the_quick_run_takes_scenes_of_the_whole_one():
    whole = {step[:3] for step in run.plan(quick=False, only=[], methods=[])}
    quick = [step[:3] for step in run.plan(quick=True, only=[], methods=[])]
    assert len(quick) == 3 * len(SHAPES) and set(quick) < whole


def test_plan_with_a_text_takes_only_scenes_that_have_it():
    steps = list(run.plan(quick=False, only=["cube-1", "L-1"], methods=["auto"]))
    assert [step[:3] for step in steps if step[2] == "clean"] == [("cube", 1, "clean"), ("L", 1, "clean")]
    assert len(steps) == 1 + len(CONDITIONS)


def test_write_baseline_replaces_only_what_was_run_and_reads_back(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "BASELINE", tmp_path / "baseline.json")
    old, unchanged = (Row("cube", "boxy", tilt, "clean", "auto", volume=1.5) for tilt in (0, 1))
    new = Row("cube", "boxy", 0, "clean", "auto", volume=1.0, protrusion=1.01, undetermined=1)
    run.write_baseline([old, unchanged])
    run.write_baseline([new])
    assert run.read_baseline() == [new, unchanged]


def test_run_of_a_method_that_fails_keeps_its_message(monkeypatch):

    def refuse(scene):
        raise FitError("no views")

    monkeypatch.setitem(run.METHODS, "auto", refuse)
    scene = Scene("cube", "boxy", 0, "clean", (), BOX.corners, BOX_FACES)
    row = run.run(scene, "auto")
    assert row.error == "no views" and row.volume is None and row.scene == "cube-0-clean"
