"""Tests of annotator outputs in memory: same dataset as from their files, and as a Data Generator folder."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.session.session import Session
from boxfit.session.source import Source, SourceWorld
from boxfit.settings import FitSettings
from boxfit.views.camera_prims import write_views
from boxfit.views.data_generator import read_data_generator
from boxfit.views.data_generator_writer import write_data_generator
from boxfit.views.dataset import Dataset, Problem
from boxfit.views.replicator.annotators import ReplicatorViews
from boxfit.views.replicator.folder import read_replicator
from boxfit.views.saved_images import holds_saved_images, save_images
from pxr import Usd

from tests.basic_writer import PAIR, TWINS, Prim, annotators, write_frame
from tests.folders import box_mask, cameras_around
from tests.scenes import BOX


def outputs_of(camera: Camera, index: int, prims=PAIR, **looks) -> dict[str, Any]:
    """Make the annotators' data for a frame, with a picture."""
    picture = np.full((*camera.resolution, 4), 30 * index, np.uint8)
    return annotators(camera, prims, seed=index, **looks) | {"rgb": picture}


def captured(prims=PAIR, count: int = 6, **looks) -> Dataset:
    """A dataset of arrays, as live capture makes it."""
    views = ReplicatorViews()
    for index, camera in enumerate(cameras_around(count)):
        views.add(str(index), outputs_of(camera, index, prims, **looks))
    return views.dataset(Path("scene.usda"))


def check_same(actual: Dataset, expected: Dataset) -> None:
    """Check that objects, masks, cameras, colours and boxes are equal; ids and names of views may differ."""
    assert [target.label.name for target in actual.objects] == [target.label.name for target in expected.objects]
    for labelled, reference in zip(actual.objects, expected.objects, strict=True):
        for a, b in zip(labelled.views, reference.views, strict=True):
            pairs = ((a, labelled.label), (b, reference.label))
            masks = [view.segmentation(label.sensor) == label.id for view, label in pairs]
            np.testing.assert_array_equal(*masks)
            np.testing.assert_array_equal(a.camera.camera_from_world, b.camera.camera_from_world)
            np.testing.assert_allclose(a.camera.focal, b.camera.focal, rtol=1e-12)
            np.testing.assert_array_equal(a.rgb(), b.rgb())
            assert a.box_of(labelled.label) == b.box_of(reference.label)
            assert a.clipping_range == b.clipping_range


@pytest.mark.parametrize("looks", [{}, {"semantic": "uint16"}, {"instance": "uint16"}, {"instance": "colour"}])
def test_views_in_memory_are_those_of_the_files(tmp_path, looks) -> None:
    for index, camera in enumerate(cameras_around(6)):
        write_frame(tmp_path, outputs_of(camera, index, TWINS, boxes=True, **looks), index)
    check_same(captured(TWINS, boxes=True, **looks), read_replicator(tmp_path))


def test_views_of_packed_colours_are_those_of_bytes() -> None:
    packed = ReplicatorViews()
    for index, camera in enumerate(cameras_around(6)):
        outputs = outputs_of(camera, index)
        mask = outputs["semantic_segmentation"]
        mask["data"] = mask["data"].view(np.uint32)[..., 0]
        packed.add(str(index), outputs)
    check_same(packed.dataset(Path("scene.usda")), captured())


def test_views_keep_nothing_of_the_annotators_arrays() -> None:
    views, all_outputs = ReplicatorViews(), []
    for index, camera in enumerate(cameras_around(3)):
        all_outputs.append(outputs_of(camera, index, instance="uint16", depths=["distance_to_image_plane"]))
        views.add(str(index), all_outputs[-1])
    before = views.dataset(Path("scene.usda")).views[1]
    masks, colours = (before.semantic().copy(), before.instance().copy()), before.rgb().copy()
    depth = before.depth().copy()
    for outputs in all_outputs:
        for annotator in ("semantic_segmentation", "instance_segmentation"):
            outputs[annotator]["data"][:] = 0
        outputs["rgb"][:] = outputs["distance_to_image_plane"][:] = 0
    np.testing.assert_array_equal(before.depth(), depth)
    np.testing.assert_array_equal(before.semantic(), masks[0])
    np.testing.assert_array_equal(before.instance(), masks[1])
    np.testing.assert_array_equal(before.rgb(), colours)


def test_views_in_memory_fit_like_files() -> None:
    source = Source(Path("scene.usda"), captured((Prim(),), 8), SourceWorld("Z", 0.01))
    session = Session(source, fit_settings=FitSettings(method="contact"))
    for _ in session.fit():
        pass
    np.testing.assert_allclose(np.sort(session.results[0].box.size), np.sort(BOX.size), rtol=0.06)


def test_frame_that_cannot_be_used_raises_and_leaves_the_others() -> None:
    views, cameras, problems = ReplicatorViews(), cameras_around(3), []
    for index, camera in enumerate(cameras):
        outputs = annotators(camera, seed=index)
        if index == 1:
            outputs["camera_params"]["cameraModel"] = "fisheyePolynomial"
        try:
            views.add(str(index), outputs)
        except Exception as error:
            problems.append(Problem(f"view {index}", str(error)))
    dataset = views.dataset(Path("scene.usda"), problems)
    assert [view.name for view in dataset.views] == ["0", "2"]
    assert [problem.where for problem in dataset.problems] == ["view 1"]


@pytest.mark.parametrize(
    ("annotator", "output", "message"),
    [
        ("semantic_segmentation", np.zeros((2, 2)), "its semantic_segmentation is a ndarray without the data and info"),
        ("semantic_segmentation", {"data": None, "info": {"idToLabels": {}}}, "not ids or colours"),
        ("semantic_segmentation", {"data": np.zeros((2, 2), np.uint8), "info": {"idToLabels": {}}}, "is 2 x 2"),
        ("rgb", np.zeros((72, 128)), "its rgb holds float64"),
        ("rgb", np.zeros((2, 2, 4), np.uint8), "its rgb image is 2 x 2"),
    ],
)
def test_frame_with_something_else_than_annotators_give_raises(annotator, output, message) -> None:
    outputs = annotators(cameras_around(1)[0]) | {annotator: output}
    with pytest.raises(DatasetError, match=message):
        ReplicatorViews().add("0", outputs)


@pytest.mark.parametrize("output", [np.ones((2, 2), np.float32), np.full((72, 128), "far"), None, {"data": 1}])
def test_frame_with_other_distances_than_annotators_give_keeps_its_masks(output) -> None:
    views = ReplicatorViews()
    for index, camera in enumerate(cameras_around(2)):
        views.add(str(index), annotators(camera, seed=index) | {"distance_to_camera": output})
    dataset = views.dataset(Path("scene.usda"))
    assert len(dataset.views) == 2 and all("depth_linear" not in view.sensors for view in dataset.views)
    assert [problem.where for problem in dataset.problems] == ["view 0", "view 1"]
    assert dataset.problems[0].what.startswith("its depth is not used: its distance_to_camera")


def test_distances_without_a_file_in_the_format_are_saved_for_camera_prims(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(3)):
        write_frame(tmp_path / "out", annotators(camera, depths=["distance_to_camera"], seed=index), index)
    dataset = read_replicator(tmp_path / "out")
    for view, before in zip(save_images(dataset, tmp_path / "masks").views, dataset.views, strict=True):
        assert view.paths["depth_linear"] == tmp_path / "masks" / f"{int(view.name)}_depth_linear.npy"
        np.testing.assert_array_equal(view.depth(), before.depth())
    assert holds_saved_images(tmp_path / "masks")


def test_frame_with_empty_distances_has_none() -> None:
    views = ReplicatorViews()
    for index, camera in enumerate(cameras_around(2)):
        views.add(str(index), annotators(camera, seed=index) | {"distance_to_camera": np.zeros(0, np.float32)})
    dataset = views.dataset(Path("scene.usda"))
    assert not dataset.problems and all("depth_linear" not in view.sensors for view in dataset.views)


@pytest.mark.parametrize("looks", [{}, {"instance": "uint8"}, {"semantic": None, "instance": "colour"}])
@pytest.mark.parametrize("prims", [PAIR, TWINS], ids=["two classes", "one class"])
def test_captured_views_written_as_a_data_generator_folder_come_back(tmp_path, prims, looks) -> None:
    dataset = captured(prims, boxes=True, depths=["distance_to_camera"], **looks)
    folder = write_data_generator(dataset, tmp_path / "views")
    found = read_data_generator(folder)
    check_same(found, dataset)
    for first, second in zip(found.views, dataset.views, strict=True):
        np.testing.assert_array_equal(first.depth(), second.depth())
    sensor = "semantic" if "semantic" not in looks else "instance"
    assert np.load(folder / f"0_{sensor}.npy").dtype == np.int32


def test_captured_views_saved_as_files_are_the_same_and_go_on_a_stage(tmp_path) -> None:
    dataset = captured(instance="uint8", boxes=True)
    stage = Usd.Stage.CreateNew(str(tmp_path / "scene.usda"))
    with pytest.raises(DatasetError, match="view 0: its semantic image has no file: save it first"):
        write_views(stage, dataset)
    saved = save_images(dataset, tmp_path / "masks")
    check_same(saved, dataset)
    assert all(not view.images for view in saved.views)
    assert len(write_views(stage, saved)) == 6


@pytest.mark.parametrize(
    ("most", "suffix", "dtype"), [(255, ".png", np.uint8), (256, ".png", np.uint16), (70000, ".npy", np.int32)]
)
def test_masks_are_saved_for_a_stage_in_the_smallest_files_that_hold_their_ids(tmp_path, most, suffix, dtype) -> None:
    ids = most * box_mask(cameras_around(1)[0])[..., 0]
    dataset = captured()
    views = tuple(replace(view, images={"semantic": lambda: ids}, searched={}) for view in dataset.views)
    saved = save_images(replace(dataset, views=views, objects=()), tmp_path / "masks")
    view = saved.views[0]
    assert view.paths["semantic"] == tmp_path / "masks" / f"0_semantic{suffix}"
    assert view.semantic().dtype == dtype and np.array_equal(view.semantic(), ids)
    assert holds_saved_images(tmp_path / "masks")
    # The Data Generator's own format has npy files of 32 bits.
    stored = np.load(write_data_generator(saved, tmp_path / "views") / "0_semantic.npy")
    assert stored.dtype == np.int32 and np.array_equal(stored[..., 0], ids)


def test_save_images_of_a_dataset_of_files_leaves_it_alone(tmp_path) -> None:
    write_data_generator(captured(), tmp_path / "views")
    dataset = read_data_generator(tmp_path / "views")
    assert save_images(dataset, tmp_path / "masks") is dataset
    assert not (tmp_path / "masks").exists()


def test_captured_views_that_one_cannot_read_any_more_leave_no_folder(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(3)):
        write_frame(tmp_path / "in", annotators(camera, seed=index), index)
    dataset = read_replicator(tmp_path / "in")
    dataset = replace(dataset, views=tuple(replace(view, searched={}) for view in dataset.views))
    (tmp_path / "in" / "semantic_segmentation_0002.png").unlink()
    for write in (write_data_generator, save_images):
        with pytest.raises(DatasetError, match=r"semantic_segmentation_0002\.png"):
            write(dataset, tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_captured_views_of_a_box_far_smaller_than_its_unit_keep_their_poses() -> None:
    tiny = Prim(box=Box(0.001 * BOX.centre, 0.001 * BOX.half_extents, BOX.quaternion))
    views = ReplicatorViews()
    for index, camera in enumerate(cameras_around(3, tiny.box)):
        views.add(str(index), annotators(camera, [tiny], boxes=True, seed=index))
    (target,) = views.dataset(Path("scene.usda")).objects
    assert target.views[0].pose_of(target.label) is not None
