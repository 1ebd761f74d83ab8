"""Box of least volume around a mesh, by a dense search over orientations.

trimesh's `bounding_box_oriented` only tries boxes flush with a face of the hull, and can be far too large: the least
box of a regular tetrahedron is flush with none of its faces, but is the cube whose face diagonals are its edges.
"""

from __future__ import annotations

import numpy as np
from boxfit.geometry.box import Box
from boxfit.geometry.rotations import matrix_from_quaternion, quaternion_from_matrix
from scipy.optimize import minimize
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from bench.cache import cached

SEEDS = 6000
REFINED = 40


def least_box(vertices: np.ndarray) -> Box:
    """Find the box of least volume that holds all vertices.

    Seeds are quaternions spread evenly over all rotations, and boxes flush with each of the hull's faces and one of its
    edges; the best are refined by Nelder-Mead. In the best box, two adjacent faces hold an edge of the hull each
    (O'Rourke, 1985), and a local search finds that from a nearby seed.

    Args:
        vertices: Shape (V, 3), not all in one plane.
    """
    hull = vertices[ConvexHull(vertices).vertices]
    centre, unit = hull.mean(axis=0), np.ptp(hull, axis=0).max()
    hull = (hull - centre) / unit

    seeds = np.concatenate([_spread_rotations(SEEDS), _flush_rotations(hull)])
    volumes = np.concatenate([_volumes(hull, chunk) for chunk in np.array_split(seeds, len(seeds) // 500 + 1)])
    best, least = np.eye(3), np.inf
    for seed in seeds[np.argsort(volumes, kind="stable")[:REFINED]]:
        turn = _refine(hull, seed)
        volume = _volumes(hull, turn[None])[0]
        if volume < least:
            best, least = turn, volume
    local = hull @ best
    low, high = local.min(axis=0), local.max(axis=0)
    return Box(centre + unit * (best @ (low + high) / 2), unit * (high - low) / 2, quaternion_from_matrix(best))


def cached_least_box(shape: np.ndarray, vertices: np.ndarray) -> Box:
    """Return the least box of a mesh that was scaled, rotated and moved: that of its shape, which is in the cache.

    Args:
        shape: Vertices before that, shape (V, 3), not all in one plane.
        vertices: Vertices after that, shape (V, 3).
    """

    def search() -> dict[str, np.ndarray]:
        box = least_box(shape)
        return {"centre": box.centre, "half_extents": box.half_extents, "quaternion": box.quaternion}

    return placed_box(Box(**cached("truth", [shape, SEEDS, REFINED], search)), shape, vertices)


def placed_box(box: Box, shape: np.ndarray, vertices: np.ndarray) -> Box:
    """Scale, rotate and move a box as a mesh was.

    Args:
        box: In the frame of `shape`.
        shape: Vertices of the mesh before that, shape (V, 3), not all in one plane.
        vertices: Vertices after that, shape (V, 3).
    """
    matrix = np.linalg.lstsq(np.column_stack([shape, np.ones(len(shape))]), vertices, rcond=None)[0].T
    scale = np.cbrt(np.linalg.det(matrix[:, :3]))
    turn = quaternion_from_matrix(matrix[:, :3] @ box.rotation / scale)
    return Box(matrix[:, :3] @ box.centre + matrix[:, 3], scale * box.half_extents, turn)


def _volumes(hull: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """Return the volumes of the boxes with given axes (columns), shape (n, 3, 3) -> (n,)."""
    local = np.einsum("vi,nij->nvj", hull, rotations)
    return np.prod(np.ptp(local, axis=1), axis=1)


def _spread_rotations(count: int) -> np.ndarray:
    """Return evenly spread rotations, shape (count, 3, 3), by the super-Fibonacci spiral of Alexa (CVPR 2022)."""
    s = np.arange(count) + 0.5
    t = s / count
    alpha, beta = 2 * np.pi * s / np.sqrt(2), 2 * np.pi * s / 1.533751168755204288118041
    r, q = np.sqrt(t), np.sqrt(1 - t)
    return matrix_from_quaternion(
        np.stack([r * np.sin(alpha), r * np.cos(alpha), q * np.sin(beta), q * np.cos(beta)], axis=1)
    )


def _flush_rotations(hull: np.ndarray) -> np.ndarray:
    """Return axes along each hull face's normal and each of its edges, shape (n, 3, 3)."""
    shape = ConvexHull(hull)
    corners = hull[shape.simplices]
    edges = np.roll(corners, -1, axis=1) - corners
    edges = edges / np.linalg.norm(edges, axis=-1, keepdims=True)
    normals = np.broadcast_to(shape.equations[:, None, :3], edges.shape)
    return np.stack([normals, edges, np.cross(normals, edges)], axis=-1).reshape(-1, 3, 3)


def _refine(hull: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Find the rotation of least volume near a seed, shape (3, 3); restarted, as Nelder-Mead can stall on a ridge."""
    rotation = seed
    for step in (0.05, 0.01, 0.001):
        minimum = minimize(
            lambda turn, start=rotation: _volumes(hull, (start @ Rotation.from_rotvec(turn).as_matrix())[None])[0],
            np.zeros(3),
            method="Nelder-Mead",
            options={
                "initial_simplex": np.concatenate([np.zeros((1, 3)), step * np.eye(3)]),
                "xatol": 1e-9,
                "fatol": 1e-14,
                "maxfev": 400,
            },
        )
        rotation = rotation @ Rotation.from_rotvec(minimum.x).as_matrix()
    return rotation
