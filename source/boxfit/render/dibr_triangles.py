"""A box as triangles for DIB-R, clipped at a near plane, differentiable by the corners."""

from __future__ import annotations

import functools

import numpy as np
import torch

_QUADS = np.array([[0, 1, 3, 2], [6, 7, 5, 4], [4, 5, 1, 0], [2, 3, 7, 6], [2, 6, 4, 0], [1, 5, 7, 3]])
"""The faces -X, +X, -Y, +Y, -Z, +Z, each from a corner at which its diagonal ends."""

BOX_TRIANGLES = np.concatenate([_QUADS[:, [0, 1, 2]], _QUADS[:, [0, 2, 3]]])
"""The faces' halves as corner indices, counter-clockwise from outside, shape (12, 3).

The soft mask depends on the diagonals: they are those of the cube of kaolin's bounding box tutorial (bbox.obj).
"""

MOST_TRIANGLES = 36
"""Number of triangles of boxes that the near plane cuts."""

_ASIDE = (-1e4, 0.0, -1.0)
"""Position of unused triangles, far outside any image, in near distances."""


def box_triangles(corners: torch.Tensor, near: torch.Tensor | None) -> torch.Tensor:
    """Triangulate boxes, as seen from the origin along -Z.

    Clipping leaves up to two pieces of a triangle, and a fan closes the cut, which faces the camera: 36 triangles for
    every box, of which unused ones lie far outside the image.

    Args:
        corners: Camera-frame corners, shape (n, 8, 3).
        near: Distance of each box's near plane, shape (n,), or None if no box reaches it: then there are 12 triangles.

    Returns:
        Shape (n, 12, 3, 3) or (n, 36, 3, 3), counter-clockwise from outside.
    """
    triangles = corners[:, _indices(corners.device)]
    if near is None:
        return triangles
    plane = near[:, None, None]

    # Rotate each triangle until its odd corner, the only one kept or the only one clipped, comes first.
    kept = -triangles[..., 2].detach() > plane
    count = kept.sum(dim=-1)
    odd = torch.where(count == 1, kept.int().argmax(dim=-1), (~kept).int().argmax(dim=-1))
    turn = (odd[..., None] + torch.arange(3, device=odd.device)) % 3
    a, b, c = triangles.gather(2, turn[..., None].expand_as(triangles)).unbind(dim=2)
    cut = (count == 1) | (count == 2)
    ab, ca = _crossing(a, b, plane[..., 0], cut), _crossing(a, c, plane[..., 0], cut)

    aside = (plane * torch.tensor(_ASIDE, dtype=plane.dtype, device=plane.device))[..., None, :]
    tip, pair, whole, cut = (test[..., None, None] for test in (count == 1, count == 2, count == 3, cut))
    middle = (cut[..., 0] * (ab + ca)).sum(dim=1) / (2 * cut[..., 0].sum(dim=1)).clamp(min=1)
    middle = middle[:, None].expand_as(ab)
    first = torch.where(tip, torch.stack([a, ab, ca], dim=2), torch.stack([ab, b, c], dim=2))
    second = torch.stack([ab, c, ca], dim=2)
    lid = torch.where(tip, torch.stack([ca, ab, middle], dim=2), torch.stack([ab, ca, middle], dim=2))
    return torch.cat(
        [
            torch.where(whole, triangles, torch.where(cut, first, aside)),
            torch.where(pair, second, aside),
            torch.where(cut, lid, aside),
        ],
        dim=1,
    )


@functools.cache
def _indices(device: torch.device) -> torch.Tensor:
    return torch.as_tensor(BOX_TRIANGLES, device=device)


def _crossing(start: torch.Tensor, end: torch.Tensor, near: torch.Tensor, cut: torch.Tensor) -> torch.Tensor:
    """Intersect the lines from start to end, shape (n, 12, 3), with the near plane; return start without a cut."""
    span = torch.where(cut, start[..., 2] - end[..., 2], 1.0)
    mix = torch.where(cut, (start[..., 2] + near) / span, 0.0)
    return start + mix[..., None] * (end - start)
