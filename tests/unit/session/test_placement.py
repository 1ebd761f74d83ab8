"""Boxes on an open stage: in memory only, in a single undoable step, or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.session.placement import check_places, place_boxes
from boxfit.session.results import ObjectResult
from boxfit.session.session import Session
from boxfit.settings import FitSettings, PrimSettings
from boxfit.usd.convert import gf_from_matrix
from boxfit.usd.cube import find_boxes, read_box
from boxfit.usd.saving import save_stage, save_stage_as
from boxfit.usd.stage import new_stage, open_stage
from pxr import Usd, UsdGeom

from tests.folders import ASSET_POSE, box_mask, cameras_around, metadata_of, write_box_views, write_view


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Fit a single object."""
    folder = tmp_path_factory.mktemp("one") / "views"
    write_box_views(folder, 8)
    return fit(folder)


@pytest.fixture(scope="module")
def fitted_pair(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Fit two labels of the same asset."""
    folder = tmp_path_factory.mktemp("pair") / "views"
    for index, camera in enumerate(cameras_around(8)):
        mask = box_mask(camera)
        half = mask[: mask.shape[0] // 2]
        half[half > 0] = 5
        write_view(folder, index, metadata_of(camera), semantic=mask)
    return fit(folder)


def fit(folder: Path) -> Session:
    session = Session(folder, fit_settings=FitSettings(method="contact"))
    assert list(session.fit())
    return session


def text(stage: Usd.Stage) -> str:
    return stage.GetRootLayer().ExportToString()


def test_place_boxes_on_an_open_stage_changes_no_file_and_can_be_undone(fitted: Session, tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "scene.usda")
    save_stage(stage)
    before, on_disk = text(stage), (tmp_path / "scene.usda").read_bytes()
    placed = place_boxes(stage, fitted.results, fitted.source.world)
    after = text(stage)
    assert placed.prims == ("/World/box_1",) == tuple(find_boxes(stage))
    assert (tmp_path / "scene.usda").read_bytes() == on_disk
    placed.edit.undo()
    assert text(stage) == before
    placed.edit.redo()
    assert text(stage) == after
    box, bounds = read_box(stage, placed.prims[0])
    assert np.allclose(box.corners, fitted.results[0].box.corners) and bounds is not None


@pytest.mark.parametrize("frame", ["world", "asset"])
def test_place_boxes_of_two_objects_is_one_step(fitted_pair: Session, frame: str) -> None:
    stage = Usd.Stage.CreateInMemory()
    before = text(stage)
    placed = place_boxes(stage, fitted_pair.results, fitted_pair.source.world, PrimSettings(frame=frame))
    assert len(placed.prims) == 2 and len(find_boxes(stage)) == 2
    placed.edit.undo()
    assert text(stage) == before


def test_place_boxes_again_updates_the_same_prim(fitted: Session) -> None:
    stage = Usd.Stage.CreateInMemory()
    first = place_boxes(stage, fitted.results, fitted.source.world)
    before = text(stage)
    stage.GetPrimAtPath(first.prims[0]).GetAttribute("xformOp:translate").Set((9, 9, 9))
    moved = text(stage)
    second = place_boxes(stage, fitted.results, fitted.source.world)
    assert second.prims == first.prims and text(stage) == before
    second.edit.undo()
    assert text(stage) == moved


def test_place_boxes_on_a_stage_without_a_file_names_the_source_absolutely(fitted: Session, tmp_path: Path) -> None:
    stage = Usd.Stage.CreateInMemory()
    placed = place_boxes(stage, fitted.results, fitted.source.world)
    source = stage.GetPrimAtPath(placed.prims[0]).GetAttribute("boxfit:source").Get()
    assert source == fitted.source.path.resolve().as_posix()
    opened = open_stage(save_stage_as(stage, tmp_path / "box.usda"))
    assert find_boxes(opened) == list(placed.prims)


def test_place_boxes_tells_size_and_verdict_in_words_and_rounds_its_figures(fitted: Session) -> None:
    stage, result = Usd.Stage.CreateInMemory(), fitted.results[0]
    UsdGeom.SetStageMetersPerUnit(stage, 0.001)
    world = replace(fitted.source.world, meters_per_unit=0.1)
    views = tuple(replace(view, coverage=0.99999, iou=0.123456) for view in result.views)
    placed = place_boxes(stage, [replace(result, world=world, views=views)], world)
    prim = stage.GetPrimAtPath(placed.prims[0])
    values = {name: prim.GetAttribute(f"boxfit:{name}").Get() for name in ("size", "verdict", "coverage", "iou")}
    assert values["size"] == " x ".join(f"{100 * edge:.3g}" for edge in result.box.size) + " mm"
    # Without lengths: the size beside it has another unit, and may have its axes in another order.
    assert values["verdict"] == f"free, all 8 masks covered: {result.verdict.grade}"
    assert (values["coverage"], values["iou"]) == (0.9999, 0.1234)


def test_place_boxes_of_which_the_second_cannot_stand_leaves_the_first_out_too(fitted_pair: Session) -> None:
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.Mesh.Define(stage, "/World/Boxes/box_5")
    before = text(stage)
    with pytest.raises(StageError, match="/World/Boxes/box_5 is a Mesh that boxfit did not write"):
        place_boxes(stage, fitted_pair.results, fitted_pair.source.world, PrimSettings(prim="/World/Boxes"))
    assert text(stage) == before


def test_place_boxes_on_an_open_stage_in_other_units_that_the_dataset_does_not_state_warns(fitted: Session) -> None:
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    (warning,) = place_boxes(stage, fitted.results, fitted.source.world).warnings
    assert warning.startswith("the dataset states no units: taken from the open stage (1 m)")


def test_place_boxes_in_the_frame_of_an_asset_that_is_on_the_stage_stand_beside_it(fitted: Session) -> None:
    stage = Usd.Stage.CreateInMemory()
    op = UsdGeom.Xform.Define(stage, "/World/Rig/Preview").AddTransformOp()
    op.Set(gf_from_matrix(ASSET_POSE))
    before = text(stage)
    world = replace(fitted.source.world, asset_prim="/World/Rig/Preview")
    placed = place_boxes(stage, fitted.results, world, PrimSettings(frame="asset"))
    assert placed.prims == ("/World/Rig/box_1/Box",)
    assert np.allclose(read_box(stage, placed.prims[0])[0].centre, fitted.results[0].box.centre)
    placed.edit.undo()
    assert text(stage) == before


def labelled_by(session: Session, path: str) -> list[ObjectResult]:
    """Results of a session whose objects' label is on a prim, as Replicator states it."""
    (result,) = session.results
    label = replace(result.labelled.label, prim=path)
    return [replace(result, labelled=replace(result.labelled, label=label))]


def test_place_boxes_in_the_frame_of_an_asset_follow_the_prim_that_carries_the_label(fitted: Session) -> None:
    stage = Usd.Stage.CreateInMemory()
    op = UsdGeom.Xform.Define(stage, "/World/Props/Thing").AddTransformOp()
    op.Set(gf_from_matrix(ASSET_POSE), 0)
    op.Set(gf_from_matrix(2 * np.eye(4)), 10)
    results = labelled_by(fitted, "/World/Props/Thing")
    check_places(stage, [results[0].labelled], fitted.source.world, PrimSettings(frame="asset"))
    placed = place_boxes(stage, results, fitted.source.world, PrimSettings(frame="asset"))
    assert placed.prims == ("/World/Props/box_1/Box",)
    assert np.allclose(read_box(stage, placed.prims[0])[0].centre, results[0].box.centre)
    assert UsdGeom.Xformable(stage.GetPrimAtPath("/World/Props/box_1")).GetTimeSamples() == [0.0, 10.0]


def test_place_boxes_in_the_frame_of_a_part_of_an_instance_stand_at_its_pose(fitted: Session) -> None:
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.Xform.Define(stage, "/Original/Part")
    instance = UsdGeom.Xform.Define(stage, "/World/Copy").GetPrim()
    instance.GetReferences().AddInternalReference("/Original")
    instance.SetInstanceable(True)
    results = labelled_by(fitted, "/World/Copy/Part")
    assert stage.GetPrimAtPath("/World/Copy/Part").IsInstanceProxy()
    placed = place_boxes(stage, results, fitted.source.world, PrimSettings(frame="asset"))
    assert placed.prims == ("/World/box_1/Box",)
    assert np.allclose(read_box(stage, placed.prims[0])[0].centre, results[0].box.centre)


@pytest.mark.parametrize("all_found", [True, False])
def test_place_boxes_where_one_of_two_objects_failed_leaves_the_other_its_place(
    fitted_pair: Session, all_found: bool
) -> None:
    stage, objects = Usd.Stage.CreateInMemory(), fitted_pair.dataset.objects
    results = fitted_pair.results if all_found else fitted_pair.results[1:]
    settings = PrimSettings(prim="/World/Boxes")
    placed = place_boxes(stage, results, fitted_pair.source.world, settings, objects=objects)
    assert placed.prims[-1] == "/World/Boxes/box_5" and str(placed.prims[-1]) in find_boxes(stage)


def occupy(stage: Usd.Stage) -> None:
    """Define prims at, in or beside which no box can be written."""
    UsdGeom.Mesh.Define(stage, "/World/Taken")
    UsdGeom.Xform.Define(stage, "/World/Uneven").AddScaleOp().Set((1, 2, 1))
    UsdGeom.Cube.Define(stage, "/World/Free_history")


REFUSED = {
    "no path": (PrimSettings(prim="not a path"), "is not the path of a prim"),
    "taken": (PrimSettings(prim="/World/Taken"), "is a Mesh that boxfit did not write"),
    "in geometry": (PrimSettings(prim="/World/Taken/Box"), "geometry must not be nested"),
    "uneven parent": (PrimSettings(prim="/World/Uneven/Box"), "scaled unevenly"),
    "history taken": (
        PrimSettings(prim="/World/Free", animation=True),
        "/World/Free_history is a prim that boxfit did",
    ),
    "asset frame taken": (PrimSettings(prim="/World/Taken", frame="asset"), "is not a frame that boxfit wrote"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_check_places_refuses_what_place_boxes_refuses_and_changes_nothing(case: str, fitted: Session) -> None:
    settings, message = REFUSED[case]
    stage = Usd.Stage.CreateInMemory()
    occupy(stage)
    before, world = text(stage), fitted.source.world
    with pytest.raises(StageError, match=message):
        check_places(stage, fitted.dataset.objects, world, settings)
    with pytest.raises(StageError, match=message):
        place_boxes(stage, fitted.results, world, settings)
    assert text(stage) == before


def test_check_places_in_the_frame_of_an_asset_without_a_pose_is_refused(tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 4, asset=None)
    session = Session(tmp_path / "views")
    stage = Usd.Stage.CreateInMemory()
    with pytest.raises(StageError, match="the views state no pose of"):
        check_places(stage, session.dataset.objects, session.source.world, PrimSettings(frame="asset"))


def test_check_places_where_boxes_can_stand_finds_nothing_and_changes_nothing(fitted_pair: Session) -> None:
    stage = Usd.Stage.CreateInMemory()
    before, world, objects = text(stage), fitted_pair.source.world, fitted_pair.dataset.objects
    for settings in (PrimSettings(), PrimSettings(animation=True), PrimSettings(frame="asset", prim="/World/Boxes")):
        check_places(stage, objects, world, settings)
        assert text(stage) == before
        place_boxes(stage, fitted_pair.results, world, settings).edit.undo()
