import numpy as np
import pytest
from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS, Box
from boxfit.usd.cube import write_box
from boxfit.usd.history import write_history
from boxfit.usd.stage import new_stage
from boxfit.usd.surfaces import read_surfaces
from pxr import Gf, Sdf, UsdGeom

from tests.stages import define_mesh

SQUARES = ([(0, 0, 0), (1, 0, 0), (2, 0, 0), (0, 1, 0), (1, 1, 0), (2, 1, 0)], [4, 4], [0, 1, 4, 3, 1, 2, 5, 4])
"""Two squares that share an edge."""


def lines(segments):
    """Convert segments to a set, independent of the order of their ends."""
    return {tuple(sorted(map(tuple, np.round(np.asarray(segment, np.float64), 4).tolist()))) for segment in segments}


def box_lines(corners):
    return lines(np.asarray(corners)[BOX_EDGES])


def test_read_surfaces_gives_the_triangles_of_the_polygons_in_the_world(stage):
    parent = UsdGeom.Xform.Define(stage, "/A")
    parent.AddTranslateOp().Set((10, 0, 0))
    parent.AddScaleOp().Set((2, 3, 1))
    define_mesh(stage, "/A/Mesh", *SQUARES)
    surfaces = read_surfaces(stage)
    corners = [(0, 1, 4), (0, 4, 3), (1, 2, 5), (1, 5, 4)]
    assert surfaces.triangles.dtype == np.float32 and surfaces.segments.shape == (0, 2, 3)
    np.testing.assert_allclose(surfaces.triangles, (np.array(SQUARES[0]) * (2, 3, 1) + (10, 0, 0))[corners])
    assert (surfaces.count, surfaces.simplified, surfaces.skipped) == (4, False, 0)


def test_read_surfaces_of_an_empty_stage_has_none(stage):
    UsdGeom.Xform.Define(stage, "/World")
    define_mesh(stage, "/World/Empty", [], [], [])
    surfaces = read_surfaces(stage)
    assert (surfaces.triangles.shape, surfaces.segments.shape) == ((0, 3, 3), (0, 2, 3))
    assert (surfaces.count, surfaces.simplified, surfaces.skipped) == (0, False, 0)


def test_read_surfaces_with_too_many_triangles_gives_the_bounds_along_each_shapes_own_axes(stage):
    define_mesh(stage, "/Turned", *SQUARES).AddRotateZOp().Set(30)
    for name in "ABC":
        UsdGeom.Sphere.Define(stage, f"/{name}")
    surfaces = read_surfaces(stage, most=100)
    assert surfaces.simplified and surfaces.count > 300
    assert (len(surfaces.triangles), surfaces.segments.shape) == (0, (4 * 12, 2, 3))
    turn = np.array(Gf.Matrix3d(Gf.Rotation((0, 0, 1), 30)))  # For row vectors.
    assert box_lines((CORNER_SIGNS * (1, 0.5, 0) + (1, 0.5, 0)) @ turn) <= lines(surfaces.segments)


def test_read_surfaces_with_too_many_shapes_gives_one_box_around_all(stage):
    for index in range(5):
        UsdGeom.Cube.Define(stage, f"/C{index}").AddTranslateOp().Set((3 * index, 0, 0))
    surfaces = read_surfaces(stage, most=59, most_shapes=4)
    assert (surfaces.count, surfaces.simplified) == (60, True)
    assert lines(surfaces.segments) == box_lines(CORNER_SIGNS * (7, 1, 1) + (6, 0, 0))
    assert len(read_surfaces(stage, most=59, most_shapes=5).segments) == 60
    assert not read_surfaces(stage, most=60, most_shapes=4).simplified


def test_read_surfaces_follows_instances(stage):
    define_mesh(stage, "/Prototype/Mesh", *SQUARES)
    stage.GetPrimAtPath("/Prototype").SetSpecifier(Sdf.SpecifierClass)
    for index in range(2):
        prim = stage.DefinePrim(f"/Copy{index}", "Xform")
        prim.GetReferences().AddInternalReference("/Prototype")
        prim.SetInstanceable(True)
        UsdGeom.Xformable(prim).AddTranslateOp().Set((0, 0, 5 * index))
    surfaces = read_surfaces(stage)
    assert surfaces.count == 8
    assert set(surfaces.triangles[..., 2].ravel().tolist()) == {0, 5}


def test_read_surfaces_leaves_out_what_is_not_seen_and_what_boxfit_wrote(tmp_path):
    stage = new_stage(tmp_path / "a.usda")
    define_mesh(stage, "/World/Seen", *SQUARES)
    define_mesh(stage, "/World/Hidden", *SQUARES).MakeInvisible()
    for purpose in ("guide", "proxy"):
        define_mesh(stage, f"/World/{purpose}", *SQUARES).CreatePurposeAttr(purpose)
    define_mesh(stage, "/World/Render", *SQUARES).CreatePurposeAttr("render")
    box = Box(np.zeros(3), np.ones(3))
    write_history(stage, write_box(stage, "/World/Box", box), [box])
    stage.GetPrimAtPath("/World/Box_history").GetAttribute("visibility").Set("inherited")
    assert read_surfaces(stage).count == 8


@pytest.mark.parametrize(
    "malformed",
    [
        ([(0, 0, 0)], [3], [0, 1, 2]),
        (SQUARES[0], [4, 4], [0, 1, 2]),
        (SQUARES[0], [4, -4], []),
        ([(0, 0, float("nan")), (1, 0, 0), (0, 1, 0)], [3], [0, 1, 2]),
    ],
)
def test_read_surfaces_skips_malformed_meshes_and_counts_them(stage, malformed):
    define_mesh(stage, "/Good", *SQUARES)
    define_mesh(stage, "/Bad", *malformed)
    surfaces = read_surfaces(stage)
    assert (surfaces.count, surfaces.skipped) == (4, 1)


def test_read_surfaces_of_a_shape_whose_transform_is_not_finite_skips_it(stage):
    define_mesh(stage, "/Bad", *SQUARES).AddTranslateOp().Set((float("nan"), 0, 0))
    surfaces = read_surfaces(stage)
    assert (surfaces.count, surfaces.skipped, len(surfaces.triangles)) == (0, 1, 0)


def test_read_surfaces_of_polygons_with_two_one_and_no_corners_gives_the_triangles_of_the_others(stage):
    define_mesh(stage, "/Odd", SQUARES[0], [0, 1, 2, 3, 0], [3, 0, 1, 1, 2, 4])
    np.testing.assert_allclose(read_surfaces(stage).triangles, np.array(SQUARES[0])[[(1, 2, 4)]])


def test_read_surfaces_of_curves_and_instancers_shows_their_bounds_beside_meshes(stage):
    define_mesh(stage, "/Mesh", *SQUARES)
    curves = UsdGeom.BasisCurves.Define(stage, "/Curves")
    curves.CreatePointsAttr([(0, 0, 0), (1, 2, 3)])
    curves.CreateCurveVertexCountsAttr([2])
    curves.CreateTypeAttr("linear")
    instancer = UsdGeom.PointInstancer.Define(stage, "/Many")
    UsdGeom.Cube.Define(stage, "/Many/Prototype")
    instancer.CreatePrototypesRel().AddTarget("/Many/Prototype")
    instancer.CreateProtoIndicesAttr([0, 0])
    instancer.CreatePositionsAttr([(10, 0, 0), (20, 0, 0)])
    surfaces = read_surfaces(stage)
    assert (len(surfaces.triangles), len(surfaces.segments), surfaces.skipped) == (4, 24, 0)
    assert box_lines(CORNER_SIGNS * (6, 1, 1) + (15, 0, 0)) <= lines(surfaces.segments)
    (around,) = [lines(read_surfaces(stage, most_shapes=1).segments)]
    assert len(around) == 12 and np.max(list(around)) == 21


def test_read_surfaces_of_a_sphere_goes_around_it(stage):
    UsdGeom.Sphere.Define(stage, "/Ball").CreateRadiusAttr(2.0)
    triangles = read_surfaces(stage).triangles
    assert np.allclose(np.linalg.norm(triangles, axis=-1), 2, atol=1e-6)
    np.testing.assert_allclose([triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))], [(-2,) * 3, (2,) * 3])
