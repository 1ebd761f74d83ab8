"""Reader of the annotator `bounding_box_3d`: the renderer's boxes of labelled prims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from boxfit.errors import DatasetError
from boxfit.views.metadata import row_matrix
from boxfit.views.replicator.labels import Semantics, read_semantics

_LIMITS = ("x_min", "y_min", "z_min", "x_max", "y_max", "z_max")


@dataclass(frozen=True, eq=False)
class PrimBox:
    """Box of a labelled prim.

    Attributes:
        prim: Path of the prim; None if unknown.
        semantics: Labels of the prim.
        limits: Minimum and maximum x, y and z in the prim's local space, shape (2, 3).
        transform: From the prim's local space to the world, for row vectors, shape (4, 4).
        occlusion: Share of the prim that is occluded; NaN if unknown.
    """

    prim: str | None
    semantics: Semantics
    limits: np.ndarray
    transform: np.ndarray
    occlusion: float

    def record(self, name: str) -> dict[str, Any]:
        """Make a record of the Data Generator's `bbox_3d`, for the label with the given name."""
        record: dict[str, Any] = {
            "class": name,
            "bbox": dict(zip(_LIMITS, self.limits.ravel().tolist(), strict=True)),
            "transform": self.transform.tolist(),
        }
        return record | ({"occlusion_ratio": self.occlusion} if 0 <= self.occlusion <= 1 else {})


def read_boxes(data: Any, id_to_labels: Any, prim_paths: Any) -> list[PrimBox]:
    """Read the annotator's boxes, without those of prims that have no extent or are scaled to zero.

    Args:
        data: Structured array with `semanticId`, `x_min` to `z_max`, `transform` and `occlusionRatio`.
        id_to_labels: Labels by semantic id.
        prim_paths: Path of each row's prim; None from older versions.

    Raises:
        DatasetError: If an argument has another format.
    """
    rows = np.asarray(data).reshape(-1)
    missing = [name for name in ("semanticId", "transform", *_LIMITS) if name not in (rows.dtype.names or ())]
    if missing:
        raise DatasetError(f"its bounding_box_3d has no {missing[0]}")
    if rows.dtype["transform"].shape != (4, 4):
        raise DatasetError(f"the transforms of its bounding_box_3d have shape {rows.dtype['transform'].shape}")
    if not (prim_paths is None or isinstance(prim_paths, list | tuple | np.ndarray)):
        raise DatasetError(f"the prim paths of its bounding_box_3d are a {type(prim_paths).__name__}, not a list")
    if prim_paths is not None and len(prim_paths) != len(rows):
        raise DatasetError(f"its bounding_box_3d has {len(rows)} rows but {len(prim_paths)} prim paths")
    if not isinstance(id_to_labels, Mapping):
        raise DatasetError(f"the labels of its bounding_box_3d are a {type(id_to_labels).__name__}, not by id")
    semantics = {str(key): read_semantics(entry) for key, entry in id_to_labels.items()}
    boxes = []
    for index, row in enumerate(rows):
        limits = np.array([row[name] for name in _LIMITS], dtype=np.float64).reshape(2, 3)
        transform = np.array(row["transform"], dtype=np.float64)
        # A prim without geometry has empty limits: the largest float as minimum, the smallest as maximum.
        if np.isfinite(limits).all() and (limits[0] <= limits[1]).all() and _is_usable(transform):
            occlusion = float(row["occlusionRatio"]) if "occlusionRatio" in rows.dtype.names else np.nan
            prim = None if prim_paths is None else str(prim_paths[index])
            boxes.append(PrimBox(prim, semantics.get(str(row["semanticId"]), ()), limits, transform, occlusion))
    return boxes


def _is_usable(transform: np.ndarray) -> bool:
    try:
        row_matrix(transform, "transform")
    except DatasetError:
        return False
    return True
