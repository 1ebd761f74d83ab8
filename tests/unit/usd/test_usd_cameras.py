import re
from dataclasses import replace

import numpy as np
import pytest
from boxfit.geometry.camera import Camera
from boxfit.usd.cameras import CameraRecord, read_cameras, write_camera
from boxfit.usd.label import Label
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_stage
from pxr import Gf, Sdf, Usd, UsdGeom

TYPES = Sdf.ValueTypeNames
CAMERA_FROM_WORLD = np.array([[0.0, 1, 0, 3], [0, 0, 1, -4], [1, 0, 0, 5], [0, 0, 0, 1]])


def make_record(folder, name="7", **changes):
    names = {"semantic": "7_semantic.npy", "instance": "7_instance.npy", "rgb": "7_rgb.png"}
    files = {sensor: folder / name for sensor, name in names.items()}
    for file in files.values():
        file.touch()
    values = {
        "name": name,
        "camera": Camera(CAMERA_FROM_WORLD, (1100.0, 1100.0), (960.0, 540.0), (1080, 1920)),
        "labels": (
            Label(1, "clock", "semantic", "bbox_2d", "timepiece", "/World/Clock"),
            Label(3_000_000_000, "4", "instance", "id"),
        ),
        "files": files,
        "asset": "Clock.usd",
        "world_from_asset": np.array([[0.0, 0, 2, 1], [2, 0, 0, 2], [0, 2, 0, 3], [0, 0, 0, 1]]),
        "metadata": {"camera_properties": {"horizontal_aperture": 20.955, "clipping_range": [1.0, 1e6]}, "x": [0.1]},
    }
    return CameraRecord(**{**values, **changes})


def write(path, *records):
    stage = new_stage(path)
    for index, record in enumerate(records):
        write_camera(stage, f"/World/Views/View_{index}", record)
    save_stage(stage)
    return open_stage(path)


def change(camera: UsdGeom.Camera, name: str, value) -> None:
    camera.GetPrim().GetAttribute(f"boxfit:{name}").Set(value)


def retype(camera: UsdGeom.Camera, name: str, kind: Sdf.ValueTypeName, value) -> None:
    """Make an attribute, or replace it by one of another type."""
    camera.GetPrim().RemoveProperty(f"boxfit:{name}")
    attribute = camera.GetPrim().CreateAttribute(f"boxfit:{name}", kind)
    if value is not None:
        attribute.Set(value)


def assert_same(actual: CameraRecord, expected: CameraRecord) -> None:
    assert np.allclose(actual.camera.camera_from_world, expected.camera.camera_from_world)
    assert np.allclose(actual.camera.focal, expected.camera.focal, rtol=1e-6)
    assert np.allclose(actual.camera.principal, expected.camera.principal, atol=1e-3)
    assert actual.camera.resolution == expected.camera.resolution
    assert (actual.labels, actual.asset, actual.metadata) == (expected.labels, expected.asset, expected.metadata)
    assert dict(actual.files) == dict(expected.files)
    assert np.allclose(actual.world_from_asset, expected.world_from_asset)


@pytest.mark.parametrize(
    "camera",
    [
        Camera(CAMERA_FROM_WORLD, (1100.0, 1100.0), (960.0, 540.0), (1080, 1920)),
        Camera(CAMERA_FROM_WORLD, (800.0, 900.0), (310.5, 260.25), (480, 640)),
    ],
    ids=["non-square image", "offset and non-square pixels"],
)
def test_read_cameras_of_what_was_written_gives_the_same(tmp_path, camera):
    record = make_record(tmp_path, camera=camera)
    records, problems = read_cameras(write(tmp_path / "views.usda", record))
    assert not problems
    assert records[0].name == "7"
    assert_same(records[0], record)


def test_write_camera_gives_usd_the_same_picture(tmp_path):
    record = make_record(tmp_path)
    stage = write(tmp_path / "views.usda", record)
    camera = UsdGeom.Camera(stage.GetPrimAtPath("/World/Views/View_0")).GetCamera(Usd.TimeCode.Default())
    assert camera.verticalAperture == pytest.approx(camera.horizontalAperture * 1080 / 1920)
    point = record.camera.world_from_camera @ [0.4, -0.3, -2.0, 1.0]
    frustum = camera.frustum
    seen = (frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()).Transform(Gf.Vec3d(*point[:3]))
    pixel = [(seen[0] + 1) / 2 * 1920, (1 - seen[1]) / 2 * 1080]
    assert np.allclose(pixel, record.camera.project(point[:3]), atol=1e-3)


def test_read_cameras_through_a_reference_under_a_moved_parent_after_moving_the_folder(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in ("data", "sub"):
        (here / folder).mkdir(parents=True)
    record = make_record(here / "data")
    write(here / "sub" / "views.usda", record)
    scene = new_stage(here / "scene.usda")
    holder = UsdGeom.Xform.Define(scene, "/World/Dataset")
    holder.GetPrim().GetReferences().AddReference("./sub/views.usda")
    holder.AddTranslateOp().Set((10, 20, 30))
    save_stage(scene)
    del scene, holder
    here.rename(there)
    ((actual,), problems) = read_cameras(open_stage(there / "scene.usda"))
    assert not problems
    assert actual.files["semantic"] == there / "data" / "7_semantic.npy"
    assert np.allclose(actual.camera.position, record.camera.position + np.array([10, 20, 30]))
    assert np.allclose(actual.world_from_asset[:3, 3], record.world_from_asset[:3, 3] + np.array([10, 20, 30]))


def test_read_cameras_through_a_sublayer_finds_the_files(tmp_path):
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub" / "views.usda", make_record(tmp_path / "sub"))
    scene = new_stage(tmp_path / "scene.usda")
    scene.GetRootLayer().subLayerPaths.append("./sub/views.usda")
    records, _ = read_cameras(scene)
    assert records[0].files["rgb"] == tmp_path / "sub" / "7_rgb.png"


def test_read_cameras_of_two_datasets_with_equal_view_names_names_them_by_prim(tmp_path):
    stage = write(tmp_path / "views.usda", make_record(tmp_path), make_record(tmp_path))
    assert [record.name for record in read_cameras(stage)[0]] == ["/World/Views/View_0", "/World/Views/View_1"]


def test_read_cameras_of_a_minimal_camera_takes_square_pixels_and_ids_as_names(tmp_path):
    (tmp_path / "mask.npy").touch()
    stage = new_stage(tmp_path / "views.usda")
    camera = UsdGeom.Camera.Define(stage, "/World/Camera")
    retype(camera, "mask", TYPES.Asset, Sdf.AssetPath("./mask.npy"))
    retype(camera, "maskId", TYPES.IntArray, [3])
    retype(camera, "resolution", TYPES.Int2, Gf.Vec2i(1920, 1080))
    records, problems = read_cameras(stage)
    assert not problems
    assert records[0].labels == (Label(3, "3"),)
    assert records[0].camera.focal[0] == pytest.approx(records[0].camera.focal[1])
    assert records[0].files == {"semantic": tmp_path / "mask.npy"}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda camera: camera.GetProjectionAttr().Set("orthographic"), "orthographic"),
        (lambda camera: camera.GetPrim().RemoveProperty("boxfit:resolution"), "boxfit:resolution is missing"),
        (lambda camera: camera.GetPrim().RemoveProperty("boxfit:maskId"), "boxfit:maskId is missing"),
        (lambda camera: retype(camera, "maskId", TYPES.Int, 1), r"boxfit:maskId has the type int, not int64\[\]"),
        (lambda camera: retype(camera, "resolution", TYPES.String, "9x9"), "resolution has the type string, not int2"),
        (lambda camera: retype(camera, "mask", TYPES.String, "./7_rgb.png"), "mask has the type string, not asset"),
        (lambda camera: retype(camera, "mask", TYPES.Asset, None), "boxfit:mask is missing, or has no value"),
        (lambda camera: retype(camera, "rgb", TYPES.String, "a.png"), "boxfit:rgb has the type string, not asset"),
        (lambda camera: retype(camera, "assetTransform", TYPES.Double3, (1, 2, 3)), "double3, not matrix4d"),
        (lambda camera: change(camera, "metadata", "[" * 200_000), "is not JSON"),
        (lambda camera: camera.AddScaleOp().Set((1, 1, 2)), "stretches one axis 2 times"),
        (lambda camera: camera.GetHorizontalApertureOffsetAttr().Set(float("nan")), "principal point"),
        (lambda camera: change(camera, "maskName", ["a"]), "differ in length"),
        (lambda camera: change(camera, "metadata", "{"), "is not JSON"),
        (lambda camera: change(camera, "metadata", "[1]"), "is not a JSON object"),
        (lambda camera: camera.GetHorizontalApertureAttr().Set(0.0), "not positive"),
        (lambda camera: camera.GetFocalLengthAttr().Set(0.0), "not positive"),
        (lambda camera: camera.GetOrderedXformOps()[0].Set(Gf.Matrix4d(0)), "singular"),
        (lambda camera: change(camera, "mask", Sdf.AssetPath("./gone.npy")), r"the mask .*gone\.npy does not exist"),
    ],
)
def test_read_cameras_with_one_spoilt_camera_reports_it_and_keeps_the_other(tmp_path, spoil, message):
    stage = write(tmp_path / "views.usda", make_record(tmp_path, "a"), make_record(tmp_path, "b"))
    spoil(UsdGeom.Camera(stage.GetPrimAtPath("/World/Views/View_0")))
    records, problems = read_cameras(stage)
    assert [record.name for record in records] == ["b"]
    ((where, what),) = problems
    assert where == "/World/Views/View_0"
    assert re.search(message, what), what


def test_read_cameras_ignores_cameras_without_a_mask(stage):
    UsdGeom.Camera.Define(stage, "/Camera")
    assert read_cameras(stage) == ([], [])


@pytest.mark.parametrize("sensors", [("instance",), ("semantic", "instance")])
def test_read_cameras_of_a_view_without_labels_gives_its_files(tmp_path, sensors):
    record = make_record(tmp_path)
    record = replace(record, labels=(), files={sensor: record.files[sensor] for sensor in sensors})
    ((actual,), problems) = read_cameras(write(tmp_path / "views.usda", record))
    assert not problems
    assert_same(actual, record)


def test_read_cameras_that_are_scaled_evenly_sees_the_same_picture(tmp_path):
    record = make_record(tmp_path)
    stage = write(tmp_path / "views.usda", record)
    UsdGeom.Camera(stage.GetPrimAtPath("/World/Views/View_0")).AddScaleOp().Set((3, 3, 3))
    ((actual,), _) = read_cameras(stage)
    point = (record.camera.world_from_camera @ [0.4, -0.3, -2.0, 1.0])[:3]
    assert np.allclose(actual.camera.project(point), record.camera.project(point))
