"""Sessions: selection, fits step by step, cancelling, writing."""

import os
from pathlib import Path

import boxfit
import numpy as np
import pytest
from boxfit.errors import DatasetError, OutputError, StageError
from boxfit.session.output_stage import OpenStage, OutputStage
from boxfit.session.session import Session
from boxfit.settings import FitSettings, InputSettings, PrimSettings
from pxr import Usd, UsdGeom

from tests.basic_writer import write_box_frames
from tests.folders import box_mask, cameras_around, metadata_of, write_box_views, write_view
from tests.scenes import BOX

FAST = FitSettings(max_steps=3)


@pytest.fixture
def views(tmp_path: Path) -> Path:
    write_box_views(tmp_path / "views", 8)
    return tmp_path / "views"


def test_fit_yields_masks_start_and_every_step_in_order(views: Path) -> None:
    session = Session(views, fit_settings=FAST)
    events = [(event.stage, event.step, event.total) for event in session.fit()]
    last = len(session.results[0].start.history) - 1
    search = [("start", step, last) for step in range(last + 1)]
    (result,) = session.results
    assert events == [("masks", 1, 1), *search, *(("tight", step, 3) for step in range(4))]
    assert result.choice.chosen == "fit" and (result.renderer, result.found_by) == (
        "area",
        "differentiable fit with area",
    )
    assert np.allclose(np.sort(result.history[-1].box.size), np.sort(result.box.size))


@pytest.mark.parametrize(
    ("method", "stages", "renderer", "found_by"),
    [
        ("auto", ["masks", "start"], None, "start box"),
        ("contact", ["masks", "start"], None, "start box"),
        ("tight", ["masks", "start", "tight", "result"], "area", "start box, as the fit was not taken"),
    ],
)
def test_fit_of_what_does_not_fill_its_box_ends_with_the_start_box(
    views: Path, method: str, stages: list[str], renderer: str | None, found_by: str
) -> None:
    # A box along the axes is not filled by one that is turned.
    session = Session(views, fit_settings=FitSettings(method=method, align="axes", max_steps=3))
    assert list(dict.fromkeys(event.stage for event in session.fit())) == stages
    (result,) = session.results
    assert (result.renderer, result.found_by) == (renderer, found_by)
    assert np.allclose(np.sort(result.box.size), np.sort(result.start.box.size))
    assert np.allclose(np.sort(result.history[-1].box.size), np.sort(result.box.size))
    assert (result.choice is None) == (method == "contact")
    assert result.choice is None or "does not fill its box" in result.choice.reason


def test_fit_whose_iteration_is_abandoned_leaves_no_result(views: Path) -> None:
    session = Session(views, fit_settings=FAST)
    events = session.fit()
    while next(events).stage != "tight":
        pass
    events.close()
    assert session.results == []


def test_fit_again_replaces_the_results(views: Path) -> None:
    session = Session(views, fit_settings=FAST)
    for _ in range(2):
        assert list(session.fit())
    assert len(session.results) == 1


def test_fit_finds_the_box_and_bounds_that_hold_it(views: Path) -> None:
    session = Session(views)
    assert list(session.fit())
    (result,) = session.results
    assert np.allclose(np.sort(result.box.size), np.sort(BOX.size), rtol=0.05)
    assert (result.bounds.inner <= result.box.half_extents[:, None]).all()
    assert (result.bounds.outer >= result.box.half_extents[:, None]).all()
    assert min(view.coverage for view in result.views) > 0.97


def test_fit_names_axes_as_the_prim_does(views: Path, tmp_path: Path) -> None:
    session = Session(views, fit_settings=FAST)
    assert list(session.fit())
    written = session.write(OutputStage(tmp_path / "box.usda", is_new=True))
    stage = Usd.Stage.Open(str(written.stage))
    prim = stage.GetPrimAtPath(written.prims[0])
    (result,) = session.results
    assert np.allclose(prim.GetAttribute("xformOp:scale").Get(), result.box.size)
    assert np.allclose(prim.GetAttribute("boxfit:bounds:outer").Get(), result.bounds.outer.ravel())


def test_fit_align_up_follows_the_up_axis_of_the_source(views: Path) -> None:
    for axis, up in (("Y", [0, 1, 0]), ("Z", [0, 0, 1])):
        session = Session(views, InputSettings(source_up=axis), FitSettings(align="up", max_steps=3))
        assert list(session.fit())
        assert np.abs(session.results[0].box.rotation.T @ up).max() == pytest.approx(1)


def test_fit_moving_asset_finds_the_box_where_it_stands_in_the_first_view(tmp_path: Path) -> None:
    motion = np.array([[0.0, 0, 1, 2], [0, 1, 0, 0.5], [-1, 0, 0, -1], [0, 0, 0, 1]])
    for index, camera in enumerate(cameras_around(8)):
        moved = np.eye(4) if index % 2 == 0 else motion
        pose = moved @ metadata_pose()
        metadata = metadata_of(camera.moved(np.linalg.inv(moved)), pose=pose)
        write_view(tmp_path / "views", index, metadata, semantic=box_mask(camera))
    session = Session(tmp_path / "views", fit_settings=FAST)
    assert list(session.fit())
    (result,) = session.results
    assert result.observations.moves
    assert np.allclose(result.box.centre, BOX.centre, atol=0.05)


def metadata_pose() -> np.ndarray:
    return np.diag([2.0, 2, 2, 1])


def test_write_asset_frame_without_poses_is_refused(tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 8, asset=None)
    session = Session(tmp_path / "views", fit_settings=FitSettings(method="contact"))
    assert list(session.fit())
    with pytest.raises(StageError, match=r"\(frame world\)"):
        session.write(OutputStage(tmp_path / "box.usda", is_new=True), PrimSettings(frame="asset"))
    assert not (tmp_path / "box.usda").exists()


@pytest.mark.parametrize("choice", [{"label": "1"}, {"asset": "box.usd"}, {"asset": "box"}])
def test_choose_by_label_by_file_or_by_its_stem(choice: dict[str, str], views: Path) -> None:
    assert len(Session(views, InputSettings(**choice)).dataset.objects) == 1


def test_choose_a_label_that_is_not_there_is_refused(views: Path) -> None:
    with pytest.raises(DatasetError, match="no label 'chair'"):
        Session(views, InputSettings(label="chair"))


def test_boxfit_fit_returns_results_and_writes_the_stage(views: Path, tmp_path: Path) -> None:
    (result,) = boxfit.fit(views, output=tmp_path / "box.usda", method="contact", prim="/World/Found", purpose="guide")
    stage = Usd.Stage.Open(str(tmp_path / "box.usda"))
    assert UsdGeom.Imageable(stage.GetPrimAtPath("/World/Found")).GetPurposeAttr().Get() == "guide"
    assert result.method == "contact"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metod": "tight"}, "metod"),
        ({"output": "a.usda", "into": "b.usda"}, "one of them"),
        ({"prim": "/World/Box"}, "nothing is written"),
    ],
)
def test_boxfit_fit_with_arguments_that_do_not_fit_together_raises_a_type_error(
    views: Path, settings: dict, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        boxfit.fit(views, **settings)


def far_notebook(views: Path, **settings: object) -> list[str]:
    """Return the warnings of a loop that cannot converge, for views that determine the box."""
    for index, camera in enumerate(cameras_around(24, resolution=(288, 512))):
        write_view(views, index, metadata_of(camera), semantic=box_mask(camera))
    (result,) = boxfit.fit(views, method="notebook", epochs=1, notebook_half_extent=0.01, **settings)
    assert result.undetermined == ()
    return [warning for warning in result.warnings if " along " in warning or "converge" in warning]


def test_fit_notebook_that_diverges_warns_about_its_loop_and_not_the_views(views: Path) -> None:
    (warning,) = far_notebook(views)
    assert warning.startswith("the notebook's loop did not converge") and "notebook_start contact" in warning
    (warning,) = far_notebook(views, notebook_start="contact")
    assert warning.endswith("; try method auto")


def test_fit_notebook_of_views_that_leave_an_axis_open_warns_about_both(tmp_path: Path) -> None:
    # At this size the box's short side is a few pixels long.
    write_box_views(tmp_path / "views", 24)
    (result,) = boxfit.fit(tmp_path / "views", method="notebook", epochs=1, notebook_start="contact")
    assert len(result.undetermined) == len(result.start.undetermined) == 1
    (open_axis,), (start_axis,) = result.undetermined, result.start.undetermined
    assert abs(result.box.rotation[:, open_axis] @ result.start.box.rotation[:, start_axis]) > 0.8
    assert result.warnings[0] == result.open_sides[0].text() and result.open_sides[0].axis == open_axis


def user_stage(path: Path, up_axis: str, meters_per_unit: float) -> Path:
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, up_axis)
    UsdGeom.SetStageMetersPerUnit(stage, meters_per_unit)
    stage.DefinePrim("/World", "Xform")
    stage.Save()
    return path


UNSTATED = "the dataset states no {}: taken from mine.usda ({}); state its own where they differ ({})"


@pytest.mark.parametrize(
    ("up_axis", "unit", "settings", "words"),
    [
        ("Z", 1.0, {}, ("units and no up axis", "1 m, Z up", "source_units, source_up")),
        ("Y", 1.0, {}, ("units", "1 m", "source_units")),
        ("Z", 1.0, {"source_units": 0.01}, ("up axis", "Z up", "source_up")),
        ("Z", 1.0, {"source_units": 0.01, "source_up": "Y"}, None),
        ("Y", 0.01, {}, None),
    ],
)
def test_write_into_a_stage_whose_units_were_taken_for_the_dataset_warns(
    up_axis: str, unit: float, settings: dict, words: tuple[str, ...] | None, views: Path, tmp_path: Path
) -> None:
    stage = user_stage(tmp_path / "mine.usda", up_axis, unit)
    (result,) = boxfit.fit(views, into=stage, prim="/World/Box", method="contact", **settings)
    warnings = [warning for warning in result.warnings if "states no" in warning]
    assert warnings == ([UNSTATED.format(*words)] if words else [])
    opened = Usd.Stage.Open(str(stage))
    on_prim = opened.GetPrimAtPath("/World/Box").GetAttribute("boxfit:warnings").Get() or []
    assert [warning for warning in on_prim if "states no" in warning] == warnings


def test_write_notes_which_box_was_chosen_and_its_loss(views: Path, tmp_path: Path) -> None:
    (result,) = boxfit.fit(views, output=tmp_path / "box.usda", prim="/World/Box", animation=True, max_steps=3)
    stage = Usd.Stage.Open(str(tmp_path / "box.usda"))
    box, history = (stage.GetPrimAtPath(f"/World/Box{end}") for end in ("", "_history"))
    assert box.GetAttribute("boxfit:chosen").Get() == result.choice.chosen
    assert box.GetAttribute("boxfit:loss").Get() == float(f"{result.history[-1].loss:.4g}")
    last = history.GetAttribute("xformOp:scale").GetTimeSamples()[-1]
    assert np.allclose(history.GetAttribute("xformOp:scale").Get(last), box.GetAttribute("xformOp:scale").Get())


@pytest.mark.parametrize("wrong", [{"frame": "nope"}, {"rotation": "nope"}, {"source_up": "X"}, {"purpose": "proxy"}])
def test_fit_with_an_invalid_choice_is_refused_before_anything_is_read(tmp_path: Path, wrong: dict) -> None:
    with pytest.raises(boxfit.BoxfitError, match="choose one of"):
        boxfit.fit(tmp_path / "nowhere", output=tmp_path / "box.usda", **wrong)


def test_fit_accepts_a_label_by_its_number(views: Path) -> None:
    (result,) = boxfit.fit(views, method="contact", label=1)
    assert result.labelled.label.id == 1


def test_write_before_the_fit_or_over_a_stage_is_refused(views: Path, tmp_path: Path) -> None:
    session = Session(views, fit_settings=FAST)
    with pytest.raises(boxfit.BoxfitError, match="no box has been fitted yet"):
        session.write(OutputStage(tmp_path / "box.usda", is_new=True))
    assert list(session.fit())
    stage = OutputStage(tmp_path / "box.usda", is_new=True)
    session.write(stage)
    before = (tmp_path / "box.usda").read_bytes()
    with pytest.raises(boxfit.BoxfitError, match="exists"):
        OutputStage(tmp_path / "box.usda", is_new=True)
    with pytest.raises(boxfit.BoxfitError, match="exists"):  # The file did not exist when the stage was checked.
        session.write(stage)
    assert (tmp_path / "box.usda").read_bytes() == before
    session.write(OutputStage(tmp_path / "box.usda", is_new=True, force=True))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (PrimSettings(prim="no path"), "is not the path of a prim"),
        (PrimSettings(prim="/World/Ball"), "is a Sphere that boxfit did not write"),
    ],
)
def test_check_write_refuses_before_the_fit_what_cannot_be_written_after_it(
    views: Path, tmp_path: Path, settings: PrimSettings, message: str
) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "scene.usda"))
    UsdGeom.Sphere.Define(stage, "/World/Ball")
    stage.Save()
    before = (tmp_path / "scene.usda").read_bytes()
    session = Session(views, fit_settings=FAST)
    with pytest.raises(StageError, match=message):
        session.check_write(OutputStage(tmp_path / "scene.usda", is_new=False), settings)
    session.check_write(OutputStage(tmp_path / "scene.usda", is_new=False))
    session.check_write(OutputStage(tmp_path / "new.usda", is_new=True))
    assert (tmp_path / "scene.usda").read_bytes() == before and not (tmp_path / "new.usda").exists()


def test_write_into_a_stage_that_was_saved_meanwhile_keeps_what_is_new_in_it(views: Path, tmp_path: Path) -> None:
    scene = tmp_path / "scene.usda"
    scene.write_text('#usda 1.0\ndef Xform "World"\n{\n}\n', encoding="utf-8")
    session, stage = Session(views, fit_settings=FAST), OutputStage(scene, is_new=False)
    session.check_write(stage)
    assert list(session.fit())
    scene.write_text('#usda 1.0\ndef Xform "World"\n{\n    def Sphere "Ball"\n    {\n    }\n}\n', encoding="utf-8")
    os.utime(scene, (0, 1_000_000))
    (prim,) = session.write(stage).prims
    stage = None
    written = Usd.Stage.Open(str(scene))
    assert written.GetPrimAtPath("/World/Ball") and written.GetPrimAtPath(prim)


def test_fit_into_a_stage_that_is_open_with_unsaved_edits_keeps_them(views: Path, tmp_path: Path) -> None:
    scene = tmp_path / "scene.usda"
    scene.write_text('#usda 1.0\ndef Xform "World"\n{\n}\n', encoding="utf-8")
    opened = Usd.Stage.Open(str(scene))
    UsdGeom.Sphere.Define(opened, "/World/Ball")
    (result,) = boxfit.fit(views, into=scene, prim="/World/Box", method="contact")
    assert "scene.usda was open here with unsaved changes, which were saved, too" in result.warnings
    assert opened.GetPrimAtPath("/World/Ball") and opened.GetPrimAtPath("/World/Box")


def test_fit_into_a_stage_object_changes_it_in_memory_alone(views: Path, tmp_path: Path) -> None:
    file = tmp_path / "scene.usda"
    file.write_text('#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = "Z"\n)\n', encoding="utf-8")
    before, stage = file.read_bytes(), Usd.Stage.Open(str(file))
    (result,) = boxfit.fit(views, into=stage, prim="/World/Box", method="contact", source_units=1.0)
    assert result.prim == "/World/Box" and stage.GetPrimAtPath("/World/Box").IsA(UsdGeom.Cube)
    assert "no up axis: taken from scene.usda (Z up)" in " ".join(result.warnings)
    assert file.read_bytes() == before and stage.GetRootLayer().dirty
    with pytest.raises(StageError, match="/World/Box/Inner cannot be written"):
        boxfit.fit(views, into=stage, prim="/World/Box/Inner", method="contact")


def test_boxfit_fit_where_no_box_can_stand_is_refused_before_the_fit(
    views: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("it was fitted all the same")

    monkeypatch.setattr(Session, "fit", never)
    with pytest.raises(StageError, match="is not the path of a prim"):
        boxfit.fit(views, output=tmp_path / "box.usda", prim="no path")


def test_fit_for_an_open_stage_tries_its_up_axis_where_the_views_state_none(tmp_path: Path) -> None:
    write_box_frames(tmp_path / "frames", 8)
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    tried = []
    for place in (None, OpenStage(stage)):
        session = Session(tmp_path / "frames", fit_settings=FitSettings(method="contact"))
        if place is not None:
            session.check_write(place)
        assert list(session.fit())
        tried.append(sorted(session.results[0].start.volumes))
    assert tried == [["free"], ["axes", "free", "up"]]


@pytest.mark.parametrize("is_open", [True, False])
def test_fit_into_a_stage_whose_export_fails_takes_its_box_back(
    is_open: bool, views: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "scene.usda"
    file.write_text('#usda 1.0\ndef Xform "World"\n{\n}\n', encoding="utf-8")
    stage = Usd.Stage.Open(str(file))
    before = stage.GetRootLayer().ExportToString()

    def fail(*_: object) -> None:
        raise OutputError("the disk is full")

    monkeypatch.setattr("boxfit.session.session.write_exports", fail)
    with pytest.raises(OutputError, match="the disk is full"):
        boxfit.fit(views, into=stage if is_open else file, method="contact", export=[f"json:{tmp_path / 'box.json'}"])
    assert stage.GetRootLayer().ExportToString() == before and "Cube" not in file.read_text(encoding="utf-8")


@pytest.fixture
def one_that_fails(views: Path) -> Path:
    """Add an object that covers its images to the dataset."""
    for index, camera in enumerate(cameras_around(4), start=8):
        full = np.ones((*camera.resolution, 1), np.int32)
        write_view(views, index, metadata_of(camera, "full.usd"), semantic=full)
    return views


def test_fit_of_which_one_object_fails_warns_and_returns_it_among_the_failures(
    one_that_fails: Path, tmp_path: Path
) -> None:
    with pytest.warns(UserWarning, match=r"full\.usd/1 has no box: .*covers the whole image") as found:
        results = boxfit.fit(one_that_fails, method="contact", output=tmp_path / "box.usda")
    assert [each.filename for each in found] == [__file__]
    assert [result.name for result in results] == ["box.usd/1"] and results[0].prim == "/World/box_1"
    (failure,) = results.failures
    assert failure.where == "full.usd/1" and "covers the whole image" in failure.what


def test_fit_of_which_every_object_fails_names_the_first(tmp_path: Path) -> None:
    for number, asset in enumerate(("full.usd", "white.usd")):
        for index, camera in enumerate(cameras_around(2), start=2 * number):
            full = np.ones((*camera.resolution, 1), np.int32)
            write_view(tmp_path, index, metadata_of(camera, asset), semantic=full)
    with pytest.raises(DatasetError, match=r"none of 2 objects has a box; the first, full\.usd/1: label 1 of "):
        boxfit.fit(tmp_path)
    with pytest.raises(DatasetError, match=r"^label 1 of white\.usd covers"):
        boxfit.fit(tmp_path, asset="white")


def test_fit_of_which_every_object_has_a_box_has_no_failures(views: Path) -> None:
    results = boxfit.fit(views, method="contact")
    assert len(results) == 1 and results.failures == ()


def test_view_in_which_the_object_is_not_in_sight_is_left_out_without_a_warning(views: Path) -> None:
    image = np.load(views / "3_semantic.npy")
    np.save(views / "3_semantic.npy", np.zeros_like(image))
    (result,) = boxfit.fit(views, method="contact")
    assert [problem.where for problem in result.left_out] == ["view 3"]
    assert not any("left out" in warning for warning in result.warnings)


def test_view_with_a_mask_that_cannot_be_used_is_left_out_with_a_warning(views: Path) -> None:
    for index, fill in ((3, 0), (5, 1)):
        np.save(views / f"{index}_semantic.npy", np.full_like(np.load(views / f"{index}_semantic.npy"), fill))
    (result,) = boxfit.fit(views, method="contact")
    assert "a view was left out (view 5: the mask covers the whole image)" in result.warnings


def test_view_with_a_broken_file_is_a_problem_of_the_dataset_that_python_warns_of_once(views: Path) -> None:
    for index, camera in enumerate(cameras_around(4), start=8):
        write_view(views, index, metadata_of(camera), semantic=2 * box_mask(camera))
    for index in (3, 9):
        (views / f"{index}_semantic.npy").write_bytes(b"")
    with pytest.warns(UserWarning) as found:
        results = boxfit.fit(views, method="contact")
    assert [str(each.message).partition(":")[0] for each in found] == ["view 3", "view 9"]
    for result in results:
        assert {"view 3", "view 9"} <= {problem.where for problem in result.left_out}
        assert not any("left out" in warning for warning in result.warnings)
