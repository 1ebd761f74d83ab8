"""DIB-R's soft mask: a pixel's distance to the triangles of a shape, as a value from 0 to 1.

Chen et al., "Learning to Predict 3D Objects with an Interpolation-based Differentiable Renderer", NeurIPS 2019, as
kaolin's `dibr_soft_mask` computes it: 1 where a triangle covers the pixel, elsewhere
1 - product over triangles of (1 - exp(-sigmainv d^2)), with d the distance from the pixel's centre to the triangle's
border in normalised image coordinates ([-1, 1] along both axes, y up, whatever the image's aspect), counted where the
pixel lies in the triangle's bounding box grown by boxlen.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

NEGLIGIBLE = 1e-9
"""Contribution to a pixel below which a triangle is ignored."""

_TINY = 1e-20
"""Squared length below which an edge is a point."""


@dataclass(frozen=True, eq=False)
class SoftMask:
    """Soft mask at P pixels that no triangle covers, made from N pairs of a pixel and a triangle near it.

    Attributes:
        values: The soft mask, shape (P,).
        pixel: Pixel of each pair, shape (N,).
        vertices: Ends of the edge nearest to the pixel, as indices into the vertices of all triangles, shape (2, N).
        shares: Shares of these ends in the nearest point, shape (2, N).
        slope: Derivative of the pixel's value by the nearest point, shape (2, N).
    """

    values: torch.Tensor
    pixel: torch.Tensor
    vertices: torch.Tensor
    shares: torch.Tensor
    slope: torch.Tensor

    def gradient(self, weights: torch.Tensor, count: int) -> torch.Tensor:
        """Differentiate weighted sums of the values by the vertices.

        Args:
            weights: Weights of the pixels in k sums, shape (k, P).
            count: Number of vertices.

        Returns:
            Shape (k, count, 2).
        """
        by_point = weights.index_select(1, self.pixel)[:, None] * self.slope
        result = by_point.new_zeros(len(weights), 2, count)
        for vertices, shares in zip(self.vertices, self.shares, strict=True):
            result.scatter_add_(2, vertices.expand_as(by_point), by_point * shares)
        return result.transpose(1, 2)


def pixel_centres(
    row: torch.Tensor, column: torch.Tensor, resolution: tuple[int, int], dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the normalised coordinates x of columns and y of rows in an image of (height, width)."""
    height, width = resolution
    # The numerators are integers, so only the division rounds.
    return (2 * column + 1 - width).to(dtype) / width, (height - 1 - 2 * row).to(dtype) / height


def soft_mask(
    triangles: torch.Tensor,
    pixels: tuple[torch.Tensor, torch.Tensor],
    pixel: torch.Tensor,
    triangle: torch.Tensor,
    sigmainv: float,
) -> SoftMask:
    """Compute the soft mask at pixels that no triangle covers.

    Args:
        triangles: Triangles in normalised image coordinates, shape (T, 3, 2).
        pixels: Normalised image coordinates x and y of the pixels, shape (P,) each.
        pixel: Pixel of each pair, shape (N,).
        triangle: Triangle of each pair, whose bounding box grown by boxlen holds the pixel, shape (N,).
        sigmainv: Sharpness: the inverse of the variance of the soft edge.
    """
    # Written per coordinate, each contiguous: a sum over a last axis of two, or rows apart, are many times slower.
    starts = triangles.permute(2, 0, 1).contiguous()
    edges = starts.roll(-1, dims=2) - starts
    edge_x, edge_y = edges
    length = edges.square().sum(dim=0).clamp_(min=_TINY)
    x, y = (
        coordinate.index_select(0, pixel)[:, None] - start.index_select(0, triangle)
        for coordinate, start in zip(pixels, starts, strict=True)
    )
    by_x, by_y = ((edge / length).index_select(0, triangle) for edge in edges)
    along = (x * by_x + y * by_y).clamp_(0, 1)
    x -= along * edge_x.index_select(0, triangle)
    y -= along * edge_y.index_select(0, triangle)
    square, nearest = (x * x + y * y).min(dim=1)
    along, x, y = (values.gather(1, nearest[:, None])[:, 0] for values in (along, x, y))

    part = torch.exp(-sigmainv * square)
    missing = torch.ones_like(pixels[0]).scatter_reduce_(0, pixel, 1 - part, "prod")
    # The pixel's share that the other triangles leave; at a distance of 0 the slope is 0 whatever it is.
    left = missing.index_select(0, pixel) / (1 - part).clamp_(min=torch.finfo(part.dtype).eps)
    # Along the edge the distance does not change to first order, so `along` needs no derivative of its own.
    slope = 2 * sigmainv * part * left * torch.stack([x, y])
    vertices = 3 * triangle + torch.stack([nearest, (nearest + 1) % 3])
    return SoftMask(1 - missing, pixel, vertices, torch.stack([1 - along, along]), slope)
