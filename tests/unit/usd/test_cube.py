import numpy as np
import pytest
from boxfit._version import __version__
from boxfit.errors import StageError
from boxfit.geometry.box import Box, FaceBounds, box_between
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.settings import PrimSettings
from boxfit.usd.convert import gf_from_matrix
from boxfit.usd.cube import find_boxes, read_box, write_box
from boxfit.usd.frames import AssetFrame
from boxfit.usd.history import write_history
from boxfit.usd.stage import new_stage
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics

from tests.unit.usd.conftest import assert_same_corners, world_corners, world_from

BOX = Box(np.array([1.0, -2.0, 3.0]), np.array([0.5, 1.0, 2.0]), np.array([0.9, 0.1, -0.3, 0.2]))
BOUNDS = FaceBounds(np.array([[0.4, 0.45], [0.9, 0.95], [1.9, 1.8]]), np.array([[0.6, 0.55], [1.1, 1.2], [2.1, 2.0]]))

quaternions = arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(lambda q: np.linalg.norm(q) > 0.1)
vectors = arrays(np.float64, 3, elements=st.floats(-10, 10))
lengths = arrays(np.float64, 3, elements=st.floats(0.1, 10))


def names_of_ops(prim) -> list[str]:
    return [op.GetOpName() for op in UsdGeom.Xformable(prim).GetOrderedXformOps()]


def test_write_box_on_an_empty_stage_makes_a_unit_cube_with_three_ops(stage):
    prim = write_box(stage, "/World/Box", BOX)
    cube = UsdGeom.Cube(prim)
    assert cube.GetSizeAttr().Get() == 1
    assert np.allclose(cube.GetExtentAttr().Get(), [[-0.5] * 3, [0.5] * 3])
    assert names_of_ops(prim) == ["xformOp:translate", "xformOp:orient", "xformOp:scale"]
    types = [str(op.GetAttr().GetTypeName()) for op in UsdGeom.Xformable(prim).GetOrderedXformOps()]
    assert types == ["double3", "quatd", "double3"]
    assert UsdGeom.Imageable(prim).ComputePurpose() == "default"
    assert 0 < cube.GetDisplayOpacityAttr().Get()[0] < 1
    assert len(cube.GetDisplayColorAttr().Get()) == 1
    assert stage.GetPrimAtPath("/World").GetTypeName() == "Xform"


@given(vectors, lengths, quaternions, st.sampled_from(["orient", "xyz"]))
def test_write_box_of_any_box_puts_its_corners_there(centre, half_extents, quaternion, rotation):
    box = Box(centre, half_extents, quaternion)
    stage = Usd.Stage.CreateInMemory()
    prim = write_box(stage, "/Box", box, settings=PrimSettings(rotation=rotation))
    assert_same_corners(world_corners(prim), box.corners)


def test_write_box_with_xyz_rotation_can_be_edited_by_xform_common_api(stage):
    prim = write_box(stage, "/Box", BOX, settings=PrimSettings(rotation="xyz"))
    assert names_of_ops(prim) == ["xformOp:translate", "xformOp:rotateXYZ", "xformOp:scale"]
    assert UsdGeom.XformCommonAPI(prim)


def test_write_box_with_purpose_guide_keeps_it_out_of_default_bounds(stage):
    write_box(stage, "/World/Box", BOX, settings=PrimSettings(purpose="guide"))
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), [UsdGeom.Tokens.default_])
    assert cache.ComputeWorldBound(stage.GetPrimAtPath("/World")).GetRange().IsEmpty()


@pytest.mark.parametrize("op", ["scale", "shear"])
def test_write_box_under_an_uneven_parent_names_that_parent(stage, op):
    UsdGeom.Xform.Define(stage, "/World").AddTranslateOp().Set((1, 2, 3))
    uneven = UsdGeom.Xform.Define(stage, "/World/Stretched")
    if op == "scale":
        uneven.AddScaleOp().Set((1, 2, 1))
    else:
        uneven.AddTransformOp().Set(Gf.Matrix4d([[1, 0.2, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))
    UsdGeom.Xform.Define(stage, "/World/Stretched/Inner")
    before = stage.GetRootLayer().ExportToString()
    with pytest.raises(StageError, match=r"its parent /World/Stretched is scaled unevenly or sheared"):
        write_box(stage, "/World/Stretched/Inner/Box", BOX)
    assert stage.GetRootLayer().ExportToString() == before


def test_write_box_under_an_uneven_parent_with_the_stack_reset_stands_in_the_world(stage):
    UsdGeom.Xform.Define(stage, "/World").AddScaleOp().Set((1, 2, 1))
    prim = write_box(stage, "/World/Box", BOX, settings=PrimSettings(reset_xform_stack=True))
    assert prim.GetAttribute("xformOpOrder").Get()[0] == "!resetXformStack!"
    assert_same_corners(world_corners(prim), BOX.corners)
    moved = Box(BOX.centre + 1, BOX.half_extents, BOX.quaternion)
    assert_same_corners(world_corners(write_box(stage, "/World/Box", moved)), moved.corners)


def test_write_box_inside_what_cannot_hold_it_is_refused(stage):
    UsdGeom.Mesh.Define(stage, "/World/Mesh")
    UsdGeom.Xform.Define(stage, "/Prototype")
    instance = stage.DefinePrim("/World/Instance", "Xform")
    instance.GetReferences().AddInternalReference("/Prototype")
    instance.SetInstanceable(True)
    stage.DefinePrim("/World/Off", "Xform").SetActive(False)
    for path, reason in (
        ("/World/Mesh/Scope/Box", "/World/Mesh is geometry"),
        ("/World/Instance/Box", "/World/Instance is an instance"),
        ("/World/Off/Box", "/World/Off is deactivated"),
    ):
        with pytest.raises(StageError, match=reason):
            write_box(stage, path, BOX)


@pytest.mark.parametrize("path", ["World/Box", "/", "", "/World/1box", "/World/Box.size", "/World/a b"])
def test_write_box_at_what_is_no_prim_path_is_refused(stage, path):
    with pytest.raises(StageError, match="is not the path of a prim"):
        write_box(stage, path, BOX)


@pytest.mark.parametrize("kind", ["Cube", "Scope", "Mesh", ""])
def test_write_box_over_a_prim_of_somebody_else_is_refused(stage, kind):
    stage.DefinePrim("/World/Thing", kind)
    with pytest.raises(StageError, match=r"/World/Thing is a .* that boxfit did not write"):
        write_box(stage, "/World/Thing", BOX)


def test_write_box_again_updates_the_prim_in_its_own_ops_and_precision(stage):
    prim = write_box(stage, "/Box", BOX)
    xformable = UsdGeom.Xformable(prim)
    xformable.ClearXformOpOrder()
    for name in ("xformOp:translate", "xformOp:orient", "xformOp:scale"):
        prim.RemoveProperty(name)
    xformable.AddTranslateOp(UsdGeom.XformOp.PrecisionFloat).Set((0, 0, 0))
    xformable.AddRotateXYZOp(UsdGeom.XformOp.PrecisionFloat).Set((0, 0, 0))
    xformable.AddScaleOp(UsdGeom.XformOp.PrecisionFloat).Set((1, 1, 1))
    UsdGeom.Cube(prim).GetDisplayColorAttr().Set([(1, 0, 0)])
    prim = write_box(stage, "/Box", BOX)
    assert names_of_ops(prim) == ["xformOp:translate", "xformOp:rotateXYZ", "xformOp:scale"]
    assert {str(op.GetAttr().GetTypeName()) for op in xformable.GetOrderedXformOps()} == {"float3"}
    assert UsdGeom.Cube(prim).GetDisplayColorAttr().Get()[0] == (1, 0, 0)
    assert_same_corners(world_corners(prim), BOX.corners)


def test_write_box_again_mends_size_extent_and_a_missing_op(stage):
    prim = write_box(stage, "/Box", BOX)
    UsdGeom.Cube(prim).GetSizeAttr().Set(2.0)
    UsdGeom.Cube(prim).GetExtentAttr().Set([(-1, -1, -1), (1, 1, 1)])
    prim.RemoveProperty("xformOp:orient")
    prim = write_box(stage, "/Box", BOX)
    assert np.allclose(UsdGeom.Cube(prim).GetExtentAttr().Get(), [[-0.5] * 3, [0.5] * 3])
    assert_same_corners(world_corners(prim), BOX.corners)


def test_write_box_again_names_the_axes_nearest_to_the_rotation_that_is_there(stage):
    turned = np.array([np.cos(0.6), 0, 0, np.sin(0.6)])
    prim = write_box(stage, "/Box", Box(np.zeros(3), np.array([1.0, 2.0, 3.0]), np.array([1.0, 0, 0, 0])))
    prim.GetAttribute("xformOp:orient").Set(Gf.Quatd(*turned))
    further = np.array([np.cos(0.65), 0, 0, np.sin(0.65)])
    bounds = FaceBounds(np.arange(6.0).reshape(3, 2) / 100 + 0.5, np.full((3, 2), 4.0))
    write_box(stage, "/Box", Box(np.zeros(3), np.array([1.0, 2.0, 3.0]), further), bounds=bounds)
    assert np.allclose(prim.GetAttribute("xformOp:scale").Get(), [2, 4, 6])
    assert prim.GetAttribute("xformOp:orient").Get().GetReal() == pytest.approx(np.cos(0.65), abs=1e-6)
    assert np.allclose(prim.GetAttribute("boxfit:bounds:inner").Get(), bounds.inner.ravel())


def test_write_box_new_names_the_axes_nearest_to_the_identity_and_the_bounds_follow(stage):
    quarter = np.array([np.cos(np.pi / 4), 0, 0, np.sin(np.pi / 4)])
    bounds = FaceBounds(np.array([[1.0, 2], [3, 4], [5, 6]]), np.array([[1.5, 2.5], [3.5, 4.5], [5.5, 6.5]]))
    prim = write_box(stage, "/Box", Box(np.zeros(3), np.array([2.0, 4.0, 6.0]), quarter), bounds=bounds)
    assert np.allclose(prim.GetAttribute("xformOp:scale").Get(), [8, 4, 12])
    # The box's own +x looked along the world's +y, and its +y along the world's -x.
    assert np.allclose(prim.GetAttribute("boxfit:bounds:inner").Get(), [4, 3, 1, 2, 5, 6])
    assert np.allclose(prim.GetAttribute("boxfit:bounds:outer").Get(), [4.5, 3.5, 1.5, 2.5, 5.5, 6.5])


@pytest.mark.parametrize("kind", ["pivot", "animated", "order"])
def test_write_box_again_with_other_ops_is_refused(stage, kind):
    prim = write_box(stage, "/Box", BOX)
    xformable = UsdGeom.Xformable(prim)
    if kind == "pivot":
        xformable.AddTranslateOp(opSuffix="pivot")
    elif kind == "animated":
        xformable.GetOrderedXformOps()[0].Set((0, 0, 0), 5)
    else:
        xformable.SetXformOpOrder(xformable.GetOrderedXformOps()[::-1])
    with pytest.raises(StageError, match="/Box"):
        write_box(stage, "/Box", BOX)


def test_write_box_figures_become_typed_attributes_and_stale_ones_go(stage):
    figures = {
        "method": "tight",
        "views": np.int64(24),
        "seed": 3_000_000_000,
        "ids": [1, -(2**40)],
        "coverage": np.float32(0.5),
        "occluded": False,
        "iou": {"mean": 0.9, "worst": None},
        "warnings": ["one side", "cut by the border"],
        "size": np.array([1.0, 2.0, 3.0]),
    }
    prim = write_box(stage, "/Box", BOX, figures=figures)
    assert prim.GetAttribute("boxfit:version").Get() == __version__
    found = {
        name.removeprefix("boxfit:"): (str(prim.GetAttribute(name).GetTypeName()), prim.GetAttribute(name).Get())
        for name in prim.GetAuthoredPropertyNames()
        if name.startswith("boxfit:")
    }
    assert found["method"] == ("string", "tight")
    assert found["views"] == ("int64", 24) and found["seed"][1] == figures["seed"]
    assert list(found["ids"][1]) == figures["ids"]
    assert found["coverage"] == ("double", 0.5)
    assert found["occluded"] == ("bool", False)
    assert found["iou:mean"] == ("double", 0.9)
    assert "iou:worst" not in found
    assert (found["warnings"][0], list(found["warnings"][1])) == ("string[]", figures["warnings"])
    assert list(found["size"][1]) == [1, 2, 3]
    write_box(stage, "/Box", BOX, figures={"method": "contact", "views": 2.5, "warnings": []})
    assert prim.GetAttribute("boxfit:method").Get() == "contact"
    assert prim.GetAttribute("boxfit:views").Get() == 2.5
    assert not prim.HasAttribute("boxfit:warnings")
    assert not prim.HasAttribute("boxfit:coverage")


def test_write_box_documents_every_attribute_of_its_own(stage):
    prim = write_box(stage, "/Box", BOX, bounds=BOUNDS, likely=BOX, figures={"method": "tight"}, size_text=str)
    texts = {attribute.GetName(): attribute.GetDocumentation() for attribute in prim.GetPropertiesInNamespace("boxfit")}
    assert len(texts) == 6 and all(texts.values()), texts


def test_write_box_under_a_scaled_parent_names_the_size_in_the_world_along_the_axes_of_the_prim(stage):
    UsdGeom.Xform.Define(stage, "/World").AddScaleOp().Set((2, 2, 2))
    quarter = np.array([np.cos(np.pi / 4), 0, 0, np.sin(np.pi / 4)])
    box = Box(np.zeros(3), np.array([1.0, 2.0, 3.0]), quarter)
    prim = write_box(stage, "/World/Box", box, size_text=lambda size: " x ".join(f"{edge:g}" for edge in size))
    assert np.allclose(prim.GetAttribute("xformOp:scale").Get(), [2, 1, 3])
    assert prim.GetAttribute("boxfit:size").Get() == "4 x 2 x 6"


@pytest.mark.parametrize(
    ("parent_kind", "path", "kind"),
    [
        ("group", "/World/Box", "component"),
        ("assembly", "/World/Box", "component"),
        ("group", "/Box", "component"),
        ("component", "/World/Box", ""),
        ("", "/World/Box", ""),
        ("group", "/World/Boxes/Box", ""),
    ],
)
def test_write_box_is_a_component_where_its_parents_are_groups(stage, parent_kind, path, kind):
    Usd.ModelAPI(stage.DefinePrim("/World", "Xform")).SetKind(parent_kind)
    prim = write_box(stage, path, BOX)
    assert Usd.ModelAPI(prim).GetKind() == kind and prim.IsComponent() == bool(kind)


def test_write_box_in_the_frame_of_an_asset_makes_the_frame_the_component(stage):
    Usd.ModelAPI(stage.DefinePrim("/World", "Xform")).SetKind("group")
    prim = write_box(stage, "/World/Box", BOX, asset=AssetFrame(np.eye(4)))
    assert prim.GetParent().IsComponent() and not prim.IsModel()


def test_write_box_again_keeps_the_kind_that_a_user_chose(stage):
    Usd.ModelAPI(write_box(stage, "/Box", BOX)).SetKind("assembly")
    assert Usd.ModelAPI(write_box(stage, "/Box", BOX)).GetKind() == "assembly"


def test_write_box_as_a_labelled_collider_applies_both_schemas_and_keeps_them(stage):
    settings = PrimSettings(collider=True, semantic_label="clock")
    write_box(stage, "/Box", BOX)
    prim = write_box(stage, "/Box", BOX, settings=settings)
    for _ in range(2):
        assert set(prim.GetMetadata("apiSchemas").GetAppliedItems()) == {
            "PhysicsCollisionAPI",
            "SemanticsLabelsAPI:class",
        }
        assert list(prim.GetAttribute("semantics:labels:class").Get()) == ["clock"]
        assert not prim.HasAPI(UsdPhysics.RigidBodyAPI)
        prim = write_box(stage, "/Box", BOX)


def test_write_box_with_a_semantic_label_is_read_by_the_schema_of_usd(stage):
    semantics = pytest.importorskip("pxr.UsdSemantics", reason="this usd-core lacks UsdSemantics")
    prim = write_box(stage, "/Box", BOX, settings=PrimSettings(semantic_label="clock"))
    assert prim.HasAPI(semantics.LabelsAPI, "class")
    assert list(semantics.LabelsAPI(prim, "class").GetLabelsAttr().Get()) == ["clock"]


def test_write_box_whatever_the_edit_target_goes_to_the_root_layer(stage):
    sublayer = Sdf.Layer.CreateAnonymous()
    stage.GetRootLayer().subLayerPaths.append(sublayer.identifier)
    with Usd.EditContext(stage, sublayer):
        stage.DefinePrim("/World", "Xform")
        write_box(stage, "/World/Box", BOX)
    assert stage.GetRootLayer().GetPrimAtPath("/World/Box").typeName == "Cube"
    assert not sublayer.GetPrimAtPath("/World/Box")


def test_write_box_over_one_that_a_sublayer_holds_overrides_it_in_the_root_layer(stage):
    sublayer = Sdf.Layer.CreateAnonymous()
    write_box(Usd.Stage.Open(sublayer), "/World/Box", BOX, figures={"method": "tight", "coverage": 0.5})
    before = sublayer.ExportToString()
    stage.GetRootLayer().subLayerPaths.append(sublayer.identifier)
    moved = Box(BOX.centre + 5, BOX.half_extents, BOX.quaternion)
    prim = write_box(stage, "/World/Box", moved, figures={"method": "contact"})
    assert sublayer.ExportToString() == before
    assert_same_corners(world_corners(prim), moved.corners)
    assert prim.GetAttribute("boxfit:method").Get() == "contact"
    assert prim.GetAttribute("boxfit:coverage").Get() is None


def face_distances(box, bounds):
    """Return six points on the box's axes for the inner and for the outer bounds of its faces."""
    axes = np.concatenate([-box.rotation.T[:, None], box.rotation.T[:, None]], axis=1)
    return [box.centre + axes * side[..., None] for side in (bounds.inner, bounds.outer)]


@given(quaternions, st.floats(0.01, 100), vectors, st.booleans(), st.sampled_from(["orient", "xyz"]))
def test_write_box_under_any_similar_parent_puts_it_in_the_world_and_read_box_gives_it_back(
    quaternion, scale, place, mirrored, rotation
):
    stage = Usd.Stage.CreateInMemory()
    matrix = np.eye(4)
    matrix[:3, :3] = scale * matrix_from_quaternion(quaternion) @ np.diag([-1 if mirrored else 1, 1, 1])
    matrix[:3, 3] = place
    UsdGeom.Xform.Define(stage, "/World").AddTransformOp().Set(gf_from_matrix(matrix))
    settings, likely = PrimSettings(rotation=rotation), box_between(BOX, (BOUNDS.inner + BOUNDS.outer) / 2, 0.1)
    prim = write_box(stage, "/World/Boxes/Box", BOX, bounds=BOUNDS, likely=likely, settings=settings)
    assert_same_corners(world_corners(prim), BOX.corners, tolerance=1e-4)
    distances = np.reshape(prim.GetAttribute("boxfit:bounds:likely").Get(), (3, 2))
    in_cube = distances / np.array(prim.GetAttribute("xformOp:scale").Get())[:, None]
    corners = np.stack(np.meshgrid(*(in_cube * [-1, 1])), axis=-1).reshape(-1, 3)
    in_world = world_from(prim)
    assert_same_corners(corners @ in_world[:3, :3].T + in_world[:3, 3], likely.corners, tolerance=1e-4)
    assert all(value > 0 for value in prim.GetAttribute("xformOp:scale").Get())
    found, bounds = read_box(stage, "/World/Boxes/Box")
    assert_same_corners(found.corners, BOX.corners, tolerance=1e-4)
    for actual, expected in zip(face_distances(found, bounds), face_distances(BOX, BOUNDS), strict=True):
        assert_same_corners(actual.reshape(-1, 3), expected.reshape(-1, 3), tolerance=1e-4)


def test_read_box_that_a_user_moved_and_turned_follows_and_keeps_its_bounds(stage):
    prim = write_box(stage, "/World/Box", BOX, bounds=BOUNDS)
    prim.GetAttribute("xformOp:translate").Set((7, 8, 9))
    UsdGeom.Xform(stage.GetPrimAtPath("/World")).AddScaleOp().Set((2, 2, 2))
    found, bounds = read_box(stage, "/World/Box")
    assert np.allclose(found.centre, [14, 16, 18])
    assert np.allclose(np.sort(found.half_extents), [1, 2, 4])
    assert np.allclose(np.sort(bounds.widths.ravel()), np.sort(2 * BOUNDS.widths.ravel()))


def test_read_box_that_a_user_scaled_has_its_new_size_and_no_bounds(stage):
    prim = write_box(stage, "/World/Box", BOX, bounds=BOUNDS)
    scale = prim.GetAttribute("xformOp:scale")
    scale.Set(3 * scale.Get())
    found, bounds = read_box(stage, "/World/Box")
    assert np.allclose(np.sort(found.size), [3, 6, 12])
    assert bounds is None


def test_read_box_along_the_axes_of_a_parent_that_is_scaled_unevenly_is_still_a_box(stage):
    write_box(stage, "/World/Box", Box(np.zeros(3), np.array([1.0, 2.0, 3.0])))
    UsdGeom.Xform(stage.GetPrimAtPath("/World")).AddScaleOp().Set((1, 2, -1))
    assert np.allclose(read_box(stage, "/World/Box")[0].half_extents, [1, 4, 3])


def test_read_box_that_is_sheared_or_flattened_is_an_error(stage):
    prim = write_box(stage, "/World/Box", BOX)
    op = UsdGeom.Xform(stage.GetPrimAtPath("/World")).AddScaleOp()
    op.Set((1, 2, 1))
    with pytest.raises(StageError, match="/World/Box is sheared or flattened"):
        read_box(stage, "/World/Box")
    op.Set((1, 1, 1))
    prim.GetAttribute("xformOp:scale").Set((1, 0, 1))
    with pytest.raises(StageError, match="/World/Box is sheared or flattened"):
        read_box(stage, "/World/Box")


@pytest.mark.parametrize("path", ["/Nowhere", "/World", "/World/Cube", "no path", "/World/Box.size"])
def test_read_box_where_there_is_none_is_an_error(stage, path):
    write_box(stage, "/World/Box", BOX)
    UsdGeom.Cube.Define(stage, "/World/Cube")
    with pytest.raises(StageError, match="there is no box that boxfit wrote at"):
        read_box(stage, path)


def test_read_box_with_figures_that_somebody_has_changed_has_no_bounds(stage):
    prim = write_box(stage, "/World/Box", BOX, bounds=BOUNDS)
    prim.GetAttribute("boxfit:bounds:inner").Set([1.0, 2.0])
    assert read_box(stage, "/World/Box")[1] is None


def test_find_boxes_lists_boxes_in_any_frame_and_no_history(tmp_path):
    stage = new_stage(tmp_path / "a.usda")
    UsdGeom.Cube.Define(stage, "/World/Cube")
    write_history(stage, write_box(stage, "/World/B", BOX), [BOX])
    write_box(stage, "/World/Clock", BOX, asset=AssetFrame(np.eye(4)))
    assert find_boxes(stage) == ["/World/B", "/World/Clock/Box"]
    for path in find_boxes(stage):
        assert_same_corners(read_box(stage, path)[0].corners, BOX.corners)
