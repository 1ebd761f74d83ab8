"""Tests of the coroutines for scripts in headless Kit: fit, import views, errors, cancelling, and undo."""

import asyncio
import re
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from boxfit.errors import DatasetError, StageError
from boxfit.session.results import Progress
from pxr import Usd, UsdGeom

from tests.folders import write_box_views
from tests.interpreters import OtherPython
from tests.kit.kit_fixture import Kit
from tests.stages import box_stage, generator_stage, stage_text


@pytest.fixture
def core(kit: Kit, tmp_path: Path) -> Iterator[Kit]:
    """Yield Kit with the core extension, and an open stage that names a dataset."""
    kit.start("boxfit_kit.core")
    box_stage(tmp_path / "open")
    kit.open(tmp_path / "open" / "scene.usda")
    yield kit


def fit(core: Kit, *arguments: Any, **settings: Any) -> Any:
    import boxfit_kit.core

    return core.run(lambda: boxfit_kit.core.fit(*arguments, **settings))


def test_fit_of_the_open_stage_writes_the_box_as_one_step(core: Kit) -> None:
    import omni.kit.undo

    stage = core.context.get_stage()
    before = stage_text(stage)
    (result,) = fit(core, label=1, align="up", prim="/World/Found")
    assert result.box.volume > 0
    assert stage.GetPrimAtPath("/World/Found").IsA(UsdGeom.Cube)
    omni.kit.undo.undo()
    assert stage_text(stage) == before
    omni.kit.undo.redo()
    assert stage.GetPrimAtPath("/World/Found").IsA(UsdGeom.Cube)
    assert not core.errors


def test_fit_of_a_folder_into_a_stage_without_a_dataset(core: Kit, tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 6)
    generator_stage(tmp_path / "empty")
    core.open(tmp_path / "empty" / "scene.usda")
    (result,) = fit(core, tmp_path / "views", method="contact", prim="/World/Box")
    assert result.method == "contact"
    assert core.context.get_stage().GetPrimAtPath("/World/Box").IsA(UsdGeom.Cube)


def test_fit_without_writing_needs_no_stage(kit: Kit, tmp_path: Path) -> None:
    kit.start("boxfit_kit.core")
    write_box_views(tmp_path / "views", 6)
    (result,) = fit(kit, tmp_path / "views", write=False)
    assert result.box.volume > 0


def test_fit_tells_its_progress_on_the_main_thread_while_frames_go_on(core: Kit) -> None:
    import threading

    import omni.kit.app

    import boxfit_kit.core

    told: list[Progress] = []
    threads = set()

    def hear(progress: Progress) -> None:
        told.append(progress)
        threads.add(threading.current_thread())

    async def story() -> int:
        frames = 0
        task = asyncio.ensure_future(boxfit_kit.core.fit(progress=hear))
        while not task.done():
            await omni.kit.app.get_app().next_update_async()
            frames += 1
        await task
        return frames

    assert core.run(story) > 3
    assert threads == {threading.main_thread()}
    assert [told[0].stage, told[-1].step] == ["masks", told[-1].total]


def test_cancel_of_the_task_writes_nothing_and_ends_the_thread(core: Kit) -> None:
    import threading

    import omni.kit.app

    import boxfit_kit.core

    before = stage_text(core.context.get_stage())

    async def story() -> None:
        started = asyncio.Event()
        task = asyncio.ensure_future(boxfit_kit.core.fit(max_steps=100000, progress=lambda _: started.set()))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while any(thread.name == "boxfit fit" for thread in threading.enumerate()):
            await omni.kit.app.get_app().next_update_async()

    core.run(story)
    assert stage_text(core.context.get_stage()) == before


def test_fit_while_the_stage_is_replaced_writes_to_neither(core: Kit, tmp_path: Path) -> None:
    import boxfit_kit.core

    generator_stage(tmp_path / "other")

    async def story() -> None:
        started = asyncio.Event()
        task = asyncio.ensure_future(boxfit_kit.core.fit(progress=lambda _: started.set()))
        await started.wait()
        await core.context.open_stage_async(str(tmp_path / "other" / "scene.usda"))
        with pytest.raises(StageError, match="replaced meanwhile: nothing was written"):
            await task

    core.run(story)
    assert not core.context.get_stage().GetRootLayer().dirty


@pytest.mark.parametrize("again", [False, True], ids=["stopped", "stopped and started"])
def test_fit_ends_with_the_extension(core: Kit, again: bool) -> None:
    import boxfit_kit.core

    before = stage_text(core.context.get_stage())
    told: list[Progress] = []

    async def story() -> None:
        started = asyncio.Event()

        def progress(news: Progress) -> None:
            told.append(news)
            started.set()

        task = asyncio.ensure_future(boxfit_kit.core.fit(max_steps=100000, progress=progress))
        await started.wait()
        core.stop("boxfit_kit.core")
        assert not [thread for thread in threading.enumerate() if thread.name == "boxfit fit"]
        count = len(told)
        if again:
            core.start("boxfit_kit.core")
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(told) == count

    core.run(story)
    assert stage_text(core.context.get_stage()) == before and not core.errors


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"prim": "/World/Ball/Box"}, "geometry must not be nested")],
)
def test_fit_that_could_not_be_written_is_refused_before_it_begins(
    core: Kit, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    write_box_views(tmp_path / "views", 6)
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.Sphere.Define(stage, "/World/Ball")
    core.run(lambda: core.context.attach_stage_async(stage))
    told: list[Progress] = []
    with pytest.raises(StageError, match=words):
        fit(core, tmp_path / "views", progress=told.append, **settings)
    assert told == []


def test_fit_tells_where_the_box_is_and_what_hides_it(core: Kit) -> None:
    stage = core.context.get_stage()
    (result,) = fit(core, method="contact")
    assert stage.GetPrimAtPath(result.prim).IsA(UsdGeom.Cube)
    with Usd.EditContext(stage, stage.GetSessionLayer()):
        stage.GetPrimAtPath(result.prim).GetAttribute("xformOp:translate").Set((100, 0, 0))
    (again,) = fit(core, method="contact")
    warning = again.warnings[-1]
    assert len(again.warnings) == len(result.warnings) + 1 and result.prim in warning
    assert "overrides its xformOp:translate; clear these there" in warning


def test_fit_of_a_folder_on_a_server_says_to_download_it(core: Kit) -> None:
    with pytest.raises(DatasetError, match="omniverse://server/views is on a server: download it"):
        fit(core, "omniverse://server/views")


def script_of(document: str, word: str) -> str:
    """Return the script in a document that contains a word."""
    text = (Path(__file__).parents[2] / "docs" / document).read_text(encoding="utf-8")
    (script,) = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if word in block]
    return textwrap.dedent(script)


def test_script_that_examines_another_python_tells_what_runs_there(
    kit: Kit, other: OtherPython, capsys: pytest.CaptureFixture[str]
) -> None:
    kit.start("boxfit_kit.core")
    exec(script_of("install-in-kit.md", "worker.greet").replace("/home/me/kaolin/bin/python", str(other.path)), {})
    printed = capsys.readouterr().out
    assert "'numpy': " in printed and "kaolin PyTorch is not installed" in printed


def test_fit_without_a_stage_says_so(kit: Kit) -> None:
    kit.start("boxfit_kit.core")
    with pytest.raises(StageError, match="no stage is open"):
        fit(kit)


def test_fit_of_an_unknown_label_names_those_that_there_are(core: Kit) -> None:
    with pytest.raises(DatasetError, match="no label 'sofa'"):
        fit(core, label="sofa")


def test_fit_with_an_unknown_setting_is_refused_before_anything_is_read(core: Kit) -> None:
    with pytest.raises(TypeError, match="no setting is called colour"):
        fit(core, colour="red")


def test_fit_without_writing_takes_no_setting_of_the_prim(core: Kit) -> None:
    with pytest.raises(TypeError, match="no effect with write=False"):
        fit(core, write=False, prim="/World/Box")


def test_import_views_carries_the_dataset_and_is_one_step(core: Kit, tmp_path: Path) -> None:
    import omni.kit.undo

    import boxfit_kit.core

    write_box_views(tmp_path / "views", 6)
    generator_stage(tmp_path / "empty")
    core.open(tmp_path / "empty" / "scene.usda")
    stage = core.context.get_stage()
    before = stage_text(stage)
    cameras = core.run(lambda: boxfit_kit.core.import_views(tmp_path / "views"))
    assert len(cameras) == 6
    (result,) = fit(core, prim="/World/Box")
    assert len(result.views) == 6
    omni.kit.undo.undo()
    omni.kit.undo.undo()
    assert stage_text(stage) == before


def test_import_views_of_what_is_no_folder_of_views_says_so(core: Kit, tmp_path: Path) -> None:
    import boxfit_kit.core

    (tmp_path / "nothing").mkdir()
    with pytest.raises(DatasetError, match="holds no views"):
        core.run(lambda: boxfit_kit.core.import_views(tmp_path / "nothing"))
