"""Tests of the prims and cameras that a capture uses, and of the sphere around prims."""

from typing import Any

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.geometry.box import Box
from boxfit.usd.cube import write_box
from boxfit.usd.stage import unnamed_stage
from boxfit.usd.subjects import boxes_on_stage, chosen_prims, labelled_prims, sphere_around, stage_cameras
from pxr import Gf, Sdf, UsdGeom


def cube(stage: Any, path: str, centre: tuple[float, float, float] = (0, 0, 0), label: str = "") -> Any:
    prim = UsdGeom.Cube.Define(stage, path)
    prim.AddTranslateOp().Set(Gf.Vec3d(*centre))
    if label:
        prim.GetPrim().CreateAttribute("semantics:labels:class", Sdf.ValueTypeNames.TokenArray).Set([label])
    return prim


def test_chosen_prims_are_named_by_their_label_or_name() -> None:
    stage = unnamed_stage()
    cube(stage, "/World/A", label="cup")
    cube(stage, "/World/B")
    assert chosen_prims(stage, ["/World/B", "/World/A"]) == {"/World/B": "B", "/World/A": "cup"}


def test_chosen_prims_inside_of_others_belong_to_those() -> None:
    stage = unnamed_stage()
    for path in ("/World/Cup/Handle/Mesh", "/World/Cup/Body", "/World/Cupboard"):
        cube(stage, path)
    chosen = ["/World/Cup/Handle/Mesh", "/World/Cup", "/World/Cup/Body", "/World/Cupboard"]
    assert list(chosen_prims(stage, chosen)) == ["/World/Cup", "/World/Cupboard"]


@pytest.mark.parametrize("path", ["/World/Nothing", "World", "", "/", "not a path", "/World.xformOpOrder"])
def test_choose_what_is_no_prim_raises(path: str) -> None:
    with pytest.raises(StageError, match="there is no prim"):
        chosen_prims(unnamed_stage(), ["/World", path])


def test_choose_nothing_raises() -> None:
    with pytest.raises(StageError, match="no prim is selected"):
        chosen_prims(unnamed_stage(), [])


def test_labelled_prims_carry_the_label_in_either_schema() -> None:
    stage = unnamed_stage()
    cube(stage, "/World/New", label="cup")
    cube(stage, "/World/Other", label="plate")
    old = cube(stage, "/World/Old").GetPrim()
    for key, value in (("Type", "class"), ("Data", "cup")):
        old.CreateAttribute(f"semantic:A:params:semantic{key}", Sdf.ValueTypeNames.String).Set(value)
    assert labelled_prims(stage, "cup") == {"/World/New": "cup", "/World/Old": "cup"}
    with pytest.raises(StageError, match="no prim on the stage has the semantic label 'fork': it has cup, plate"):
        labelled_prims(stage, "fork")
    with pytest.raises(StageError, match="no prim has any"):
        labelled_prims(unnamed_stage(), "cup")


def test_sphere_holds_all_prims_at_the_time_asked_for() -> None:
    stage = unnamed_stage()
    cube(stage, "/World/A", (10, 0, 0))
    mover = cube(stage, "/World/B")
    for time, place in ((0, 20), (24, 30)):
        mover.GetOrderedXformOps()[0].Set(Gf.Vec3d(place, 0, 0), time)
    sphere = sphere_around(stage, ["/World/A", "/World/B"], 12)
    np.testing.assert_allclose(sphere.centre, [17.5, 0, 0])
    assert sphere.radius == pytest.approx(np.linalg.norm([8.5, 1, 1]))
    np.testing.assert_allclose(sphere_around(stage, ["/World/B"], 24).centre, [30, 0, 0])


def test_sphere_around_what_cannot_be_seen_raises() -> None:
    stage = unnamed_stage()
    cube(stage, "/World/A").MakeInvisible()
    UsdGeom.Camera.Define(stage, "/World/Camera")
    for path in ("/World/A", "/World/Camera"):
        with pytest.raises(StageError, match=f"no visible geometry under {path}"):
            sphere_around(stage, [path])
    UsdGeom.Mesh.Define(stage, "/World/Point").CreatePointsAttr([Gf.Vec3f(1, 2, 3)])
    with pytest.raises(StageError, match=r"no visible geometry|has no extent"):
        sphere_around(stage, ["/World/Point"])


def test_stage_cameras_are_those_that_somebody_put_there() -> None:
    stage = unnamed_stage()
    with pytest.raises(StageError, match="no cameras of its own"):
        stage_cameras(stage)
    for path in ("/OmniverseKit_Persp", "/OmniverseKit_Top", "/World/Camera"):
        UsdGeom.Camera.Define(stage, path)
    with pytest.raises(StageError, match="one camera of its own, and a box needs at least two views"):
        stage_cameras(stage)
    UsdGeom.Camera.Define(stage, "/Rig/Camera")
    assert stage_cameras(stage) == ("/World/Camera", "/Rig/Camera")


def test_boxes_on_stage_are_those_that_boxfit_wrote() -> None:
    stage = unnamed_stage()
    cube(stage, "/World/Mine")
    write_box(stage, "/World/Box", Box(np.zeros(3), np.ones(3)))
    assert boxes_on_stage(stage) == ("/World/Box",)
