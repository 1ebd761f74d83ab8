"""The outline of a box's silhouette: directed segments in the camera's frame, clipped at a near plane.

The silhouette of a convex body is the union of its front faces. Summed over their directed borders, an integral along
edges between two front faces cancels, so the outline needs no order: an edge belongs to it if exactly one of its two
faces is a front face. The near plane cuts the box open; the cut is an additional front face, whose border remains where
it meets a back face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boxfit.geometry.box import BOX_EDGES, BOX_QUADS

_QUAD_ENDS = np.roll(BOX_QUADS, -1, axis=1)


def _face_along(start: int, end: int) -> int:
    """Return the face whose border runs along an edge from start to end."""
    return int(np.argwhere((start == BOX_QUADS) & (end == _QUAD_ENDS))[0, 0])


_EDGE_FACES = np.array([(_face_along(a, b), _face_along(b, a)) for a, b in BOX_EDGES])

NEAR = 1e-3
"""Distance of the near plane as a share of the box's diagonal."""


def near_distances(corners: np.ndarray) -> np.ndarray:
    """Return each box's distance of the near plane: `NEAR` of its diagonal, rounded down to a power of two.

    Rounding keeps it constant under small changes of the box, so it does not take part in the gradient.

    Args:
        corners: Shape (n, 8, 3).

    Returns:
        Shape (n,), in the corners' units.
    """
    diagonal = np.linalg.norm(corners[:, 7] - corners[:, 0], axis=-1)
    return 2.0 ** np.floor(np.log2(NEAR * diagonal))


@dataclass(frozen=True, eq=False)
class Outline:
    """Segments that bound the silhouettes of n boxes.

    From start to end they run around each silhouette so that, in pixels (v down), the integral of u dv is its area.
    Every end lies on an edge of the box between two corners.

    Attributes:
        box: Index of each segment's box, shape (k,), ascending.
        points: Start and end in the camera's frame, shape (k, 2, 3), all beyond the near plane.
        corners: The two corners of each end's edge, shape (k, 2, 2): the same corner twice if not clipped.
        mix: Share of the second corner, shape (k, 2).
        mix_by_z: d mix / d z of the two corners, shape (k, 2, 2): zero if not clipped.
    """

    box: np.ndarray
    points: np.ndarray
    corners: np.ndarray
    mix: np.ndarray
    mix_by_z: np.ndarray

    def pull_back(self, gradient: np.ndarray, box_corners: np.ndarray) -> np.ndarray:
        """Convert derivatives by the ends to derivatives by the corners.

        Args:
            gradient: d f / d `points`, shape (k, 2, 3).
            box_corners: Corners from which the outline was made, shape (n, 8, 3).

        Returns:
            d f / d corners, shape (n, 8, 3).
        """
        pair = box_corners[self.box[:, None, None], self.corners]
        share = np.stack([1 - self.mix, self.mix], axis=-1)
        by_corner = share[..., None] * gradient[:, :, None, :]
        by_mix = np.einsum("kei,kei->ke", gradient, pair[:, :, 1] - pair[:, :, 0])
        by_corner[..., 2] += by_mix[..., None] * self.mix_by_z
        slot = ((self.box[:, None, None] * 8 + self.corners)[..., None] * 3 + np.arange(3)).ravel()
        return np.bincount(slot, by_corner.ravel(), box_corners.size).reshape(box_corners.shape)


def box_outlines(corners: np.ndarray, near: np.ndarray) -> Outline:
    """Find the outlines of boxes as seen from the origin along -Z.

    Args:
        corners: Camera-frame corners, shape (n, 8, 3), ordered as `boxfit.geometry.box.CORNER_SIGNS`.
        near: Distance of each box's near plane, positive, shape (n,).
    """
    beyond = -corners[..., 2] - near[:, None]
    kept = beyond > 0
    quads = corners[:, BOX_QUADS]
    normals = np.cross(quads[:, :, 2] - quads[:, :, 0], quads[:, :, 3] - quads[:, :, 1])
    front = np.einsum("nfi,nfqi->nf", normals, quads) < 0

    # Clockwise around the camera's axis (y up), the integral of u dv over pixels (v down) is positive.
    turn = front[:, _EDGE_FACES[:, 1]].astype(np.int8) - front[:, _EDGE_FACES[:, 0]]
    box, edge = np.nonzero((turn != 0) & kept[:, BOX_EDGES].any(axis=-1))
    forward = (turn[box, edge] > 0)[:, None]
    ends = np.where(forward, BOX_EDGES[edge], BOX_EDGES[edge][:, ::-1])
    pairs = np.stack([ends, ends[:, ::-1]], axis=-1)

    if (kept.any(axis=1) & ~kept.all(axis=1)).any():
        cut_box, cut_pairs = _cut_borders(kept, front)
        box, pairs = np.concatenate([box, cut_box]), np.concatenate([pairs, cut_pairs])
        order = np.argsort(box, kind="stable")
        box, pairs = box[order], pairs[order]

    whole = kept[box[:, None], pairs[..., 0]]
    pairs[..., 1] = np.where(whole, pairs[..., 0], pairs[..., 1])
    first, second = np.moveaxis(beyond[box[:, None, None], pairs], -1, 0)
    span = np.where(whole, 1.0, first - second)
    mix = np.where(whole, 0.0, first / span)
    mix_by_z = np.where(whole, 0.0, np.stack([second, -first]) / span**2)
    start, end = np.moveaxis(corners[box[:, None, None], pairs], -2, 0)
    return Outline(box, start + mix[..., None] * (end - start), pairs, mix, np.moveaxis(mix_by_z, 0, -1))


def _cut_borders(kept: np.ndarray, front: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return segments of the near plane's cut on back faces: boxes, and for each end its edge's two corners."""
    leaves = kept[:, BOX_QUADS] & ~kept[:, _QUAD_ENDS]
    enters = ~kept[:, BOX_QUADS] & kept[:, _QUAD_ENDS]
    box, face = np.nonzero(leaves.any(axis=-1) & ~front)
    pairs = []
    for crossings in (leaves, enters):
        side = crossings[box, face].argmax(axis=-1)
        hidden_first = crossings is enters
        near_end, far_end = BOX_QUADS[face, side], _QUAD_ENDS[face, side]
        pairs.append(np.stack([near_end, far_end] if hidden_first else [far_end, near_end], axis=-1))
    return box, np.stack(pairs, axis=1)
