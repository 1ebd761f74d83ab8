"""What every renderer gives: the area of a box's silhouette, the part of it on the mask, and both gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

KAOLIN_INSTALLATION = "https://kaolin.readthedocs.io/en/latest/notes/installation.html"
"""kaolin's own page; its wheels are made per version of PyTorch and CUDA."""


@dataclass(frozen=True, eq=False)
class Areas:
    """Silhouette areas of n boxes, one per view asked for, and how they change with the corners.

    Attributes:
        box: Area of the box's silhouette inside the image, shape (n,), in [px^2].
        overlap: Area of the part of it that lies on the mask, shape (n,), in [px^2].
        box_gradient: d box / d corners, shape (n, 8, 3), in [px^2 per unit of the corners].
        overlap_gradient: d overlap / d corners, shape (n, 8, 3).
    """

    box: np.ndarray
    overlap: np.ndarray
    box_gradient: np.ndarray
    overlap_gradient: np.ndarray


class Renderer(Protocol):
    """Made once for a set of silhouettes, then asked for areas at every step.

    Corners are in each view's camera frame (camera looking along -Z), ordered as `boxfit.geometry.box.CORNER_SIGNS`.
    What lies nearer than a near plane, set from the box's own size, is clipped inside the renderer.
    """

    name: str
    """One of `boxfit.render.registry.RENDERERS`."""

    def areas(self, corners: np.ndarray, views: np.ndarray) -> Areas:
        """Areas of a box in some of the views.

        Args:
            corners: Camera-frame corners, shape (n, 8, 3).
            views: Indices into the silhouettes, shape (n,).
        """
        ...
