"""DIB-R in PyTorch on any device, evaluated only at pixels near the silhouette's edge."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from boxfit.errors import RendererError
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.dibr_batches import BatchRenderer
from boxfit.render.dibr_mask import NEGLIGIBLE, pixel_centres, soft_coverage
from boxfit.render.prefix import PrefixSums


class RendererDibr(BatchRenderer):
    """Renderer with kaolin's soft silhouettes that needs PyTorch alone; see `boxfit.render.dibr_mask`.

    Inside a box's silhouette the soft mask is 1, so pixels there are counted by rows.

    Args:
        silhouettes: Views and masks.
        sigmainv: Sharpness of the soft edge.
        boxlen: Reach of a triangle beyond its bounding box, in normalised image coordinates.
        device: A PyTorch device, or "auto": CUDA if available, else the CPU.

    Raises:
        RendererError: If the device is not available.
    """

    name: str = "dibr"

    def __init__(
        self,
        silhouettes: Sequence[Silhouette],
        sigmainv: float = 7000.0,
        boxlen: float = 0.02,
        device: str = "auto",
    ) -> None:
        super().__init__(silhouettes, _find_device(device))
        self._sigmainv, self._boxlen = sigmainv, boxlen
        prefix = PrefixSums(silhouettes)
        self._sums, self._offset, self._shape, self._origin = (
            torch.as_tensor(values, device=self.device)
            for values in (prefix.sums, prefix.offset, prefix.shape, prefix.origin)
        )

    @staticmethod
    def unavailable_reason() -> str | None:
        """Return None: only PyTorch is needed, which importing this module requires."""
        return None

    def soft_areas(
        self, triangles: torch.Tensor, views: np.ndarray, resolution: tuple[int, int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute soft areas; see `BatchRenderer.soft_areas`."""
        view = torch.as_tensor(views, device=self.device)
        projected = triangles[..., :2] / -triangles[..., 2:]
        faces = projected * self.focal[view, None, None] + self.principal[view, None, None]
        first, stop, outer_first, outer_stop = self._row_spans(faces.detach(), resolution)
        row = torch.arange(resolution[0], device=self.device).expand_as(first)
        inside = (stop - first).sum(dim=1)
        before_first, before_stop = (self._mask_before(view[:, None], row, column) for column in (first, stop))
        inside_mask = (before_stop - before_first).sum(dim=1)

        spans = torch.cat([torch.stack([outer_first, first], -1), torch.stack([stop, outer_stop], -1)], dim=1)
        image, line, column = _expand(spans[..., 0], spans[..., 1])
        line = line % resolution[0]
        points = pixel_centres(line, column, resolution, faces.dtype)
        soft = soft_coverage(faces, image, points, self._sigmainv, self._boxlen)
        before, after = (self._mask_before(view[image], line, column + i) for i in (0, 1))

        zero = torch.zeros(len(views), dtype=faces.dtype, device=self.device)
        return (
            inside + zero.index_add(0, image, soft),
            inside_mask + zero.index_add(0, image, soft * (after - before)),
        )

    def _row_spans(self, faces: torch.Tensor, resolution: tuple[int, int]) -> tuple[torch.Tensor, ...]:
        """Find the columns that the silhouette covers in each row, and those where the soft mask exceeds `NEGLIGIBLE`.

        Returns:
            First and stop of the covered columns, then of the wider span around them, each of shape (b, height),
            clipped to the image.
        """
        height, width = resolution
        half = torch.tensor([width / 2, height / 2], dtype=faces.dtype, device=faces.device)
        pixels = (faces * torch.tensor([1.0, -1.0], dtype=faces.dtype, device=faces.device) + 1) * half
        reach = math.sqrt(-math.log(NEGLIGIBLE) / self._sigmainv) * half
        rows = torch.arange(height, device=faces.device) + 0.5
        left, right = _extents(pixels, rows, 0.0)
        outer_left, outer_right = _extents(pixels, rows, float(reach[1]))
        first, stop, outer_first, outer_stop = (
            torch.ceil(edge - 0.5).clamp(0, width).long()
            for edge in (left, right, outer_left - reach[0], outer_right + reach[0])
        )
        outer_stop = torch.maximum(outer_first, outer_stop)
        stop = torch.where(stop > first, stop, outer_first)
        first = torch.minimum(first, stop)
        return first, stop, outer_first, outer_stop

    def _mask_before(self, view: torch.Tensor, row: torch.Tensor, column: torch.Tensor) -> torch.Tensor:
        """Count the mask pixels in a row before a column; all arrays have the same shape."""
        height, width = self._shape[view].unbind(-1)
        row, column = row - self._origin[view, 0], column - self._origin[view, 1]
        place = self._offset[view] + row.clamp(min=0).minimum(height - 1) * (width + 2)
        count = self._sums[place + column.clamp(min=0).minimum(width)].long()
        return count * ((row >= 0) & (row < height))


def _extents(pixels: torch.Tensor, rows: torch.Tensor, reach: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return least and greatest u of triangles (b, T, 3, 2) within reach of each row, each of shape (b, height)."""
    u, v = pixels.flatten(1, 2)[..., None, :].unbind(-1)
    du, dv = (pixels.roll(-1, dims=2) - pixels).flatten(1, 2)[..., None, :].unbind(-1)
    dv = torch.where(dv.abs() < 1e-12, 1e-12, dv)
    t0, t1 = (rows - reach - v) / dv, (rows + reach - v) / dv
    t0, t1 = torch.minimum(t0, t1), torch.maximum(t0, t1)
    missed = (t1 < 0) | (t0 > 1)
    ends = torch.stack([u + t.clamp(0, 1) * du for t in (t0, t1)])
    left = torch.where(missed, math.inf, ends.amin(dim=0)).amin(dim=1)
    right = torch.where(missed, -math.inf, ends.amax(dim=0)).amax(dim=1)
    return left, right


def _expand(first: torch.Tensor, stop: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return every (i, j, k) with first[i, j] <= k < stop[i, j]."""
    counts = (stop - first).clamp(min=0).flatten()
    owner = torch.repeat_interleave(torch.arange(len(counts), device=counts.device), counts)
    begin = first.flatten() - (counts.cumsum(0) - counts)
    columns = first.shape[1]
    return owner // columns, owner % columns, torch.arange(len(owner), device=counts.device) + begin[owner]


def _find_device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise RendererError(f"PyTorch has no device {name!r} here: {reason}; use cpu or auto") from error
    return device
