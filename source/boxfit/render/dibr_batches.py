"""Base class of both DIB-R renderers: batches of views, and the chain rule from the image to the corners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from boxfit.geometry.silhouette import Silhouette
from boxfit.render.dibr_spans import soft_reach
from boxfit.render.dibr_triangles import BOX_TRIANGLES, MOST_TRIANGLES, box_triangles
from boxfit.render.outline import near_distances
from boxfit.render.renderer import Areas, torch_failures

_MEMORY = 2**28
"""Memory of a batch, in bytes, on devices that do not tell how much is free."""

_CUDA_SHARE = 0.5
"""Share of a CUDA device's free memory that a batch may take."""


@dataclass(frozen=True, eq=False)
class Batch:
    """A box in b views of one resolution, rendered together.

    Attributes:
        triangles: In the camera's frame, counter-clockwise from outside, shape (b, T, 3, 3).
        views: Indices into the silhouettes, shape (b,).
        rows: Rows of the images, with all those that the box and its soft edge reach, shape (b, R).
        resolution: (height, width) of all these views.
    """

    triangles: torch.Tensor
    views: torch.Tensor
    rows: torch.Tensor
    resolution: tuple[int, int]


class BatchRenderer:
    """Renderer of batches of views of the same size; subclasses implement `soft_areas` and `views_at_once`.

    Args:
        silhouettes: Views and masks.
        sigmainv: Sharpness of the soft edge.
        boxlen: Reach of a triangle beyond its bounding box, in normalised image coordinates.
        device: A PyTorch device.
    """

    name: str

    def __init__(self, silhouettes: Sequence[Silhouette], sigmainv: float, boxlen: float, device: torch.device) -> None:
        cameras = [silhouette.camera for silhouette in silhouettes]
        self.sigmainv, self.boxlen, self.device = sigmainv, boxlen, device
        # Apple's GPUs have no float64.
        self.dtype = torch.float32 if device.type == "mps" else torch.float64
        self._resolution = np.array([camera.resolution for camera in cameras])
        self._focal, self._principal = (
            np.array([getattr(camera, key) for camera in cameras]) for key in ("focal", "principal")
        )
        half = self._resolution[:, ::-1] / 2
        self.focal = self.tensor(self._focal / half)
        """Focal lengths in normalised image coordinates ([-1, 1], y up), shape (n, 2)."""
        self.principal = self.tensor((self._principal / half - 1) * [1, -1])
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
        views, near = np.asarray(views), near_distances(corners)
        cut = (-corners[..., 2] <= near[:, None]).any(axis=1)
        first, stop = self._reach(corners, near, views)
        batches = list(self._batches(views, stop - first, cut))
        result = np.zeros((2, len(corners), 25))
        if batches:
            order, rows = np.concatenate(batches), (stop - first)[:, 0]
            # All batches in one copy to the device, and one back: copies and their waits outlast small batches.
            values = self.tensor(np.column_stack([corners.reshape(-1, 24), near, views, first[:, 0]])[order])
            parts = []
            for batch, part in zip(batches, values.split([len(batch) for batch in batches]), strict=True):
                height, width = self._resolution[views[batch[0]]].tolist()
                parts.append(self._render(part, int(rows[batch].max()), bool(cut[batch[0]]), (height, width)))
            result[:, order] = torch.cat(parts, dim=1).cpu().numpy()
        gradients = result[..., 1:].reshape(2, len(corners), 8, 3)
        return Areas(result[0, :, 0], result[1, :, 0], gradients[0], gradients[1])

    def soft_areas(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, Sequence[torch.Tensor]]:
        """Compute areas of the soft mask and of its product with the mask.

        Returns:
            Both areas, in [px^2], shape (2, b); an intermediate result that PyTorch can differentiate by the triangles,
            of which each view's part depends on its own triangles alone; and the derivatives of both areas by it.
        """
        raise NotImplementedError

    def views_at_once(self, extents: np.ndarray, resolution: tuple[int, int], triangles: int) -> int:
        """Return the number of views that fit into a batch; a batch has at least one.

        Args:
            extents: Rows and columns that the box and its soft edge reach, shape (n, 2).
            resolution: (height, width) of all these views.
            triangles: Number of triangles.
        """
        raise NotImplementedError

    @cached_property
    def memory(self) -> int:
        """Memory that a batch may take, in bytes."""
        if self.device.type != "cuda":
            return _MEMORY
        with torch.cuda.device(self.device):
            unused = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
            return int(_CUDA_SHARE * (torch.cuda.mem_get_info()[0] + unused))

    def _render(self, values: torch.Tensor, rows: int, cut: bool, resolution: tuple[int, int]) -> torch.Tensor:
        """Return both areas and their gradients, shape (2, b, 1 + 24).

        Args:
            values: Corners, near distance, view, and first row that the box reaches, shape (b, 24 + 3).
            rows: Number of rows.
            cut: True if the near plane cuts the boxes.
            resolution: (height, width) of all these views.
        """
        corners = values[:, :24].reshape(-1, 8, 3).requires_grad_()
        view, first = values[:, 25:].long().unbind(dim=1)
        triangles = box_triangles(corners, values[:, 24] if cut else None)
        # Rows that a smaller box does not reach may be any in the image.
        first = first[:, None].clamp(max=resolution[0] - rows)
        batch = Batch(triangles, view, first + torch.arange(rows, device=self.device), resolution)
        areas, image, slopes = self.soft_areas(batch)
        # Each view's area depends on its own corners alone, so one sum gives every view's gradient.
        gradients = [torch.autograd.grad(image, corners, slope, retain_graph=True)[0] for slope in slopes]
        return torch.cat([areas.detach()[..., None], torch.stack(gradients).flatten(2)], dim=-1)

    def _reach(self, corners: np.ndarray, near: np.ndarray, views: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find first and stop of the rows and columns that boxes and their soft edges reach, shape (n, 2) each."""
        resolution, beyond = self._resolution[views], -corners[..., 2] > near[:, None]
        depth = np.where(beyond, -corners[..., 2], 1.0)[..., None]
        points = self._principal[views, None] + corners[..., :2] / depth * self._focal[views, None] * [1, -1]
        edge = min(self.boxlen, soft_reach(self.sigmainv)) * resolution / 2 + 1
        low, high = points.min(axis=1)[:, ::-1] - edge, points.max(axis=1)[:, ::-1] + edge
        # The near plane may cut a box anywhere in the image; behind it there is nothing.
        whole, none = ~beyond.all(axis=1, keepdims=True), ~beyond.any(axis=1, keepdims=True)
        first = np.where(whole, 0, np.clip(np.floor(low), 0, resolution))
        stop = np.where(none, 0, np.where(whole, resolution, np.clip(np.ceil(high), 0, resolution)))
        return first.astype(int), stop.astype(int)

    def _batches(self, views: np.ndarray, extents: np.ndarray, cut: np.ndarray) -> Iterator[np.ndarray]:
        """Yield positions in `views` that are rendered together; boxes out of view are in no batch."""
        seen, kinds = (extents > 0).all(axis=1), np.column_stack([self._resolution[views], cut])
        for kind in np.unique(kinds[seen], axis=0):
            positions = np.flatnonzero(seen & (kinds == kind).all(axis=1))
            height, width, is_cut = kind.tolist()
            triangles = MOST_TRIANGLES if is_cut else len(BOX_TRIANGLES)
            count = max(1, self.views_at_once(extents[positions], (height, width), triangles))
            yield from np.split(positions, range(count, len(positions), count))
