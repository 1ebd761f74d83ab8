"""The annotator `bounding_box_3d`: the renderer's own boxes of labelled prims."""

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
    """A labelled prim's box.

    Attributes:
        prim: Path of the prim; None where the files do not say.
        semantics: Its labels.
        limits: Least and greatest x, y and z in the prim's own space, shape (2, 3).
        transform: The prim's space to the world, for row vectors, shape (4, 4).
        occlusion: Share of the prim that something hides; NaN where it is not known.
    """

    prim: str | None
    semantics: Semantics
    limits: np.ndarray
    transform: np.ndarray
    occlusion: float

    def record(self, name: str) -> dict[str, Any]:
        """The box as a record in the Data Generator's `bbox_3d`, of the label with the given name."""
        record: dict[str, Any] = {
            "class": name,
            "bbox": dict(zip(_LIMITS, self.limits.ravel().tolist(), strict=True)),
            "transform": self.transform.tolist(),
        }
        return record | ({"occlusion_ratio": self.occlusion} if 0 <= self.occlusion <= 1 else {})


def read_boxes(data: Any, id_to_labels: Any, prim_paths: Any) -> list[PrimBox]:
    """Read the annotator's boxes; those of prims without an extent, or scaled to nothing, are left out.

    Args:
        data: Structured array with `semanticId`, `x_min` to `z_max`, `transform` and `occlusionRatio`.
        id_to_labels: Labels by semantic id.
        prim_paths: Path of each row's prim; None where an older version did not write them.

    Raises:
        DatasetError: If they are something else.
    """
    rows = np.asarray(data).reshape(-1)
    missing = [name for name in ("semanticId", "transform", *_LIMITS) if name not in (rows.dtype.names or ())]
    if missing:
        raise DatasetError(f"its bounding_box_3d has no {missing[0]}")
    if rows.dtype["transform"].shape != (4, 4):
        raise DatasetError(f"the transforms of its bounding_box_3d have shape {rows.dtype['transform'].shape}")
    if prim_paths is not None and len(prim_paths) != len(rows):
        raise DatasetError(f"its bounding_box_3d has {len(rows)} rows but {len(prim_paths)} prim paths")
    if not isinstance(id_to_labels, Mapping):
        raise DatasetError(f"the labels of its bounding_box_3d are a {type(id_to_labels).__name__}, not by id")
    semantics = {str(key): read_semantics(entry) for key, entry in id_to_labels.items()}
    boxes = []
    for index, row in enumerate(rows):
        limits = np.array([row[name] for name in _LIMITS], dtype=np.float64).reshape(2, 3)
        transform = np.array(row["transform"], dtype=np.float64)
        # A prim without geometry has the limits of nothing: the greatest float as least, the least as greatest.
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
