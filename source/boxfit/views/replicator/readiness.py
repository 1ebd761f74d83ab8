"""Whether the renderer is done with the image that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from boxfit.errors import BoxfitError
from boxfit.geometry.camera import Camera
from boxfit.views.replicator.camera import camera_from_params

_TURN, _SHIFT = 1e-3, 1e-3
"""How far the camera of an image may be off, as a part of 1 and of its distance from the origin of its frame."""


def has_pixels(found: Mapping[str, Any], segmentation: str) -> bool:
    """Whether there is an image at all: at first an annotator gives an empty one.

    Args:
        found: What the annotators gave, by name.
        segmentation: Name of the annotator of the masks.
    """
    output = found.get(segmentation)
    return isinstance(output, Mapping) and np.size(output.get("data", ())) > 0


def is_seen_from(found: Mapping[str, Any], camera: Camera) -> bool:
    """Whether the image was made from where the camera is now: the first one after a move may be older."""
    wanted = camera.camera_from_world
    with suppress(BoxfitError):
        seen = camera_from_params(found.get("camera_params") or {}).camera_from_world
        turned = np.abs(seen[:3, :3] - wanted[:3, :3]).max()
        shifted = np.abs(seen[:3, 3] - wanted[:3, 3]).max()
        return bool(turned < _TURN and shifted < _SHIFT * np.linalg.norm(wanted[:3, 3]))
    return False
