import numpy as np
import pytest
from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS, Box
from boxfit.usd.cube import write_box
from boxfit.usd.history import write_history
from boxfit.usd.stage import new_stage
from boxfit.usd.wireframe import read_wireframe
from pxr import Gf, Sdf, UsdGeom

from tests.stages import define_mesh

SQUARES = ([(0, 0, 0), (1, 0, 0), (2, 0, 0), (0, 1, 0), (1, 1, 0), (2, 1, 0)], [4, 4], [0, 1, 4, 3, 1, 2, 5, 4])
"""Two squares that share an edge."""


def lines(segments):
    """Convert segments to a set, independent of the order of their ends."""
    return {tuple(sorted(map(tuple, np.round(np.asarray(segment, np.float64), 4).tolist()))) for segment in segments}


def box_lines(corners):
    return lines(np.asarray(corners)[BOX_EDGES])


def test_read_wireframe_gives_each_edge_of_the_polygons_once_in_the_world(stage):
    parent = UsdGeom.Xform.Define(stage, "/A")
    parent.AddTranslateOp().Set((10, 0, 0))
    parent.AddScaleOp().Set((2, 3, 1))
    define_mesh(stage, "/A/Mesh", *SQUARES)
    wireframe = read_wireframe(stage)
    pairs = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
    assert (wireframe.segments.shape, wireframe.segments.dtype) == ((7, 2, 3), np.float32)
    assert lines(wireframe.segments) == lines((np.array(SQUARES[0]) * (2, 3, 1) + (10, 0, 0))[pairs])
    assert (wireframe.count, wireframe.simplified, wireframe.skipped) == (7, False, 0)
    assert np.allclose(wireframe.bounds, [(10, 0, 0), (14, 3, 0)])


def test_read_wireframe_of_an_empty_stage_has_no_lines_and_no_bounds(stage):
    UsdGeom.Xform.Define(stage, "/World")
    define_mesh(stage, "/World/Empty", [], [], [])
    wireframe = read_wireframe(stage)
    assert (wireframe.segments.shape, wireframe.bounds) == ((0, 2, 3), None)
    assert (wireframe.count, wireframe.simplified) == (0, False)


def test_read_wireframe_with_too_many_edges_gives_the_bounds_along_each_shapes_own_axes(stage):
    define_mesh(stage, "/Turned", *SQUARES).AddRotateZOp().Set(30)
    for name in "ABC":
        UsdGeom.Sphere.Define(stage, f"/{name}")
    wireframe = read_wireframe(stage, limit=100)
    assert wireframe.simplified and wireframe.count > 300
    assert wireframe.segments.shape == (4 * 12, 2, 3)
    turn = np.array(Gf.Matrix3d(Gf.Rotation((0, 0, 1), 30)))  # For row vectors.
    assert box_lines((CORNER_SIGNS * (1, 0.5, 0) + (1, 0.5, 0)) @ turn) <= lines(wireframe.segments)


def test_read_wireframe_with_too_many_shapes_gives_one_box_around_all(stage):
    for index in range(5):
        UsdGeom.Cube.Define(stage, f"/C{index}").AddTranslateOp().Set((3 * index, 0, 0))
    wireframe = read_wireframe(stage, limit=59)
    assert (wireframe.count, wireframe.simplified) == (60, True)
    assert lines(wireframe.segments) == box_lines(CORNER_SIGNS * (7, 1, 1) + (6, 0, 0))
    assert not read_wireframe(stage, limit=60).simplified


def test_read_wireframe_follows_instances(stage):
    define_mesh(stage, "/Prototype/Mesh", *SQUARES)
    stage.GetPrimAtPath("/Prototype").SetSpecifier(Sdf.SpecifierClass)
    for index in range(2):
        prim = stage.DefinePrim(f"/Copy{index}", "Xform")
        prim.GetReferences().AddInternalReference("/Prototype")
        prim.SetInstanceable(True)
        UsdGeom.Xformable(prim).AddTranslateOp().Set((0, 0, 5 * index))
    wireframe = read_wireframe(stage)
    assert wireframe.count == 14
    assert set(wireframe.segments[..., 2].ravel().tolist()) == {0, 5}


def test_read_wireframe_leaves_out_what_is_not_seen_and_what_boxfit_wrote(tmp_path):
    stage = new_stage(tmp_path / "a.usda")
    define_mesh(stage, "/World/Seen", *SQUARES)
    define_mesh(stage, "/World/Hidden", *SQUARES).MakeInvisible()
    for purpose in ("guide", "proxy"):
        define_mesh(stage, f"/World/{purpose}", *SQUARES).CreatePurposeAttr(purpose)
    define_mesh(stage, "/World/Render", *SQUARES).CreatePurposeAttr("render")
    box = Box(np.zeros(3), np.ones(3))
    write_history(stage, write_box(stage, "/World/Box", box), [box])
    stage.GetPrimAtPath("/World/Box_history").GetAttribute("visibility").Set("inherited")
    assert read_wireframe(stage).count == 14


@pytest.mark.parametrize(
    "malformed",
    [
        ([(0, 0, 0)], [3], [0, 1, 2]),
        (SQUARES[0], [4, 4], [0, 1, 2]),
        (SQUARES[0], [4, -4], []),
        ([(0, 0, float("nan")), (1, 0, 0), (0, 1, 0)], [3], [0, 1, 2]),
    ],
)
def test_read_wireframe_skips_malformed_meshes_and_counts_them(stage, malformed):
    define_mesh(stage, "/Good", *SQUARES)
    define_mesh(stage, "/Bad", *malformed)
    wireframe = read_wireframe(stage)
    assert (wireframe.count, wireframe.skipped) == (7, 1)


def test_read_wireframe_of_a_shape_whose_transform_is_not_finite_skips_it(stage):
    define_mesh(stage, "/Bad", *SQUARES).AddTranslateOp().Set((float("nan"), 0, 0))
    wireframe = read_wireframe(stage)
    assert (wireframe.count, wireframe.skipped, wireframe.bounds) == (0, 1, None)


def test_read_wireframe_of_polygons_with_one_two_and_no_corners_gives_what_lines_there_are(stage):
    define_mesh(stage, "/Odd", SQUARES[0], [0, 1, 2, 3, 0], [3, 0, 1, 1, 2, 4])
    wireframe = read_wireframe(stage)
    assert lines(wireframe.segments) == lines(np.array(SQUARES[0])[[(0, 1), (1, 2), (2, 4), (1, 4)]])


def test_read_wireframe_of_curves_and_instancers_shows_their_bounds(stage):
    curves = UsdGeom.BasisCurves.Define(stage, "/Curves")
    curves.CreatePointsAttr([(0, 0, 0), (1, 2, 3)])
    curves.CreateCurveVertexCountsAttr([2])
    curves.CreateTypeAttr("linear")
    instancer = UsdGeom.PointInstancer.Define(stage, "/Many")
    UsdGeom.Cube.Define(stage, "/Many/Prototype")
    instancer.CreatePrototypesRel().AddTarget("/Many/Prototype")
    instancer.CreateProtoIndicesAttr([0, 0])
    instancer.CreatePositionsAttr([(10, 0, 0), (20, 0, 0)])
    wireframe = read_wireframe(stage)
    assert (wireframe.count, wireframe.skipped) == (24, 0)
    assert box_lines(CORNER_SIGNS * (6, 1, 1) + (15, 0, 0)) <= lines(wireframe.segments)
    assert np.allclose(wireframe.bounds[1], (21, 2, 3))


def test_read_wireframe_of_a_sphere_goes_around_it_without_lines_of_no_length(stage):
    UsdGeom.Sphere.Define(stage, "/Ball").CreateRadiusAttr(2.0)
    wireframe = read_wireframe(stage)
    assert np.allclose(np.linalg.norm(wireframe.segments, axis=-1), 2, atol=1e-6)
    assert (np.linalg.norm(wireframe.segments[:, 0] - wireframe.segments[:, 1], axis=-1) > 0.1).all()
    assert np.allclose(wireframe.bounds, [(-2, -2, -2), (2, 2, 2)])


@pytest.mark.parametrize("limit", [7, 6])
def test_read_wireframe_with_as_many_edges_as_can_be_drawn_gives_the_edges(stage, limit):
    define_mesh(stage, "/Mesh", *SQUARES)
    wireframe = read_wireframe(stage, limit=limit)
    assert (len(wireframe.segments), wireframe.simplified) == ((7, False) if limit == 7 else (12, True))


def test_read_wireframe_with_as_many_lines_of_bounds_as_can_be_drawn_gives_those_of_each_shape(stage):
    for index in range(2):
        UsdGeom.Sphere.Define(stage, f"/S{index}").AddTranslateOp().Set((5 * index, 0, 0))
    assert len(read_wireframe(stage, limit=24).segments) == 24
    assert len(read_wireframe(stage, limit=23).segments) == 12
