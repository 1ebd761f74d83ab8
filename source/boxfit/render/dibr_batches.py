"""Base class of both DIB-R renderers: batches of views of one size, and gradients by autograd."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from boxfit.geometry.silhouette import Silhouette
from boxfit.render.dibr_triangles import box_triangles
from boxfit.render.outline import near_distances
from boxfit.render.renderer import Areas, torch_failures

_PIXELS_AT_ONCE = 2**20
"""Limit on the pixels of a batch, which bounds its memory."""


class BatchRenderer:
    """Renderer of batches of views of the same size; subclasses implement `soft_areas`.

    Args:
        silhouettes: Views and masks.
        device: A PyTorch device.
    """

    name: str

    def __init__(self, silhouettes: Sequence[Silhouette], device: torch.device) -> None:
        cameras = [silhouette.camera for silhouette in silhouettes]
        self.device = device
        # Apple's GPUs have no float64.
        self.dtype = torch.float32 if device.type == "mps" else torch.float64
        self._resolution = np.array([camera.resolution for camera in cameras])
        half = self._resolution[:, ::-1] / 2
        focal, principal = (np.array([getattr(camera, key) for camera in cameras]) for key in ("focal", "principal"))
        self.focal = self.tensor(focal / half)
        """Focal lengths in normalised image coordinates ([-1, 1], y up), shape (n, 2)."""
        self.principal = self.tensor((principal / half - 1) * [1, -1])
        """Principal points in normalised image coordinates, shape (n, 2)."""

    def tensor(self, values: np.ndarray) -> torch.Tensor:
        """Return floating point values as a tensor on the renderer's device."""
        return torch.as_tensor(values, dtype=self.dtype, device=self.device)

    @torch_failures()
    def areas(self, corners: np.ndarray, views: np.ndarray) -> Areas:
        """Compute areas of a box in some of the views; see `boxfit.render.renderer.Renderer`.

        Raises:
            RendererError: If PyTorch fails, such as for lack of memory.
        """
        views = np.asarray(views)
        near = near_distances(corners)
        totals, gradients = np.empty((2, len(corners))), np.empty((2, *corners.shape))
        for batch, resolution in self._batches(views):
            points = self.tensor(corners[batch]).requires_grad_()
            triangles = box_triangles(points, self.tensor(near[batch]))
            for i, total in enumerate(self.soft_areas(triangles, views[batch], resolution)):
                totals[i, batch] = total.detach().cpu()
                # Each view's area depends on its own corners alone, so one sum gives every view's gradient.
                (gradient,) = torch.autograd.grad(total.sum(), points, retain_graph=i == 0)
                gradients[i, batch] = gradient.cpu()
        return Areas(totals[0], totals[1], gradients[0], gradients[1])

    def soft_areas(
        self, triangles: torch.Tensor, views: np.ndarray, resolution: tuple[int, int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return areas of the soft mask, and of its product with the mask, in [px^2], each of shape (b,).

        Args:
            triangles: In the camera's frame, counter-clockwise from outside, shape (b, T, 3, 3).
            views: Indices into the silhouettes, shape (b,).
            resolution: (height, width) of all these views.
        """
        raise NotImplementedError

    def _batches(self, views: np.ndarray) -> Iterator[tuple[np.ndarray, tuple[int, int]]]:
        """Yield positions in `views` that can be rendered together, and their resolution."""
        sizes = self._resolution[views]
        for height, width in np.unique(sizes, axis=0).tolist():
            positions = np.flatnonzero((sizes == (height, width)).all(axis=1))
            count = max(1, _PIXELS_AT_ONCE // (height * width))
            for first in range(0, len(positions), count):
                yield positions[first : first + count], (height, width)
