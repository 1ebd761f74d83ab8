"""Protocol of a renderer: area of a box's silhouette, its overlap with the mask, and the gradients of both."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from boxfit.errors import RendererError, one_line

KAOLIN_INSTALLATION = "https://kaolin.readthedocs.io/en/latest/notes/installation.html"
"""kaolin's installation page; its wheels depend on the versions of PyTorch and CUDA."""


@dataclass(frozen=True, eq=False)
class Areas:
    """Silhouette areas of n boxes, one per view, and their derivatives by the corners.

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
    """Renderer of a fixed set of silhouettes, called for areas at every step.

    Corners are in each view's camera frame (camera looking along -Z), ordered as `boxfit.geometry.box.CORNER_SIGNS`.
    Parts nearer than a near plane, which depends on the box's size, are clipped.
    """

    name: str
    """One of `boxfit.render.registry.RENDERERS`."""

    def areas(self, corners: np.ndarray, views: np.ndarray) -> Areas:
        """Compute areas of a box in some of the views.

        Args:
            corners: Camera-frame corners, shape (n, 8, 3).
            views: Indices into the silhouettes, shape (n,).
        """
        ...


def half_reach(sigmainv: float, resolution: tuple[int, int]) -> tuple[float, float]:
    """Return the distances in [px] outside a box's silhouette at which its soft mask is a half, along (u, v).

    Two triangles end at each edge of the silhouette, one in front and one behind, so that the soft mask at a distance d
    in normalised image coordinates is 1 - (1 - exp(-sigmainv d^2))^2.

    Args:
        sigmainv: Sharpness of the soft edge.
        resolution: (height, width).
    """
    distance = math.sqrt(-math.log(1 - math.sqrt(0.5)) / sigmainv) / 2
    return distance * resolution[1], distance * resolution[0]


@contextmanager
def torch_failures() -> Iterator[None]:
    """Raise PyTorch's failures as `RendererError`, such as a GPU that runs out of memory midway."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        # The lines after the first are advice for debugging CUDA.
        found = one_line((str(error) or type(error).__name__).splitlines()[0])
        remedy = "use another device, or the renderer area"
        if isinstance(error, MemoryError) or "memory" in found:
            remedy = f"close programs that use the device's memory, fit fewer views, {remedy}"
        raise RendererError(f"PyTorch failed ({found}): {remedy}") from error
