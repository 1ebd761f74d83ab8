"""Tests of the 3D view's content, in the world of the stage."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.geometry.units import WorldUnits, target_from_source_world
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.model.scene_content import DETAILED, ShownBox, detailed_boxes
from boxfit.ui.model.scene_model import SceneModel, hull_triangles
from boxfit.usd.cube import write_box
from boxfit.usd.units import stage_units
from pxr import Gf, UsdGeom

from tests.hosts import HostInMemory, run, until
from tests.scenes import BOX
from tests.stages import box_on_stage, box_stage, define_mesh, generator_stage
from tests.unit.ui.stories import SHORT, fitted


@pytest.mark.parametrize("stage_world", [WorldUnits("Y", 0.01), WorldUnits("Z", 1.0), WorldUnits("Y", 1.0)])
def test_content_is_in_the_stage_world_whatever_the_dataset_has(tmp_path: Path, stage_world: WorldUnits) -> None:
    host = HostInMemory(box_stage(tmp_path, units=stage_world))

    async def story(model: PanelModel) -> None:
        # The dataset's world has centimetres and Y up; the stage's world differs.
        model.settings.change("source_up", "Y")
        model.settings.change("source_units", 0.01)
        await fitted(model, **SHORT)
        place = target_from_source_world(stage_world, WorldUnits("Y", 0.01))
        scale = 0.01 / stage_world.meters_per_unit
        (shown,) = model.scene.content.boxes
        assert np.allclose(shown.box.centre, place[:3, :3] @ BOX.centre, atol=0.05 * scale)
        assert np.allclose(shown.box.world_from_unit[:3, 3], box_on_stage(host.stage, shown.name)[:3, 3], atol=1e-6)
        assert (shown.bounds.inner <= shown.box.half_extents[:, None] * (1 + 1e-6)).all()
        assert (shown.bounds.outer >= shown.box.half_extents[:, None] * (1 - 1e-6)).all()
        assert model.scene.content.up_axis == stage_world.up_axis
        # Every camera sees the box where it saw it in the dataset's world.
        observations = model.fit.outcome.result.observations.silhouettes
        for camera, silhouette in zip(model.scene.content.cameras, observations, strict=True):
            corners = model.fit.outcome.result.box.corners
            moved = corners @ place[:3, :3].T + place[:3, 3]
            assert camera.view == silhouette.view
            assert np.allclose(camera.camera.project(moved), silhouette.camera.project(corners), atol=1e-6)
        model.fit.look_at_step(0)
        live = model.scene.content.boxes[-1]
        assert np.allclose(live.box.centre, place[:3, :3] @ model.fit.history[0].box.centre + place[:3, 3])

    run(story, host)


async def test_live_box_during_a_fit_takes_the_place_of_the_selected_one(model: PanelModel) -> None:
    await fitted(model, **SHORT)
    seen = []
    model.scene.changed.subscribe(lambda: seen.append(model.scene.content.boxes))
    await fitted(model, method="notebook", epochs=50)
    live = [boxes for boxes in seen if len(boxes) == 2]
    assert live and all([box.selected for box in boxes] == [False, True] for boxes in live)
    assert [(box.name, box.selected) for box in seen[-1]] == [(model.fit.prim, True)]


async def test_box_that_the_user_moves_is_shown_where_it_is(
    model: PanelModel, host: HostInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fitted(model, **SHORT)
    (before,) = model.scene.content.boxes
    op = UsdGeom.Xformable(host.stage.GetPrimAtPath(before.name)).GetOrderedXformOps()[0]
    op.Set(op.Get() + Gf.Vec3d(1, 2, 3))
    host.touch_stage()
    (after,) = model.scene.content.boxes
    assert np.allclose(after.box.centre - before.box.centre, [1, 2, 3], atol=1e-6)
    # While it moves, others are not looked for.
    monkeypatch.setattr("boxfit.ui.model.scene_model.find_boxes", lambda _: pytest.fail("the stage was searched"))
    op.Set(Gf.Vec3d(7, 8, 9))
    host.move_boxes()
    (after,) = model.scene.content.boxes
    assert after.name == before.name and np.allclose(after.box.centre, (7, 8, 9))


async def test_box_that_is_sheared_is_left_out_and_the_others_stay(model: PanelModel, host: HostInMemory) -> None:
    await fitted(model, **SHORT)
    model.settings.enter("prim", "/World/Group/Second")
    await fitted(model, **SHORT)
    assert len(model.scene.content.boxes) == 2
    group = UsdGeom.Xformable(host.stage.OverridePrim("/World/Group"))
    host.stage.GetPrimAtPath("/World/Group").SetTypeName("Xform")
    group.AddScaleOp().Set(Gf.Vec3f(1, 3, 1))
    group.AddRotateZOp().Set(30.0)
    host.touch_stage()
    assert [box.name for box in model.scene.content.boxes] == [model.default_prim]


async def test_parts_that_have_not_changed_are_the_same_objects(model: PanelModel, host: HostInMemory) -> None:
    UsdGeom.Cube.Define(host.stage, "/World/Asset")
    model.scene.read_stage()
    await until(lambda: model.scene.content.cameras)
    triangles, cameras = model.scene.content.triangles, model.scene.content.cameras
    assert triangles.shape == (12, 3, 3)
    await fitted(model, **SHORT)
    assert model.scene.content.triangles is triangles and model.scene.content.cameras is cameras
    model.view.step(1)
    assert model.scene.content.triangles is triangles and model.scene.content.cameras is not cameras
    boxes = model.scene.content.boxes
    assert boxes and boxes[0].selected
    told_of = []
    model.scene.changed.subscribe(lambda: told_of.append(1))
    model.fit.changed.emit()
    assert told_of == [] and model.scene.content.boxes is boxes


def test_read_stage_without_meshes_or_without_a_stage_shows_nothing(tmp_path: Path) -> None:
    host = HostInMemory(generator_stage(tmp_path))
    model = SceneModel(host)
    model.read_stage()
    assert (model.content.has_geometry, model.content.boxes, model.content.note) == (False, (), "")
    host.stage = None
    model.read_stage()
    assert (model.content.has_geometry, model.content.boxes) == (False, ())


def test_read_stage_with_too_many_triangles_says_that_bounds_stand_for_them(tmp_path: Path) -> None:
    stage = generator_stage(tmp_path)
    count = 240
    grid = np.stack(np.meshgrid(*[np.arange(count + 1.0)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    corner = (np.arange(count)[:, None] * (count + 1) + np.arange(count)).ravel()
    mesh = UsdGeom.Mesh.Define(stage, "/World/Grid")
    mesh.GetPointsAttr().Set([Gf.Vec3f(float(x), 0, float(y)) for x, y in grid])
    mesh.GetFaceVertexCountsAttr().Set([4] * len(corner))
    quads = np.stack([corner, corner + 1, corner + count + 2, corner + count + 1], axis=1)
    mesh.GetFaceVertexIndicesAttr().Set(quads.ravel().tolist())
    model = SceneModel(HostInMemory(stage))
    model.read_stage()
    assert model.content.note == "The meshes have 115,200 triangles: their bounds are shown."
    assert (len(model.content.triangles), len(model.content.outlines)) == (0, 12)
    assert stage_units(stage).up_axis == model.content.up_axis


async def test_select_what_is_not_there_draws_all_boxes_alike(model: PanelModel) -> None:
    await fitted(model, **SHORT)
    first = model.fit.prim
    model.settings.enter("prim", "/World/Second")
    await fitted(model, **SHORT)
    assert {box.name: box.selected for box in model.scene.content.boxes} == {first: False, "/World/Second": True}
    model.stage.undo()
    assert {box.name: box.selected for box in model.scene.content.boxes} == {first: True}


def test_stage_of_a_host_with_a_3d_view_of_its_own_is_not_searched_for_meshes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = HostInMemory(box_stage(tmp_path))
    UsdGeom.Sphere.Define(host.stage, "/World/Ball")
    shown = SceneModel(host)
    shown.read_stage()
    assert len(shown.content.triangles)
    monkeypatch.setattr("boxfit.ui.model.scene_model.read_surfaces", lambda *_: pytest.fail("meshes were read"))
    scene = SceneModel(host, meshes=False)
    scene.read_stage()
    assert not scene.content.has_geometry


@pytest.mark.parametrize("place", ["/World/Group/Box", "/World/Group"], ids=["itself", "its parent"])
def test_box_that_is_made_invisible_is_known_but_not_drawn(host: HostInMemory, place: str) -> None:
    UsdGeom.Xform.Define(host.stage, "/World/Group")
    write_box(host.stage, "/World/Group/Box", BOX)
    write_box(host.stage, "/World/Other", BOX)
    model = SceneModel(host)
    model.read_stage()
    assert [shown.name for shown in model.content.drawn] == ["/World/Group/Box", "/World/Other"]
    prim = UsdGeom.Imageable(host.stage.GetPrimAtPath(place))
    prim.MakeInvisible()
    model.follow_boxes()
    assert [shown.name for shown in model.content.drawn] == ["/World/Other"] and len(model.content.boxes) == 2
    prim.MakeVisible()
    model.follow_boxes()
    assert len(model.content.drawn) == 2


def test_boxes_are_drawn_in_full_where_the_selected_ones_are_few() -> None:
    boxes = [ShownBox(str(index), BOX) for index in range(DETAILED)]
    assert detailed_boxes(boxes) == tuple(boxes)
    many = [*boxes, ShownBox("one more", BOX)]
    assert detailed_boxes(many) == ()
    assert detailed_boxes([replace(shown, selected=False) for shown in many[1:]] + [many[0]]) == (many[0],)


def test_triangles_of_a_hull_close_it_and_face_outwards() -> None:
    triangles = hull_triangles(np.vstack([BOX.corners, BOX.centre]))
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    volume = (normals * triangles[:, 0]).sum() / 6
    assert len(triangles) == 12 and volume == pytest.approx(BOX.volume)
    assert len(hull_triangles(BOX.corners[:4] * (1, 1, 0))) == 0


async def test_hull_stands_for_the_object_as_long_as_its_box_is_there(model: PanelModel, host: HostInMemory) -> None:
    await fitted(model, **SHORT)
    assert not model.scene.content.has_geometry
    low, high = (reach(model.scene.content.hull, axis=(0, 1)) for reach in (np.min, np.max))
    corners = BOX.corners
    assert (low < corners.min(axis=0) + 0.05).all() and (high > corners.max(axis=0) - 0.05).all()
    host.undo()
    assert not len(model.scene.content.hull)
    host.redo()
    assert len(model.scene.content.hull)


async def test_hull_is_not_drawn_beside_meshes(model: PanelModel, host: HostInMemory) -> None:
    define_mesh(host.stage, "/World/Floor", np.eye(3), [3], [0, 1, 2])
    model.scene.read_stage()
    await fitted(model, **SHORT)
    assert model.scene.content.has_geometry and not len(model.scene.content.hull)
