import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.sample import make_sample
from boxfit.usd.meshes import read_triangles, world_from_prim
from boxfit.usd.stage import open_stage
from boxfit.views.data_generator import read_data_generator
from boxfit.views.silhouettes import silhouettes
from boxfit.views.stage import inspect_stage, read_stage
from pxr import UsdGeom

ASSET_PRIM = "/World/visualize/Asset/Rig/Preview"
CAMERA_PRIM = "/World/visualize/CameraRig/Boom/Camera"


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return make_sample(tmp_path_factory.mktemp("sample"), views=5, resolution=(96, 160))


@pytest.fixture(scope="module")
def points(sample):
    """Vertices of the stage's asset."""
    return read_triangles(open_stage(sample), ASSET_PRIM).reshape(-1, 3)


def _contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_make_sample_writes_a_stage_that_names_its_dataset(sample):
    stage = open_stage(sample)
    facts = inspect_stage(stage)
    assert facts.asset_prim == ASSET_PRIM
    assert facts.out_dir == sample.parent / "views"
    assert facts.units.up_axis == "Y" and facts.units.meters_per_unit == 0.01
    layers = [layer.GetDisplayName() for layer in stage.GetLayerStack(includeSessionLayers=False)]
    assert layers == ["scene.usda", "preset.usda"]
    preset = stage.GetLayerStack(includeSessionLayers=False)[-1].customLayerData["DataGenerator"]
    assert (preset["width"], preset["height"], preset["out_dir"]) == (160, 96, "views")
    (target,) = read_stage(stage).objects
    assert (target.asset, target.label.name, len(target.views)) == ("teapot.usdc", "teapot", 5)


def test_make_sample_masks_are_the_stages_asset(sample, points):
    (target,) = read_data_generator(sample.parent / "views").objects
    observations = silhouettes(target)
    np.testing.assert_allclose(observations.world_from_asset, world_from_prim(open_stage(sample), ASSET_PRIM))
    assert len(observations.silhouettes) == 5 and not observations.warnings and not observations.left_out
    for silhouette in observations.silhouettes:
        pixels = silhouette.camera.project(points)
        rectangle = np.array([silhouette.origin, np.add(silhouette.origin, silhouette.mask.shape)])[:, ::-1]
        assert np.abs([pixels.min(axis=0), pixels.max(axis=0)] - rectangle).max() < 1.5


def test_make_sample_sensors_agree_with_each_other(sample, points):
    for view in read_data_generator(sample.parent / "views").views:
        seen = view.semantic() == 1
        assert view.rgb().shape == (96, 160, 3)
        depth = view.depth()
        assert np.array_equal(depth > 0, seen)
        assert view.paths["depth_linear"].name == f"{view.name}_depth_linear.npy" and depth.dtype == np.float32
        distances = -view.camera.to_camera(points)[:, 2]
        assert distances.min() * 0.999 < depth[seen].min() and depth.max() < distances.max() * 1.001
        normals = view.normals()[seen] / 127.5 - 1
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=0.02)
        rows, columns = np.nonzero(seen)
        rays = view.camera.ray_directions(np.stack([columns + 0.5, rows + 0.5], axis=-1))
        assert (np.einsum("px,px->p", normals, rays) < 0).mean() > 0.97  # smooth normals may turn at the rim


def test_make_sample_depth_back_projects_onto_the_asset(sample, points):
    (target,) = read_data_generator(sample.parent / "views").objects
    surface = silhouettes(target).surface
    assert surface is not None and surface.names == ("0", "1", "2", "3", "4") and not surface.faults
    triangles = points.reshape(-1, 3, 3)
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    kept = np.linalg.norm(normals, axis=1) > 1e-9
    triangles, normals = triangles[kept], normals[kept] / np.linalg.norm(normals[kept], axis=1, keepdims=True)
    for point in surface.points[::20]:
        # Distance from the plane of each triangle that the point lies above.
        edges = np.roll(triangles, -1, axis=1) - triangles
        sides = np.einsum("tcx,tcx->tc", np.cross(edges, point - triangles), normals[:, None])
        above = (sides > -1e-3).all(axis=1)
        distance = np.abs(np.einsum("tx,tx->t", point - triangles[:, 0], normals))[above]
        assert distance.min() < 1e-4 * np.ptp(points)


def test_make_sample_boxes_hold_the_asset(sample, points):
    for view in read_data_generator(sample.parent / "views").views:
        (record,) = view.bbox_3d
        local = np.column_stack([points, np.ones(len(points))]) @ np.linalg.inv(record["transform"])
        bounds = record["bbox"]
        for axis, name in enumerate("xyz"):
            assert bounds[f"{name}_min"] == pytest.approx(local[:, axis].min(), abs=1e-4)
            assert bounds[f"{name}_max"] == pytest.approx(local[:, axis].max(), abs=1e-4)
        (tight,) = view.bbox_2d_tight
        region = view.regions["semantic", 1]
        assert (tight["bbox"]["x_min"], tight["bbox"]["y_min"]) == (region.left, region.top)
        assert (tight["bbox"]["x_max"], tight["bbox"]["y_max"]) == (region.right - 1, region.bottom - 1)


def test_make_sample_camera_prim_is_the_first_views(sample):
    stage = open_stage(sample)
    prim = UsdGeom.Camera(stage.GetPrimAtPath(CAMERA_PRIM))
    camera = read_data_generator(sample.parent / "views").views[0].camera
    np.testing.assert_allclose(world_from_prim(stage, CAMERA_PRIM), camera.world_from_camera, atol=1e-9)
    aperture = prim.GetHorizontalApertureAttr().Get(), prim.GetVerticalApertureAttr().Get()
    assert prim.GetFocalLengthAttr().Get() / aperture[0] * 160 == pytest.approx(camera.focal[0])
    assert aperture[1] / aperture[0] == pytest.approx(96 / 160)


def test_make_sample_of_one_seed_gives_the_same_files(sample, tmp_path):
    again = make_sample(tmp_path / "again", views=5, resolution=(96, 160))
    other = make_sample(tmp_path / "other", views=5, resolution=(96, 160), seed=1)
    assert _contents(again.parent / "views") == _contents(sample.parent / "views")
    assert _contents(other.parent / "views") != _contents(sample.parent / "views")


def test_make_sample_where_it_cannot_raises(sample, tmp_path):
    with pytest.raises(DatasetError, match="already exists and is not an empty folder"):
        make_sample(sample.parent)
    with pytest.raises(DatasetError, match="1 views of"):
        make_sample(tmp_path / "one", views=1)
    assert not (tmp_path / "one").exists()
