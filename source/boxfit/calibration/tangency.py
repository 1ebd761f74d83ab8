"""Epipolar tangency: the planes through two camera centres that touch the object touch both of its outlines.

Of the corners of an outline, seen as angles around the line between the two centres, the first and the last lie on such
planes. So each pair of views gives two pairs of corners, whatever the shape, whose rays must each lie in one plane:
T = B . (d_j x d_i) = 0, with B from the centre of view i to that of view j, and d_i and d_j along the rays.

Source: Wong and Cipolla, Structure and motion from silhouettes (ICCV 2001), and Sampson's distance as in Hartley and
Zisserman, Multiple View Geometry, 11.4.3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from boxfit.calibration.adjustment import Adjustment

SPAN = np.radians(165.0)
"""An outline that spans a greater angle around the line between two cameras holds, or nearly, the image of the other
camera: then no plane through both touches it."""
NEIGHBOURS = 24
"""Number of views to pair each view with, if there are more."""
APART = 1e-3
"""Least distance between two cameras, as a share of their distance from the object."""


class Tangents(NamedTuple):
    """Pairs of corners that are seen along a common tangent plane, each of shape (n,).

    Attributes:
        i: First view.
        a: Its corner.
        j: Second view.
        b: Its corner.
    """

    i: np.ndarray
    a: np.ndarray
    j: np.ndarray
    b: np.ndarray


def view_pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of views to compare: all of them, or about `NEIGHBOURS` per view, drawn evenly at random."""
    if count <= NEIGHBOURS + 1:
        return np.triu_indices(count, 1)
    rng = np.random.default_rng(0)
    order = rng.permutation(count)
    # Each step around a ring of the views pairs every view with two others.
    steps = rng.permutation(np.arange(1, (count + 1) // 2))[: NEIGHBOURS // 2]
    return np.tile(order, len(steps)), np.concatenate([np.roll(order, -step) for step in steps])


def find_tangents(adjustment: Adjustment, pairs: tuple[np.ndarray, np.ndarray]) -> Tangents:
    """Find the corners on the common tangent planes of pairs of views; a pair has two such planes, or none."""
    i, j = pairs
    centres, rays = adjustment.centres, adjustment.rays
    between = centres[j] - centres[i]
    length = np.linalg.norm(between, axis=1)
    along = between / np.maximum(length, np.finfo(float).tiny)[:, None]
    # Angles count from the plane through the object's middle, which is the origin.
    inwards = (centres[i] * along).sum(axis=1)[:, None] * along - centres[i]
    sideways = np.cross(along, inwards)
    angles_i, angles_j = (
        np.arctan2(np.einsum("nc,nkc->nk", sideways, rays[v]), np.einsum("nc,nkc->nk", inwards, rays[v]))
        for v in (i, j)
    )
    good = length > APART * np.linalg.norm(centres, axis=1).mean()
    good &= (np.ptp(angles_i, axis=1) < SPAN) & (np.ptp(angles_j, axis=1) < SPAN)
    i, j, angles_i, angles_j = i[good], j[good], angles_i[good], angles_j[good]
    found = Tangents(
        np.tile(i, 2),
        np.concatenate([angles_i.argmin(axis=1), angles_i.argmax(axis=1)]),
        np.tile(j, 2),
        np.concatenate([angles_j.argmin(axis=1), angles_j.argmax(axis=1)]),
    )
    free = adjustment.views.free[found.i, found.a] & adjustment.views.free[found.j, found.b]
    return Tangents(*(each[free] for each in found))


def residuals(adjustment: Adjustment, tangents: Tangents) -> tuple[np.ndarray, csr_matrix]:
    """Measure how far pairs of corners are from a common plane.

    Returns:
        Sampson's distances in [px], shape (n,), and their derivatives by the corrections, shape (n, 6 V + 3), for which
        the distances' denominators count as constant.
    """
    i, a, j, b = tangents
    between = adjustment.centres[j] - adjustment.centres[i]
    ray_i, ray_j = adjustment.rays[i, a], adjustment.rays[j, b]
    normal = np.cross(ray_j, ray_i)
    volume = (between * normal).sum(axis=1)
    # dT/dd_i = B x d_j and dT/dd_j = d_i x B, in the cameras' frames; B depends on a move by the normal.
    columns, pixels, principal, focal = [], [], 0, 0
    for view, corner, by_ray, by_move in (
        (i, a, np.cross(between, ray_j), normal),
        (j, b, np.cross(ray_i, between), -normal),
    ):
        turn = adjustment.rotations[view]
        local, gradient = adjustment.local_rays[view, corner], np.einsum("nij,nj->ni", turn, by_ray)
        moved = np.einsum("nij,nj->ni", turn, by_move)
        columns.append(np.hstack([-np.cross(local, gradient), moved]) * adjustment.views.units[view])
        pixel = gradient[:, :2] / adjustment.focal[view] * [1, -1]
        pixels.append(pixel)
        principal = principal - pixel
        focal = focal - (gradient * local)[:, :2].sum(axis=1) / adjustment.views.radius
    width = np.sqrt(np.square(pixels).sum(axis=(0, 2)))
    derivatives = np.hstack([*columns, principal, np.reshape(focal, (-1, 1))]) / width[:, None]

    count, six, end = len(i), np.arange(6), 6 * len(adjustment.centres)
    places = np.hstack([6 * i[:, None] + six, 6 * j[:, None] + six, np.tile(end + np.arange(3), (count, 1))])
    starts = np.arange(0, 15 * count + 1, 15)
    return volume / width, csr_matrix((derivatives.ravel(), places.ravel(), starts), shape=(count, end + 3))
