"""Consistency check of cameras: the rays through the centroids of an object's masks pass near each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.errors import ContradictionError, list_names
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.silhouette import Silhouette
from boxfit.views.masks import touched_borders

MISS = 1.25
"""A ray that misses the meeting point by more than this many object radii contradicts the others.

The ray through a mask's centroid meets the object's bounding sphere for every shape, even if part of the mask is
hidden. Masks that touch the image border are not used."""

SIZE_RATIO = 30.0
"""A view in which the object is larger or smaller than in the median view by this factor is wrong."""

SHARE = 0.1
"""Fewer contradicting views than this share, or a single one, may be bad masks, which the visual hull tolerates."""

_STEP = 1e-4
"""The search for the meeting point ends with a step of this share of the largest distance to a ray."""

_SPREAD = 0.01
"""Smallest mean squared sine of the rays' angles to a line that determines a point (6 degrees)."""


@dataclass(frozen=True, eq=False)
class CameraAgreement:
    """Meeting point of the rays through the centroids of the masks.

    Attributes:
        meeting_point: Point in the silhouettes' world, shape (3,).
        inside: Number of masks that contain the point; small for a hollow shape.
        miss: Median distance between a ray and the point, in radii of the object.
    """

    meeting_point: np.ndarray
    inside: int
    miss: float

    __repr__ = brief_repr


def check_cameras(silhouettes: Sequence[Silhouette]) -> CameraAgreement | None:
    """Check that the cameras of one object's silhouettes are consistent.

    The meeting point has the least sum of distances (not of squares) to the rays, so that it is robust against a few
    wrong cameras.

    Args:
        silhouettes: Silhouettes of one object, in one world.

    Returns:
        The agreement, or None if fewer than two masks are inside their images or the rays are nearly parallel.

    Raises:
        ContradictionError: If some cameras clearly contradict the others. Smaller errors affect only the visual hull.
    """
    whole = [silhouette for silhouette in silhouettes if not any(touched_borders(silhouette))]
    if len(whole) < 2:
        return None
    origins, across = middle_rays(whole)
    if np.linalg.eigvalsh(across.mean(axis=0))[0] < _SPREAD:
        return None
    point = meeting_point(origins, across)

    depths = np.array([-silhouette.camera.to_camera(point)[2] for silhouette in whole])
    radii = np.array([_radius_at_depth_one(silhouette) for silhouette in whole]) * np.maximum(depths, 0)
    ahead = depths > 0
    if not ahead.any():
        raise _contradiction(whole)
    misses = line_distances(point, origins, across) / np.percentile(radii[ahead], 75)
    ratios = radii / np.median(radii[ahead])
    wrong = ~ahead | (misses > MISS) | (ratios > SIZE_RATIO) | (ratios < 1 / SIZE_RATIO)
    if wrong.sum() >= max(2, SHARE * len(whole)):
        raise _contradiction([silhouette for silhouette, bad in zip(whole, wrong, strict=True) if bad])
    inside = sum(_contains(silhouette, point) for silhouette in silhouettes)
    return CameraAgreement(point, inside, float(np.median(misses)))


def middle_rays(silhouettes: Sequence[Silhouette]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rays through the masks' centroids.

    Returns:
        Their origins, shape (n, 3), and projections onto the planes normal to them, shape (n, 3, 3).
    """
    origins = np.array([silhouette.camera.position for silhouette in silhouettes])
    directions = np.array([_middle_ray(silhouette) for silhouette in silhouettes])
    return origins, np.eye(3) - directions[:, :, None] * directions[:, None, :]


def _middle_ray(silhouette: Silhouette) -> np.ndarray:
    """Return the unit direction of the ray through the mask's centroid, shape (3,)."""
    rows, columns = silhouette.mask.sum(axis=1), silhouette.mask.sum(axis=0)
    centroid = [weights @ (np.arange(len(weights)) + 0.5) / silhouette.area for weights in (columns, rows)]
    row, column = silhouette.origin
    direction = silhouette.camera.ray_directions(np.add(centroid, (column, row)))
    return direction / np.linalg.norm(direction)


def _radius_at_depth_one(silhouette: Silhouette) -> float:
    """Return half the diagonal of the mask's rectangle at depth 1, in the world's units."""
    (row, column), (height, width) = silhouette.origin, silhouette.mask.shape
    first, last = silhouette.camera.ray_directions(np.array([[column, row], [column + width, row + height]]))
    return float(np.linalg.norm(last - first)) / 2


def meeting_point(origins: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Find the point with the least sum of distances to lines, by repeated weighted least squares, shape (3,)."""
    weights = np.ones(len(origins))
    point = np.full(3, np.nan)
    for _ in range(50):
        before, normal = point, np.einsum("n,nij->ij", weights, across)
        point = np.linalg.solve(normal, np.einsum("n,nij,nj->i", weights, across, origins))
        distances = line_distances(point, origins, across)
        most = distances.max()
        if np.linalg.norm(point - before) <= _STEP * most:
            break
        weights = 1.0 / np.maximum(distances, 1e-6 * most + np.finfo(float).tiny)
        weights /= weights.max()
    return point


def line_distances(point: np.ndarray, origins: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Return the distances of a point from lines, shape (n,); `across` projects onto the planes normal to them."""
    return np.linalg.norm(np.einsum("nij,nj->ni", across, point - origins), axis=1)


def _contains(silhouette: Silhouette, point: np.ndarray) -> bool:
    """Return True if a world point projects onto the mask."""
    u, v = silhouette.camera.project(point)
    if not np.isfinite([u, v]).all():
        return False
    row, column = int(np.floor(v)) - silhouette.origin[0], int(np.floor(u)) - silhouette.origin[1]
    height, width = silhouette.mask.shape
    return 0 <= row < height and 0 <= column < width and bool(silhouette.mask[row, column])


def _contradiction(wrong: Sequence[Silhouette]) -> ContradictionError:
    names = [silhouette.view for silhouette in wrong]
    return ContradictionError(
        f"the cameras contradict each other: in views {list_names(names)} the object is not where the other "
        "views see it (usual causes: a translation in other units, or an object that moves): correct "
        "their matrices, or leave them out (exclude)"
    )
