"""DIB-R by its definition: every triangle at every pixel of an image, one after the other."""

from collections.abc import Sequence

import numpy as np
import torch
from boxfit.geometry.camera import Camera

TUTORIAL_TRIANGLES = [
    *[(0, 1, 3), (0, 3, 2), (6, 7, 5), (6, 5, 4), (4, 5, 1), (4, 1, 0)],
    *[(2, 3, 7), (2, 7, 6), (2, 6, 4), (2, 4, 0), (1, 5, 7), (1, 7, 3)],
]
"""Faces' halves in the cube of kaolin's tutorial (bbox.obj), two for each of -X, +X, -Y, +Y, -Z, +Z, as corner indices
of a `Box`, counter-clockwise from outside."""


def dense_soft_mask(
    triangles: torch.Tensor, covered: torch.Tensor, sigmainv: float = 7000.0, boxlen: float = 0.02
) -> torch.Tensor:
    """Soft mask of one image, shape (H, W), differentiable by the triangles.

    Args:
        triangles: In normalised image coordinates, shape (F, 3, 2).
        covered: True where a triangle covers the pixel's centre, shape (H, W).
        sigmainv: Sharpness of the soft edge.
        boxlen: Reach of a triangle beyond its bounding box.
    """
    x, y = _centres(*covered.shape)
    missing = torch.ones(covered.shape, dtype=torch.float64)
    for triangle in triangles:
        squares = []
        for a, b in zip(triangle, triangle.roll(-1, 0), strict=True):
            edge = b - a
            share = ((x - a[0]) * edge[0] + (y - a[1]) * edge[1]) / (edge @ edge).clamp(min=1e-20)
            share = share.clamp(0, 1)
            squares.append((x - a[0] - share * edge[0]) ** 2 + (y - a[1] - share * edge[1]) ** 2)
        low, high = triangle.detach().amin(0) - boxlen, triangle.detach().amax(0) + boxlen
        counts = (low[0] <= x) & (x < high[0]) & (low[1] <= y) & (y < high[1])
        part = torch.exp(-sigmainv * torch.stack(squares).amin(0))
        missing = missing * (1 - torch.where(counts, part, 0.0))
    return torch.where(covered, 1.0, 1 - missing)


def dense_covered(triangles: torch.Tensor, front: Sequence[bool], height: int, width: int) -> torch.Tensor:
    """True where a front face covers the pixel's centre, shape (H, W).

    Args:
        triangles: In normalised image coordinates, shape (F, 3, 2).
        front: For each triangle, True if it is a front face.
        height: Of the image.
        width: Of the image.
    """
    x, y = _centres(height, width)
    covered = torch.zeros(height, width, dtype=torch.bool)
    for triangle, is_front in zip(triangles.detach(), front, strict=True):
        ends = zip(triangle, triangle.roll(-1, 0), strict=True)
        sides = torch.stack([(b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) for a, b in ends])
        inside = ((sides >= 0).all(dim=0) | (sides <= 0).all(dim=0)) & (sides != 0).any(dim=0)
        covered |= inside & bool(is_front)
    return covered


def dense_areas(
    corners: np.ndarray,
    triangles: Sequence[Sequence[int]],
    camera: Camera,
    mask: np.ndarray,
    sigmainv: float = 7000.0,
    boxlen: float = 0.02,
) -> tuple[np.ndarray, np.ndarray]:
    """Areas of the soft mask and of its product with a mask, shape (2,), and gradients by the corners, (2, 8, 3).

    Args:
        corners: A box's corners in the camera's frame, all in front of it, shape (8, 3).
        triangles: Corner indices, counter-clockwise from outside.
        camera: Camera of the image.
        mask: Shape (H, W).
        sigmainv: Sharpness of the soft edge.
        boxlen: Reach of a triangle beyond its bounding box.
    """
    height, width = camera.resolution
    points = torch.tensor(corners, requires_grad=True)
    u = camera.principal[0] - camera.focal[0] * points[:, 0] / points[:, 2]
    v = camera.principal[1] + camera.focal[1] * points[:, 1] / points[:, 2]
    image = torch.stack([2 * u / width - 1, 1 - 2 * v / height], dim=-1)
    faces = torch.stack([image[list(triangle)] for triangle in triangles])
    front = [np.linalg.det(corners[list(triangle)]) < 0 for triangle in triangles]
    soft = dense_soft_mask(faces, dense_covered(faces, front, height, width), sigmainv, boxlen)
    areas = torch.stack([soft.sum(), soft[torch.from_numpy(mask)].sum()])
    gradients = [torch.autograd.grad(area, points, retain_graph=True)[0].numpy() for area in areas]
    return areas.detach().numpy(), np.stack(gradients)


def _centres(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    row, column = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (2 * column + 1 - width).double() / width, (height - 1 - 2 * row).double() / height
