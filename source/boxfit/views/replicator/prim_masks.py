"""Masks of chosen prims from the annotator `instance_id_segmentation`, which needs no labels on the stage.

That annotator tells for each pixel which leaf prim it shows, by its path. `instance_segmentation` instead shows only
what is labelled, takes labels that are older or newer than the renderer for none, and none at all inside of
instances: for prims that somebody chose, their paths are the safer way, and nothing has to be written to the stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boxfit.errors import DatasetError

BACKGROUND = "BACKGROUND"
"""What stands for a path where a pixel shows none of the prims."""


def masks_of_prims(output: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """What `instance_segmentation` would have given if just these prims had been labelled.

    Args:
        output: What `get_data` gave; pixels are not touched.
        names: Name of each prim by its path, no prim being inside of another; all of its subtree counts as the prim.

    Returns:
        As `ReplicatorViews.add` takes it for `instance_segmentation`.

    Raises:
        DatasetError: If it is something else.
    """
    info = output.get("info") if isinstance(output, Mapping) else None
    paths = info.get("idToLabels") if isinstance(info, Mapping) else None
    if "data" not in (output if isinstance(output, Mapping) else ()) or not isinstance(paths, Mapping):
        raise DatasetError("the renderer gave no instance ids with the paths of their prims")
    owners = {key: _owner(str(path), names) for key, path in paths.items()}
    return {
        "data": output["data"],
        "info": {
            "idToLabels": {key: owner or BACKGROUND for key, owner in owners.items()},
            "idToSemantics": {key: {"class": names.get(owner, BACKGROUND)} for key, owner in owners.items()},
        },
    }


def _owner(path: str, prims: Mapping[str, str]) -> str:
    """The prim that a leaf is or belongs to, or ""."""
    while path and path not in prims:
        path = path.rpartition("/")[0]
    return path
