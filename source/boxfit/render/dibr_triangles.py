"""A box as triangles for DIB-R, clipped at a near plane, differentiable by the corners."""

from __future__ import annotations

import numpy as np
import torch

from boxfit.geometry.box import BOX_QUADS

BOX_TRIANGLES = np.concatenate([BOX_QUADS[:, [0, 1, 2]], BOX_QUADS[:, [0, 2, 3]]])
"""The faces' halves as corner indices, counter-clockwise from outside, shape (12, 3)."""

_ASIDE = (-1e4, 0.0, -1.0)
"""In near distances: where triangles wait that are not there, far outside any image."""


def box_triangles(corners: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """Triangles of boxes, as seen from the origin along -Z.

    Clipping leaves up to two pieces of a triangle, and the cut, which faces the camera, is closed by a fan: 36
    triangles for every box, of which those not needed stand far outside the image. Where no box reaches the near plane
    there are the plain 12.

    Args:
        corners: Camera-frame corners, shape (n, 8, 3).
        near: Distance of each box's near plane, shape (n,).

    Returns:
        Shape (n, 12, 3, 3) or (n, 36, 3, 3), counter-clockwise from outside.
    """
    triangles = corners[:, torch.as_tensor(BOX_TRIANGLES, device=corners.device)]
    near = near[:, None, None]
    if bool((-triangles[..., 2].detach() > near).all()):
        return triangles

    # Turn each triangle until its odd corner, the only one kept or the only one hidden, comes first.
    kept = -triangles[..., 2].detach() > near
    count = kept.sum(dim=-1)
    odd = torch.where(count == 1, kept.int().argmax(dim=-1), (~kept).int().argmax(dim=-1))
    turn = (odd[..., None] + torch.arange(3, device=odd.device)) % 3
    a, b, c = triangles.gather(2, turn[..., None].expand_as(triangles)).unbind(dim=2)
    cut = (count == 1) | (count == 2)
    ab, ca = _crossing(a, b, near[..., 0], cut), _crossing(a, c, near[..., 0], cut)

    aside = (near * torch.tensor(_ASIDE, dtype=near.dtype, device=near.device))[..., None, :]
    one, two, whole, cut = ((test)[..., None, None] for test in (count == 1, count == 2, count == 3, cut))
    middle = (cut[..., 0] * (ab + ca)).sum(dim=1) / (2 * cut[..., 0].sum(dim=1)).clamp(min=1)
    middle = middle[:, None].expand_as(ab)
    first = torch.where(one, torch.stack([a, ab, ca], dim=2), torch.stack([ab, b, c], dim=2))
    second = torch.stack([ab, c, ca], dim=2)
    lid = torch.where(one, torch.stack([ca, ab, middle], dim=2), torch.stack([ab, ca, middle], dim=2))
    return torch.cat(
        [
            torch.where(whole, triangles, torch.where(cut, first, aside)),
            torch.where(two, second, aside),
            torch.where(cut, lid, aside),
        ],
        dim=1,
    )


def _crossing(start: torch.Tensor, end: torch.Tensor, near: torch.Tensor, cut: torch.Tensor) -> torch.Tensor:
    """Where the lines from start to end, shape (n, 12, 3), meet the near plane; start where they do not."""
    span = torch.where(cut, start[..., 2] - end[..., 2], 1.0)
    mix = torch.where(cut, (start[..., 2] + near) / span, 0.0)
    return start + mix[..., None] * (end - start)
