import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.geometry.box import Box
from boxfit.usd.cube import write_box
from boxfit.usd.frames import AssetFrame
from pxr import Gf, UsdGeom

from tests.unit.usd.conftest import world_from

BOX = Box(np.array([1.0, -2.0, 3.0]), np.array([0.5, 1.0, 2.0]), np.array([0.9, 0.1, -0.3, 0.2]))


@pytest.fixture
def asset(stage):
    UsdGeom.Xform.Define(stage, "/World").AddRotateYOp().Set(30)
    asset = UsdGeom.Xform.Define(stage, "/World/Rig/Asset")
    asset.AddTranslateOp().Set((4, 5, 6))
    asset.AddScaleOp().Set((2, 2, 2))
    return asset


def test_write_box_in_an_asset_frame_stands_beside_the_asset_and_moves_like_it(stage, asset):
    prim = write_box(stage, "/World/Clock", BOX, asset=AssetFrame(prim_path="/World/Rig/Asset"))
    assert prim.GetPath() == "/World/Rig/Clock/Box"
    frame = prim.GetParent()
    assert frame.GetTypeName() == "Xform"
    assert np.allclose(world_from(frame), world_from(asset.GetPrim()))
    assert np.allclose(world_from(prim)[:3, 3], (world_from(asset.GetPrim()) @ [*BOX.centre, 1])[:3])
    assert np.allclose(np.sort(prim.GetAttribute("xformOp:scale").Get()), np.sort(BOX.size))


def test_write_box_in_the_frame_of_an_animated_asset_follows_its_time_samples(stage, asset):
    op = asset.GetOrderedXformOps()[0]
    op.Set(Gf.Vec3d(0, 0, 0), 1)
    op.Set(Gf.Vec3d(9, 0, 0), 10)
    prim = write_box(stage, "/World/Clock", BOX, asset=AssetFrame(prim_path="/World/Rig/Asset"))
    for time in (1, 10):
        assert np.allclose(world_from(prim.GetParent(), time), world_from(asset.GetPrim(), time))


def test_write_box_in_the_frame_of_an_asset_that_is_not_on_the_stage_stands_in_the_world(stage):
    UsdGeom.Xform.Define(stage, "/World").AddTranslateOp().Set((1, 1, 1))
    pose = np.diag([3.0, 3.0, 3.0, 1.0])
    pose[:3, 3] = [7, 8, 9]
    prim = write_box(stage, "/World/Clock", BOX, asset=AssetFrame(pose))
    assert prim.GetPath() == "/World/Clock/Box"
    assert np.allclose(world_from(prim.GetParent()), pose)
    again = write_box(stage, "/World/Clock", BOX, asset=AssetFrame(np.eye(4)))
    assert again.GetPath() == prim.GetPath()
    assert np.allclose(world_from(prim.GetParent()), np.eye(4))


@pytest.mark.parametrize("on_stage", [True, False])
def test_write_box_in_the_frame_of_an_uneven_asset_is_refused_and_changes_nothing(stage, asset, on_stage):
    asset.GetOrderedXformOps()[1].Set((1, 2, 1))
    before = stage.GetRootLayer().ExportToString()
    frame = AssetFrame(prim_path="/World/Rig/Asset") if on_stage else AssetFrame(np.diag([1.0, 2.0, 1.0, 1.0]))
    with pytest.raises(StageError, match="is scaled unevenly"):
        write_box(stage, "/World/Clock", BOX, asset=frame)
    assert stage.GetRootLayer().ExportToString() == before


def test_write_box_in_the_frame_of_a_missing_asset_names_it(stage):
    with pytest.raises(StageError, match="/World/Gone is not on the stage"):
        write_box(stage, "/World/Clock", BOX, asset=AssetFrame(prim_path="/World/Gone"))


def test_write_box_in_a_frame_over_a_prim_of_somebody_else_is_refused(stage, asset):
    UsdGeom.Xform.Define(stage, "/World/Rig/Clock")
    with pytest.raises(StageError, match="/World/Rig/Clock is not a frame that boxfit wrote"):
        write_box(stage, "/World/Clock", BOX, asset=AssetFrame(prim_path="/World/Rig/Asset"))


def test_write_box_in_the_frame_of_an_asset_that_resets_its_stack_stands_where_the_asset_stands(stage, asset):
    UsdGeom.Xform.Define(stage, "/World/Rig").AddTranslateOp().Set((100, 0, 0))
    asset.SetResetXformStack(True)
    prim = write_box(stage, "/World/Clock", BOX, asset=AssetFrame(prim_path="/World/Rig/Asset"))
    assert world_from(asset.GetPrim())[0, 3] == 4
    assert np.allclose(world_from(prim.GetParent()), world_from(asset.GetPrim()))


def test_write_box_in_the_world_where_a_frame_stands_says_that_boxfit_wrote_it(stage):
    write_box(stage, "/World/Clock", BOX, asset=AssetFrame(np.eye(4)))
    with pytest.raises(StageError, match="/World/Clock is the asset frame of a box that boxfit wrote"):
        write_box(stage, "/World/Clock", BOX)


def test_write_box_again_in_the_frame_of_an_asset_that_is_animated_no_more_forgets_the_time_samples(stage, asset):
    op, frame = asset.GetOrderedXformOps()[0], AssetFrame(prim_path="/World/Rig/Asset")
    op.Set(Gf.Vec3d(9, 0, 0), 1)
    prim = write_box(stage, "/World/Clock", BOX, asset=frame)
    assert np.allclose(world_from(prim.GetParent(), 1), world_from(asset.GetPrim(), 1))
    op.GetAttr().ClearAtTime(1)
    again = write_box(stage, "/World/Clock", BOX, asset=frame)
    assert np.allclose(world_from(again.GetParent(), 1), world_from(asset.GetPrim(), 1))


def test_write_box_in_a_frame_under_an_uneven_parent_is_refused_and_changes_nothing(stage):
    UsdGeom.Xform.Define(stage, "/World").AddScaleOp().Set((1, 2, 1))
    before = stage.GetRootLayer().ExportToString()
    with pytest.raises(StageError, match="scaled unevenly"):
        write_box(stage, "/World/Group/Clock", BOX, asset=AssetFrame(np.eye(4)))
    assert stage.GetRootLayer().ExportToString() == before
