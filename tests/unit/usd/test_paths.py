from boxfit.usd.paths import box_names, default_scope, define_parents, prim_names
from pxr import Sdf, Usd


def test_box_names_join_the_assets_file_name_and_the_label():
    assert box_names([("assets/Clock_payload.usd", "clock")]) == ["Clock_payload_clock"]
    assert box_names([("C:\\assets\\Clock.usd", "clock")]) == ["Clock_clock"]
    assert box_names([(None, "clock")]) == ["clock"]


def test_box_names_of_odd_and_equal_texts_are_valid_and_different():
    names = box_names([(None, "1"), (None, "tea pot"), (None, "tea-pot"), (None, "tea_pot"), ("a.usd", "ß")])
    assert len(set(names)) == len(names)
    assert all(Sdf.Path.IsValidIdentifier(name) for name in names)


def test_prim_names_do_not_run_into_a_number_that_is_taken():
    assert prim_names(["a", "a_2", "a"]) == ["a", "a_2", "a_3"]


def test_default_scope_is_the_default_prim():
    stage = Usd.Stage.CreateInMemory()
    assert default_scope(stage) == "/World"
    stage.SetDefaultPrim(stage.DefinePrim("/Root"))
    assert default_scope(stage) == "/Root"


def test_define_parents_keeps_the_types_that_are_there_and_defines_overs():
    stage = Usd.Stage.CreateInMemory()
    stage.OverridePrim("/World/Over")
    stage.DefinePrim("/World/Over/Group", "Xform")
    define_parents(stage, Sdf.Path("/World/Over/Group/Scope/Box"))
    found = [stage.GetPrimAtPath(path) for path in ("/World/Over/Group", "/World/Over/Group/Scope")]
    assert [prim.GetTypeName() for prim in found] == ["Xform", "Scope"]
    assert all(prim.IsDefined() for prim in found)
    assert stage.GetPrimAtPath("/World/Over").IsDefined()
    assert not stage.GetPrimAtPath("/World/Over/Group/Scope/Box")
