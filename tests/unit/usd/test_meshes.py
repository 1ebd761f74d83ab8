import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.geometry.box import Box
from boxfit.usd.cube import write_box
from boxfit.usd.meshes import read_triangles, world_from_prim
from pxr import Gf, UsdGeom

from tests.stages import define_mesh

PENTAGON = [(0, 0, 0), (2, 0, 0), (3, 1, 0), (1, 2, 0), (-1, 1, 0)]


def test_read_triangles_of_polygons_are_fans_in_the_world(stage):
    parent = UsdGeom.Xform.Define(stage, "/Asset")
    parent.AddTranslateOp().Set((10, 0, 0))
    parent.AddScaleOp().Set((2, 2, 2))
    define_mesh(stage, "/Asset/Mesh", PENTAGON, [3, 4], [0, 1, 2, 0, 2, 3, 4])
    triangles = read_triangles(stage, "/Asset")
    expected = np.array(PENTAGON)[[[0, 1, 2], [0, 2, 3], [0, 3, 4]]] * 2.0 + [10, 0, 0]
    assert np.allclose(triangles, expected)


def test_read_triangles_of_a_cube_closes_its_surface(stage):
    UsdGeom.Cube.Define(stage, "/Cube").CreateSizeAttr(3.0)
    triangles = read_triangles(stage, "/Cube")
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    volume = np.abs(np.einsum("ni,ni->n", triangles[:, 0], normals)).sum() / 6
    assert volume == pytest.approx(27)
    # All normals point the same way, outwards or inwards, so the signed volume is the volume.
    assert abs(np.einsum("ni,ni->n", triangles[:, 0], normals).sum() / 6) == pytest.approx(27)


def test_read_triangles_follows_instances(stage):
    define_mesh(stage, "/Prototype/Mesh", PENTAGON[:3], [3], [0, 1, 2])
    for index in range(2):
        prim = stage.DefinePrim(f"/Asset/Copy{index}", "Xform")
        prim.GetReferences().AddInternalReference("/Prototype")
        prim.SetInstanceable(True)
        UsdGeom.Xformable(prim).AddTranslateOp().Set((0, 0, 5 * index))
    assert np.allclose(read_triangles(stage, "/Asset")[:, 0, 2], [0, 5])


def test_read_triangles_leaves_out_what_is_not_seen(stage):
    define_mesh(stage, "/Asset/Seen", PENTAGON[:3], [3], [0, 1, 2])
    define_mesh(stage, "/Asset/Hidden", PENTAGON[:3], [3], [0, 1, 2]).MakeInvisible()
    for purpose in ("guide", "proxy"):
        define_mesh(stage, f"/Asset/{purpose}", PENTAGON[:3], [3], [0, 1, 2]).CreatePurposeAttr(purpose)
    define_mesh(stage, "/Asset/Off", PENTAGON[:3], [3], [0, 1, 2]).GetPrim().SetActive(False)
    write_box(stage, "/Asset/Box", Box(np.zeros(3), np.ones(3)))
    assert len(read_triangles(stage, "/Asset")) == 1


def test_read_triangles_of_a_pose_with_time_samples_takes_the_first(stage):
    mesh = define_mesh(stage, "/Mesh", PENTAGON[:3], [3], [0, 1, 2])
    op = mesh.AddTranslateOp()
    op.Set((0, 0, 7), 1)
    op.Set((0, 0, 9), 2)
    assert np.allclose(read_triangles(stage, "/Mesh")[..., 2], 7)


@pytest.mark.parametrize(
    ("define", "message"),
    [
        (lambda stage: UsdGeom.BasisCurves.Define(stage, "/Asset/Hair"), "/Asset/Hair is a BasisCurves"),
        (lambda stage: define_mesh(stage, "/Asset/Mesh", PENTAGON, [3], [0, 1, 9]), "do not fit its points"),
        (lambda stage: define_mesh(stage, "/Asset/Mesh", PENTAGON, [4], [0, 1, 2]), "do not fit its points"),
        (lambda stage: UsdGeom.Xform.Define(stage, "/Asset/Empty"), "no visible mesh under /Asset"),
    ],
    ids=["curves", "index beyond", "counts beyond", "nothing"],
)
def test_read_triangles_of_what_has_none_says_why(stage, define, message):
    define(stage)
    with pytest.raises(StageError, match=message):
        read_triangles(stage, "/Asset")


def test_read_triangles_without_the_prim_names_it(stage):
    with pytest.raises(StageError, match="no prim /Nowhere"):
        read_triangles(stage, "/Nowhere")


def test_world_from_prim_under_a_turned_parent_acts_on_column_vectors(stage):
    parent = UsdGeom.Xform.Define(stage, "/A")
    parent.AddRotateZOp().Set(90)
    child = UsdGeom.Xform.Define(stage, "/A/B")
    child.AddTranslateOp().Set(Gf.Vec3d(1, 0, 0))
    assert np.allclose(world_from_prim(stage, "/A/B") @ [1, 0, 0, 1], [0, 2, 0, 1])
