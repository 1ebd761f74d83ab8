"""Tests of whether the renderer has finished a requested image."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from boxfit.errors import BoxfitError
from boxfit.geometry.camera import Camera
from boxfit.views.replicator.camera import camera_from_params

_TURN, _SHIFT = 1e-3, 1e-3
"""Tolerated error of an image's camera: of its rotation matrix, and of its translation relative to its length."""


def has_pixels(outputs: Mapping[str, Any], segmentation: str) -> bool:
    """Return True if there is an image; an annotator's first outputs are empty.

    Args:
        outputs: Outputs of the annotators by name.
        segmentation: Name of the annotator of the masks.
    """
    output = outputs.get(segmentation)
    return isinstance(output, Mapping) and np.size(output.get("data", ())) > 0


def is_seen_from(outputs: Mapping[str, Any], camera: Camera) -> bool:
    """Return True if the image is from the camera's current pose; the first image after a move may be older."""
    wanted = camera.camera_from_world
    with suppress(BoxfitError):
        actual = camera_from_params(outputs.get("camera_params") or {}).camera_from_world
        turned = np.abs(actual[:3, :3] - wanted[:3, :3]).max()
        shifted = np.abs(actual[:3, 3] - wanted[:3, 3]).max()
        return bool(turned < _TURN and shifted < _SHIFT * np.linalg.norm(wanted[:3, 3]))
    return False
