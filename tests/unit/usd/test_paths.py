import pytest
from boxfit.errors import StageError
from boxfit.usd.paths import box_names, box_paths, check_path, default_scope, define_parents, prim_names
from boxfit.usd.provenance import write_provenance
from pxr import Sdf


def test_box_names_join_the_assets_file_name_and_the_label():
    assert box_names([("assets/Clock_payload.usd", "clock")]) == ["Clock_payload_clock"]
    assert box_names([("C:\\assets\\Clock.usd", "clock")]) == ["Clock_clock"]
    assert box_names([(None, "clock")]) == ["clock"]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("/World/Shelf/Mug", "Mug"),
        ("/World/Shelf/*", "Shelf"),
        ("/World/*/Mug_??", "Mug_"),
        ("link_*", "link_"),
        ("mug,cup", "mug_cup"),
    ],
)
def test_box_names_of_paths_and_patterns_are_their_last_part_without_wildcards(label, name):
    assert box_names([(None, label)]) == [name]


def test_box_names_of_odd_and_equal_texts_are_valid_and_different():
    names = box_names([(None, "1"), (None, "tea pot"), (None, "tea-pot"), (None, "tea_pot"), ("a.usd", "ß")])
    assert len(set(names)) == len(names)
    assert all(Sdf.Path.IsValidIdentifier(name) for name in names)


def test_prim_names_do_not_run_into_a_number_that_is_taken():
    assert prim_names(["a", "a_2", "a"]) == ["a", "a_2", "a_3"]


def test_default_scope_is_the_default_prim(stage):
    assert default_scope(stage) == "/World"
    stage.SetDefaultPrim(stage.DefinePrim("/Root"))
    assert default_scope(stage) == "/Root"


def test_define_parents_keeps_the_types_that_are_there_and_defines_overs(stage):
    stage.OverridePrim("/World/Over")
    stage.DefinePrim("/World/Over/Group", "Xform")
    define_parents(stage, Sdf.Path("/World/Over/Group/Scope/Box"))
    found = [stage.GetPrimAtPath(path) for path in ("/World/Over/Group", "/World/Over/Group/Scope")]
    assert [prim.GetTypeName() for prim in found] == ["Xform", "Scope"]
    assert all(prim.IsDefined() for prim in found)
    assert stage.GetPrimAtPath("/World/Over").IsDefined()
    assert not stage.GetPrimAtPath("/World/Over/Group/Scope/Box")


def test_define_parents_gives_overs_without_a_type_one(stage):
    stage.OverridePrim("/World/Over")
    define_parents(stage, Sdf.Path("/World/Over/Box"))
    found = [stage.GetPrimAtPath(path) for path in ("/World", "/World/Over")]
    assert [prim.GetTypeName() for prim in found] == ["Xform", "Scope"]


@pytest.mark.parametrize("path", ["/Class", "/Class/Inner", "/Class/Inner/Box"])
def test_check_path_at_or_below_a_class_is_refused(stage, path):
    stage.CreateClassPrim("/Class")
    stage.DefinePrim("/Class/Inner", "Xform")
    with pytest.raises(StageError, match="/Class is abstract"):
        check_path(stage, path)


def test_check_path_at_a_deactivated_prim_is_refused(stage):
    stage.DefinePrim("/World/Box", "Cube").SetActive(False)
    with pytest.raises(StageError, match="/World/Box is deactivated"):
        check_path(stage, "/World/Box")


@pytest.mark.parametrize(
    ("objects", "prim", "expected"),
    [
        ([("a.usd", "b")], None, ["/World/a_b"]),
        ([("a.usd", "b")], "/World/Mine", ["/World/Mine"]),
        ([("a.usd", "b"), (None, "c")], None, ["/World/a_b", "/World/c"]),
        ([("a.usd", "b"), (None, "c")], "/World/Mine", ["/World/Mine/a_b", "/World/Mine/c"]),
        ([(None, "b"), (None, "b")], "/", ["/b", "/b_2"]),
        ([("a.usd", "b")], "/World/Mine/", ["/World/Mine/a_b"]),
    ],
)
def test_box_paths_of_one_and_several_objects(stage, objects, prim, expected):
    assert box_paths(stage, objects, prim) == expected


def test_box_path_beside_the_object_and_in_a_scope_that_exists(stage) -> None:
    """A box stays where it was written before: neither its own prim nor its scope moves it."""
    crate = [(None, "/World/Crate")]
    assert box_paths(stage, crate) == ["/World/Crate"]
    stage.DefinePrim("/World/Crate", "Xform")
    for _ in range(2):
        (path,) = box_paths(stage, crate)
        assert path == "/World/Crate_box"
        write_provenance(stage.DefinePrim(path, "Cube"), {})
    stage.DefinePrim("/World/Boxes", "Scope")
    assert box_paths(stage, crate, "/World/Boxes") == ["/World/Boxes/Crate"]
    assert box_paths(stage, crate, "/World/Others/") == ["/World/Others/Crate"]
    assert box_paths(stage, crate, "/World/Crate") == ["/World/Crate"]
