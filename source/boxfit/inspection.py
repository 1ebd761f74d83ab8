"""What a dataset holds, and what is wrong with it, without fitting anything."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from boxfit.errors import BoxfitError
from boxfit.results import object_name
from boxfit.source import Source
from boxfit.start.coverage import camera_cone, one_sided_warning
from boxfit.views.dataset import Target
from boxfit.views.silhouettes import Evidence


def inspect_source(source: Source) -> dict[str, Any]:
    """Gather what there is: plain values, for tables and JSON.

    Args:
        source: What was read.
    """
    dataset, facts = source.dataset, source.facts
    resolutions = Counter(view.camera.resolution for view in dataset.views)
    sensors = Counter(sensor for view in dataset.views for sensor in view.sensors)
    return {
        "source": source.path.as_posix(),
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
        "assets": list(dict.fromkeys(target.asset for target in dataset.targets if target.asset)),
        "objects": [_inspect_object(source, target) for target in dataset.targets],
        "problems": [{"where": problem.where, "what": problem.what} for problem in dataset.problems],
    }


def _inspect_object(source: Source, target: Target) -> dict[str, Any]:
    label = target.label
    found: dict[str, Any] = {
        "name": object_name(target),
        "asset": target.asset,
        "label": {"id": label.id, "name": label.name, "sensor": label.sensor, "named_by": label.named_by},
    }
    try:
        evidence = source.evidence(target)
    except BoxfitError as error:
        return {**found, "error": str(error)}
    shares = [silhouette.area / np.prod(silhouette.camera.resolution) for silhouette in evidence.silhouettes]
    return {
        **found,
        "error": None,
        "views": len(evidence.silhouettes),
        "mask_share": {"least": float(min(shares)), "greatest": float(max(shares))},
        "asset_moves": evidence.moves,
        "renderer_boxes": sum(view.box_of(label) is not None for view in target.views),
        "cameras": _inspect_cameras(evidence),
        "views_left_out": [{"where": problem.where, "what": problem.what} for problem in evidence.left_out],
        "warnings": [*evidence.warnings, *_one_sided(evidence)],
    }


def _positions(evidence: Evidence) -> np.ndarray | None:
    """Camera centres relative to where the rays through the masks meet, shape (n, 3); None where they do not."""
    if evidence.agreement is None:
        return None
    cameras = [silhouette.camera.position for silhouette in evidence.silhouettes]
    return np.stack(cameras) - evidence.agreement.meeting_point


def _inspect_cameras(evidence: Evidence) -> dict[str, Any] | None:
    positions = _positions(evidence)
    if positions is None or evidence.agreement is None:
        return None
    distances = np.linalg.norm(positions, axis=1)
    return {
        "look_at": evidence.agreement.meeting_point.tolist(),
        "masks_that_hold_it": evidence.agreement.inside,
        "median_ray_miss": evidence.agreement.miss,
        "distance": {"least": float(distances.min()), "greatest": float(distances.max())},
        "cone_half_angle": float(np.degrees(camera_cone(positions))),
    }


def _one_sided(evidence: Evidence) -> list[str]:
    positions = _positions(evidence)
    warning = one_sided_warning(list(positions)) if positions is not None else None
    return [warning] if warning else []
