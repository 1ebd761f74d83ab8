"""Masks of chosen prims from the annotator `instance_id_segmentation`, which needs no labels on the stage.

This annotator gives the path of the leaf prim at each pixel. `instance_segmentation` shows only labelled prims, and
ignores labels of schema versions that the renderer does not support and labels inside instances. Paths are therefore
more reliable for chosen prims, and nothing has to be written to the stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boxfit.errors import DatasetError

BACKGROUND = "BACKGROUND"
"""Value in place of a path for pixels that show none of the prims."""


def masks_of_prims(output: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """Convert the annotator's output to that of `instance_segmentation` with labels on the given prims.

    Args:
        output: Output of `get_data`; pixels are not changed.
        names: Names by prim path, no prim being below another; each prim includes its subtree.

    Returns:
        Output of `instance_segmentation`, for `ReplicatorViews.add`.

    Raises:
        DatasetError: If the output has another format.
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
    """Return the prim that contains a leaf prim, or the empty text."""
    while path and path not in prims:
        path = path.rpartition("/")[0]
    return path
