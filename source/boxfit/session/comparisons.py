"""Comparisons of a fitted box with the renderer's own box and with the asset's geometry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from boxfit.geometry.box import CORNER_SIGNS, Box
from boxfit.session.results import ObjectResult
from boxfit.session.wording import number


@dataclass(frozen=True)
class Comparison:
    """Comparison of a box with a reference.

    Attributes:
        reference: "bbox_3d": the box in the metadata, which lies along the asset's own axes. "geometry": the least box
            along the fitted box's axes that holds the asset's geometry.
        volume_ratio: Volume of the fitted box over the reference's.
        iou: Intersection over union in 3D.
        protrusion: Greatest coordinate of the reference's corners or the geometry's points, in half extents of the
            box: 1 is on a face.
    """

    reference: str
    volume_ratio: float
    iou: float
    protrusion: float


_BEYOND = 0.05
"""Distance beyond the renderer's box, as a share of its longest side, that the object cannot reach if both agree."""


def compare(result: ObjectResult, geometry: np.ndarray | None = None) -> list[Comparison]:
    """Compare a box with every available reference.

    Args:
        result: The fitted object.
        geometry: Points of the asset in its own frame, shape (n, 3), or None.
    """
    comparisons = []
    if (record := _find_record(result)) is not None and (comparison := _compare_record(result.box, record)):
        comparisons.append(comparison)
    pose = result.observations.world_from_asset
    if geometry is not None and pose is not None:
        comparisons.append(_compare_points(result.box, geometry @ pose[:3, :3].T + pose[:3, 3]))
    return comparisons


def disagreement(result: ObjectResult) -> str:
    """Return a warning if the masks prove that the object reaches beyond the renderer's box, else "".

    The renderer's box lies along the asset's axes, and may be far larger than the least box.
    """
    world_from_unit = None if (record := _find_record(result)) is None else _record_box(record)
    if world_from_unit is None:
        return ""
    # The rows of the inverse are normal to the faces, also of a sheared box.
    unit_from_world = np.linalg.inv(world_from_unit[:3, :3])
    distances = 0.5 / np.linalg.norm(unit_from_world, axis=1)
    normals = 2 * distances * unit_from_world.T
    along = np.array([[-1.0], [1.0]]) * (world_from_unit[:3, 3] @ normals)
    beyond = float((result.start.safe.at_least(normals) - along - distances).max())
    if beyond <= _BEYOND * 2 * distances.max():
        return ""
    return (
        f"the masks reach {number(beyond, 2)} units beyond the renderer's own box (bbox_3d): the object may move "
        "between the views, the masks may belong to other views' cameras, or show something else"
    )


def bbox_3d_record(result: ObjectResult) -> dict[str, Any]:
    """Convert the box to a record of the Data Generator's `bbox_3d`: limits in the box's own frame, and its transform.

    The transform acts on row vectors: world corner = [x y z 1] @ transform.
    """
    box = result.box
    transform = np.eye(4)
    transform[:3, :3] = box.rotation.T
    transform[3, :3] = box.centre
    limits = {f"{axis}_min": -half for axis, half in zip("xyz", box.half_extents.tolist(), strict=True)}
    limits |= {f"{axis}_max": half for axis, half in zip("xyz", box.half_extents.tolist(), strict=True)}
    return {
        "file": result.labelled.asset,
        "class": result.labelled.label.name,
        "bbox": limits,
        "transform": transform.tolist(),
    }


def _find_record(result: ObjectResult) -> Mapping[str, Any] | None:
    """Find the object's record in the reference view; in other views a moving asset has another pose."""
    view = next(view for view in result.labelled.views if view.name == result.observations.reference)
    return view.box_of(result.labelled.label)


def _compare_record(box: Box, record: Mapping[str, Any]) -> Comparison | None:
    """Compare a box with a record; return None for a record without volume, as of a flat prim."""
    world_from_unit = _record_box(record)
    if world_from_unit is None:
        return None
    corners = (CORNER_SIGNS / 2) @ world_from_unit[:3, :3].T + world_from_unit[:3, 3]
    volume = abs(float(np.linalg.det(world_from_unit[:3, :3])))
    return _comparison("bbox_3d", box, volume, world_from_unit, corners)


def _record_box(record: Mapping[str, Any]) -> np.ndarray | None:
    """Return the transform of the unit cube [-0.5, 0.5]^3 to a record's box, shape (4, 4); None without volume."""
    low, high = (np.array([float(record["bbox"][f"{axis}_{end}"]) for axis in "xyz"]) for end in ("min", "max"))
    local_from_unit = np.diag([*(high - low), 1.0])
    local_from_unit[:3, 3] = (low + high) / 2
    world_from_unit = np.asarray(record["transform"], dtype=np.float64).T @ local_from_unit
    return world_from_unit if np.linalg.det(world_from_unit[:3, :3]) else None


def _compare_points(box: Box, points: np.ndarray) -> Comparison:
    local = box.to_local(points)
    low, high = local.min(axis=0), local.max(axis=0)
    # A flat asset has no volume to divide by: use a millionth of its size as its thickness.
    half = np.maximum((high - low) / 2, 1e-6 * np.ptp(local))
    least = Box(box.centre + box.rotation @ ((low + high) / 2), half, box.quaternion)
    return _comparison("geometry", box, least.volume, least.world_from_unit, points)


def _comparison(reference: str, box: Box, volume: float, world_from_unit: np.ndarray, points: np.ndarray) -> Comparison:
    # This needs SciPy, which the panel, which imports this module, may not have before the first fit.
    from boxfit.geometry.polytopes import parallelepiped_iou

    iou = parallelepiped_iou(box.world_from_unit, world_from_unit)
    return Comparison(reference, box.volume / volume, iou, box.protrusion(points))
