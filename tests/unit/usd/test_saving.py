import numpy as np
import pytest
from boxfit.errors import OutputError, StageError
from boxfit.geometry.box import Box
from boxfit.usd.cube import write_box
from boxfit.usd.history import write_history
from boxfit.usd.saving import save_stage, save_stage_as
from boxfit.usd.stage import new_stage, open_from_disk, open_stage
from pxr import Sdf, Usd, UsdGeom

BOX = Box(np.zeros(3), np.array([1.0, 2.0, 3.0]))


def names_in(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_save_stage_without_a_file_is_refused(stage):
    with pytest.raises(StageError, match="has no file yet"):
        save_stage(stage)


def test_save_stage_as_under_its_own_name_saves_it(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    save_stage_as(stage, tmp_path / "box.usda")
    assert names_in(tmp_path) == ["box.usda"]


def test_save_stage_as_takes_the_history_along(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    write_history(stage, write_box(stage, "/World/Box", BOX), [BOX] * 3)
    copy = open_stage(save_stage_as(stage, tmp_path / "copy.usdc"))
    assert copy.GetAttributeAtPath("/World/Box_history.xformOp:scale").GetNumTimeSamples() == 3


def test_save_stage_as_that_fails_writes_nothing(tmp_path, path_fails):
    stage = new_stage(tmp_path / "box.usda")
    path_fails("replace", OSError("No space left on device"))
    with pytest.raises(OutputError, match="No space left"):
        save_stage_as(stage, tmp_path / "copy.usda")
    assert names_in(tmp_path) == []


def test_open_from_disk_gives_what_was_saved_though_the_stage_is_open_with_later_changes(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    write_box(stage, "/World/Box", BOX)
    save_stage(stage)
    write_box(stage, "/World/Other", BOX)
    assert not open_from_disk(tmp_path / "box.usda").GetPrimAtPath("/World/Other")


@pytest.fixture
def scene(tmp_path):
    """Make a stage that refers to files by every kind of relative asset path."""
    folder = tmp_path / "a" / "scenes"
    (folder / "parts").mkdir(parents=True)
    for name in ("parts/part.usda", "../sub.usda", "payload.usda", "bare.usda"):
        layer = Sdf.Layer.CreateNew(str(folder / name))
        Sdf.CreatePrimInLayer(layer, "/Part").specifier = Sdf.SpecifierDef
        layer.defaultPrim = "Part"
        layer.Save()
    (folder / "mask.npy").write_bytes(b"mask")
    stage = new_stage(folder / "scene.usda")
    root = stage.GetRootLayer()
    root.subLayerPaths.append("../sub.usda")
    stage.DefinePrim("/World/A").GetReferences().AddReference("./parts/part.usda")
    stage.DefinePrim("/World/B").GetPayloads().AddPayload("./payload.usda")
    stage.DefinePrim("/World/C").GetReferences().AddReference("bare.usda")
    variants = stage.DefinePrim("/World/D").GetVariantSets().AddVariantSet("look")
    variants.AddVariant("one")
    variants.SetVariantSelection("one")
    with variants.GetVariantEditContext():
        stage.GetPrimAtPath("/World/D").GetReferences().AddReference("./parts/part.usda")
    prim = stage.GetPrimAtPath("/World/A")
    prim.CreateAttribute("mask", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath("./mask.npy"))
    masks = prim.CreateAttribute("masks", Sdf.ValueTypeNames.AssetArray)
    masks.Set([Sdf.AssetPath("./mask.npy")], 3)
    prim.CreateAttribute("away", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath("https://example.org/a.png"))
    prim.CreateAttribute("gone", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath("./gone.png"))
    save_stage(stage)
    return stage


def resolved(stage):
    """Resolve every file that the stage refers to."""
    prim = stage.GetPrimAtPath("/World/A")
    layers = [layer.realPath for layer in stage.GetUsedLayers() if layer != stage.GetRootLayer()]
    return {
        "layers": sorted(filter(None, layers)),
        "mask": prim.GetAttribute("mask").Get().resolvedPath,
        "masks": [asset.resolvedPath for asset in prim.GetAttribute("masks").Get(3)],
        "away": prim.GetAttribute("away").Get().path,
        "gone": stage.GetRootLayer().ComputeAbsolutePath(prim.GetAttribute("gone").Get().path),
    }


@pytest.mark.parametrize("place", ["b/c/copy.usda", "a/copy.usd", "a/scenes/parts/copy.usdc"])
def test_save_stage_as_elsewhere_names_the_same_files_and_leaves_the_open_stage_alone(tmp_path, scene, place):
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    before = scene.GetRootLayer().ExportToString()
    expected = resolved(scene)
    assert expected["mask"] and len(expected["layers"]) == 4
    assert save_stage_as(scene, path) == path
    assert scene.GetRootLayer().ExportToString() == before
    assert resolved(open_stage(path)) == expected
    if path.suffix == ".usda":
        assert str(tmp_path) not in path.read_text(encoding="utf-8")


def test_save_stage_as_for_a_stage_without_a_file_gives_it_one(tmp_path):
    (tmp_path / "part.usda").write_text('#usda 1.0\n(defaultPrim = "P")\ndef Xform "P" {}\n', encoding="utf-8")
    stage = Usd.Stage.CreateInMemory()
    stage.DefinePrim("/World/A").GetReferences().AddReference((tmp_path / "part.usda").as_posix())
    write_box(stage, "/World/Box", BOX)
    path = save_stage_as(stage, tmp_path / "box.usda")
    opened = open_stage(path)
    assert opened.GetPrimAtPath("/World/Box") and opened.GetPrimAtPath("/World/A").GetTypeName() == "Xform"


def test_save_stage_as_for_a_stage_without_a_file_keeps_what_it_finds_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "part.usda").write_text('#usda 1.0\n(defaultPrim = "P")\ndef Xform "P" {}\n', encoding="utf-8")
    (tmp_path / "there").mkdir()
    stage = Usd.Stage.CreateInMemory()
    stage.DefinePrim("/World/A").GetReferences().AddReference("./part.usda")
    assert stage.GetPrimAtPath("/World/A").GetTypeName() == "Xform"
    assert "@../part.usda@" in save_stage_as(stage, tmp_path / "there" / "copy.usda").read_text(encoding="utf-8")


def test_save_stage_as_over_another_layer_of_the_stage_is_refused(scene, tmp_path):
    before = (tmp_path / "a" / "sub.usda").read_bytes()
    with pytest.raises(StageError, match=r"sub\.usda is a layer of the open stage"):
        save_stage_as(scene, tmp_path / "a" / "sub.usda")
    assert (tmp_path / "a" / "sub.usda").read_bytes() == before


def test_save_stage_as_with_a_layer_that_is_in_memory_only_is_refused(tmp_path):
    stage, sublayer = Usd.Stage.CreateInMemory(), Sdf.Layer.CreateAnonymous("draft")
    stage.GetRootLayer().subLayerPaths.append(sublayer.identifier)
    with pytest.raises(StageError, match="draft, which is in memory only"):
        save_stage_as(stage, tmp_path / "copy.usda")
    assert names_in(tmp_path) == []


def test_save_stage_as_of_a_stage_with_a_texture_in_a_package_keeps_both_paths(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    prim = UsdGeom.Xform.Define(stage, "/World/A").GetPrim()
    (tmp_path / "pack.usdz").touch()
    prim.CreateAttribute("file", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath("./pack.usdz[a/b.png]"))
    (tmp_path / "there").mkdir()
    path = save_stage_as(stage, tmp_path / "there" / "copy.usda")
    assert "@../pack.usdz[a/b.png]@" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("named", [True, False])
def test_save_stage_as_elsewhere_tells_the_source_of_a_box_as_seen_from_there(tmp_path, named):
    stage = new_stage(tmp_path / "box.usda") if named else Usd.Stage.CreateInMemory()
    source = "../views" if named else (tmp_path.parent / "views").as_posix()
    write_box(stage, "/World/Box", BOX, figures={"source": source})
    (tmp_path / "there").mkdir()
    opened = open_stage(save_stage_as(stage, tmp_path / "there" / "copy.usda"))
    assert opened.GetAttributeAtPath("/World/Box.boxfit:source").Get() == "../../views"
