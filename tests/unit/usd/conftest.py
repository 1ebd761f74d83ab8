"""A stage in memory, and the corners of what stands on a stage."""

import numpy as np
import pytest
from pxr import Usd, UsdGeom

UNIT_CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])


@pytest.fixture
def stage():
    return Usd.Stage.CreateInMemory()


def world_from(prim, time=Usd.TimeCode.Default()) -> np.ndarray:
    """The matrix of a prim to the world, computed by USD, shape (4, 4)."""
    return np.array(UsdGeom.XformCache(time).GetLocalToWorldTransform(prim)).T


def world_corners(prim, time=Usd.TimeCode.Default()) -> np.ndarray:
    """Corners of a prim's cube in the world, computed by USD, shape (8, 3)."""
    matrix = world_from(prim, time)
    return UNIT_CORNERS * UsdGeom.Cube(prim).GetSizeAttr().Get() @ matrix[:3, :3].T + matrix[:3, 3]


def assert_same_corners(found: np.ndarray, expected: np.ndarray, tolerance: float = 1e-5) -> None:
    """Check that each expected corner has been found, in any order, within a share of the size."""
    scale = np.ptp(expected, axis=0).max()
    for corner in expected:
        assert np.linalg.norm(found - corner, axis=1).min() < tolerance * scale
