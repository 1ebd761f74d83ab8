"""DIB-R in PyTorch on any device, evaluated only at pixels near the silhouette's edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from boxfit.errors import RendererError
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.dibr_batches import Batch, BatchRenderer
from boxfit.render.dibr_mask import pixel_centres, soft_mask
from boxfit.render.dibr_spans import expand, find_spans, soft_reach
from boxfit.render.prefix import PrefixSums

_ROW_BYTES, _PIXEL_BYTES = 300, 150
"""Memory per triangle of a row that the box reaches, and of a pixel of the soft edge."""


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
        super().__init__(silhouettes, sigmainv, boxlen, _find_device(device))
        prefix = PrefixSums(silhouettes)
        self._sums, self._offset, self._shape, self._origin = (
            torch.as_tensor(values, device=self.device)
            for values in (prefix.sums, prefix.offset, prefix.shape, prefix.origin)
        )

    @staticmethod
    def unavailable_reason() -> str | None:
        """Return None: only PyTorch is needed, which importing this module requires."""
        return None

    def views_at_once(self, extents: np.ndarray, resolution: tuple[int, int], triangles: int) -> int:
        """Return a number of views; see `BatchRenderer.views_at_once`."""
        rows, columns = extents.T
        # The soft edge lies around a convex shape, whose border is no longer than that of its bounding box.
        edge = np.minimum(rows * columns, (rows + columns) * soft_reach(self.sigmainv) * max(resolution))
        return int(self.memory // (triangles * (_ROW_BYTES * rows + _PIXEL_BYTES * edge).max()))

    def soft_areas(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, Sequence[torch.Tensor]]:
        """Compute soft areas; see `BatchRenderer.soft_areas`."""
        projected = batch.triangles[..., :2] / -batch.triangles[..., 2:]
        faces = projected * self.focal[batch.views, None, None] + self.principal[batch.views, None, None]
        with torch.no_grad():
            spans = find_spans(faces, batch.rows, batch.resolution, self.sigmainv, self.boxlen)
            mask_rows = self._mask_rows(batch.views[:, None], batch.rows)
            first, stop = (self._mask_before(mask_rows, column) for column in spans.inside)
            inside = torch.stack([spans.inside[1] - spans.inside[0], stop - first]).sum(dim=-1)

            # Spans of pixels are numbered by view, side and row, those of triangles by view, triangle, side and row.
            span, column = expand(*spans.edge)
            of_span = torch.cat([batch.rows[None], mask_rows])[:, :, None].expand(-1, -1, 2, -1).flatten(1)
            row, *mask_rows = of_span.index_select(1, span)
            on_mask = self._mask_before(mask_rows, column + 1) - self._mask_before(mask_rows, column)
            weights = torch.stack([torch.ones_like(on_mask), on_mask]).to(faces)
            counts = (spans.edge[1] - spans.edge[0]).clamp(min=0)
            begin = counts.flatten().cumsum(0).reshape(counts.shape) - counts - spans.edge[0]
            span_of_pair, column_of_pair = expand(*spans.triangles)
            begin = begin[:, None].expand_as(spans.triangles[0]).flatten()
            pixel = column_of_pair + begin.index_select(0, span_of_pair)
            soft = soft_mask(
                faces.flatten(0, 1),
                pixel_centres(row, column, batch.resolution, faces.dtype),
                pixel,
                span_of_pair // counts[0].numel(),
                self.sigmainv,
            )
            areas = inside.to(faces).index_add(1, span // counts[0].numel(), weights * soft.values)
            slopes = soft.gradient(weights, faces[..., 0].numel()).reshape(2, *faces.shape)
        return areas, faces, slopes.unbind()

    def _mask_rows(self, view: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
        """Return where rows of masks start in the sums, their first columns, and their widths, shape (3, b, R)."""
        height, width = self._shape[view].unbind(-1)
        first_row, first_column = self._origin[view].unbind(-1)
        row = row - first_row
        start = self._offset[view] + row.clamp(min=0).minimum(height - 1) * (width + 2)
        inside = (row >= 0) & (row < height)
        return torch.stack([start, first_column.expand_as(row), width * inside])

    def _mask_before(self, mask_rows: Sequence[torch.Tensor] | torch.Tensor, column: torch.Tensor) -> torch.Tensor:
        """Count the mask pixels before a column in rows of `_mask_rows`."""
        start, first, width = mask_rows
        return self._sums.take(start + (column - first).clamp_(min=0).minimum(width)).long()


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
