"""Tests of BoxfitCreateBox and BoxfitImportViews on real stages, with Kit's undo: each is one exact step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.session.placement import place_boxes
from boxfit.session.session import Session
from boxfit.session.source import read_source, survey_stage
from boxfit.settings import InputSettings, PrimSettings
from boxfit.usd.stage import WorldUnits, open_from_disk
from pxr import UsdGeom

from tests.basic_writer import write_box_frames
from tests.folders import write_box_views
from tests.kit.kit_fixture import Kit
from tests.stages import box_on_stage, box_stage, generator_stage, stage_text, two_object_views


@pytest.fixture
def core(kit: Kit) -> Iterator[Kit]:
    """Yield Kit with the core extension."""
    kit.start("boxfit_kit.core")
    yield kit


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Return a dataset that was fitted without Kit."""
    stage = box_stage(tmp_path / "fitted")
    session = Session(survey_stage(stage).read())
    for _ in session.fit():
        pass
    return session


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


def test_create_box_writes_the_cube_with_its_fixed_ops(core: Kit, stage: Any, session: Session) -> None:
    placed = execute("BoxfitCreateBox", results=session.results, world=session.source.world)
    (path,) = placed.prims
    cube = UsdGeom.Cube(stage.GetPrimAtPath(path))
    assert cube.GetSizeAttr().Get() == 1
    assert [op.GetOpName() for op in cube.GetOrderedXformOps()] == [
        "xformOp:translate",
        "xformOp:orient",
        "xformOp:scale",
    ]
    expected = session.results[0].box.world_from_unit
    assert np.abs(np.linalg.det(box_on_stage(stage, path)[:3, :3])) == pytest.approx(
        np.abs(np.linalg.det(expected[:3, :3])), rel=1e-5
    )
    assert not core.errors


def test_undo_and_redo_of_a_created_box_are_exact(core: Kit, stage: Any, session: Session) -> None:
    import omni.kit.undo

    before = stage_text(stage)
    execute("BoxfitCreateBox", results=session.results, settings=PrimSettings(animation=True))
    after = stage_text(stage)
    for _ in range(2):
        assert omni.kit.undo.undo()
        assert stage_text(stage) == before
        assert omni.kit.undo.redo()
        assert stage_text(stage) == after
    assert not core.errors


def test_create_box_again_updates_it_and_undo_gives_the_first_one_back(core: Kit, stage: Any, session: Session) -> None:
    import omni.kit.undo

    first = execute("BoxfitCreateBox", results=session.results)
    UsdGeom.XformCommonAPI(stage.GetPrimAtPath("/World/Ball")).SetTranslate((1, 2, 3))
    text = stage_text(stage)
    second = execute("BoxfitCreateBox", results=session.results, settings=PrimSettings(purpose="guide"))
    assert second.prims == first.prims
    assert UsdGeom.Imageable(stage.GetPrimAtPath(first.prims[0])).GetPurposeAttr().Get() == "guide"
    assert omni.kit.undo.undo()
    assert stage_text(stage) == text


def test_one_undo_reverts_every_box_of_a_fit(core: Kit, stage: Any, session: Session) -> None:
    import omni.kit.undo

    before = stage_text(stage)
    placed = execute("BoxfitCreateBox", results=[*session.results, *session.results])
    assert len(placed.prims) == 2
    assert len(omni.kit.undo.get_undo_stack()) == 1
    omni.kit.undo.undo()
    assert stage_text(stage) == before


def test_create_box_told_of_all_targets_stands_where_it_would_if_none_had_failed(
    core: Kit, stage: Any, tmp_path: Path
) -> None:
    two_object_views(tmp_path / "pair")
    pair = Session(tmp_path / "pair")
    for _ in pair.fit():
        pass
    settings = PrimSettings(prim="/World/Boxes")
    both = execute("BoxfitCreateBox", results=pair.results, settings=settings)
    second, objects = pair.results[1:], pair.dataset.objects
    assert execute("BoxfitCreateBox", results=second, settings=settings, objects=objects).prims == both.prims[1:]


def test_create_box_that_fails_leaves_nothing_and_redo_of_it_neither(core: Kit, stage: Any, session: Session) -> None:
    import omni.kit.commands
    import omni.kit.undo

    before = stage_text(stage)
    arguments = {"results": session.results, "settings": PrimSettings(prim="/World/Ball/Box")}
    assert omni.kit.commands.execute("BoxfitCreateBox", **arguments) == (False, None)
    assert stage_text(stage) == before
    assert not omni.kit.undo.can_undo()
    assert "geometry must not be nested" in core.errors[-1]
    omni.kit.undo.redo()  # Kit keeps the failed command there.
    assert stage_text(stage) == before


@pytest.mark.parametrize(
    ("arguments", "words"), [({}, "results is empty"), ({"results": [None], "context_name": "other"}, "no stage")]
)
def test_create_box_without_boxes_or_stage_says_so(core: Kit, stage: Any, arguments: dict, words: str) -> None:
    import omni.kit.commands

    assert not omni.kit.commands.execute("BoxfitCreateBox", **arguments)[0]
    assert words in core.errors[-1]


@pytest.mark.parametrize("context_name", ["", "other"])
def test_undo_after_the_stage_was_closed_touches_no_other_stage(
    core: Kit, session: Session, tmp_path: Path, context_name: str
) -> None:
    import omni.kit.undo
    import omni.usd

    context = omni.usd.get_context(context_name) or omni.usd.create_context(context_name)
    for name in ("first", "second"):
        generator_stage(tmp_path / name)
    core.run(lambda: context.open_stage_async(str(tmp_path / "first" / "scene.usda")))
    execute("BoxfitCreateBox", results=session.results, context_name=context_name)
    core.run(lambda: context.open_stage_async(str(tmp_path / "second" / "scene.usda")))
    before = stage_text(context.get_stage())
    # Kit clears the undo history of the default context.
    assert omni.kit.undo.undo() is bool(context_name)
    assert stage_text(context.get_stage()) == before
    assert core.errors == [] if not context_name else "is closed" in core.errors[-1]


def test_repeat_of_a_created_box_changes_nothing(core: Kit, stage: Any, session: Session) -> None:
    import omni.kit.undo

    execute("BoxfitCreateBox", results=session.results)
    after = stage_text(stage)
    assert omni.kit.undo.repeat()
    assert stage_text(stage) == after
    omni.kit.undo.undo()
    assert stage_text(stage) == after


def test_perform_puts_a_change_onto_the_undo_stack_and_keeps_nothing_else(
    core: Kit, stage: Any, session: Session
) -> None:
    import omni.kit.undo

    from boxfit_kit.core.commands import perform

    before = stage_text(stage)
    perform("Fit a box", lambda: place_boxes(stage, session.results, session.source.world))
    after = stage_text(stage)
    (entry,) = omni.kit.undo.get_undo_stack()
    assert entry.name == "BoxfitCreateBox"
    # The inputs, such as masks, can be freed, although Kit's history keeps the command's arguments.
    assert list(omni.kit.undo.get_history()[entry.history_key].kwargs) == ["change"]
    assert entry.command.change._make is None
    omni.kit.undo.undo()
    assert stage_text(stage) == before
    omni.kit.undo.redo()
    assert stage_text(stage) == after


def test_perform_raises_what_the_change_raises_and_does_no_step(core: Kit, stage: Any, session: Session) -> None:
    import omni.kit.undo

    from boxfit_kit.core.commands import perform

    with pytest.raises(StageError, match="geometry must not be nested"):
        settings = PrimSettings("/World/Ball/Box")
        perform("Fit a box", lambda: place_boxes(stage, session.results, session.source.world, settings))
    assert not omni.kit.undo.can_undo()
    assert "geometry must not be nested" in core.errors[-1]


def test_perform_of_what_kit_undoes_as_somebody_who_is_told_fails_says_so(
    core: Kit, stage: Any, session: Session
) -> None:
    import omni.kit.commands

    from boxfit_kit.core.commands import perform

    def broken(arguments: dict[str, Any]) -> None:
        raise RuntimeError("somebody else's fault")

    before = stage_text(stage)
    key = omni.kit.commands.register_callback("BoxfitCreateBox", omni.kit.commands.POST_DO_CALLBACK, broken)
    with pytest.raises(StageError, match="the stage is as it was before"):
        perform("Fit a box", lambda: place_boxes(stage, session.results, session.source.world))
    omni.kit.commands.unregister_callback(key)
    assert stage_text(stage) == before


def test_change_of_a_locked_stage_is_refused_in_words_and_so_is_its_undo(
    core: Kit, stage: Any, session: Session
) -> None:
    import omni.kit.commands
    import omni.kit.undo

    execute("BoxfitCreateBox", results=session.results)
    text = stage_text(stage)
    stage.GetRootLayer().SetPermissionToEdit(False)
    assert not omni.kit.commands.execute("BoxfitCreateBox", results=session.results)[0]
    assert "scene.usda is locked against changes: unlock this layer" in core.errors[-1]
    omni.kit.undo.undo()
    assert "scene.usda is locked against changes: unlock this layer" in core.errors[-1]
    assert stage_text(stage) == text


@pytest.mark.parametrize("arguments", [{}, {"source": ""}])
def test_import_views_of_nothing_says_what_to_name(core: Kit, stage: Any, arguments: dict[str, str]) -> None:
    import omni.kit.commands

    assert not omni.kit.commands.execute("BoxfitImportViews", **arguments)[0]
    assert "name a folder of views (source)" in core.errors[-1]


def test_import_views_that_cannot_stand_there_saves_no_masks(core: Kit, stage: Any, tmp_path: Path) -> None:
    import omni.kit.commands

    import boxfit_kit.core

    write_box_frames(tmp_path / "frames", 4)
    arguments = {"source": tmp_path / "frames", "path": "/World/Ball/Views"}
    assert not omni.kit.commands.execute("BoxfitImportViews", **arguments)[0]
    with pytest.raises(StageError):
        core.run(lambda: boxfit_kit.core.import_views(**arguments))
    assert not [path for path in (tmp_path / "open").iterdir() if "masks" in path.name]


def test_import_views_takes_a_path(core: Kit, stage: Any, tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 6)
    assert len(execute("BoxfitImportViews", source=tmp_path / "views").cameras) == 6


def test_perform_with_a_command_that_kit_does_not_know_puts_everything_back(
    core: Kit, stage: Any, session: Session
) -> None:
    from boxfit_kit.core.commands import perform, unregister

    before = stage_text(stage)
    unregister()
    with pytest.raises(StageError, match="has not taken the command"):
        perform("Fit a box", lambda: place_boxes(stage, session.results, session.source.world))
    assert stage_text(stage) == before


def test_redo_of_a_change_that_kit_refused_at_first_makes_it(core: Kit, stage: Any, session: Session) -> None:
    """Check redo, where Kit keeps a command that has failed."""
    import omni.kit.commands
    import omni.kit.undo

    from boxfit_kit.core.commands import perform

    class Refusal(RuntimeError):
        pass

    command = omni.kit.commands.get_command_class("BoxfitCreateBox")
    assert command is not None
    do = command.do
    command.do = lambda self: (_ for _ in ()).throw(Refusal())  # Like another extension's callback.
    before = stage_text(stage)
    with pytest.raises(StageError, match="has not taken the command"):
        perform("Fit a box", lambda: place_boxes(stage, session.results, session.source.world))
    command.do = do
    assert stage_text(stage) == before
    omni.kit.undo.redo()
    assert stage_text(stage) != before
    omni.kit.undo.undo()
    assert stage_text(stage) == before


def test_perform_with_a_watcher_that_raises_keeps_the_change(core: Kit, stage: Any, session: Session) -> None:
    import omni.kit.undo

    from boxfit_kit.core.commands import perform

    def broken(names: list[str]) -> None:
        raise RuntimeError("somebody else's fault")

    omni.kit.undo.subscribe_on_change(broken)
    try:
        before = stage_text(stage)
        perform("Fit a box", lambda: place_boxes(stage, session.results, session.source.world))
        assert stage_text(stage) != before
        assert omni.kit.undo.can_undo()
    finally:
        omni.kit.undo.unsubscribe_on_change(broken)


def test_import_views_writes_cameras_that_the_stage_then_carries(core: Kit, stage: Any, tmp_path: Path) -> None:
    import omni.kit.undo

    write_box_views(tmp_path / "views", 6)
    before = stage_text(stage)
    placed = execute("BoxfitImportViews", source=str(tmp_path / "views"))
    assert placed.cameras[0] == "/World/Views/View_0"
    assert len(survey_stage(stage).read().dataset.views) == 6
    after = stage_text(stage)
    omni.kit.undo.undo()
    assert stage_text(stage) == before
    omni.kit.undo.redo()
    assert stage_text(stage) == after
    assert not core.errors


def test_import_views_of_replicators_frames_twice_keeps_the_masks_of_both(
    core: Kit, stage: Any, tmp_path: Path
) -> None:
    import omni.kit.undo

    write_box_frames(tmp_path / "frames", 4)
    first = execute("BoxfitImportViews", source=str(tmp_path / "frames"), path="/World/First")
    execute("BoxfitImportViews", source=str(tmp_path / "frames"), path="/World/Second")
    folders = sorted(path.name for path in (tmp_path / "open").iterdir() if path.is_dir() and "masks" in path.name)
    assert folders == ["scene_masks", "scene_masks_2"]
    omni.kit.undo.undo()
    mask = stage.GetPrimAtPath(first.cameras[0]).GetAttribute("boxfit:mask").Get()
    assert Path(mask.resolvedPath).is_file()
    assert not core.errors


def test_import_views_of_other_units_stand_where_the_objects_are(core: Kit, tmp_path: Path) -> None:
    """Check a dataset in metres, on a stage in centimetres under a moved parent."""
    import omni.kit.undo

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
    session = Session(survey_stage(stage).read())
    for _ in session.fit():
        pass
    plain = Session(survey_stage(box_stage(tmp_path / "plain", 6)).read())
    for _ in plain.fit():
        pass
    np.testing.assert_allclose(session.results[0].box.volume, 100**3 * plain.results[0].box.volume, rtol=1e-3)
    omni.kit.undo.undo()
    assert stage_text(stage) == before


def test_import_views_on_a_stage_without_a_file_asks_to_save_it(core: Kit, tmp_path: Path) -> None:
    import omni.kit.commands

    write_box_views(tmp_path / "views", 4)
    core.run(core.context.new_stage_async)
    assert not omni.kit.commands.execute("BoxfitImportViews", source=str(tmp_path / "views"))[0]
    assert "save it under a name first" in core.errors[-1]


def test_boxes_of_a_stage_survive_saving_in_kit(core: Kit, stage: Any, session: Session) -> None:
    (path,) = execute("BoxfitCreateBox", results=session.results).prims
    expected = box_on_stage(stage, path)
    core.run(core.context.save_stage_async)
    saved = open_from_disk(Path(core.context.get_stage_url()))
    np.testing.assert_array_equal(box_on_stage(saved, path), expected)
