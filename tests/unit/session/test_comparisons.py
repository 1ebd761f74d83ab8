"""Comparisons of a result with the renderer's box and the asset's geometry, and conversion to a record."""

from pathlib import Path

import boxfit
import numpy as np
import pytest
from boxfit.geometry.box import CORNER_SIGNS
from boxfit.session.comparisons import bbox_3d_record, compare
from boxfit.session.results import ObjectResult

from tests.folders import ASSET_POSE, box_mask, cameras_around, metadata_of, write_view
from tests.scenes import BOX


def true_record() -> dict:
    """Return the true box as a generator writes it."""
    transform = np.eye(4)
    transform[:3, :3], transform[3, :3] = BOX.rotation.T, BOX.centre
    limits = {f"{axis}_min": 0.0 for axis in "xyz"} | dict(zip(("x_max", "y_max", "z_max"), BOX.size, strict=True))
    transform[3, :3] -= BOX.half_extents @ BOX.rotation.T
    return {"file": "box.usd", "class": "box", "bbox": limits, "transform": transform.tolist()}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ObjectResult:
    folder: Path = tmp_path_factory.mktemp("data") / "views"
    for index, camera in enumerate(cameras_around(12)):
        metadata = metadata_of(camera) | {"bbox_3d": [true_record()]}
        write_view(folder, index, metadata, semantic=box_mask(camera))
    (fitted,) = boxfit.fit(folder, method="contact")
    return fitted


def test_compare_with_the_true_record_agrees(result: ObjectResult) -> None:
    (comparison,) = compare(result)
    assert comparison.reference == "bbox_3d"
    assert comparison.volume_ratio == pytest.approx(1, abs=0.08)
    assert comparison.iou > 0.9
    assert comparison.protrusion == pytest.approx(1, abs=0.05)


def test_compare_with_geometry_measures_the_least_box_along_the_same_axes(result: ObjectResult) -> None:
    asset_from_world = np.linalg.inv(ASSET_POSE)
    points = BOX.corners @ asset_from_world[:3, :3].T + asset_from_world[:3, 3]
    geometry = compare(result, points)[1]
    assert geometry.reference == "geometry"
    assert geometry.iou > 0.9 and geometry.protrusion == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("flatten", ["limits", "transform"])
def test_compare_with_a_record_without_volume_leaves_it_out(tmp_path: Path, flatten: str) -> None:
    record = true_record()
    if flatten == "limits":
        record["bbox"]["z_max"] = record["bbox"]["z_min"]
    else:
        record["transform"][2] = [0.0] * 4
    for index, camera in enumerate(cameras_around(12)):
        metadata = metadata_of(camera, None) | {"bbox_3d": [{**record, "file": None}]}
        write_view(tmp_path, index, metadata, semantic=box_mask(camera))
    (fitted,) = boxfit.fit(tmp_path, method="contact")
    assert compare(fitted) == []


def test_bbox_3d_record_of_a_box_has_its_corners(result: ObjectResult) -> None:
    record = bbox_3d_record(result)
    limits = np.array([[record["bbox"][f"{axis}_{end}"] for axis in "xyz"] for end in ("min", "max")])
    local = np.where(CORNER_SIGNS < 0, limits[0], limits[1])
    corners = np.column_stack([local, np.ones(8)]) @ np.array(record["transform"])
    assert np.allclose(corners[:, :3], result.box.corners)
    assert record["file"] == "box.usd"
