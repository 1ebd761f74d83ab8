"""Pixels of DIB-R's soft edge, row by row: spans of columns around a silhouette and around each of its triangles."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from boxfit.render.dibr_mask import NEGLIGIBLE


@dataclass(frozen=True, eq=False)
class Spans:
    """Spans of columns, [first, stop), in R rows of b views, clipped to the image.

    Attributes:
        inside: First and stop of the columns that the silhouette covers, shape (b, R) each.
        edge: First and stop of those left and right of it where its soft mask counts, shape (b, 2, R) each.
        triangles: First and stop of the part of `edge` where each triangle counts, shape (b, T, 2, R) each.
    """

    inside: tuple[torch.Tensor, torch.Tensor]
    edge: tuple[torch.Tensor, torch.Tensor]
    triangles: tuple[torch.Tensor, torch.Tensor]


def find_spans(
    triangles: torch.Tensor, rows: torch.Tensor, resolution: tuple[int, int], sigmainv: float, boxlen: float
) -> Spans:
    """Find the spans of convex shapes.

    Args:
        triangles: Triangles in normalised image coordinates, shape (b, T, 3, 2).
        rows: Shape (b, R).
        resolution: (height, width).
        sigmainv: As in `boxfit.render.dibr_mask.soft_mask`.
        boxlen: Reach of a triangle beyond its bounding box, in normalised image coordinates.
    """
    height, width = resolution
    # Pixels whose centres have whole coordinates.
    u = (width * (triangles[..., 0] + 1) - 1) / 2
    v = (height * (1 - triangles[..., 1]) - 1) / 2
    covered_left, covered_right = _extents(u, v, rows, (0.0, 0.0))
    reach = soft_reach(sigmainv)
    left, right = _extents(u, v, rows, (reach * height / 2, reach * width / 2))

    beyond_u, beyond_v = boxlen * width / 2, boxlen * height / 2
    low, high = (bound[..., None] for bound in (v.amin(dim=2) - beyond_v, v.amax(dim=2) + beyond_v))
    # Bounding boxes are half-open: with v down, they hold their least u and their greatest v.
    outside = (rows[:, None] <= low) | (rows[:, None] > high)
    left = torch.maximum(left, u.amin(dim=2)[..., None] - beyond_u).masked_fill_(outside, math.inf)
    right = torch.minimum(right, u.amax(dim=2)[..., None] + beyond_u).masked_fill_(outside, -math.inf)
    first, stop, inside_first, inside_stop = (
        edge.ceil().clamp(0, width).long()
        for edge in (left, right, covered_left.amin(dim=1), covered_right.amax(dim=1))
    )
    outer_first, outer_stop = first.amin(dim=1), stop.amax(dim=1)
    inside_stop = torch.where(inside_stop > inside_first, inside_stop, outer_first)
    inside_first = torch.minimum(inside_first, inside_stop)
    edge_first, edge_stop = torch.stack([outer_first, inside_stop], 1), torch.stack([inside_first, outer_stop], 1)
    return Spans(
        (inside_first, inside_stop),
        (edge_first, edge_stop),
        (torch.maximum(first[:, :, None], edge_first[:, None]), torch.minimum(stop[:, :, None], edge_stop[:, None])),
    )


def soft_reach(sigmainv: float) -> float:
    """Return the normalised distance from a triangle beyond which it contributes less than `NEGLIGIBLE`."""
    return math.sqrt(-math.log(NEGLIGIBLE) / sigmainv)


def _extents(
    u: torch.Tensor, v: torch.Tensor, rows: torch.Tensor, reach: tuple[float, float]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the least and greatest u of points within reach of each triangle's border in each row, (b, T, R) each."""
    du, dv = u.roll(-1, dims=2) - u, v.roll(-1, dims=2) - v
    by_row = 1 / dv.masked_fill(dv.abs() < 1e-12, 1e-12)[..., None]
    along, beyond = (rows[:, None, None] - v[..., None]) * by_row, reach[0] * by_row.abs()
    before, after = along - beyond, along + beyond
    missed = (after < 0) | (before > 1)
    ends = [u[..., None] + share.clamp_(0, 1) * du[..., None] for share in (before, after)]
    left = torch.minimum(*ends).masked_fill_(missed, math.inf).amin(dim=2)
    right = torch.maximum(*ends).masked_fill_(missed, -math.inf).amax(dim=2)
    return left - reach[1], right + reach[1]


def expand(first: torch.Tensor, stop: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """List the columns of spans of any one shape: for each the span's flat index, and the column, shape (N,) each."""
    counts = (stop - first).clamp(min=0).flatten()
    span = torch.repeat_interleave(torch.arange(len(counts), device=counts.device), counts)
    begin = first.flatten() - (counts.cumsum(0) - counts)
    return span, torch.arange(len(span), device=counts.device) + begin.index_select(0, span)
