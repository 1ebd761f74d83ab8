"""Tests of BoxfitCreateBox and BoxfitImportViews on real stages, with Kit's undo: each is one exact step."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.geometry.units import WorldUnits
from boxfit.session.placement import place_boxes
from boxfit.session.reading import read_source, survey_stage
from boxfit.session.session import Session
from boxfit.session.source import Source
from boxfit.settings import InputSettings, PrimSettings
from boxfit.usd.stage import open_from_disk
from pxr import UsdGeom

from tests.basic_writer import write_box_frames
from tests.folders import write_box_views
from tests.kit.kit_fixture import Kit
from tests.stages import box_on_stage, box_stage, generator_stage, stage_text, two_object_views
from tests.transforms_files import DISTORTION, shots_around, write_nerfstudio


@pytest.fixture
def core(kit: Kit) -> Kit:
    """Return Kit with the core extension."""
    kit.start("boxfit_kit.core")
    return kit


@pytest.fixture
def undo(kit: Kit) -> Any:
    """Return the module of Kit's undo."""
    import omni.kit.undo

    return omni.kit.undo


def fitted(source: Source | Path) -> Session:
    """Fit the boxes of a dataset without Kit."""
    session = Session(source)
    for _ in session.fit():
        pass
    return session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Return a dataset that was fitted without Kit."""
    return fitted(survey_stage(box_stage(tmp_path / "fitted")).read())


@pytest.fixture
def stage(core: Kit, tmp_path: Path) -> Any:
    """Return the open stage, with a file and some content."""
    generator_stage(tmp_path / "open")
    core.open(tmp_path / "open" / "scene.usda")
    UsdGeom.Sphere.Define(core.context.get_stage(), "/World/Ball")
    return core.context.get_stage()


def execute(name: str, **arguments: Any) -> Any:
    import omni.kit.commands

    ok, result = omni.kit.commands.execute(name, **arguments)
    assert ok
    return result


def refusal(core: Kit, name: str, **arguments: Any) -> str:
    """Execute a command that fails; return the error in Kit's log."""
    import omni.kit.commands

    assert omni.kit.commands.execute(name, **arguments) == (False, None)
    return core.errors[-1]


def perform(stage: Any, session: Session, settings: PrimSettings = PrimSettings()) -> None:
    """Write the boxes in a step whose errors are raised."""
    from boxfit_kit.core.commands import perform

    perform("Fit a box", lambda: place_boxes(stage, session.results, session.source.world, settings))


def test_create_box_writes_the_cube_with_its_fixed_ops(core: Kit, stage: Any, session: Session) -> None:
    placed = execute("BoxfitCreateBox", results=session.results, world=session.source.world)
    (path,) = placed.prims
    cube = UsdGeom.Cube(stage.GetPrimAtPath(path))
    assert cube.GetSizeAttr().Get() == 1
    names = [op.GetOpName() for op in cube.GetOrderedXformOps()]
    assert names == ["xformOp:translate", "xformOp:orient", "xformOp:scale"]
    found, expected = (
        np.linalg.det(box[:3, :3]) for box in (box_on_stage(stage, path), session.results[0].box.world_from_unit)
    )
    assert np.abs(found) == pytest.approx(np.abs(expected), rel=1e-5)
    assert not core.errors


def test_undo_and_redo_of_a_created_box_are_exact(core: Kit, undo: Any, stage: Any, session: Session) -> None:
    before = stage_text(stage)
    execute("BoxfitCreateBox", results=session.results, settings=PrimSettings(animation=True))
    after = stage_text(stage)
    for _ in range(2):
        assert undo.undo()
        assert stage_text(stage) == before
        assert undo.redo()
        assert stage_text(stage) == after
    assert not core.errors


def test_create_box_again_updates_it_and_undo_gives_the_first_one_back(
    core: Kit, undo: Any, stage: Any, session: Session
) -> None:
    first = execute("BoxfitCreateBox", results=session.results)
    UsdGeom.XformCommonAPI(stage.GetPrimAtPath("/World/Ball")).SetTranslate((1, 2, 3))
    text = stage_text(stage)
    second = execute("BoxfitCreateBox", results=session.results, settings=PrimSettings(purpose="guide"))
    assert second.prims == first.prims
    assert UsdGeom.Imageable(stage.GetPrimAtPath(first.prims[0])).GetPurposeAttr().Get() == "guide"
    assert undo.undo()
    assert stage_text(stage) == text


def test_one_undo_reverts_every_box_of_a_fit(core: Kit, undo: Any, stage: Any, session: Session) -> None:
    before = stage_text(stage)
    placed = execute("BoxfitCreateBox", results=[*session.results, *session.results])
    assert len(placed.prims) == 2
    assert len(undo.get_undo_stack()) == 1
    undo.undo()
    assert stage_text(stage) == before


def test_create_box_told_of_all_targets_stands_where_it_would_if_none_had_failed(
    core: Kit, stage: Any, tmp_path: Path
) -> None:
    two_object_views(tmp_path / "pair")
    pair = fitted(tmp_path / "pair")
    settings = PrimSettings(prim="/World/Boxes")
    both = execute("BoxfitCreateBox", results=pair.results, settings=settings)
    second, objects = pair.results[1:], pair.dataset.objects
    assert execute("BoxfitCreateBox", results=second, settings=settings, objects=objects).prims == both.prims[1:]


def test_create_box_that_fails_leaves_nothing_and_redo_of_it_neither(
    core: Kit, undo: Any, stage: Any, session: Session
) -> None:
    before = stage_text(stage)
    settings = PrimSettings(prim="/World/Ball/Box")
    error = refusal(core, "BoxfitCreateBox", results=session.results, settings=settings)
    assert "geometry must not be nested" in error and stage_text(stage) == before
    assert not undo.can_undo()
    undo.redo()  # Kit keeps the failed command there.
    assert stage_text(stage) == before


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("BoxfitCreateBox", {}, "results is empty"),
        ("BoxfitCreateBox", {"results": [None], "context_name": "other"}, "no stage"),
        ("BoxfitImportViews", {}, "name a folder of views (source)"),
        ("BoxfitImportViews", {"source": ""}, "name a folder of views (source)"),
    ],
)
def test_command_without_boxes_views_or_stage_says_so(
    core: Kit, stage: Any, name: str, arguments: dict[str, Any], words: str
) -> None:
    assert words in refusal(core, name, **arguments)


@pytest.mark.parametrize("context_name", ["", "other"])
def test_undo_after_the_stage_was_closed_touches_no_other_stage(
    core: Kit, undo: Any, session: Session, tmp_path: Path, context_name: str
) -> None:
    import omni.usd

    context = omni.usd.get_context(context_name) or omni.usd.create_context(context_name)
    first, second = (generator_stage(tmp_path / name).GetRootLayer().realPath for name in ("first", "second"))
    core.run(lambda: context.open_stage_async(first))
    execute("BoxfitCreateBox", results=session.results, context_name=context_name)
    core.run(lambda: context.open_stage_async(second))
    before = stage_text(context.get_stage())
    # Kit clears the undo history of the default context.
    assert undo.undo() is bool(context_name)
    assert stage_text(context.get_stage()) == before
    assert core.errors == [] if not context_name else "is closed" in core.errors[-1]


def test_repeat_of_a_created_box_changes_nothing(core: Kit, undo: Any, stage: Any, session: Session) -> None:
    execute("BoxfitCreateBox", results=session.results)
    after = stage_text(stage)
    assert undo.repeat()
    assert stage_text(stage) == after
    undo.undo()
    assert stage_text(stage) == after


def test_perform_puts_a_change_onto_the_undo_stack_and_keeps_nothing_else(
    core: Kit, undo: Any, stage: Any, session: Session
) -> None:
    before = stage_text(stage)
    perform(stage, session)
    after = stage_text(stage)
    (entry,) = undo.get_undo_stack()
    assert entry.name == "BoxfitCreateBox"
    # The inputs, such as masks, can be freed, although Kit's history keeps the command's arguments.
    assert list(undo.get_history()[entry.history_key].kwargs) == ["change"]
    assert entry.command.change._make is None
    undo.undo()
    assert stage_text(stage) == before
    undo.redo()
    assert stage_text(stage) == after


def test_perform_raises_what_the_change_raises_and_does_no_step(
    core: Kit, undo: Any, stage: Any, session: Session
) -> None:
    with pytest.raises(StageError, match="geometry must not be nested"):
        perform(stage, session, PrimSettings("/World/Ball/Box"))
    assert not undo.can_undo()
    assert "geometry must not be nested" in core.errors[-1]


def broken(told: Any) -> None:
    raise RuntimeError("somebody else's fault")


@pytest.mark.parametrize("when", ["pre_do", "post_do"])
def test_perform_of_what_kit_refuses_for_somebody_else_says_so_and_redo_makes_it(
    core: Kit, undo: Any, stage: Any, session: Session, when: str
) -> None:
    """Check it also after the change was made, and redo, where Kit keeps a command that has failed."""
    import omni.kit.commands

    before = stage_text(stage)
    key = omni.kit.commands.register_callback("BoxfitCreateBox", when, broken)
    with pytest.raises(StageError, match="BoxfitCreateBox, see its log: the stage is as it was before"):
        perform(stage, session)
    omni.kit.commands.unregister_callback(key)
    assert stage_text(stage) == before
    undo.redo()
    assert stage_text(stage) != before
    undo.undo()
    assert stage_text(stage) == before


def test_perform_with_a_command_that_kit_does_not_know_changes_nothing(core: Kit, stage: Any, session: Session) -> None:
    from boxfit_kit.core.commands import unregister

    before = stage_text(stage)
    unregister()
    with pytest.raises(StageError, match="has not taken the command"):
        perform(stage, session)
    assert stage_text(stage) == before


def test_perform_with_a_watcher_that_raises_keeps_the_change(
    core: Kit, undo: Any, stage: Any, session: Session
) -> None:
    before = stage_text(stage)
    undo.subscribe_on_change(broken)
    perform(stage, session)
    undo.unsubscribe_on_change(broken)
    assert stage_text(stage) != before and undo.can_undo()


def test_change_of_a_locked_stage_is_refused_in_words_and_so_is_its_undo(
    core: Kit, undo: Any, stage: Any, session: Session
) -> None:
    locked = "scene.usda is locked against changes: unlock this layer"
    execute("BoxfitCreateBox", results=session.results)
    text = stage_text(stage)
    stage.GetRootLayer().SetPermissionToEdit(False)
    assert locked in refusal(core, "BoxfitCreateBox", results=session.results)
    core.kernel.logged.clear()
    undo.undo()
    assert locked in core.errors[-1] and stage_text(stage) == text


def test_import_views_that_cannot_stand_there_saves_no_masks(core: Kit, stage: Any, tmp_path: Path) -> None:
    import boxfit_kit.core

    write_box_frames(tmp_path / "frames", 4)
    arguments = {"source": tmp_path / "frames", "path": "/World/Ball/Views"}
    refusal(core, "BoxfitImportViews", **arguments)
    with pytest.raises(StageError):
        core.run(lambda: boxfit_kit.core.import_views(**arguments))
    assert not [path for path in (tmp_path / "open").iterdir() if "masks" in path.name]


@pytest.mark.parametrize("kind", [str, Path])
def test_import_views_writes_cameras_that_the_stage_then_carries(
    core: Kit, undo: Any, stage: Any, tmp_path: Path, kind: type
) -> None:
    write_box_views(tmp_path / "views", 6)
    before = stage_text(stage)
    placed = execute("BoxfitImportViews", source=kind(tmp_path / "views"))
    assert placed.cameras[0] == "/World/Views/View_0"
    assert len(survey_stage(stage).read().dataset.views) == 6
    after = stage_text(stage)
    undo.undo()
    assert stage_text(stage) == before
    undo.redo()
    assert stage_text(stage) == after
    assert not core.errors


def test_import_views_of_a_lens_with_distortion_saves_images_without_it(core: Kit, stage: Any, tmp_path: Path) -> None:
    write_nerfstudio(tmp_path / "scene", shots_around(8, distortion=DISTORTION))
    settings = InputSettings(mask_shows="object", source_up="Z", source_units=1.0)
    execute("BoxfitImportViews", source=tmp_path / "scene" / "transforms.json", settings=settings)
    imported, original = survey_stage(stage).read(), read_source(tmp_path / "scene", settings)
    for view, other in zip(imported.dataset.views, original.dataset.views, strict=True):
        assert view.lens is None and view.camera.resolution == other.camera.resolution != other.taken.resolution
        assert np.array_equal(view.rgb(), other.rgb())
    found, expected = (fitted(source).results[0].box for source in (imported, original.with_overrides(settings)))
    # The stage is in centimetres and Y up; its masks have lost up to a pixel.
    assert found.volume == pytest.approx(100**3 * expected.volume, rel=0.05)
    centre = 100 * expected.centre[[1, 2, 0]]
    np.testing.assert_allclose(found.centre, [centre[2], centre[1], -centre[0]], atol=1.0)
    assert not core.errors


def test_import_views_of_replicators_frames_twice_keeps_the_masks_of_both(
    core: Kit, undo: Any, stage: Any, tmp_path: Path
) -> None:
    write_box_frames(tmp_path / "frames", 4)
    first = execute("BoxfitImportViews", source=str(tmp_path / "frames"), path="/World/First")
    execute("BoxfitImportViews", source=str(tmp_path / "frames"), path="/World/Second")
    folders = sorted(path.name for path in (tmp_path / "open").iterdir() if path.is_dir() and "masks" in path.name)
    assert folders == ["scene_masks", "scene_masks_2"]
    undo.undo()
    mask = stage.GetPrimAtPath(first.cameras[0]).GetAttribute("boxfit:mask").Get()
    assert Path(mask.resolvedPath).is_file()
    assert not core.errors


def test_import_views_of_other_units_stand_where_the_objects_are(core: Kit, undo: Any, tmp_path: Path) -> None:
    """Check a dataset in metres, on a stage in centimetres under a moved parent."""
    write_box_views(tmp_path / "views", 6)
    source = read_source(tmp_path / "views").with_overrides(InputSettings(source_units=1.0))
    generator_stage(tmp_path / "open", units=WorldUnits("Y", 0.01))
    core.open(tmp_path / "open" / "scene.usda")
    stage = core.context.get_stage()
    UsdGeom.XformCommonAPI(stage.GetPrimAtPath("/World")).SetTranslate((5, 0, 0))
    before = stage_text(stage)
    execute("BoxfitImportViews", source=source)
    found = survey_stage(stage).read().dataset
    for view, original in zip(found.views, source.dataset.views, strict=True):
        centres = [np.linalg.inv(imported.camera.camera_from_world)[:3, 3] for imported in (view, original)]
        np.testing.assert_allclose(centres[0], 100 * centres[1], rtol=1e-6, atol=1e-6)
    session, plain = (fitted(survey_stage(of).read()) for of in (stage, box_stage(tmp_path / "plain", 6)))
    np.testing.assert_allclose(session.results[0].box.volume, 100**3 * plain.results[0].box.volume, rtol=1e-3)
    undo.undo()
    assert stage_text(stage) == before


def test_import_views_on_a_stage_without_a_file_asks_to_save_it(core: Kit, tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 4)
    core.run(core.context.new_stage_async)
    assert "save it under a name first" in refusal(core, "BoxfitImportViews", source=str(tmp_path / "views"))


def test_boxes_of_a_stage_survive_saving_in_kit(core: Kit, stage: Any, session: Session) -> None:
    (path,) = execute("BoxfitCreateBox", results=session.results).prims
    expected = box_on_stage(stage, path)
    core.run(core.context.save_stage_async)
    saved = open_from_disk(Path(core.context.get_stage_url()))
    np.testing.assert_array_equal(box_on_stage(saved, path), expected)
