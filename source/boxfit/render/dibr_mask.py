"""DIB-R's soft mask: a pixel's distance to the triangles of a shape, as a value from 0 to 1.

Chen et al., "Learning to Predict 3D Objects with an Interpolation-based Differentiable Renderer", NeurIPS 2019, as
kaolin's `dibr_soft_mask` computes it: 1 where a triangle covers the pixel, elsewhere
1 - product over triangles of (1 - exp(-sigmainv d^2)), with d the distance from the pixel's centre to the triangle's
border in normalised image coordinates ([-1, 1] along both axes, y up, whatever the image's aspect), counted where the
pixel lies in the triangle's bounding box grown by boxlen.
"""

from __future__ import annotations

import math

import torch

NEGLIGIBLE = 1e-9
"""Contribution to a pixel below which a triangle is ignored."""

_TINY = 1e-20
"""Squared length below which an edge is a point."""


def soft_mask(
    face_vertices_image: torch.Tensor, covered: torch.Tensor, sigmainv: float = 7000.0, boxlen: float = 0.02
) -> torch.Tensor:
    """Render soft masks of whole images.

    Args:
        face_vertices_image: Triangles in normalised image coordinates, shape (B, F, 3, 2).
        covered: True where a triangle covers the pixel's centre, shape (B, H, W).
        sigmainv: Sharpness: the inverse of the variance of the soft edge.
        boxlen: Reach of a triangle beyond its bounding box.

    Returns:
        Shape (B, H, W), differentiable by the triangles: 1 without a gradient where covered.
    """
    image, row, column = torch.nonzero(~covered, as_tuple=True)
    points = pixel_centres(row, column, (covered.shape[1], covered.shape[2]), face_vertices_image.dtype)
    outside = soft_coverage(face_vertices_image, image, points, sigmainv, boxlen)
    return covered.to(face_vertices_image).index_put((image, row, column), outside)


def pixel_centres(
    row: torch.Tensor, column: torch.Tensor, resolution: tuple[int, int], dtype: torch.dtype
) -> torch.Tensor:
    """Return normalised coordinates (x, y) of pixels in an image of (height, width), shape (P, 2)."""
    height, width = resolution
    # The numerators are integers, so only the division rounds.
    x = (2 * column + 1 - width).to(dtype) / width
    y = (height - 1 - 2 * row).to(dtype) / height
    return torch.stack([x, y], dim=-1)


def soft_coverage(
    face_vertices_image: torch.Tensor, image: torch.Tensor, points: torch.Tensor, sigmainv: float, boxlen: float
) -> torch.Tensor:
    """Compute the soft mask at points that no triangle covers.

    Args:
        face_vertices_image: Shape (B, F, 3, 2).
        image: Index of each point's image, shape (P,).
        points: Normalised image coordinates, shape (P, 2).
        sigmainv: As in `soft_mask`.
        boxlen: As in `soft_mask`.

    Returns:
        Shape (P,), differentiable by the triangles.
    """
    faces = face_vertices_image.detach()
    low, high = faces.amin(dim=2) - boxlen, faces.amax(dim=2) + boxlen
    x, y = points.T[..., None]
    (low_x, low_y), (high_x, high_y) = low[image].unbind(-1), high[image].unbind(-1)
    within = (x >= low_x) & (x < high_x) & (y >= low_y) & (y < high_y)
    point, face = torch.nonzero(within, as_tuple=True)
    square, along = _nearest_on_edges(points[point], faces[image[point], face])
    square, edge = square.min(dim=1)

    # Only the nearest point of the border matters, so only its distance is differentiated.
    near = sigmainv * square < -math.log(NEGLIGIBLE)
    point, face, edge = point[near], face[near], edge[near]
    along = along[near].gather(1, edge[:, None])
    start = face_vertices_image[image[point], face, edge]
    end = face_vertices_image[image[point], face, (edge + 1) % 3]
    # Along the edge the distance does not change to first order, so `along` needs no gradient of its own.
    square = (points[point] - torch.lerp(start, end, along)).square().sum(dim=-1)
    part = torch.exp(-sigmainv * square)
    parts = torch.zeros(len(points), faces.shape[1], dtype=faces.dtype, device=faces.device)
    return 1 - (1 - parts.index_put((point, face), part)).prod(dim=1)


def _nearest_on_edges(points: torch.Tensor, faces: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return squared distances of points (P, 2) to edges of triangles (P, 3, 2), and positions on them, (P, 3) each."""
    # Written per coordinate: a sum over a last axis of two is many times slower.
    x, y = (points[:, None] - faces).unbind(-1)
    edge_x, edge_y = (faces.roll(-1, dims=1) - faces).unbind(-1)
    length = (edge_x * edge_x + edge_y * edge_y).clamp(min=_TINY)
    along = ((x * edge_x + y * edge_y) / length).clamp(0, 1)
    x, y = x - along * edge_x, y - along * edge_y
    return x * x + y * y, along
