"""Every stage that boxfit writes passes NVIDIA's validator and the checks that it lacks."""

from pathlib import Path

import numpy as np
import pytest
from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.camera import Camera
from boxfit.geometry.units import WorldUnits
from boxfit.settings import PrimSettings
from boxfit.usd.cameras import CameraRecord, write_camera
from boxfit.usd.cube import write_box
from boxfit.usd.frames import AssetFrame
from boxfit.usd.history import write_history
from boxfit.usd.label import Label
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_stage
from pxr import Gf, UsdGeom

from tests.usd_checks import find_faults

BOX = Box(np.array([1.0, -2.0, 3.0]), np.array([0.5, 1.0, 2.0]), np.array([0.9, 0.1, -0.3, 0.2]))
FIGURES = {"method": "tight", "views": 24, "coverage": 0.9, "warnings": ["all cameras are on one side"]}


def write_new(path: Path) -> None:
    stage = new_stage(path, WorldUnits("Z", 1.0))
    bounds = FaceBounds(np.full((3, 2), 0.4), np.full((3, 2), 2.1))
    write_box(stage, "/World/Box", BOX, bounds=bounds, figures=FIGURES)
    save_stage(stage)


def write_updated(path: Path) -> None:
    write_new(path)
    stage = open_stage(path)
    write_box(stage, "/World/Box", Box(BOX.centre, BOX.half_extents * 2, BOX.quaternion), figures=FIGURES)
    save_stage(stage)


def write_several_as_euler_guides(path: Path) -> None:
    stage = new_stage(path)
    for name in ("Clock_one", "Clock_two"):
        options = PrimSettings(rotation="xyz", purpose="guide")
        write_box(stage, f"/World/Boxes/{name}", BOX, figures=FIGURES, settings=options)
    save_stage(stage)


def write_into_a_scene(path: Path) -> None:
    stage = new_stage(path)
    UsdGeom.Xform.Define(stage, "/World/Uneven").AddScaleOp().Set((1, 2, 1))
    write_box(stage, "/World/Uneven/Box", BOX, settings=PrimSettings(reset_xform_stack=True))
    asset = UsdGeom.Xform.Define(stage, "/World/Asset")
    asset.AddScaleOp().Set((2, 2, 2))
    write_box(stage, "/World/AssetBox", BOX, asset=AssetFrame(prim_path="/World/Asset"))
    save_stage(stage)


def write_as_labelled_colliders(path: Path) -> None:
    stage = new_stage(path)
    settings = PrimSettings(collider=True, semantic_label="clock")
    for place in ("/World/Clock", "/World/Boxes/Clock"):
        write_box(stage, place, BOX, settings=settings)
    save_stage(stage)


def write_with_history(path: Path) -> None:
    stage = new_stage(path)
    prim = write_box(stage, "/World/Box", BOX, figures=FIGURES)
    history = [Box(BOX.centre, BOX.half_extents * (1 + 0.1 * step), BOX.quaternion) for step in range(100)]
    write_history(stage, prim, history[::-1])
    save_stage(stage)


def write_cameras(path: Path) -> None:
    stage = new_stage(path)
    (path.parent / "0_semantic.npy").touch()
    camera = Camera(np.eye(4), (1100.0, 1100.0), (960.0, 540.0), (1080, 1920))
    for index in range(3):
        record = CameraRecord(
            str(index),
            camera,
            (Label(1, "clock"),),
            {"semantic": path.parent / "0_semantic.npy"},
            "Clock.usd",
            np.eye(4),
            {"camera_properties": {"clipping_range": [1.0, 1e6]}},
        )
        write_camera(stage, f"/World/Views/View_{index}", record)
    save_stage(stage)


WRITERS = [
    write_new,
    write_updated,
    write_several_as_euler_guides,
    write_into_a_scene,
    write_as_labelled_colliders,
    write_cameras,
]


@pytest.fixture
def issues():
    """Function that lists the issues that NVIDIA's validator has with a stage."""
    validation = pytest.importorskip("usd_validation_nvidia", reason="usd-validation-nvidia needs Python 3.12")
    return lambda path: list(validation.ValidationEngine().validate(str(path)).issues())


def stages_written(writer, tmp_path: Path) -> list[Path]:
    writer(tmp_path / "written.usda")
    return sorted(tmp_path.glob("*.usd?"))


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_written_stage_passes_the_validator(writer, tmp_path, issues):
    for path in stages_written(writer, tmp_path):
        assert [str(issue) for issue in issues(path)] == []


def test_history_passes_the_validator_in_a_binary_stage_and_is_too_long_for_it_in_a_text(tmp_path, issues):
    rules = {}
    for suffix in ("usdc", "usda"):
        write_with_history(tmp_path / f"written.{suffix}")
        rules[suffix] = {issue.rule.__name__ for issue in issues(tmp_path / f"written.{suffix}")}
    assert rules == {"usdc": set(), "usda": {"UsdAsciiPerformanceChecker"}}


@pytest.mark.parametrize("writer", [*WRITERS, write_with_history], ids=lambda writer: writer.__name__)
def test_written_stage_passes_our_own_checks(writer, tmp_path):
    for path in stages_written(writer, tmp_path):
        assert find_faults(path) == []


def write_spoilt(folder: Path, spoil) -> Path:
    """Write a stage with a box whose prim was changed afterwards."""
    write_new(folder / "written.usda")
    stage = open_stage(folder / "written.usda")
    spoil(stage.GetPrimAtPath("/World/Box"))
    return save_stage(stage)


def _spoil(name, value):
    return lambda prim: prim.GetAttribute(name).Set(value)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_spoil("extent", [Gf.Vec3f(-1), Gf.Vec3f(1)]), "does not fit the size"),
        (lambda prim: prim.RemoveProperty("extent"), "extent is not authored"),
        (_spoil("xformOp:scale", Gf.Vec3d(1, 0, 1)), "is not positive"),
        (_spoil("xformOp:scale", Gf.Vec3d(1, -2, 1)), "is not positive"),
        (_spoil("xformOp:orient", Gf.Quatd(2, 0, 0, 0)), "is not a unit quaternion"),
        (_spoil("xformOp:translate", Gf.Vec3d(float("nan"), 0, 0)), "is not finite"),
        (lambda prim: prim.RemoveProperty("xformOp:orient"), "there is no such attribute"),
    ],
)
def test_our_own_checks_find_what_the_validators_miss(spoil, fault, tmp_path):
    assert any(fault in line for line in find_faults(write_spoilt(tmp_path, spoil)))


def test_the_validator_finds_a_cube_inside_a_cube(tmp_path, issues):
    assert issues(write_spoilt(tmp_path, lambda prim: UsdGeom.Cube.Define(prim.GetStage(), "/World/Box/Inner")))
