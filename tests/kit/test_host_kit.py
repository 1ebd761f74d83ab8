"""Tests of the panel's host in Kit, on a real stage."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from boxfit.errors import RequirementError, StageError
from boxfit.files.paths import server_address
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage
from pxr import UsdGeom

from tests.edits import AddCube
from tests.hosts import until
from tests.kit.kit_fixture import Kit


@pytest.fixture(autouse=True)
def file(kit: Kit, tmp_path: Path) -> Path:
    """Open an empty stage, and return its file."""
    file = save_stage(new_stage(tmp_path / "scene.usda"))
    kit.open(file)
    return file


@pytest.fixture
def importer(host: Any) -> Any:
    """Return Kit's dialog for files and folders."""
    from omni.kit.window.file_importer import get_file_importer

    return get_file_importer()


@pytest.fixture
def told() -> list[str]:
    """Return the events of the stage, in order."""
    return []


def names(kit: Kit) -> list[str]:
    return [prim.GetName() for prim in kit.context.get_stage().GetPrimAtPath("/World").GetChildren()]


async def passed(updates: int = 5) -> None:
    import omni.kit.app

    for _ in range(updates):
        await omni.kit.app.get_app().next_update_async()


async def test_perform_is_one_step_of_kits_undo_and_everyone_is_told(host: Any, kit: Kit, told: list[str]) -> None:
    import omni.kit.undo

    assert host.undo_label is None and host.redo_label is None
    end = host.watch_stage(told.append)
    host.perform("Add a cube", lambda: AddCube(host.stage, "Car"))
    assert names(kit) == ["Car"] and told == ["edited"]
    assert host.undo_label == "Add a cube" and host.redo_label is None
    omni.kit.undo.undo()
    assert names(kit) == [] and host.undo_label is None and host.redo_label == "Add a cube"
    await passed()
    assert told == ["edited", "touched"]
    host.redo()
    assert names(kit) == ["Car"]
    host.undo()
    assert names(kit) == []
    end()
    told.clear()
    host.redo()
    await passed()
    assert told == []
    assert not kit.errors


async def test_undo_that_fails_is_told_and_works_once_its_cause_has_gone(host: Any, kit: Kit) -> None:
    class Locked(AddCube):
        def undo(self) -> None:
            if kit.context.get_stage().GetRootLayer().permissionToEdit:
                super().undo()
            else:
                raise StageError("the layer is locked against changes")

    host.perform("Add a cube", lambda: Locked(host.stage, "Car"))
    host.stage.GetRootLayer().SetPermissionToEdit(False)
    with pytest.raises(StageError, match="the step could not be undone: see Kit's log"):
        host.undo()
    assert names(kit) == ["Car"] and "locked against changes" in kit.errors[-1]
    host.stage.GetRootLayer().SetPermissionToEdit(True)
    host.redo()
    host.undo()
    assert names(kit) == []


async def test_perform_whose_action_fails_raises_and_leaves_no_step(host: Any, kit: Kit) -> None:
    def fail() -> Any:
        raise StageError("it cannot stand there")

    with pytest.raises(StageError, match="it cannot stand there"):
        host.perform("Add a cube", fail)
    assert host.undo_label is None
    assert "it cannot stand there" in kit.errors[-1]


async def test_labels_name_the_steps_of_others_as_far_as_kit_does(host: Any) -> None:
    import omni.kit.commands
    import omni.kit.undo

    class TransformPrimCommand(omni.kit.commands.Command):
        def do(self) -> None: ...

        def undo(self) -> None: ...

    omni.kit.commands.register(TransformPrimCommand)
    omni.kit.commands.execute("TransformPrim")
    assert host.undo_label == "Transform Prim"
    with omni.kit.undo.group():
        omni.kit.commands.execute("TransformPrim")
    assert host.undo_label == "the last step"
    omni.kit.commands.unregister(TransformPrimCommand)


async def test_opening_closing_and_saving_are_told_and_a_closing_stage_is_gone_at_once(
    host: Any, kit: Kit, file: Path, told: list[str]
) -> None:
    stages = []

    def happened(event: str) -> None:
        told.append(event)
        stages.append(host.stage)

    host.watch_stage(happened)
    await kit.context.save_stage_async()
    assert told == ["saved"] and stages[-1] is not None
    await passed()
    told.clear()
    await kit.context.close_stage_async()
    assert told == ["closed"] and stages[-1] is None and host.stage is None and not host.modified
    await kit.context.open_stage_async(str(file))
    assert told == ["closed", "opened"] and stages[-1] is not None
    await kit.context.open_stage_async(str(file))
    assert told == ["closed", "opened"] * 2


async def test_edit_of_a_stage_that_has_closed_meanwhile_is_not_told(host: Any, kit: Kit, told: list[str]) -> None:
    host.boxes = lambda: ["/World/Car"]
    cube = UsdGeom.Cube.Define(host.stage, "/World/Car")
    await passed()
    host.watch_stage(told.append)
    cube.AddTranslateOp().Set((1, 2, 3))
    del cube
    await kit.context.close_stage_async()
    await passed()
    assert told == ["closed"]


async def test_many_edits_of_a_box_are_told_once_at_the_next_update(host: Any, told: list[str]) -> None:
    host.boxes = lambda: ["/World/Car"]
    op = UsdGeom.Cube.Define(host.stage, "/World/Car").AddTranslateOp()
    await passed()
    host.watch_stage(told.append)
    for place in range(10):
        op.Set((place, 0, 0))
    assert told == []
    await passed()
    assert told == ["moved"]
    host.stage.RemovePrim("/World/Car")
    op = None
    await passed()
    assert told == ["moved", "edited"]


async def test_save_goes_through_the_context_and_gives_the_file(host: Any, file: Path, told: list[str]) -> None:
    assert not host.modified
    UsdGeom.Cube.Define(host.stage, "/World/Car")
    assert host.modified
    host.watch_stage(told.append)
    assert await host.save() == file
    assert "def Cube" in file.read_text(encoding="utf-8") and "saved" in told and not host.modified


async def save_as(host: Any, choice: Path | None) -> list[tuple[Path | None, str]]:
    """Save under another name, as a user does in Kit's dialog, or cancel that; return the calls of the callback."""
    import omni.kit.window.file

    told: list[tuple[Path | None, str]] = []
    host.save_as(lambda file, error: told.append((file, error)))
    (choose,) = omni.kit.window.file.choosing
    choose(None if choice is None else str(choice))
    await passed(10)
    return told


async def test_save_as_is_kits_own(host: Any, file: Path, tmp_path: Path) -> None:
    UsdGeom.Cube.Define(host.stage, "/World/Car")
    target = tmp_path / "other.usda"
    assert await save_as(host, target) == [(target, "")]
    assert host.stage.GetRootLayer().realPath == str(target) and target.is_file()
    assert "def Cube" not in file.read_text(encoding="utf-8")


async def test_save_as_that_is_cancelled_tells_nobody_and_that_fails_says_why(
    host: Any, file: Path, tmp_path: Path
) -> None:
    assert await save_as(host, None) == [] and host.stage.GetRootLayer().realPath == str(file)
    (tmp_path / "no folder").touch()
    ((saved, error),) = await save_as(host, tmp_path / "no folder" / "other.usda")
    assert saved is None and "other.usda" in error


async def test_save_that_kit_refuses_says_why(host: Any, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any) -> tuple[bool, str, list[str]]:
        return False, "the server is read-only", []

    monkeypatch.setattr(kit.context, "save_stage_async", refuse)
    with pytest.raises(StageError, match=r"scene\.usda cannot be saved \(the server is read-only\)"):
        await host.save()
    await kit.context.new_stage_async()
    with pytest.raises(StageError, match="no file yet"):
        await host.save()
    await kit.context.close_stage_async()
    with pytest.raises(StageError, match="no stage is open"):
        await host.save()


async def test_open_leaves_the_question_about_changes_to_kit(host: Any, kit: Kit, tmp_path: Path) -> None:
    import omni.kit.window.file

    other = save_stage(new_stage(tmp_path / "other.usda"))
    UsdGeom.Cube.Define(host.stage, "/World/Car")
    await host.open(other)
    await until(lambda: host.stage is not None and host.stage.GetRootLayer().realPath == str(other))
    assert omni.kit.window.file.asked == [str(other)]


async def test_selection_is_kits(host: Any, kit: Kit) -> None:
    heard = []
    host.selected.subscribe(lambda: heard.append(host.selection))
    host.select(["/World"])
    await passed()
    kit.context.get_selection().clear_selected_prim_paths()
    await passed()
    assert heard == [("/World",), ()]


async def test_frame_without_a_viewport_does_nothing(host: Any, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    host.frame(["/World"])
    await passed()
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "omni.kit.viewport.utility", None)
        host.frame(["/World"])
        await passed()
    assert not kit.errors


async def test_picking_a_folder_takes_the_selected_one_or_the_one_that_is_open(
    host: Any, importer: Any, tmp_path: Path
) -> None:
    picked: list[Path] = []
    for choice in (("", "/data/", ["/data/views"]), ("", "/data/views/"), ("views", "/data/")):
        host.pick("folder", "Folder with the views", tmp_path, picked.append)
        assert importer.shown["title"] == "Folder with the views" and importer.shown["folders"]
        assert importer.shown["start"] == f"{tmp_path}/"
        importer.apply(*choice)
        await passed()
    assert picked == [Path("/data/views")] * 3


async def test_picking_a_stage_takes_files_of_this_machine_and_of_a_server(host: Any, importer: Any) -> None:
    picked: list[Path] = []
    for folder in ("/data/", "omniverse://server/Projects/"):
        host.pick("stage", "Open a stage", None, picked.append)
        importer.apply("scene.usda", folder)
        await passed()
    assert picked[0] == Path("/data/scene.usda")
    assert server_address(picked[1]) == "omniverse://server/Projects/scene.usda"


async def test_dialog_that_is_open_goes_with_the_host(host: Any, importer: Any) -> None:
    host.pick("stage", "Open a stage", None, pytest.fail)
    late = importer.shown["done"]
    host.destroy()
    assert importer.shown is None
    late("scene.usda", "/data/", [])


async def test_dialog_of_somebody_else_outlives_the_host(host: Any, importer: Any) -> None:
    host.pick("stage", "Open a stage", None, lambda path: None)
    importer.apply("scene.usda", "/data/")
    await passed()
    importer.show_window(title="Somebody else's")
    host.destroy()
    assert importer.shown["title"] == "Somebody else's"
    importer.hide_window()


async def test_picking_without_a_dialog_is_told(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import omni.kit.notification_manager
    import omni.kit.window.file_importer

    monkeypatch.setattr(omni.kit.window.file_importer, "_importer", None)
    host.pick("folder", "Folder with the views", None, pytest.fail)
    ((text, _),) = omni.kit.notification_manager.posted
    assert text.startswith("Folder with the views: this app has no dialog for files")


async def test_progress_goes_to_the_status_bar(host: Any) -> None:
    from omni.kit.window import status_bar

    host.show_progress(0.25, "teapot, 50 %: tightening")
    host.show_progress(None)
    await passed()
    assert status_bar.shown == [0.25, "teapot, 50 %: tightening", -1.0, ""]


async def test_settings_outlive_the_host_and_what_is_left_open_is_not_kept(host: Any) -> None:
    import carb.settings

    assert host.load_settings() == {}
    host.store_settings({"max_steps": 500, "renderer": "area", "seed": 1, "sigmainv": 900.5, "python": "/py"})
    host.store_settings({"max_steps": 400, "renderer": "area", "seed": 1, "sigmainv": 900.5, "python": None})
    assert host.load_settings() == {"max_steps": 400, "renderer": "area", "seed": 1, "sigmainv": 900.5}
    assert carb.settings.get_settings().get("/persistent/exts/boxfit_kit.window/fit/max_steps") == 400


async def test_error_of_something_that_was_started_is_logged(host: Any, kit: Kit) -> None:
    async def fail() -> None:
        raise ValueError("nobody waits for this")

    host.start(fail())
    await passed()
    assert kit.errors == ["[boxfit_kit.window] ValueError: nobody waits for this"]


async def test_notice_is_only_for_a_panel_that_is_not_seen(host: Any) -> None:
    import omni.kit.notification_manager as manager

    host.panel_is_seen = lambda: True
    host.notify("The fit is done")
    assert manager.posted == []
    host.panel_is_seen = lambda: False
    host.notify("The fit is done")
    host.notify("The fit failed", wrong=True)
    assert manager.posted == [
        ("Box Fit: The fit is done", manager.NotificationStatus.INFO),
        ("Box Fit: The fit failed", manager.NotificationStatus.WARNING),
    ]


async def test_requirements_are_those_of_the_core_and_what_is_missing_is_logged(
    host: Any, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from boxfit_kit.core import requirements

    async def refuse() -> None:
        raise RequirementError("a fit needs SciPy")

    await host.provide_requirements()
    monkeypatch.setattr(requirements, "ensure_requirements", refuse)
    with pytest.raises(RequirementError, match="a fit needs SciPy"):
        await host.provide_requirements()
    assert kit.warnings[-1:] == ["[boxfit_kit.window] a fit needs SciPy"]
