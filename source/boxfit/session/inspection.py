"""Summary of a dataset's contents and problems, without a fit."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from boxfit.calibration.calibrate import calibration_scatter
from boxfit.errors import BoxfitError
from boxfit.session.results import object_name
from boxfit.session.source import Source
from boxfit.start.coverage import camera_cone, one_sided_warning
from boxfit.views.dataset import LabelledObject
from boxfit.views.silhouettes import Observations


def inspect_source(source: Source) -> dict[str, Any]:
    """Summarise a dataset as plain values, for tables and JSON."""
    dataset, facts = source.dataset, source.facts
    resolutions = Counter(view.camera.resolution for view in dataset.views)
    sensors = Counter(sensor for view in dataset.views for sensor in view.sensors)
    return {
        "source": source.path.as_posix() if source.path else None,
        "preset": facts.preset_layer if facts else None,
        "out_dir": facts.out_dir.as_posix() if facts and facts.out_dir else None,
        "asset_prim": facts.asset_prim if facts else None,
        "up_axis": source.world.up_axis,
        "meters_per_unit": source.world.meters_per_unit,
        "views": len(dataset.views),
        "resolutions": [
            {"width": width, "height": height, "views": count} for (height, width), count in resolutions.items()
        ],
        "sensors": dict(sensors),
        "assets": list(dict.fromkeys(labelled.asset for labelled in dataset.objects if labelled.asset)),
        "objects": [_inspect_object(source, labelled) for labelled in dataset.objects],
        "problems": [problem.to_dict() for problem in dataset.problems],
    }


def _inspect_object(source: Source, labelled: LabelledObject) -> dict[str, Any]:
    label = labelled.label
    summary: dict[str, Any] = {
        "name": object_name(labelled),
        "asset": labelled.asset,
        "label": label.to_dict(),
    }
    try:
        observations = source.observations(labelled)
    except BoxfitError as error:
        return {**summary, "error": str(error)}
    shares = [silhouette.area / np.prod(silhouette.camera.resolution) for silhouette in observations.silhouettes]
    return {
        **summary,
        "error": None,
        "views": len(observations.silhouettes),
        "mask_share": {"least": float(min(shares)), "greatest": float(max(shares))},
        "asset_moves": observations.moves,
        "renderer_boxes": sum(view.box_of(label) is not None for view in labelled.views),
        "cameras": _inspect_cameras(observations),
        "scatter": calibration_scatter(observations.silhouettes),
        "views_left_out": [problem.to_dict() for problem in observations.left_out],
        "warnings": [*observations.warnings, *_one_sided(observations)],
    }


def _positions(observations: Observations) -> np.ndarray | None:
    """Return camera centres relative to the point where the rays through the masks meet, shape (n, 3), or None."""
    if observations.agreement is None:
        return None
    cameras = [silhouette.camera.position for silhouette in observations.silhouettes]
    return np.stack(cameras) - observations.agreement.meeting_point


def _inspect_cameras(observations: Observations) -> dict[str, Any] | None:
    positions = _positions(observations)
    if positions is None or observations.agreement is None:
        return None
    distances = np.linalg.norm(positions, axis=1)
    return {
        "look_at": observations.agreement.meeting_point.tolist(),
        "masks_that_hold_it": observations.agreement.inside,
        "median_ray_miss": observations.agreement.miss,
        "distance": {"least": float(distances.min()), "greatest": float(distances.max())},
        "cone_half_angle": float(np.degrees(camera_cone(positions))),
    }


def _one_sided(observations: Observations) -> list[str]:
    positions = _positions(observations)
    warning = one_sided_warning(list(positions)) if positions is not None else None
    return [warning] if warning else []
