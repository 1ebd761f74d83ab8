import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.usd.meshes import read_triangles
from boxfit.usd.polygons import read_polygons
from pxr import UsdGeom


def volume(triangles):
    """Compute the signed volume of closed triangles, positive if counter-clockwise from outside."""
    return np.einsum("ni,ni->n", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])).sum() / 6


@pytest.mark.parametrize("axis", ["X", "Y", "Z"])
@pytest.mark.parametrize(
    ("schema", "expected", "along"),
    [
        (UsdGeom.Cylinder, np.pi * 0.25 * 3, 1.5),
        (UsdGeom.Cone, np.pi * 0.25 * 3 / 3, 1.5),
        (UsdGeom.Capsule, np.pi * 0.25 * 3 + 4 / 3 * np.pi * 0.125, 2.0),
    ],
)
def test_read_triangles_of_a_round_shape_fill_its_volume_along_its_axis(stage, schema, expected, along, axis):
    shape = schema.Define(stage, "/Shape")
    shape.CreateRadiusAttr(0.5)
    shape.CreateHeightAttr(3.0)
    shape.CreateAxisAttr(axis)
    triangles = read_triangles(stage, "/Shape")
    assert volume(triangles) == pytest.approx(expected, rel=0.01)
    limits = np.full(3, 0.5)
    limits["XYZ".index(axis)] = along
    assert np.allclose(triangles.reshape(-1, 3).max(axis=0), limits)
    assert np.allclose(triangles.reshape(-1, 3).min(axis=0), -limits)


def test_read_triangles_of_a_sphere_fill_its_volume(stage):
    UsdGeom.Sphere.Define(stage, "/Ball").CreateRadiusAttr(2.0)
    triangles = read_triangles(stage, "/Ball")
    assert volume(triangles) == pytest.approx(4 / 3 * np.pi * 8, rel=0.01)
    assert np.allclose(np.linalg.norm(triangles, axis=-1), 2)


def test_read_triangles_of_a_cone_points_up_its_axis(stage):
    UsdGeom.Cone.Define(stage, "/Cone").CreateAxisAttr("Y")
    points = read_triangles(stage, "/Cone").reshape(-1, 3)
    assert np.allclose(points[points[:, 1] > 0.9], [0, 1, 0])


def test_read_polygons_of_points_that_are_not_finite_is_an_error(stage):
    mesh = UsdGeom.Mesh.Define(stage, "/Mesh")
    mesh.CreatePointsAttr([(0, 0, float("inf"))])
    with pytest.raises(StageError, match="points of /Mesh are not finite"):
        read_polygons(mesh.GetPrim())


def test_read_polygons_of_curves_gives_none(stage):
    assert read_polygons(UsdGeom.BasisCurves.Define(stage, "/Curves").GetPrim()) is None
