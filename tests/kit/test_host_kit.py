"""What the panel needs of Kit, on a real stage."""

from __future__ import annotations

import asyncio
import datetime
import re
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from boxfit.errors import BoxfitError, DatasetError, StageError
from boxfit.files import server_address
from boxfit.usd.course_file import course_file
from boxfit.usd.stage import new_stage, save_stage
from pxr import Usd, UsdGeom

from tests.edits import AddCube
from tests.hosts import until
from tests.kit.conftest import Kit
from tests.kit.drawn import omni_ui, toolkit

__all__ = ["omni_ui", "toolkit"]

Tell = Callable[[Callable[[Any], Coroutine[Any, Any, None]]], None]
"""Runs a story with a host."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A stage with nothing on it."""
    return save_stage(new_stage(tmp_path / "scene.usda"))


in_every_kit = pytest.mark.parametrize("tell", ["107", "106"], indirect=True)
"""For what goes by events: Kit 107 has others than those before."""


@pytest.fixture
def tell(request: pytest.FixtureRequest, omni_ui: None, kit: Kit, file: Path, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Kit with the stage open."""
    if getattr(request, "param", "107") == "106":
        monkeypatch.delattr("omni.usd.UsdContext.stage_event_name")
        monkeypatch.delattr("omni.kit.app.queue_event")

    def tell(story: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        async def main() -> None:
            from boxfit_kit.window.host_kit import HostKit

            ok, error = await kit.context.open_stage_async(str(file))
            assert ok, error
            host = HostKit()
            try:
                await story(host)
            finally:
                host.destroy()
                await asyncio.sleep(0.02)
            assert kit.leftovers() == of_the_core

        kit.start("boxfit_kit.core")
        of_the_core = kit.leftovers()
        kit.run(main)

    return tell


@pytest.fixture
def told() -> list[str]:
    """What was told of the stage, in order."""
    return []


def names(kit: Kit) -> list[str]:
    return [prim.GetName() for prim in kit.context.get_stage().GetPrimAtPath("/World").GetChildren()]


async def passed(updates: int = 5) -> None:
    import omni.kit.app

    for _ in range(updates):
        await omni.kit.app.get_app().next_update_async()


@in_every_kit
def test_perform_is_one_step_of_kits_undo_and_everyone_is_told(tell: Tell, kit: Kit, told: list[str]) -> None:
    async def story(host: Any) -> None:
        import omni.kit.undo

        assert host.undo_label is None and host.redo_label is None
        end = host.watch_stage(told.append)
        host.perform("Add a cube", lambda: AddCube(host.stage, "Car"))
        assert names(kit) == ["Car"] and told == ["edited"]
        assert host.undo_label == "Fit a box" and host.redo_label is None
        omni.kit.undo.undo()
        assert names(kit) == [] and host.undo_label is None and host.redo_label == "Fit a box"
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

    tell(story)
    assert not kit.errors


def test_perform_whose_action_fails_raises_and_leaves_no_step(tell: Tell, kit: Kit) -> None:
    async def story(host: Any) -> None:
        def fail() -> Any:
            raise StageError("it cannot stand there")

        with pytest.raises(StageError, match="it cannot stand there"):
            host.perform("Add a cube", fail)
        assert host.undo_label is None

    tell(story)
    assert not kit.errors


def test_labels_name_the_steps_of_others_as_far_as_kit_does(tell: Tell) -> None:
    async def story(host: Any) -> None:
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

    tell(story)


@in_every_kit
def test_opening_closing_and_saving_are_told_and_a_closing_stage_is_gone_at_once(
    tell: Tell, kit: Kit, file: Path, told: list[str]
) -> None:
    async def story(host: Any) -> None:
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

    tell(story)


@in_every_kit
def test_edit_of_a_stage_that_has_closed_meanwhile_is_not_told(tell: Tell, kit: Kit, told: list[str]) -> None:
    async def story(host: Any) -> None:
        host.boxes = lambda: ["/World/Car"]
        cube = UsdGeom.Cube.Define(host.stage, "/World/Car")
        await passed()
        host.watch_stage(told.append)
        cube.AddTranslateOp().Set((1, 2, 3))
        del cube
        await kit.context.close_stage_async()
        await passed()
        assert told == ["closed"]

    tell(story)


@in_every_kit
def test_many_edits_of_a_box_are_told_once_at_the_next_update(tell: Tell, told: list[str]) -> None:
    async def story(host: Any) -> None:
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

    tell(story)


def test_modified_is_what_kit_says(tell: Tell, kit: Kit) -> None:
    async def story(host: Any) -> None:
        assert not host.modified
        UsdGeom.Cube.Define(host.stage, "/World/Car")
        assert host.modified
        await host.save()
        assert not host.modified

    tell(story)


def test_save_goes_through_the_context_and_gives_the_file(tell: Tell, file: Path, told: list[str]) -> None:
    async def story(host: Any) -> None:
        UsdGeom.Cube.Define(host.stage, "/World/Car")
        host.watch_stage(told.append)
        assert await host.save() == file
        assert "def Cube" in file.read_text(encoding="utf-8") and "saved" in told

    tell(story)


async def save_as(host: Any, choice: Path | str | None) -> list[tuple[Path | None, str]]:
    """Save under another name, as a user does in Kit's dialog; gives what was told."""
    import omni.kit.window.file

    told: list[tuple[Path | None, str]] = []
    host.save_as(lambda file, error: told.append((file, error)))
    (choose,) = omni.kit.window.file.choosing
    choose(None if choice is None else str(choice))
    await until(lambda: told)
    return told


def test_save_as_is_kits_own(tell: Tell, file: Path, tmp_path: Path) -> None:
    async def story(host: Any) -> None:
        UsdGeom.Cube.Define(host.stage, "/World/Car")
        target = tmp_path / "other.usda"
        assert await save_as(host, target) == [(target, "")]
        assert host.stage.GetRootLayer().realPath == str(target) and target.is_file()
        assert "def Cube" not in file.read_text(encoding="utf-8")

    tell(story)


def test_save_as_that_is_cancelled_says_so_without_an_error(tell: Tell, file: Path) -> None:
    async def story(host: Any) -> None:
        assert await save_as(host, None) == [(None, "")]
        assert host.stage.GetRootLayer().realPath == str(file)

    tell(story)


def test_save_that_kit_refuses_says_why(tell: Tell, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any) -> tuple[bool, str, list[str]]:
        return False, "the server is read-only", []

    async def story(host: Any) -> None:
        monkeypatch.setattr(kit.context, "save_stage_async", refuse)
        with pytest.raises(StageError, match=r"scene\.usda cannot be saved \(the server is read-only\)"):
            await host.save()
        await kit.context.new_stage_async()
        with pytest.raises(StageError, match="no file yet"):
            await host.save()
        await kit.context.close_stage_async()
        with pytest.raises(StageError, match="no stage is open"):
            await host.save()

    tell(story)


def with_course(stage: Usd.Stage, name: str = "Car") -> None:
    """Write a box with its course, in memory."""
    from boxfit.usd.animation import write_course
    from boxfit.usd.cube import write_box

    from tests.scenes import BOX

    write_course(stage, write_box(stage, f"/World/{name}", BOX), [BOX, BOX])


@in_every_kit
def test_course_is_saved_whoever_saves_the_stage_and_goes_once_it_is_not_used(tell: Tell, kit: Kit, file: Path) -> None:
    async def story(host: Any) -> None:
        from boxfit.usd.course_file import withdraw_course

        with_course(host.stage)
        assert not course_file(file).exists()
        await kit.context.save_stage_async()
        assert course_file(file).is_file()
        withdraw_course(host.stage, host.stage.GetPrimAtPath("/World/Car"))
        await kit.context.save_stage_async()
        assert not course_file(file).exists()

    tell(story)
    assert not kit.errors


def test_course_that_cannot_be_saved_is_an_error_in_the_log(
    tell: Tell, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Any) -> None:
        raise StageError("the disk is full")

    async def story(host: Any) -> None:
        monkeypatch.setattr("boxfit.usd.saving.save_course", refuse)
        await kit.context.save_stage_async()

    tell(story)
    assert [text for text in kit.errors if "the disk is full" in text]


@in_every_kit
@pytest.mark.parametrize("last", [False, True], ids=["saved, then opened", "opened, then saved"])
@pytest.mark.parametrize("place", ["moved.usda", "elsewhere/scene.usda"])
def test_course_that_was_never_saved_goes_with_the_stage_under_another_name(
    tell: Tell, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: bool, place: str
) -> None:
    async def story(host: Any) -> None:
        monkeypatch.setattr("omni.usd.saved_comes_last", last)
        with_course(host.stage)
        (tmp_path / "elsewhere").mkdir()
        target = tmp_path / place
        await save_as(host, target)
        for _ in range(2):
            course = host.stage.GetPrimAtPath("/World/Car_course")
            assert course.GetAttribute("xformOp:translate").GetNumTimeSamples() == 2
            course = None
            await host.save()
            await kit.context.open_stage_async(str(target))

    tell(story)
    assert not kit.errors


def test_open_leaves_the_question_about_changes_to_kit(tell: Tell, kit: Kit, tmp_path: Path) -> None:
    other = save_stage(new_stage(tmp_path / "other.usda"))

    async def story(host: Any) -> None:
        import omni.kit.window.file

        UsdGeom.Cube.Define(host.stage, "/World/Car")
        await host.open(other)
        await until(lambda: host.stage is not None and host.stage.GetRootLayer().realPath == str(other))
        assert omni.kit.window.file.asked == [str(other)]

    tell(story)


@in_every_kit
def test_selection_is_kits(tell: Tell, kit: Kit) -> None:
    async def story(host: Any) -> None:
        heard = []
        host.selected.subscribe(lambda: heard.append(host.selection))
        host.select(["/World"])
        kit.context.get_selection().clear_selected_prim_paths()
        assert heard == [("/World",), ()]

    tell(story)


def test_frame_without_a_viewport_does_nothing(tell: Tell, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(host: Any) -> None:
        import sys

        host.frame(["/World"])
        await passed()
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "omni.kit.viewport.utility", None)
            host.frame(["/World"])
            await passed()

    tell(story)
    assert not kit.errors


def test_picking_a_folder_takes_the_selected_one_or_the_one_that_is_open(tell: Tell, tmp_path: Path) -> None:
    async def story(host: Any) -> None:
        from omni.kit.window.file_importer import get_file_importer

        picked: list[Path] = []
        importer = get_file_importer()
        assert importer is not None
        host.pick("folder", "Folder with the views", tmp_path, picked.append)
        assert importer.shown is not None and importer.shown["folders"]
        assert importer.shown["title"] == "Folder with the views" and importer.shown["start"] == f"{tmp_path}/"
        importer.apply("", "/data/", ["/data/views"])
        host.pick("folder", "Folder with the views", None, picked.append)
        importer.apply("", "/data/views/")
        host.pick("folder", "Folder with the views", None, picked.append)
        importer.apply("views", "/data/")
        assert picked == [Path("/data/views")] * 3

    tell(story)


def test_picking_a_stage_takes_files_of_this_machine_and_of_a_server(tell: Tell) -> None:
    async def story(host: Any) -> None:
        from omni.kit.window.file_importer import get_file_importer

        picked: list[Path] = []
        importer = get_file_importer()
        assert importer is not None
        for folder in ("/data/", "omniverse://server/Projects/"):
            host.pick("stage", "Open a stage", None, picked.append)
            importer.apply("scene.usda", folder)
        assert picked[0] == Path("/data/scene.usda")
        assert server_address(picked[1]) == "omniverse://server/Projects/scene.usda"

    tell(story)


def test_dialog_that_is_open_goes_with_the_host(tell: Tell, tmp_path: Path) -> None:
    late = []

    async def story(host: Any) -> None:
        from omni.kit.window.file_importer import get_file_importer

        host.pick("stage", "Open a stage", None, pytest.fail)
        late.append(get_file_importer().shown["done"])

    tell(story)
    late[0]("scene.usda", "/data/", [])


def test_dialog_of_somebody_else_outlives_the_host(tell: Tell, tmp_path: Path) -> None:
    async def story(host: Any) -> None:
        from omni.kit.window.file_importer import get_file_importer

        importer = get_file_importer()
        host.pick("stage", "Open a stage", None, lambda path: None)
        importer.apply("scene.usda", "/data/")
        importer.show_window(title="Somebody else's")
        host.destroy()
        assert importer.shown["title"] == "Somebody else's"
        importer.hide_window()

    tell(story)


def test_picking_without_a_dialog_is_told(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(host: Any) -> None:
        import omni.kit.notification_manager
        import omni.kit.window.file_importer

        monkeypatch.setattr(omni.kit.window.file_importer, "_importer", None)
        host.pick("folder", "Folder with the views", None, pytest.fail)
        ((text, _),) = omni.kit.notification_manager.posted
        assert text.startswith("Folder with the views: this app has no dialog for files")

    tell(story)


@pytest.fixture
def server(omni_ui: None, kit: Kit, tmp_path: Path) -> Iterator[Any]:
    """A server with a folder of views."""
    import carb.tokens
    import omni.client

    carb.tokens.get_tokens_interface().set_value("cache", str(tmp_path / "cache"))
    omni.client.served.update(
        {
            "omniverse://server/views/0_metadata.json": b"{}",
            "omniverse://server/views/rgb/0.png": b"picture",
            "omniverse://server/views/scene.usd": b"what no reader opens",
            "omniverse://server/other/1_metadata.json": b"{}",
        }
    )
    yield omni.client


ADDRESS = Path("omniverse://server/views/")


def test_folder_of_a_server_is_downloaded_with_progress_and_once(tell: Tell, server: Any, tmp_path: Path) -> None:
    async def story(host: Any) -> None:
        shown: list[tuple[float | None, str]] = []
        host.show_progress = lambda share, text="": shown.append((share, text))
        folder = await host.download(ADDRESS)
        assert folder.name == "views" and folder.is_relative_to(tmp_path / "cache")
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert files == {"0_metadata.json": b"{}", "rgb/0.png": b"picture"}
        shares = [share for share, _ in shown]
        assert shares[0] == 0.0 and 1.0 in shares and shares[-1] is None
        assert "omniverse://server/views" in shown[0][1]
        # What is here already is not read again; what the server has no longer goes, and what is new comes.
        del server.read[:]
        assert await host.download(ADDRESS) == folder and server.read == []
        del server.served["omniverse://server/views/rgb/0.png"]
        server.served["omniverse://server/views/1_metadata.json"] = b"{ }"
        await host.download(ADDRESS)
        assert server.read == ["omniverse://server/views/1_metadata.json"]
        assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == [
            "0_metadata.json",
            "1_metadata.json",
        ]

    tell(story)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("denied", "rgb/0.png cannot be read (access denied)"),
        ("missing", "omniverse://server/views cannot be listed (not found): name a folder that you may read"),
        ("outside", "holds a file of the name"),
        ("deep", "holds folders within folders"),
    ],
)
def test_folder_of_a_server_that_cannot_be_read_says_why(tell: Tell, server: Any, what: str, said: str) -> None:
    async def story(host: Any) -> None:
        if what == "denied":
            server.denied.add("omniverse://server/views/rgb/0.png")
        elif what == "missing":
            server.served.clear()
        elif what == "outside":
            server.served["omniverse://server/views/../secret"] = b""
        else:
            server.served["omniverse://server/views/a/b/c/d/e/f.png"] = b""
        with pytest.raises(DatasetError, match=re.escape(said)):
            await host.download(ADDRESS)

    tell(story)


@pytest.mark.parametrize("year", [1, 1601, 9999])
def test_file_of_an_impossible_time_is_downloaded(tell: Tell, server: Any, monkeypatch: Any, year: int) -> None:
    async def story(host: Any) -> None:
        monkeypatch.setattr(server, "MODIFIED", datetime.datetime(year, 1, 1))
        assert (await host.download(ADDRESS) / "rgb" / "0.png").read_bytes() == b"picture"

    tell(story)


def test_download_that_is_under_way_ends_with_the_host(
    tell: Tell, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(url: str) -> Any:
        await asyncio.sleep(60)

    async def story(host: Any) -> None:
        monkeypatch.setattr(server, "read_file_async", never)
        host.start(host.download(ADDRESS))
        await passed()

    tell(story)


@in_every_kit
def test_progress_goes_to_the_status_bar(tell: Tell) -> None:
    async def story(host: Any) -> None:
        import carb.events
        import omni.kit.app

        bar = "omni.kit.window.status_bar"
        pushed: list[tuple[int, Any]] = []
        stream = omni.kit.app.get_app().get_message_bus_event_stream()
        watch = stream.create_subscription_to_pop(lambda event: pushed.append((event.type, event.payload)))
        host.show_progress(0.25, "teapot: tightening")
        host.show_progress(None)
        sent = [
            (f"{bar}@progress", {"progress": 0.25}),
            (f"{bar}@activity", {"text": "teapot: tightening"}),
            (f"{bar}@progress", {"progress": -1.0}),
            (f"{bar}@activity", {"text": ""}),
        ]
        if hasattr(omni.kit.app, "queue_event"):
            assert omni.kit.app.queued == sent and not pushed
        else:
            assert pushed == [(carb.events.type_from_string(name), payload) for name, payload in sent]
        del watch

    tell(story)


def test_settings_outlive_the_host_and_what_is_left_open_is_not_kept(tell: Tell) -> None:
    async def story(host: Any) -> None:
        import carb.settings

        assert host.load_settings() == {}
        host.store_settings({"max_steps": 500, "renderer": "area", "seed": 1, "learning_rate": 0.02, "python": "/py"})
        host.store_settings({"max_steps": 400, "renderer": "area", "seed": 1, "learning_rate": 0.02, "python": None})
        assert host.load_settings() == {"max_steps": 400, "renderer": "area", "seed": 1, "learning_rate": 0.02}
        assert carb.settings.get_settings().get("/persistent/exts/boxfit_kit.window/fit/max_steps") == 400

    tell(story)


def test_error_of_something_that_was_started_is_logged(tell: Tell, kit: Kit) -> None:
    async def fail() -> None:
        raise ValueError("nobody waits for this")

    async def story(host: Any) -> None:
        host.start(fail())
        await passed()

    tell(story)
    assert kit.errors == ["[boxfit_kit.window] ValueError: nobody waits for this"]


def test_notice_is_only_for_a_panel_that_is_not_seen(tell: Tell) -> None:
    async def story(host: Any) -> None:
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

    tell(story)


def test_requirements_are_those_of_the_core(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(host: Any) -> None:
        from boxfit_kit.core import requirements

        async def refuse() -> None:
            raise BoxfitError("a fit needs SciPy")

        await host.provide_requirements()
        monkeypatch.setattr(requirements, "ensure_requirements", refuse)
        with pytest.raises(BoxfitError, match="a fit needs SciPy"):
            await host.provide_requirements()

    tell(story)
