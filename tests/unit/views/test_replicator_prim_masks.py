"""Tests of masks of prims without labels, from the paths of the rendered leaf prims."""

from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.views.replicator.annotators import ReplicatorViews
from boxfit.views.replicator.prim_masks import masks_of_prims
from boxfit.views.replicator.readiness import has_pixels, is_seen_from

from tests.basic_writer import camera_params
from tests.folders import cameras_around

LABELS = {
    0: "BACKGROUND",
    1: "UNLABELLED",
    "2": "/World/Cup/Body",
    3: "/World/Cup/Handle/Mesh",
    4: "/World/Cupboard",
    5: "/World/Plate",
    6: "INVALID",
}
NAMES = {"/World/Cup": "cup", "/World/Plate": "Plate"}


def test_masks_join_the_leaves_of_each_prim_and_leave_the_rest_out() -> None:
    pixels = np.array([[2, 3], [4, 5]], dtype=np.uint32)
    info = masks_of_prims({"data": pixels, "info": {"idToLabels": LABELS}}, NAMES)["info"]
    cup, nothing = "/World/Cup", "BACKGROUND"
    assert list(info["idToLabels"].values()) == [nothing, nothing, cup, cup, nothing, "/World/Plate", nothing]
    assert info["idToSemantics"]["2"] == info["idToSemantics"][3] == {"class": "cup"}


def test_masks_of_frames_with_other_ids_become_one_object_each() -> None:
    views = ReplicatorViews()
    for index, camera in enumerate(cameras_around(3)):
        height, width = camera.resolution
        pixels = np.zeros((height, width), dtype=np.uint32)
        ids = [7 + index, 90 - index, 30]
        pixels[10:20, 10:20], pixels[10:20, 20:30], pixels[40:50, 40:50] = ids
        labels = dict(zip(ids, ("/World/Cup/Body", "/World/Cup/Handle/Mesh", "/World/Plate"), strict=True))
        output = {"data": pixels, "info": {"idToLabels": {0: "BACKGROUND", **labels}}}
        masks = masks_of_prims(output, NAMES)
        views.add(str(index), {"camera_params": camera_params(camera), "instance_segmentation": masks})
        pixels[:] = 5  # The renderer uses its memory again.
    dataset = views.dataset(Path("scene.usda"))
    assert sorted(target.label.name for target in dataset.objects) == ["Plate", "cup"]
    cup = next(target for target in dataset.objects if target.label.name == "cup")
    assert all(np.count_nonzero(view.instance() == cup.label.id) == 200 for view in dataset.views)


def test_prims_of_one_class_are_told_apart_by_their_paths() -> None:
    output = {"data": np.zeros((4, 4), np.uint32), "info": {"idToLabels": {2: "/World/A", 3: "/World/B/Mesh"}}}
    semantics = masks_of_prims(output, {"/World/A": "cup", "/World/B": "cup"})["info"]["idToSemantics"]
    assert semantics == {2: {"class": "cup"}, 3: {"class": "cup"}}


@pytest.mark.parametrize("output", [None, {}, {"data": 1}, {"data": 1, "info": None}, {"info": {"idToLabels": {}}}])
def test_masks_of_something_else_raise(output) -> None:
    with pytest.raises(DatasetError, match="no instance ids"):
        masks_of_prims(output, NAMES)


def test_an_empty_image_is_no_image() -> None:
    assert not has_pixels({}, "masks")
    assert not has_pixels({"masks": {"data": np.zeros(0, np.uint32)}}, "masks")
    assert has_pixels({"masks": {"data": np.zeros((2, 2), np.uint32)}}, "masks")


def test_an_image_from_before_the_camera_was_moved_is_recognised() -> None:
    here, there = cameras_around(2)
    assert is_seen_from({"camera_params": camera_params(here)}, here)
    assert not is_seen_from({"camera_params": camera_params(there)}, here)
    assert not is_seen_from({}, here) and not is_seen_from({"camera_params": {"cameraModel": "fisheye"}}, here)
