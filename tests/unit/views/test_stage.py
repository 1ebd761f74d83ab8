import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.geometry.raster import rasterize
from boxfit.geometry.units import WorldUnits
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_stage
from boxfit.views.camera_prims import write_views
from boxfit.views.data_generator import read_data_generator
from boxfit.views.data_generator_writer import write_data_generator
from boxfit.views.silhouettes import silhouettes
from boxfit.views.stage import ASSET_PRIM, find_datasets, inspect_stage, read_stage
from pxr import Gf, Sdf, Usd, UsdGeom

from tests.folders import ASSET_POSE, box_mask, cameras_around, metadata_of, write_box_views, write_view
from tests.scenes import BOX, BOX_FACES


def make_preset(path, preset):
    layer = Sdf.Layer.CreateNew(str(path))
    layer.customLayerData = {"DataGenerator": preset}
    layer.Save()


def write_preset_stage(folder, preset):
    """Write a stage with the preset as its last sublayer, as the Data Generator does."""
    make_preset(folder / "preset.usda", preset)
    stage = new_stage(folder / "scene.usda", WorldUnits("Y", 0.01))
    stage.GetRootLayer().subLayerPaths.append("./preset.usda")
    preview = UsdGeom.Xform.Define(stage, ASSET_PRIM).GetPrim()
    for key, value in (("Type", "class"), ("Data", "clock")):
        name = f"semantic:Semantics:params:semantic{key}"
        preview.CreateAttribute(name, Sdf.ValueTypeNames.String).Set(value)
    save_stage(stage)
    return open_stage(folder / "scene.usda")


def add_preset(stage, path, preset, strongest=False):
    """Add another preset layer to an open stage."""
    make_preset(path, preset)
    paths = stage.GetRootLayer().subLayerPaths
    paths.insert(0 if strongest else len(paths), f"./{path.name}")


def import_folder(folder, path):
    stage = new_stage(path)
    dataset = read_data_generator(folder)
    write_views(stage, dataset)
    save_stage(stage)
    return dataset


@pytest.fixture
def imported(tmp_path):
    """The dataset of the folder `data`, four views of a box, as it was imported into the stage `views.usda`."""
    write_box_views(tmp_path / "data")
    return import_folder(tmp_path / "data", tmp_path / "views.usda")


@pytest.fixture
def stage(imported, tmp_path):
    """The open stage `views.usda`."""
    return open_stage(tmp_path / "views.usda")


def refer_to_views(stage):
    """Bring the imported views onto a stage in the same folder, and return the prim that holds them."""
    holder = UsdGeom.Xform.Define(stage, "/World/Dataset")
    holder.GetPrim().GetReferences().AddReference("./views.usda")
    return holder


def assert_same_datasets(found, expected):
    assert [view.name for view in found.views] == [view.name for view in expected.views]
    assert [(target.asset, target.label) for target in found.objects] == [
        (target.asset, target.label) for target in expected.objects
    ]
    for view, other in zip(found.views, expected.views, strict=True):
        assert np.allclose(view.camera.camera_from_world, other.camera.camera_from_world, atol=1e-9)
        assert np.allclose(view.camera.focal, other.camera.focal, rtol=1e-6)
        assert (view.camera.principal, view.camera.resolution) == (other.camera.principal, other.camera.resolution)
        assert np.array_equal(view.world_from_asset, other.world_from_asset)
        assert (view.asset, view.metadata, view.regions) == (other.asset, other.metadata, other.regions)
        assert np.array_equal(view.semantic(), other.semantic())


def test_read_stage_with_a_preset_reads_the_folder_that_it_names_beside_its_layer(tmp_path):
    write_box_views(tmp_path / "renders")
    stage = write_preset_stage(tmp_path, {"out_dir": "renders"})
    dataset = read_stage(stage)
    assert len(dataset.views) == 4
    assert [(target.label.name, target.label.named_by) for target in dataset.objects] == [("clock", "preset")]


def test_read_stage_with_a_stale_preset_says_so_and_reads_the_folder_that_is_given(tmp_path):
    write_box_views(tmp_path / "moved")
    stage = write_preset_stage(tmp_path, {"out_dir": "C:\\renders"})
    with pytest.raises(DatasetError, match=r"preset\.usda names the output folder .*C:\\renders.*\(data\)"):
        read_stage(stage)
    assert len(read_stage(stage, data_folder=tmp_path / "moved").views) == 4


def test_read_stage_with_a_preset_without_a_folder_says_so(tmp_path):
    stage = write_preset_stage(tmp_path, {"width": 1024})
    with pytest.raises(DatasetError, match=r"names no out_dir"):
        read_stage(stage)


def test_read_stage_with_nothing_on_it_says_what_was_looked_for(tmp_path):
    stage = new_stage(tmp_path / "empty.usda")
    assert find_datasets(stage) == ()
    with pytest.raises(DatasetError, match=r"empty\.usda names no dataset: .*\(data\)"):
        read_stage(stage)


def test_inspect_stage_with_two_presets_takes_the_one_that_names_a_folder(tmp_path):
    stage = write_preset_stage(tmp_path, {"out_dir": "renders"})
    add_preset(stage, tmp_path / "stronger.usda", {"width": 1024}, strongest=True)
    facts = inspect_stage(stage)
    assert (facts.units, facts.asset_prim) == (WorldUnits("Y", 0.01), ASSET_PRIM)
    assert facts.preset_layer == (tmp_path / "preset.usda").as_posix()
    assert facts.out_dir == tmp_path / "renders"


def test_inspect_stage_without_a_preset_has_none(tmp_path):
    facts = inspect_stage(new_stage(tmp_path / "empty.usda", WorldUnits("Z", 1.0)))
    assert (facts.asset_prim, facts.preset_layer, facts.out_dir) == (None, None, None)
    assert facts.units == WorldUnits("Z", 1.0)


def test_read_stage_of_an_imported_folder_gives_the_folders_dataset(tmp_path):
    write_box_views(tmp_path / "data", indices=[0, 2, 10, 11])
    expected = import_folder(tmp_path / "data", tmp_path / "views.usda")
    assert_same_datasets(read_stage(open_stage(tmp_path / "views.usda")), expected)


def test_read_stage_of_an_imported_folder_with_two_assets_and_two_labels_keeps_them_apart(tmp_path):
    cameras = cameras_around(6)
    for index, camera in enumerate(cameras):
        mask = box_mask(camera)
        mask[: mask.shape[0] // 2][mask[: mask.shape[0] // 2] > 0] = 5
        write_view(tmp_path / "data", index, metadata_of(camera, ["a.usd", "b.usd"][index // 3]), semantic=mask)
    expected = import_folder(tmp_path / "data", tmp_path / "views.usda")
    assert len(expected.objects) == 4
    assert_same_datasets(read_stage(open_stage(tmp_path / "views.usda")), expected)


def test_read_stage_through_a_reference_after_moving_the_folder_still_finds_the_files(tmp_path):
    (tmp_path / "here").mkdir()
    write_box_views(tmp_path / "here" / "data")
    import_folder(tmp_path / "here" / "data", tmp_path / "here" / "views.usda")
    scene = new_stage(tmp_path / "here" / "scene.usda")
    refer_to_views(scene)
    save_stage(scene)
    del scene
    (tmp_path / "here").rename(tmp_path / "there")
    dataset = read_stage(open_stage(tmp_path / "there" / "scene.usda"))
    assert_same_datasets(dataset, read_data_generator(tmp_path / "there" / "data"))


def test_read_stage_with_a_mask_gone_leaves_that_view_out_and_names_the_file(tmp_path, stage):
    (tmp_path / "data" / "2_semantic.npy").unlink()
    dataset = read_stage(stage)
    assert [view.name for view in dataset.views] == ["0", "1", "3"]
    (problem,) = dataset.problems
    assert problem.where == "/World/Views/View_2"
    assert "2_semantic.npy does not exist" in problem.what


def test_read_stage_with_all_masks_gone_is_an_error_that_names_one_and_is_told_when_read(tmp_path, stage):
    for mask in (tmp_path / "data").glob("*_semantic.npy"):
        mask.unlink()
    (dataset,) = find_datasets(stage)
    assert (dataset.title, dataset.views) == ("4 cameras", 0)
    for read in (dataset.read, lambda: read_stage(stage)):
        with pytest.raises(DatasetError, match=r"0_semantic\.npy does not exist: name the folder .* in now \(data\)"):
            read()


def test_read_stage_fits_only_the_ids_that_the_cameras_name(stage):
    for index in range(4):
        prim = stage.GetPrimAtPath(f"/World/Views/View_{index}")
        prim.GetAttribute("boxfit:maskId").Set([9])
    with pytest.raises(DatasetError, match=r"no two masks show any of the ids in boxfit:maskId"):
        read_stage(stage)


def test_read_stage_under_a_turned_and_scaled_parent_turns_cameras_and_asset_alike(tmp_path, imported):
    scene = new_stage(tmp_path / "scene.usda")
    holder = refer_to_views(scene)
    holder.AddRotateXOp().Set(90)
    holder.AddScaleOp().Set(Gf.Vec3f(2))
    view, other = read_stage(scene).views[0], imported.views[0]
    point = np.array([0.1, 0.2, 0.3, 1.0])
    seen = view.camera.project((view.world_from_asset @ point)[:3])
    assert np.allclose(seen, other.camera.project((other.world_from_asset @ point)[:3]), atol=1e-3)
    assert np.allclose(np.linalg.norm(view.camera.position), 2 * np.linalg.norm(other.camera.position))


def test_read_stage_under_a_scaled_parent_scales_what_the_depth_shows(tmp_path):
    for index, camera in enumerate(cameras_around(3)):
        depth = rasterize(camera.to_camera(BOX.corners), BOX_FACES, camera)[1].astype(np.float32)
        write_view(tmp_path / "data", index, metadata_of(camera), semantic=box_mask(camera), depth_linear=depth)
    import_folder(tmp_path / "data", tmp_path / "views.usda")
    scene = new_stage(tmp_path / "scene.usda")
    refer_to_views(scene).AddScaleOp().Set(Gf.Vec3f(2))
    surface = silhouettes(read_stage(scene).objects[0]).surface
    assert surface is not None and surface.names == ("0", "1", "2")
    beyond = np.abs(BOX.to_local(surface.points / 2)) - BOX.half_extents
    assert np.abs(beyond.max(axis=1)).max() < 1e-4


def test_read_stage_with_imported_views_placed_elsewhere_moves_the_boxes_too(tmp_path):
    limits = {f"{axis}_{end}": value for axis in "xyz" for end, value in (("min", -1.0), ("max", 1.0))}
    boxes = [{"file": ".", "class": "box", "bbox": limits, "transform": ASSET_POSE.T.tolist()}]
    for index, camera in enumerate(cameras_around(3)):
        write_view(tmp_path / "data", index, metadata_of(camera) | {"bbox_3d": boxes}, semantic=box_mask(camera))
    import_folder(tmp_path / "data", tmp_path / "views.usda")
    assert list(read_stage(open_stage(tmp_path / "views.usda")).views[0].bbox_3d) == boxes
    scene = new_stage(tmp_path / "scene.usda")
    holder = refer_to_views(scene)
    holder.AddTranslateOp().Set((1000, 0, 0))
    holder.AddRotateXOp().Set(30)
    holder.AddScaleOp().Set(Gf.Vec3f(2))
    view = read_stage(scene).views[0]
    assert np.allclose(np.transpose(view.bbox_3d[0]["transform"]), view.world_from_asset)
    assert view.world_from_asset[0, 3] > 900
    write_data_generator(read_stage(scene), tmp_path / "back")
    written = read_data_generator(tmp_path / "back").views[0]
    assert np.allclose(np.transpose(written.bbox_3d[0]["transform"]), written.world_from_asset)


def test_read_stage_with_imported_views_under_an_uneven_parent_is_an_error(stage):
    UsdGeom.Xform(stage.GetPrimAtPath("/World")).AddScaleOp().Set((1, 1, 1.5))
    with pytest.raises(DatasetError, match=r"/World/Views/View_0: the camera matrix stretches one axis 1\.5 times"):
        read_stage(stage)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [(np.zeros((4, 4)), "last column"), (np.diag([1.0, 0, 1, 1]), "singular"), (np.full((4, 4), np.nan), "NaN")],
)
def test_read_stage_with_one_unusable_pose_leaves_that_view_out(stage, matrix, message):
    prim = stage.GetPrimAtPath("/World/Views/View_2")
    prim.GetAttribute("boxfit:assetTransform").Set(Gf.Matrix4d(matrix.tolist()))
    dataset = read_stage(stage)
    assert [view.name for view in dataset.views] == ["0", "1", "3"]
    (problem,) = dataset.problems
    assert problem.where == "view 2"
    assert "boxfit:assetTransform" in problem.what and message in problem.what


def test_import_views_of_which_one_lacks_the_labels_image_keeps_all(tmp_path):
    for index, camera in enumerate(cameras_around(6)):
        sensor = "instance" if index == 5 else "semantic"
        write_view(tmp_path / "data", index, metadata_of(camera), **{sensor: box_mask(camera)})
    expected = import_folder(tmp_path / "data", tmp_path / "views.usda")
    found = read_stage(open_stage(tmp_path / "views.usda"))
    for view, other in zip(found.views, expected.views, strict=True):
        assert view.paths.keys() == other.paths.keys() - {"metadata"}
    assert [target.label for target in found.objects] == [target.label for target in expected.objects]


def test_import_written_back_loses_nothing_not_the_only_view_of_an_asset_and_none_of_two_depths(tmp_path):
    for index, camera in enumerate(cameras_around(4)):
        mask = box_mask(camera)
        depths = {"depth": mask.astype(np.float32), "depth_linear": 2 * mask.astype(np.float32)}
        metadata = metadata_of(camera, "lonely.usd" if index == 2 else "box.usd")
        write_view(tmp_path / "data", index, metadata, semantic=mask, **depths)
    import_folder(tmp_path / "data", tmp_path / "views.usda")
    dataset = read_stage(open_stage(tmp_path / "views.usda"))
    (target,) = dataset.objects
    assert target.asset == "box.usd"
    write_data_generator(dataset, tmp_path / "back")
    names = [sorted(path.name for path in (tmp_path / folder).iterdir()) for folder in ("data", "back")]
    assert names[0] == names[1]
    for path in (tmp_path / "data").iterdir():
        written = tmp_path / "back" / path.name
        if path.suffix == ".json":
            assert json.loads(written.read_text(encoding="utf-8")) == json.loads(path.read_text(encoding="utf-8"))
        else:
            assert written.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("clipping", ["ab", [1.0], 5])
def test_import_views_with_a_malformed_clipping_range_leaves_it_out(tmp_path, clipping):
    for index, camera in enumerate(cameras_around(2)):
        metadata = metadata_of(camera)
        metadata["camera_properties"]["clipping_range"] = clipping
        write_view(tmp_path / "data", index, metadata, semantic=box_mask(camera))
    import_folder(tmp_path / "data", tmp_path / "views.usda")
    stage = open_stage(tmp_path / "views.usda")
    camera = UsdGeom.Camera(stage.GetPrimAtPath("/World/Views/View_0"))
    assert not camera.GetClippingRangeAttr().HasAuthoredValue()


def test_read_stage_whose_folder_one_may_not_look_into_raises(tmp_path, path_fails):
    write_box_views(tmp_path / "renders")
    stage = write_preset_stage(tmp_path, {"out_dir": "renders"})
    path_fails("is_dir")
    with pytest.raises(DatasetError, match=r"renders cannot be read \(Permission denied\)"):
        read_stage(stage)


def test_find_datasets_lists_cameras_then_every_preset_with_a_folder_strongest_first(tmp_path, imported):
    write_box_views(tmp_path / "newer", 3)
    stage = write_preset_stage(tmp_path, {"out_dir": "data"})
    refer_to_views(stage)
    add_preset(stage, tmp_path / "newer.usda", {"out_dir": "newer"}, strongest=True)
    add_preset(stage, tmp_path / "empty.usda", {"width": 3}, strongest=True)
    add_preset(stage, tmp_path / "gone.usda", {"out_dir": "gone"})
    add_preset(stage, tmp_path / "again.usda", {"out_dir": "data"})
    datasets = find_datasets(stage)
    assert [(item.kind, item.title, item.folder and item.folder.name, item.views) for item in datasets] == [
        ("cameras", "4 cameras", None, 4),
        ("generator", "newer", "newer", None),
        ("generator", "data", "data", None),
        ("generator", "gone", "gone", None),
    ]
    assert [dataset.where for dataset in datasets] == [
        "cameras of scene.usda",
        *((tmp_path / name).as_posix() for name in ("newer.usda", "preset.usda", "gone.usda")),
    ]
    assert [dataset.problem is None for dataset in datasets] == [True, True, True, False]
    assert "gone.usda names the output folder" in datasets[3].problem
    assert [len(dataset.read().views) for dataset in datasets[:3]] == [4, 3, 4]
    with pytest.raises(DatasetError, match=r"which does not exist: name the folder that the views are in now \(data\)"):
        datasets[3].read()


def test_find_datasets_with_a_folder_that_was_named_gives_that_one_alone(tmp_path):
    write_box_views(tmp_path / "moved")
    stage = write_preset_stage(tmp_path, {"out_dir": "renders"})
    (dataset,) = find_datasets(stage, data_folder=tmp_path / "moved")
    assert (dataset.kind, dataset.title, dataset.where) == ("folder", "moved", str(tmp_path / "moved"))
    assert dataset.problem is None
    assert dataset.read().objects[0].label.name == "clock"
    (dataset,) = find_datasets(stage, data_folder=tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="nowhere does not exist: name the folder"):
        dataset.read()


def test_find_datasets_read_no_file(tmp_path, imported, monkeypatch):
    stage = write_preset_stage(tmp_path, {"out_dir": "data"})
    refer_to_views(stage)
    for name in ("open", "read_text", "read_bytes", "iterdir"):
        monkeypatch.setattr(f"pathlib.Path.{name}", None)
    monkeypatch.setattr("numpy.load", None)
    assert len(find_datasets(stage)) == 2


def test_stage_dataset_of_cameras_can_be_read_on_another_thread_once_the_stage_is_closed(tmp_path, imported):
    (dataset,) = find_datasets(open_stage(tmp_path / "views.usda"))
    with ThreadPoolExecutor(1) as threads:
        assert_same_datasets(threads.submit(dataset.read).result(), imported)


def test_read_stage_of_a_stage_without_a_file_that_carries_views_names_the_folder_of_the_masks(tmp_path, imported):
    stage = Usd.Stage.CreateInMemory()
    stage.DefinePrim("/World").GetReferences().AddReference((tmp_path / "views.usda").as_posix())
    dataset = read_stage(stage)
    assert dataset.source == tmp_path / "data"
    assert_same_datasets(dataset, imported)
