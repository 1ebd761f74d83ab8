import json
from dataclasses import replace

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.views.data_generator import read_data_generator
from boxfit.views.data_generator_writer import write_data_generator
from PIL import Image

from tests.folders import ASSET_POSE, box_mask, cameras_around, metadata_of, write_box_views, write_view


@pytest.fixture
def dataset(tmp_path):
    """Two views of a box, read from the folder `in`."""
    write_box_views(tmp_path / "in", 2)
    return read_data_generator(tmp_path / "in")


def _contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _without_metadata_files(dataset, **changes):
    """Return the dataset without its metadata files."""
    views = tuple(
        replace(view, paths={key: path for key, path in view.paths.items() if key != "metadata"}, **changes)
        for view in dataset.views
    )
    return replace(dataset, views=views)


def test_write_folder_that_was_read_gives_the_same_bytes(tmp_path):
    source, depths = tmp_path / "in", (["depth"], ["depth_linear"], ["depth", "depth_linear"], [])
    for index, (camera, sensors) in enumerate(zip(cameras_around(4), depths, strict=True)):
        mask, name = box_mask(camera), 3 * index + 4
        maps = {sensor: len(sensor) * mask.astype(np.float32) for sensor in sensors}
        asset = "box.usd" if sensors else "seen_once.usd"
        write_view(source, name, metadata_of(camera, asset), semantic=mask, instance=mask, **maps)
        Image.fromarray(mask[..., 0].astype(np.uint8)).save(source / f"{name}_rgb.png")
    folder = write_data_generator(read_data_generator(source), tmp_path / "new" / "out")
    assert _contents(folder) == _contents(source)
    assert [path.name for path in folder.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("changes", [{}, {"metadata": {"bbox_3d": [1]}}], ids=["stored", "made"])
def test_write_dataset_without_metadata_files_keeps_cameras_and_poses(tmp_path, dataset, changes):
    write_data_generator(_without_metadata_files(dataset, **changes), tmp_path / "out")
    for view, written in zip(dataset.views, read_data_generator(tmp_path / "out").views, strict=True):
        np.testing.assert_array_equal(written.camera.camera_from_world, view.camera.camera_from_world)
        np.testing.assert_allclose(written.camera.focal, view.camera.focal, rtol=1e-15)
        np.testing.assert_array_equal(written.world_from_asset, view.world_from_asset)
        assert (written.name, written.asset) == (view.name, view.asset)
        assert written.metadata.items() >= changes.get("metadata", view.metadata).items()


def test_write_view_whose_camera_was_moved_writes_the_new_one_and_keeps_its_clipping_range(tmp_path, dataset):
    metadata = dict(dataset.views[0].metadata)
    metadata["camera_properties"] = {**metadata["camera_properties"], "clipping_range": [0.5, 20.0]}
    dataset = _without_metadata_files(dataset, metadata=metadata)
    first = replace(dataset.views[0], camera=dataset.views[0].camera.moved(ASSET_POSE))
    write_data_generator(replace(dataset, views=(first, dataset.views[1])), tmp_path / "out")
    written = read_data_generator(tmp_path / "out").views[0]
    np.testing.assert_array_equal(written.camera.camera_from_world, first.camera.camera_from_world)
    assert written.clipping_range == (0.5, 20.0)


def test_write_views_with_other_names_numbers_them(tmp_path, dataset):
    named = replace(dataset, views=tuple(replace(view, name=f"Camera{view.name}") for view in dataset.views))
    write_data_generator(named, tmp_path / "out")
    assert _contents(tmp_path / "out") == _contents(tmp_path / "in")


def test_write_camera_that_the_format_cannot_hold_raises_and_leaves_nothing(tmp_path, dataset):
    dataset = _without_metadata_files(dataset)
    camera = replace(dataset.views[1].camera, focal=(100.0, 90.0))
    views = (dataset.views[0], replace(dataset.views[1], camera=camera))
    with pytest.raises(DatasetError, match=r"view 1 has focal lengths \(100.0, 90.0\)"):
        write_data_generator(replace(dataset, views=views), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_write_into_a_folder_that_holds_something_raises(tmp_path, dataset):
    before = _contents(tmp_path / "in")
    with pytest.raises(DatasetError, match="in already exists and is not an empty folder"):
        write_data_generator(dataset, tmp_path / "in")
    assert _contents(tmp_path / "in") == before
    (tmp_path / "empty").mkdir()
    write_data_generator(dataset, tmp_path / "empty")
    assert _contents(tmp_path / "empty") == before


def test_write_file_that_is_gone_raises_with_its_name(tmp_path, dataset):
    (tmp_path / "in" / "1_semantic.npy").unlink()
    with pytest.raises(DatasetError, match=r"1_semantic\.npy"):
        write_data_generator(dataset, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_write_made_metadata_holds_the_generators_fields(tmp_path, dataset):
    write_data_generator(_without_metadata_files(dataset, metadata={}), tmp_path / "out")
    metadata = json.loads((tmp_path / "out" / "0_metadata.json").read_text(encoding="utf-8"))
    expected = json.loads((tmp_path / "in" / "0_metadata.json").read_text(encoding="utf-8"))
    assert metadata.keys() == expected.keys()
    assert metadata["camera_properties"].keys() == expected["camera_properties"].keys()
    assert metadata["asset_transforms"] == expected["asset_transforms"]


def test_write_view_with_metadata_that_tells_no_camera_makes_it(tmp_path, dataset):
    metadata = {"camera_properties": {"horizontal_aperture": 36.0}}
    write_data_generator(_without_metadata_files(dataset, metadata=metadata), tmp_path / "out")
    written = read_data_generator(tmp_path / "out").views[0]
    np.testing.assert_array_equal(written.camera.camera_from_world, dataset.views[0].camera.camera_from_world)


def test_write_into_a_folder_that_one_may_not_look_into_raises(tmp_path, dataset, path_fails):
    path_fails("exists")
    with pytest.raises(DatasetError, match="cannot be written"):
        write_data_generator(dataset, tmp_path / "out")
