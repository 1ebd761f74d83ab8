"""Stages to capture: an object of known size among others."""

from pathlib import Path

import numpy as np
from boxfit.geometry.box import BOX_QUADS, Box
from boxfit.geometry.units import WorldUnits
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage
from pxr import Gf, Sdf, UsdGeom

SCENE_BOX = Box(np.array([3.0, -2.0, 4.0]), np.array([2.0, 1.2, 0.7]), np.array([0.8, 0.2, -0.4, 0.3]))
SCENE_SELECTION = "/World/Crates/Crate"


def clutter_stage(path: Path, units: WorldUnits = WorldUnits("Y", 1.0)) -> None:
    """Make a crate of two meshes, that is `SCENE_BOX`, near a wall and a table; with a moving and a hidden object."""
    stage = new_stage(path, units)
    crate = UsdGeom.Xform.Define(stage, SCENE_SELECTION)
    crate.AddTranslateOp().Set(Gf.Vec3d(*SCENE_BOX.centre))
    crate.AddScaleOp().Set(Gf.Vec3f(2, 2, 2))
    crate.GetPrim().CreateAttribute("semantics:labels:class", Sdf.ValueTypeNames.TokenArray, False).Set(["crate"])
    corners = (SCENE_BOX.corners - SCENE_BOX.centre) / 2
    _mesh(stage, f"{SCENE_SELECTION}/Lower", corners, BOX_QUADS[:4])
    _mesh(stage, f"{SCENE_SELECTION}/Upper", corners, BOX_QUADS[4:])
    for name, centre, half in (("Wall", (3, -2, 9), (8, 8, 0.2)), ("Table", (3, -6, 4), (5, 0.2, 5))):
        box = Box(np.array(centre, dtype=float), np.array(half, dtype=float))
        _mesh(stage, f"/World/{name}", box.corners, BOX_QUADS)
    mover = UsdGeom.Xform.Define(stage, "/World/Mover")
    place = mover.AddTranslateOp()
    place.Set(Gf.Vec3d(0, 0, 20), 0)
    place.Set(Gf.Vec3d(10, 0, 20), 48)
    _mesh(stage, "/World/Mover/Mesh", Box(np.zeros(3), np.array([1, 0.6, 0.4])).corners, BOX_QUADS)
    _mesh(stage, "/World/Hidden", Box(np.zeros(3), np.ones(3)).corners, BOX_QUADS)
    UsdGeom.Imageable(stage.GetPrimAtPath("/World/Hidden")).MakeInvisible()
    for index in range(5):
        camera = UsdGeom.Camera.Define(stage, f"/World/Cameras/Camera{index}")
        angle, tilt = 1.3 * index, (-0.5, 0.9, 0.3, -0.9, 0.6)[index]
        back = Gf.Vec3d(np.cos(tilt) * np.sin(angle), np.sin(tilt), np.cos(tilt) * np.cos(angle))
        eye = Gf.Vec3d(*SCENE_BOX.centre) + back * 12
        view = Gf.Matrix4d().SetLookAt(eye, Gf.Vec3d(*SCENE_BOX.centre), Gf.Vec3d(0, 1, 0))
        camera.MakeMatrixXform().Set(view.GetInverse())
        camera.CreateFocalLengthAttr(30.0)
    save_stage(stage)


def _mesh(stage, path: str, points: np.ndarray, quads: np.ndarray) -> None:
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr([Gf.Vec3f(*map(float, point)) for point in points])
    mesh.CreateFaceVertexCountsAttr([4] * len(quads))
    mesh.CreateFaceVertexIndicesAttr(quads.ravel().tolist())
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
