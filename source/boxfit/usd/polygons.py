"""Polygons of the visible geometry on a stage: meshes, cubes, and approximations of round shapes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.geometry.box import BOX_QUADS, CORNER_SIGNS
from boxfit.usd.instances import MOST_IN_INSTANCES, find_prims
from boxfit.usd.provenance import is_from_boxfit
from boxfit.usd.stage import REST_TIME

SEEN_PURPOSES = (UsdGeom.Tokens.default_, UsdGeom.Tokens.render)
_ALONG = {"X": [2, 0, 1], "Y": [1, 2, 0], "Z": [0, 1, 2]}
"""Cyclic order of the coordinates that turns a shape along Z to another axis, without mirroring."""


class Polygons(NamedTuple):
    """Polygons in a prim's frame.

    Attributes:
        points: Shape (p, 3), float64.
        counts: Number of corners of each polygon, shape (n,).
        indices: Corners of all polygons in order, as indices of points, shape (sum of counts,).
    """

    points: np.ndarray
    counts: np.ndarray
    indices: np.ndarray


def fan_triangles(polygons: Polygons) -> np.ndarray:
    """Split polygons into triangles around their first corner: indices of points, shape (n, 3)."""
    _, counts, indices = polygons
    triangles = np.maximum(counts - 2, 0)
    first = np.repeat(np.cumsum(counts) - counts, triangles)
    step = np.arange(triangles.sum()) - np.repeat(np.cumsum(triangles) - triangles, triangles)
    return np.stack([indices[first], indices[first + step + 1], indices[first + step + 2]], axis=-1)


def is_seen(prim: Usd.Prim) -> bool:
    """Return True if a prim is visible geometry: no guide, no proxy, and not written by boxfit."""
    if not (prim.IsA(UsdGeom.Gprim) or prim.IsA(UsdGeom.PointInstancer)) or is_from_boxfit(prim):
        return False
    shape = UsdGeom.Imageable(prim)
    visible = shape.ComputeVisibility(REST_TIME) != UsdGeom.Tokens.invisible
    return visible and shape.ComputePurpose() in SEEN_PURPOSES


def find_shapes(root: Usd.Prim, most: int = MOST_IN_INSTANCES) -> list[Usd.Prim]:
    """Find the visible geometry of a subtree, without the prototypes below point instancers.

    Args:
        root: Root of the subtree, or a stage's pseudo-root.
        most: Largest number of shapes within instances.

    Raises:
        ManyInstancesError: If there are more.
    """
    found = find_prims(root, is_seen, is_leaf=lambda prim: prim.IsA(UsdGeom.PointInstancer), most=most)
    # An instance may be hidden as a whole.
    return [prim for prim in found if not prim.IsInstanceProxy() or is_seen(prim)]


def prototype_path(prim: Usd.Prim) -> Sdf.Path:
    """Return the path that a prim shares with the same prim of other instances, or its own."""
    return prim.GetPrimInPrototype().GetPath() if prim.IsInstanceProxy() else prim.GetPath()


def read_polygons(prim: Usd.Prim, around: int = 64) -> Polygons | None:
    """Read the surface of a mesh, cube, sphere, cylinder, cone or capsule.

    A mesh with a subdivision scheme gives its control cage. The corners of round shapes lie on the shape, so their
    faces lie slightly inside: by 0.12 % of the radius with 64 faces.

    Args:
        prim: Geometry.
        around: Number of faces around a round shape.

    Returns:
        The polygons, or None for a prim without such a surface: curves, points, instancers and so on.

    Raises:
        StageError: If the faces of a mesh do not match its points, or a point is not finite.
    """
    if prim.IsA(UsdGeom.Mesh):
        return _mesh(UsdGeom.Mesh(prim))
    if prim.IsA(UsdGeom.Cube):
        size = UsdGeom.Cube(prim).GetSizeAttr().Get(REST_TIME)
        return Polygons(CORNER_SIGNS * size / 2, np.full(6, 4), BOX_QUADS.ravel())
    profile = _profile(prim, around // 4)
    return None if profile is None else _revolve(*profile, around)


def _mesh(mesh: UsdGeom.Mesh) -> Polygons:
    points = _array(mesh.GetPointsAttr(), np.float64).reshape(-1, 3)
    indices = _array(mesh.GetFaceVertexIndicesAttr(), np.int64)
    counts = _array(mesh.GetFaceVertexCountsAttr(), np.int64)
    consistent = counts.sum() == len(indices) and (counts >= 0).all()
    if not consistent or (len(indices) and not 0 <= indices.min() <= indices.max() < len(points)):
        raise StageError(f"the faces of {mesh.GetPath()} do not fit its points")
    if not np.isfinite(points).all():
        raise StageError(f"points of {mesh.GetPath()} are not finite")
    return Polygons(points, counts, indices)


def _array(attribute: Usd.Attribute, kind: type) -> np.ndarray:
    value = attribute.Get(REST_TIME)
    return np.zeros(0, kind) if value is None else np.asarray(value, dtype=kind)


def _profile(prim: Usd.Prim, steps: int) -> tuple[np.ndarray, np.ndarray, str] | None:
    """Return a round shape as ascending heights along its axis, the radii at these heights, and the axis."""
    quarter = np.linspace(0, np.pi / 2, steps + 1)
    # Heights and radii of a quarter circle, from the equator to the pole.
    rise, radii = np.sin(quarter), np.append(np.cos(quarter[:-1]), 0.0)
    if prim.IsA(UsdGeom.Sphere):
        radius = UsdGeom.Sphere(prim).GetRadiusAttr().Get(REST_TIME)
        return radius * np.append(-rise[:0:-1], rise), radius * np.append(radii[:0:-1], radii), "Z"
    for schema in (UsdGeom.Cylinder, UsdGeom.Cone, UsdGeom.Capsule):
        if prim.IsA(schema):
            shape = schema(prim)
            radius, axis = shape.GetRadiusAttr().Get(REST_TIME), shape.GetAxisAttr().Get(REST_TIME)
            half = shape.GetHeightAttr().Get(REST_TIME) / 2
            if schema is UsdGeom.Capsule:  # Its height is that of the cylinder between the two hemispheres.
                heights = np.append(-half - radius * rise[::-1], half + radius * rise)
                return heights, radius * np.append(radii[::-1], radii), axis
            top = [0.0] if schema is UsdGeom.Cone else [radius, 0.0]
            return np.array([-half, -half, *[half] * len(top)]), np.array([0.0, radius, *top]), axis
    return None


def _revolve(heights: np.ndarray, radii: np.ndarray, axis: str, around: int) -> Polygons:
    """Revolve a profile about an axis; rings of radius 0 become one point."""
    angles = np.arange(around) * (2 * np.pi / around)
    rings = np.stack(
        [
            np.outer(radii, np.cos(angles)),
            np.outer(radii, np.sin(angles)),
            np.repeat(heights[:, None], around, axis=1),
        ],
        axis=-1,
    )
    corner = np.arange(len(heights) * around).reshape(-1, around)
    after = np.roll(corner, -1, axis=1)
    quads = np.stack([corner[:-1], after[:-1], after[1:], corner[1:]], axis=-1).reshape(-1, 4)
    # Adding 0.0 turns -0.0 into 0.0, so that a pole is one point.
    points, indices = np.unique(rings.reshape(-1, 3)[:, _ALONG[axis]] + 0.0, axis=0, return_inverse=True)
    return Polygons(points, np.full(len(quads), 4), indices.reshape(-1)[quads.ravel()])
