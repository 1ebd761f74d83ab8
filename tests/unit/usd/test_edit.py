"""Tests of undo and redo: layers are restored exactly, and changes by others are kept."""

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.geometry.box import Box
from boxfit.settings import PrimSettings
from boxfit.usd.cube import box_place, write_box
from boxfit.usd.edit import EditRecorder
from boxfit.usd.frames import AssetFrame
from boxfit.usd.history import remove_history, write_history
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_stage
from hypothesis import given
from hypothesis import strategies as st
from pxr import Sdf, Usd, UsdGeom

BOX = Box(np.array([1.0, -2.0, 3.0]), np.array([0.5, 1.0, 2.0]), np.array([0.9, 0.1, -0.3, 0.2]))
OTHER = Box(np.array([4.0, 0.0, 1.0]), np.array([0.3, 0.2, 0.7]))
POSE = np.diag([2.0, 2.0, 2.0, 1.0])


def record(stage, *paths, box=BOX, asset=None, steps=0, options=PrimSettings()):
    """Write boxes, with histories of `steps` steps if any, and return the edit."""
    with EditRecorder(stage) as recorder:
        for path in paths:
            recorder.watch_box(box_place(stage, path, asset), in_frame=asset is not None)
            figures = {"method": "tight", "warnings": ["one"]} if box is BOX else {"method": "contact"}
            prim = write_box(stage, path, box, asset=asset, figures=figures, settings=options)
            if steps:
                write_history(stage, prim, [box] * steps, in_asset_frame=asset is not None)
            else:
                remove_history(stage, prim)
    return recorder.edit


def texts(stage):
    """Return the layer that an edit may change, as text."""
    return stage.GetRootLayer().ExportToString()


def assert_undone_and_redone(stage, act):
    before = texts(stage)
    edit = act()
    after = texts(stage)
    assert after != before
    for _ in range(2):
        edit.undo()
        assert texts(stage) == before
        edit.undo()  # It is undone already.
        assert texts(stage) == before
        edit.redo()
        assert texts(stage) == after
        edit.redo()
        assert texts(stage) == after
    return edit


def put_nothing(stage):
    pass


def put_siblings(stage):
    for name in ("A", "Box2", "Z"):
        UsdGeom.Xform.Define(stage, f"/World/{name}")
    stage.SetStartTimeCode(2)


def put_an_earlier_box(stage):
    put_siblings(stage)
    record(stage, "/World/Box", box=OTHER)
    for name in ("Box3", "Box4"):
        UsdGeom.Xform.Define(stage, f"/World/{name}")


def put_an_edited_box(stage):
    put_an_earlier_box(stage)
    prim = stage.GetPrimAtPath("/World/Box")
    prim.CreateAttribute("mine", Sdf.ValueTypeNames.Float).Set(3.0)
    prim.GetAttribute("xformOp:scale").SetMetadata("comment", "by hand")
    prim.RemoveProperty("size")
    prim.SetMetadata("comment", "kept")
    prim.CreateRelationship("friends").AddTarget("/World/Box.size")


def put_overs(stage):
    for path in ("/World", "/World/Deep", "/World/Deep/Box"):
        Sdf.CreatePrimInLayer(stage.GetRootLayer(), path)


def add_sublayer(stage):
    """Add a layer to a stage, and return a stage of that layer alone."""
    sublayer = Sdf.Layer.CreateAnonymous()
    stage.GetRootLayer().subLayerPaths.append(sublayer.identifier)
    return Usd.Stage.Open(sublayer)


def put_parents_in_a_sublayer(stage):
    UsdGeom.Xform.Define(add_sublayer(stage), "/World/Deep")


def put_a_box_in_a_sublayer(stage):
    write_box(add_sublayer(stage), "/World/Box", OTHER, figures={"stale": 1})


def put_reordered_children(stage):
    put_an_earlier_box(stage)
    stage.GetPrimAtPath("/World").SetChildrenReorder(["Z", "Box", "A"])


SITUATIONS = [
    put_nothing,
    put_siblings,
    put_an_earlier_box,
    put_an_edited_box,
    put_overs,
    put_parents_in_a_sublayer,
    put_a_box_in_a_sublayer,
    put_reordered_children,
]


@pytest.mark.parametrize("path", ["/World/Box", "/World/Deep/Down/Box", "/Elsewhere/Box", "/Box"])
@pytest.mark.parametrize("put", SITUATIONS)
def test_undo_and_redo_in_any_situation_give_the_same_layer(stage, put, path):
    put(stage)
    assert_undone_and_redone(stage, lambda: record(stage, path))


@pytest.mark.parametrize("put", [put_nothing, put_siblings, put_an_earlier_box])
def test_undo_and_redo_of_two_boxes_and_their_new_parents_give_the_same_layer(stage, put):
    put(stage)
    assert_undone_and_redone(stage, lambda: record(stage, "/World/Deep/A", "/World/Deep/B", "/World/Box"))


@pytest.mark.parametrize("animated", [False, True])
@pytest.mark.parametrize("again", [False, True])
def test_undo_and_redo_in_an_asset_frame_give_the_same_layer(stage, again, animated):
    put_siblings(stage)
    frame = AssetFrame(prim_path="/World/Rig/Preview")
    op = UsdGeom.Xform.Define(stage, frame.prim_path).AddTransformOp()
    for time in (1, 2, 3) if animated else (Usd.TimeCode.Default(),):
        op.Set(UsdGeom.Xform(stage.GetPrimAtPath("/World/A")).GetLocalTransformation(), time)
    if again:
        record(stage, "/Any/Clock", asset=frame, box=OTHER)
        UsdGeom.Xform.Define(stage, "/World/Rig/Z")
    assert_undone_and_redone(stage, lambda: record(stage, "/Any/Clock", asset=frame))
    assert_undone_and_redone(stage, lambda: record(stage, "/New/Clock", asset=AssetFrame(POSE)))


@pytest.mark.parametrize("asset", [None, AssetFrame(POSE)])
@pytest.mark.parametrize("saved", [False, True])
def test_undo_and_redo_of_a_history_bring_the_earlier_one_back(tmp_path, saved, asset):
    stage = new_stage(tmp_path / "box.usda")
    put_siblings(stage)
    assert_undone_and_redone(stage, lambda: record(stage, "/World/Box", "/World/C", steps=3, asset=asset))
    if saved:
        save_stage(stage)
        stage = None
        stage = open_stage(tmp_path / "box.usda")
    assert_undone_and_redone(stage, lambda: record(stage, "/World/Box", box=OTHER, steps=5, asset=asset))
    place = str(box_place(stage, "/World/Box", asset))
    samples = stage.GetAttributeAtPath(f"{place}_history.xformOp:scale")
    assert samples.GetNumTimeSamples() == 5
    assert_undone_and_redone(stage, lambda: record(stage, "/World/Box", asset=asset))
    assert not stage.GetPrimAtPath(f"{place}_history")


def test_undo_of_a_history_shows_the_earlier_samples_on_the_stage_at_once(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    record(stage, "/World/Box", steps=3)
    edit = record(stage, "/World/Box", box=OTHER, steps=6)

    def sizes():
        attribute = stage.GetAttributeAtPath("/World/Box_history.xformOp:scale")
        return [tuple(attribute.Get(time)) for time in attribute.GetTimeSamples()]

    assert np.allclose(sizes(), [OTHER.size] * 6)
    edit.undo()
    assert np.allclose(np.sort(sizes()), [np.sort(BOX.size)] * 3)
    edit.redo()
    assert np.allclose(sizes(), [OTHER.size] * 6)


def test_undo_of_several_edits_one_after_the_other_gives_the_beginning_back(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    moments, edits = [texts(stage)], []
    for path, steps, box in (("/World/A", 2, BOX), ("/World/B", 3, OTHER), ("/World/A", 0, OTHER), ("/S/A", 4, BOX)):
        edits.append(record(stage, path, box=box, steps=steps))
        moments.append(texts(stage))
    for edit, moment in zip(reversed(edits), reversed(moments[:-1]), strict=True):
        edit.undo()
        assert texts(stage) == moment
    for edit, moment in zip(edits, moments[1:], strict=True):
        edit.redo()
        assert texts(stage) == moment


steps_taken = st.lists(
    st.tuples(
        st.sampled_from(["/World/A", "/World/B", "/World/Deep/A", "/A", "/World/A_history/C"]),
        st.sampled_from([BOX, OTHER]),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@given(steps_taken, st.randoms(use_true_random=False))
def test_undo_and_redo_in_any_order_that_a_user_can_click_give_the_same_layers(steps, random):
    stage = Usd.Stage.CreateInMemory()
    moments, edits, at = [texts(stage)], [], 0
    for path, box, back in steps:
        del edits[at:], moments[at + 1 :]
        edits.append(record(stage, path, box=box))
        moments.append(texts(stage))
        at += 1
        while back and random.random() < 0.7:
            if at and random.random() < 0.6:
                at -= 1
                edits[at].undo()
            elif at < len(edits):
                edits[at].redo()
                at += 1
            assert texts(stage) == moments[at]


def test_undo_leaves_what_others_have_made_meanwhile(stage):
    edit = record(stage, "/World/Boxes/Box")
    UsdGeom.Sphere.Define(stage, "/World/Boxes/Mine")
    UsdGeom.Sphere.Define(stage, "/World/Ball")
    stage.SetStartTimeCode(7)
    edit.undo()
    assert [str(prim.GetPath()) for prim in stage.Traverse()] == [
        "/World",
        "/World/Boxes",
        "/World/Boxes/Mine",
        "/World/Ball",
    ]
    assert stage.GetStartTimeCode() == 7
    edit.redo()
    assert stage.GetPrimAtPath("/World/Boxes/Box") and stage.GetPrimAtPath("/World/Ball")


def test_undo_of_a_history_leaves_a_time_range_that_somebody_has_set_since(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    edit = record(stage, "/World/Box", steps=3)
    stage.SetEndTimeCode(100)
    edit.undo()
    assert stage.GetEndTimeCode() == 100
    assert not stage.GetRootLayer().HasStartTimeCode()


def test_redo_after_somebody_has_removed_the_parents_makes_them_again(stage):
    edit = record(stage, "/World/Boxes/Box")
    edit.undo()
    assert not stage.GetPrimAtPath("/World")
    edit.redo()
    stage.RemovePrim("/World")
    edit.redo()
    assert stage.GetPrimAtPath("/World/Boxes/Box").IsDefined()
    assert stage.GetPrimAtPath("/World").GetTypeName() == "Xform"


def test_undo_and_redo_make_the_stage_recompose_once_each(tmp_path):
    from pxr import Tf

    stage = new_stage(tmp_path / "box.usda")
    edit = record(stage, "/World/Deep/A", "/World/B", steps=3)
    notices = []
    key = Tf.Notice.Register(Usd.Notice.ObjectsChanged, lambda notice, _: notices.append(notice), stage)
    edit.undo()
    assert len(notices) == 1
    edit.redo()
    assert len(notices) == 2
    key.Revoke()


def test_recorder_where_the_block_raises_puts_everything_back(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    record(stage, "/World/B", steps=2)
    before = texts(stage)
    with pytest.raises(StageError, match="did not write"), EditRecorder(stage) as recorder:
        for path in ("/World/Deep/A", "/World/B", "/World"):
            place = box_place(stage, path)
            recorder.watch_box(place)
            write_history(stage, write_box(stage, path, OTHER), [BOX] * 9)
    assert texts(stage) == before
    assert not hasattr(recorder, "edit")


def test_undo_once_the_stage_is_closed_says_so_and_does_nothing(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    edit = record(stage, "/World/Box", steps=2)
    save_stage(stage)
    text = (tmp_path / "box.usda").read_text(encoding="utf-8")
    stage = None
    for act in (edit.undo, edit.redo):
        with pytest.raises(StageError, match="is closed"):
            act()
    assert (tmp_path / "box.usda").read_text(encoding="utf-8") == text


def test_undo_in_a_binary_layer_gives_the_same_layer(tmp_path):
    stage = new_stage(tmp_path / "box.usdc")
    put_an_edited_box(stage)
    save_stage(stage)
    stage = None
    stage = open_stage(tmp_path / "box.usdc")
    assert_undone_and_redone(stage, lambda: record(stage, "/World/Box", "/World/New", steps=2))


@pytest.mark.parametrize("steps", [0, 3])
def test_undo_keeps_what_another_program_has_written_on_the_box_since(stage, steps):
    record(stage, "/World/Box", box=OTHER)
    before = texts(stage)
    edit = record(stage, "/World/Box", steps=steps)
    after = texts(stage)
    prim = stage.GetPrimAtPath("/World/Box")
    prim.CreateAttribute("theirs", Sdf.ValueTypeNames.Float).Set(3.0)
    prim.SetMetadata("comment", "theirs")
    UsdGeom.Sphere.Define(stage, "/World/Box/Theirs")
    for change, left in ((edit.undo, before), (edit.redo, after), (edit.undo, before)):
        change()
        assert prim.GetAttribute("theirs").Get() == 3.0 and prim.GetMetadata("comment") == "theirs"
        assert stage.GetPrimAtPath("/World/Box/Theirs").IsA(UsdGeom.Sphere)
        beside = Sdf.Layer.CreateAnonymous(".usda")
        beside.TransferContent(stage.GetRootLayer())
        spec = beside.GetPrimAtPath("/World/Box")
        spec.RemoveProperty(spec.properties["theirs"])
        del spec.nameChildren["Theirs"]
        spec.ClearInfo("comment")
        assert beside.ExportToString() == left


def test_undo_of_a_new_box_keeps_what_others_put_on_and_below_it_and_shows_no_cube(stage):
    edit = record(stage, "/World/Box")
    after = stage.GetPrimAtPath("/World/Box").GetPropertyNames()
    UsdGeom.Sphere.Define(stage, "/World/Box/Theirs")
    edit.undo()
    prim = stage.GetPrimAtPath("/World/Box")
    assert (prim.GetTypeName(), prim.IsDefined(), prim.GetAuthoredPropertyNames()) == ("", False, [])
    assert stage.GetRootLayer().GetPrimAtPath("/World/Box/Theirs")
    edit.redo()
    assert stage.GetPrimAtPath("/World/Box").GetPropertyNames() == after


def test_undo_leaves_a_property_removed_that_it_did_not_write(stage):
    record(stage, "/World/Box", box=OTHER)
    prim = stage.GetPrimAtPath("/World/Box")
    prim.CreateAttribute("theirs", Sdf.ValueTypeNames.Float).Set(3.0)
    edit = record(stage, "/World/Box")
    prim.RemoveProperty("theirs")
    edit.undo()
    assert not prim.HasAttribute("theirs") and prim.GetAttribute("boxfit:method").Get() == "contact"
