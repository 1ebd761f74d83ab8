import os
import re
import stat
import subprocess
import sys

import numpy as np
import pytest
from boxfit.errors import OutputError, StageError
from boxfit.geometry.units import WorldUnits, target_from_source_world
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import (
    check_writable,
    local_file,
    new_layer,
    new_stage,
    open_stage,
    stage_file,
    stage_place,
    usd_errors,
)
from boxfit.usd.units import stage_units
from pxr import Sdf, Usd, UsdGeom


def test_open_stage_without_a_file_or_on_a_folder_says_so(tmp_path):
    with pytest.raises(StageError, match=r"missing\.usda does not exist"):
        open_stage(tmp_path / "missing.usda")
    with pytest.raises(StageError, match="is a folder"):
        open_stage(tmp_path)


@pytest.mark.parametrize("name", ["broken.usda", "broken.usdc", "notes.txt"])
def test_open_stage_on_another_file_gives_one_line_with_the_reason(tmp_path, name):
    (tmp_path / name).write_text("no stage at all", encoding="utf-8")
    with pytest.raises(StageError, match="is not a USD stage that can be read") as error:
        open_stage(tmp_path / name)
    assert "\n" not in str(error.value)
    assert name in str(error.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
@pytest.mark.parametrize("kind", ["subLayers = [@./pipe.usda@]", "references = @./pipe.usda@"])
def test_open_stage_whose_layer_refers_to_a_pipe_is_refused_and_does_not_wait(tmp_path, kind):
    os.mkfifo(tmp_path / "pipe.usda")
    sublayers = f"({kind})" if kind.startswith("sub") else ""
    prim = f'def "Thing" ({kind}) {{}}' if not sublayers else ""
    (tmp_path / "inner.usda").write_text(f"#usda 1.0\n{sublayers}\n{prim}\n", encoding="utf-8")
    (tmp_path / "scene.usda").write_text("#usda 1.0\n(subLayers = [@./inner.usda@])\n", encoding="utf-8")
    code = "import sys; from boxfit.usd.stage import open_stage; open_stage(sys.argv[1])"
    command = [sys.executable, "-c", code, str(tmp_path / "scene.usda")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert re.search(r"StageError: .*pipe\.usda, which .*inner\.usda refers to, is a device or a pipe", done.stderr)


def test_open_stage_whose_sublayers_are_missing_or_damaged_composes_the_others(tmp_path):
    (tmp_path / "damaged.usda").write_text("no layer", encoding="utf-8")
    (tmp_path / "whole.usda").write_text('#usda 1.0\ndef "Thing" {}\n', encoding="utf-8")
    sublayers = "@./damaged.usda@, @./missing.usda@, @./whole.usda@"
    (tmp_path / "scene.usda").write_text(f"#usda 1.0\n(subLayers = [{sublayers}])\n", encoding="utf-8")
    assert open_stage(tmp_path / "scene.usda").GetPrimAtPath("/Thing")


@pytest.mark.parametrize("suffix", [".usda", ".usdc", ".usd"])
def test_new_stage_saved_and_opened_has_a_default_prim_and_its_units(tmp_path, suffix):
    path = tmp_path / f"new{suffix}"
    stage = new_stage(path, WorldUnits("Z", 1.0))
    assert not path.exists()
    assert save_stage(stage) == path
    del stage
    opened = open_stage(path)
    assert opened.GetDefaultPrim().GetPath() == "/World"
    assert UsdGeom.Xform(opened.GetDefaultPrim())
    assert stage_units(opened) == WorldUnits("Z", 1.0)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_new_stage_over_one_that_is_still_open_replaces_it(tmp_path):
    first = new_stage(tmp_path / "box.usda")
    first.DefinePrim("/World/Old")
    save_stage(first)
    second = new_stage(tmp_path / "box.usda")
    second.DefinePrim("/World/New")
    save_stage(second)
    text = (tmp_path / "box.usda").read_text(encoding="utf-8")
    assert "New" in text and "Old" not in text


def test_stage_units_of_a_stage_that_authors_none_are_usds_fallbacks(stage):
    assert stage_units(stage) == WorldUnits("Y", 0.01)


def test_save_stage_writes_the_root_layer_and_leaves_its_sublayers_alone(tmp_path):
    sublayer = Sdf.Layer.CreateNew(str(tmp_path / "preset.usda"))
    sublayer.Save()
    before = (tmp_path / "preset.usda").read_bytes()
    root = Sdf.Layer.CreateNew(str(tmp_path / "scene.usda"))
    root.subLayerPaths.append("./preset.usda")
    root.Save()
    stage = open_stage(tmp_path / "scene.usda")
    stage.DefinePrim("/InRoot")
    with Usd.EditContext(stage, sublayer):
        stage.DefinePrim("/InSublayer")
    save_stage(stage)
    assert "InRoot" in (tmp_path / "scene.usda").read_text(encoding="utf-8")
    assert (tmp_path / "preset.usda").read_bytes() == before


def test_save_stage_keeps_a_usd_file_text_and_its_permissions(tmp_path):
    path = tmp_path / "scene.usd"
    path.write_text("#usda 1.0\n", encoding="utf-8")
    path.chmod(0o640)
    stage = open_stage(path)
    stage.DefinePrim("/World")
    save_stage(stage)
    assert path.read_bytes().startswith(b"#usda")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_save_stage_that_fails_leaves_the_old_file_and_no_draft(tmp_path, path_fails):
    path = tmp_path / "scene.usda"
    path.write_text("#usda 1.0\n", encoding="utf-8")
    stage = open_stage(path)
    stage.DefinePrim("/World")
    path_fails("replace", OSError("No space left on device"))
    with pytest.raises(OutputError, match=r"scene\.usda cannot be written \(No space left on device\)"):
        save_stage(stage)
    assert path.read_text(encoding="utf-8") == "#usda 1.0\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["scene.usda"]


def test_check_writable_refuses_other_suffixes_missing_folders_and_folders(tmp_path):
    with pytest.raises(StageError, match=r"name a \.usd, \.usda, \.usdc file"):
        check_writable(tmp_path / "box.obj")
    with pytest.raises(StageError, match=r"the folder .*nowhere does not exist"):
        check_writable(tmp_path / "nowhere" / "box.usda")
    (tmp_path / "folder.usda").mkdir()
    with pytest.raises(StageError, match="it is a folder"):
        check_writable(tmp_path / "folder.usda")


def test_check_writable_refuses_a_read_only_file(tmp_path, monkeypatch):
    path = tmp_path / "box.usda"
    path.touch()
    # Root may write anywhere, so the answer of the file system is given here.
    monkeypatch.setattr(os, "access", lambda place, _: place != path)
    with pytest.raises(StageError, match=r"box\.usda cannot be written: it is read-only"):
        check_writable(path)


def test_target_from_source_world_from_z_up_metres_to_y_up_centimetres():
    matrix = target_from_source_world(WorldUnits("Y", 0.01), WorldUnits("Z", 1.0))
    assert np.allclose(matrix @ [1, 2, 3, 1], [100, 300, -200, 1])


@pytest.mark.parametrize("up", ["Y", "Z"])
def test_target_from_source_world_there_and_back_changes_nothing(up):
    target, source = WorldUnits(up, 0.0254), WorldUnits("Z", 1.0)
    round_trip = target_from_source_world(source, target) @ target_from_source_world(target, source)
    assert np.allclose(round_trip, np.eye(4))


def test_save_stage_with_a_sibling_that_fails_replaces_neither_file(tmp_path, monkeypatch):
    stage = new_stage(tmp_path / "scene.usda")
    sibling = new_layer(tmp_path / "scene.history.usdc")
    save_stage(stage, [sibling])
    before = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()}
    stage.DefinePrim("/World/New")
    Usd.Stage.Open(sibling).DefinePrim("/New")
    export = type(sibling).Export

    def refuse_the_root(layer, *arguments, **options):
        return layer != stage.GetRootLayer() and export(layer, *arguments, **options)

    monkeypatch.setattr(type(sibling), "Export", refuse_the_root)
    with pytest.raises(StageError, match=r"scene\.usda cannot be written"):
        save_stage(stage, [sibling])
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("method", "act"), [("is_file", open_stage), ("is_dir", check_writable)])
def test_stage_in_a_folder_that_one_may_not_look_into_raises(tmp_path, path_fails, method, act):
    path_fails(method)
    with pytest.raises(StageError, match=r"a\.usda .*\(Permission denied\)"):
        act(tmp_path / "a.usda")


class OnServer:
    """Stand-in for a stage that Kit opens from a server."""

    anonymous = False
    realPath = "omniverse://server/Projects/scene.usd"

    def GetRootLayer(self):
        return self


def test_local_file_says_what_to_do_where_there_is_none(tmp_path):
    assert local_file(new_stage(tmp_path / "box.usda"), "why") == tmp_path / "box.usda"
    with pytest.raises(StageError, match="no file yet, and why: save it under a name"):
        local_file(Usd.Stage.CreateInMemory(), "why")
    with pytest.raises(StageError, match=r"scene\.usd is on a server, and why: save the stage on this machine"):
        local_file(OnServer(), "why")


def test_stage_on_a_server_has_a_place_and_no_file(tmp_path):
    assert stage_place(OnServer()) == "omniverse://server/Projects/scene.usd" and stage_file(OnServer()) is None
    unsaved, stage = Usd.Stage.CreateInMemory(), new_stage(tmp_path / "box.usda")
    assert stage_place(unsaved) is None and stage_file(unsaved) is None
    assert stage_file(stage) == tmp_path / "box.usda" and stage_place(stage) == (tmp_path / "box.usda").as_posix()


@pytest.mark.parametrize("unit", ["0", "-1", "inf", "nan", "1e300", "1e-300"])
def test_stage_units_that_are_no_length_are_refused_with_the_value(tmp_path, unit):
    path = tmp_path / "scene.usda"
    path.write_text(f"#usda 1.0\n(\n    metersPerUnit = {unit}\n)\n", encoding="utf-8")
    with pytest.raises(StageError, match=r"scene\.usda has metersPerUnit .*: set the length of its unit in metres"):
        stage_units(open_stage(path))


@pytest.mark.parametrize("name", ["a:SDF_FORMAT_ARGS:b=c.usda", "\udcff.usda"])
@pytest.mark.parametrize("act", [open_stage, check_writable, new_stage])
def test_name_that_usd_cannot_use_is_refused(tmp_path, name, act):
    with pytest.raises(StageError, match="is a name that USD cannot use: rename the file or its folder"):
        act(tmp_path / name)


def test_text_that_is_not_utf_8_is_named_as_the_reason(tmp_path):
    path = tmp_path / "scene.usda"
    path.write_bytes(b'#usda 1.0\ndef Xform "W\xff"\n{\n}\n')
    with pytest.raises(StageError, match=r"scene\.usda is not a USD stage .*text that is not UTF-8"):
        open_stage(path)


def test_error_of_usd_about_the_content_of_a_stage_names_the_stage(tmp_path):
    path = tmp_path / "scene.usda"
    order = '"xformOp:scale"'
    ops = f'string xformOp:scale = "a"\n    uniform token[] xformOpOrder = [{order}]'
    path.write_text(f'#usda 1.0\ndef Xform "World"\n{{\n    {ops}\n}}\n', encoding="utf-8")
    stage = open_stage(path)
    with pytest.raises(StageError, match=r"scene\.usda cannot be used \(Invalid combination"), usd_errors(stage):
        UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath("/World"))
