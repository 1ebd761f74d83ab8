"""Tests of the temporary session layer: visible on the composed stage, and removed completely."""

from pathlib import Path

import numpy as np
import pytest
from boxfit.usd.lens import read_camera
from boxfit.usd.session_layer import SessionLayer
from boxfit.usd.stage import unnamed_stage
from pxr import Sdf, Tf, Usd, UsdGeom, UsdLux

from tests.folders import cameras_around


@pytest.fixture
def stage(tmp_path: Path) -> Usd.Stage:
    """Make a stage with prims to hide and to keep: nested, untyped, an instance, a light and a camera in a group."""
    stage = unnamed_stage()
    for path in ("/World/LabelledObject/Mesh", "/World/Other", "/World/Group/Mesh", "/World/Bare/Inner"):
        UsdGeom.Cube.Define(stage, path)
    UsdLux.SphereLight.Define(stage, "/World/Group/Light")
    UsdGeom.Camera.Define(stage, "/World/Group/Camera")
    assert stage.GetPrimAtPath("/World/Bare").GetTypeName() == ""
    asset = Usd.Stage.CreateNew(str(tmp_path / "asset.usda"))
    UsdGeom.Xform.Define(asset, "/Asset")
    for name in ("A", "B"):
        UsdGeom.Cube.Define(asset, f"/Asset/{name}")
    asset.SetDefaultPrim(asset.GetPrimAtPath("/Asset"))
    asset.Save()
    instance = UsdGeom.Xform.Define(stage, "/World/Instance").GetPrim()
    instance.GetReferences().AddReference(str(tmp_path / "asset.usda"))
    instance.SetInstanceable(True)
    return stage


def shown(stage: Usd.Stage) -> set[str]:
    prims = stage.Traverse(Usd.TraverseInstanceProxies())
    return {
        str(prim.GetPath())
        for prim in prims
        if prim.IsA(UsdGeom.Gprim) and UsdGeom.Imageable(prim).ComputeVisibility() != UsdGeom.Tokens.invisible
    }


def text(stage: Usd.Stage) -> tuple[str, str]:
    return stage.GetRootLayer().ExportToString(), stage.GetSessionLayer().ExportToString()


def test_camera_stands_where_it_is_placed_until_the_block_ends(stage: Usd.Stage) -> None:
    before = text(stage)
    with SessionLayer(stage) as scratch:
        path = scratch.make_camera(2.0)
        for camera in cameras_around(2):
            scratch.place_camera(path, camera)
            prim = UsdGeom.Camera(stage.GetPrimAtPath(path))
            pose = np.array(UsdGeom.XformCache().GetLocalToWorldTransform(prim.GetPrim())).T
            found = read_camera(prim, camera.resolution, pose)
            np.testing.assert_allclose(found.camera_from_world, camera.camera_from_world, atol=1e-9)
            np.testing.assert_allclose(found.focal, camera.focal, rtol=1e-6)
        assert stage.GetRootLayer().ExportToString() == before[0] and not stage.GetSessionLayer().rootPrims
    assert text(stage) == before and not stage.GetPrimAtPath(path)


def test_camera_gets_a_name_that_nothing_has(stage: Usd.Stage) -> None:
    UsdGeom.Xform.Define(stage, "/BoxfitCapture")
    with SessionLayer(stage) as scratch:
        assert [scratch.make_camera(1.0), scratch.make_camera(1.0)] == ["/BoxfitCapture2", "/BoxfitCapture3"]


def test_hide_all_but_leaves_the_prims_alone_in_sight(stage: Usd.Stage) -> None:
    before, seen = text(stage), shown(stage)
    with SessionLayer(stage) as scratch:
        scratch.hide_all_but(["/World/LabelledObject"])
        assert shown(stage) == {"/World/LabelledObject/Mesh"}
        for path in ("/World/Group/Light", "/World/Group/Camera"):
            assert UsdGeom.Imageable(stage.GetPrimAtPath(path)).ComputeVisibility() != UsdGeom.Tokens.invisible
    assert text(stage) == before and shown(stage) == seen


def test_hide_all_but_a_point_instancer_leaves_what_it_shows(stage: Usd.Stage) -> None:
    instancer = UsdGeom.PointInstancer.Define(stage, "/World/Scattered")
    instancer.CreatePrototypesRel().SetTargets(["/World/Other"])
    with SessionLayer(stage) as scratch:
        scratch.hide_all_but(["/World/Scattered"])
        assert "/World/Other" in shown(stage) and "/World/LabelledObject/Mesh" not in shown(stage)


def test_lights_are_needed_whatever_they_are_called(stage: Usd.Stage) -> None:
    for kind in ("DomeLight", "DomeLight_1", "RectLight"):
        stage.DefinePrim(f"/World/{kind}", kind)
    with SessionLayer(stage) as scratch:
        scratch.hide_all_but(["/World/LabelledObject"])
        for kind in ("DomeLight", "DomeLight_1", "RectLight"):
            light = UsdGeom.Imageable(stage.GetPrimAtPath(f"/World/{kind}"))
            assert not light or light.ComputeVisibility() != UsdGeom.Tokens.invisible


def test_leaving_composes_nothing_anew_but_what_was_written(stage: Usd.Stage) -> None:
    resynced: list[str] = []
    with SessionLayer(stage) as scratch:
        scratch.hide_all_but(["/World/LabelledObject"])
        scratch.make_camera(1.0)
        watch = Tf.Notice.Register(
            Usd.Notice.ObjectsChanged, lambda notice, _: resynced.extend(map(str, notice.GetResyncedPaths())), stage
        )
    watch.Revoke()
    assert resynced and "/" not in resynced and "/World" not in resynced


def test_hide_all_but_a_part_of_an_instance_hides_what_can_be(stage: Usd.Stage) -> None:
    with SessionLayer(stage) as scratch:
        scratch.hide_all_but(["/World/Instance/A"])
        assert shown(stage) == {"/World/Instance/A", "/World/Instance/B"}


def test_hide_hides_a_prim_whose_visibility_moves_in_time(stage: Usd.Stage) -> None:
    other = UsdGeom.Imageable(stage.GetPrimAtPath("/World/Other"))
    other.CreateVisibilityAttr().Set(UsdGeom.Tokens.inherited, 10)
    with SessionLayer(stage) as scratch:
        scratch.hide(["/World/Other"])
        assert other.ComputeVisibility(10) == UsdGeom.Tokens.invisible


def test_what_others_write_to_the_session_meanwhile_stays(stage: Usd.Stage) -> None:
    with pytest.raises(RuntimeError), SessionLayer(stage) as scratch:
        scratch.make_camera(1.0)
        Sdf.CreatePrimInLayer(stage.GetSessionLayer(), "/Orchestrator")
        raise RuntimeError
    assert [prim.name for prim in stage.GetSessionLayer().rootPrims] == ["Orchestrator"]
    assert list(stage.GetSessionLayer().subLayerPaths) == []
