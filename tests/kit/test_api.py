"""Tests of the coroutines for scripts in headless Kit: fit, import views, errors, cancelling, and undo."""

import asyncio
import re
import textwrap
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.errors import DatasetError, FitError, StageError
from boxfit.session.results import Progress
from pxr import Usd, UsdGeom

from tests.folders import cameras_around, metadata_of, write_box_views, write_view
from tests.interpreters import OtherPython
from tests.kit.files import ROOT
from tests.kit.kit_fixture import Kit
from tests.scenes import BOX
from tests.stages import box_stage, generator_stage, stage_text
from tests.transforms_files import save_image, shots_around, write_nerfstudio


@pytest.fixture
def core(kit: Kit, tmp_path: Path) -> Kit:
    """Return Kit with the core extension, and an open stage that names a dataset."""
    kit.start("boxfit_kit.core")
    box_stage(tmp_path / "open")
    kit.open(tmp_path / "open" / "scene.usda")
    return kit


async def fit(*arguments: Any, **settings: Any) -> Any:
    import boxfit_kit.core

    return await boxfit_kit.core.fit(*arguments, **settings)


async def import_views(folder: Path, **settings: Any) -> list[str]:
    import boxfit_kit.core

    return await boxfit_kit.core.import_views(folder, **settings)


async def begun(told: list[Progress], **settings: Any) -> asyncio.Task[Any]:
    """Return the task of a fit that has told its first progress."""
    started = asyncio.Event()

    def progress(news: Progress) -> None:
        told.append(news)
        started.set()

    task = asyncio.ensure_future(fit(progress=progress, **settings))
    await started.wait()
    return task


def fit_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "boxfit fit"]


async def test_fit_of_the_open_stage_writes_the_box_as_one_step(core: Kit) -> None:
    import omni.kit.undo

    stage = core.context.get_stage()
    before = stage_text(stage)
    (result,) = await fit(label=1, align="up", prim="/World/Found")
    assert result.box.volume > 0
    assert stage.GetPrimAtPath("/World/Found").IsA(UsdGeom.Cube)
    omni.kit.undo.undo()
    assert stage_text(stage) == before
    omni.kit.undo.redo()
    assert stage.GetPrimAtPath("/World/Found").IsA(UsdGeom.Cube)
    assert not core.errors


async def test_fit_takes_extent_and_alignment_as_the_command_line_does(core: Kit) -> None:
    (result,) = await fit(label=1, extent="certain", align="axes", method="contact", prim="/World/Found")
    prim = core.context.get_stage().GetPrimAtPath("/World/Found")
    assert prim.GetAttribute("boxfit:extent").Get() == result.extent == "certain"
    assert prim.GetAttribute("boxfit:alignment").Get() == result.alignment == "axes"
    assert tuple(prim.GetAttribute("xformOp:scale").Get()) == pytest.approx(result.boxes["certain"].size)
    assert result.box.volume > result.likely.volume
    with pytest.raises(FitError, match="choose one of"):
        await fit(label=1, extent="all")


async def test_fit_of_a_folder_into_a_stage_without_a_dataset(core: Kit, tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 6)
    await core.context.open_stage_async(generator_stage(tmp_path / "empty").GetRootLayer().realPath)
    (result,) = await fit(tmp_path / "views", method="contact", prim="/World/Box")
    assert result.method == "contact"
    assert core.context.get_stage().GetPrimAtPath("/World/Box").IsA(UsdGeom.Cube)


async def test_fit_of_another_format_takes_what_it_does_not_state(core: Kit, tmp_path: Path) -> None:
    shots = shots_around(8)
    write_nerfstudio(tmp_path / "scene", shots, masks="none")
    for index, shot in enumerate(shots, start=1):
        save_image(tmp_path / "masks" / f"frame_{index:05d}.png", 255 * ~shot.mask())
    reading = {"format": "transforms", "masks": tmp_path / "masks", "mask_shows": "background"}
    for source in (tmp_path / "scene", tmp_path / "scene" / "transforms.json"):
        (result,) = await fit(source, write=False, method="contact", **reading)
        assert result.box.volume == pytest.approx(BOX.volume, rel=0.02)
    # The same for the open stage, whose own dataset the folder replaces.
    (result,) = await fit(data=tmp_path / "scene", write=False, method="contact", **reading)
    assert result.box.volume == pytest.approx(BOX.volume, rel=0.02)
    with pytest.raises(DatasetError, match="name a folder of masks"):
        await fit(tmp_path / "scene", write=False)
    assert len(await import_views(tmp_path / "scene", **reading)) == 8
    with pytest.raises(TypeError, match="mask_show"):
        await import_views(tmp_path / "scene", mask_show="background")


async def test_fit_of_which_one_object_fails_warns_and_returns_it_among_the_failures(core: Kit, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    write_box_views(folder)
    for index, camera in enumerate(cameras_around(4), start=4):
        full = np.ones((*camera.resolution, 1), np.int32)
        write_view(folder, index, metadata_of(camera, "full.usd"), semantic=full)
    with pytest.warns(UserWarning, match="full.usd/1 has no box: .*covers the whole image"):
        results = await fit(folder, method="contact")
    assert [result.prim for result in results] == ["/World/box_1"]
    assert [failure.where for failure in results.failures] == ["full.usd/1"]


async def test_fit_without_a_stage_says_so_unless_nothing_is_written(kit: Kit, tmp_path: Path) -> None:
    kit.start("boxfit_kit.core")
    with pytest.raises(StageError, match="no stage is open"):
        await fit()
    write_box_views(tmp_path / "views", 6)
    (result,) = await fit(tmp_path / "views", write=False)
    assert result.box.volume > 0


async def test_fit_tells_its_progress_on_the_main_thread_while_frames_go_on(core: Kit) -> None:
    import omni.kit.app

    told: list[Progress] = []
    threads, frames = set(), 0

    def hear(progress: Progress) -> None:
        told.append(progress)
        threads.add(threading.current_thread())

    task = asyncio.ensure_future(fit(progress=hear))
    while not task.done():
        await omni.kit.app.get_app().next_update_async()
        frames += 1
    await task
    assert frames > 3
    assert threads == {threading.main_thread()}
    assert [told[0].stage, told[-1].stage] == ["masks", "tight"] and told[-1].step > 0


async def test_cancel_of_the_task_writes_nothing_and_ends_the_thread(core: Kit) -> None:
    import omni.kit.app

    before = stage_text(core.context.get_stage())
    task = await begun([], method="notebook", epochs=100000)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while fit_threads():
        await omni.kit.app.get_app().next_update_async()
    assert stage_text(core.context.get_stage()) == before


async def test_fit_while_the_stage_is_replaced_writes_to_neither(core: Kit, tmp_path: Path) -> None:
    other = generator_stage(tmp_path / "other").GetRootLayer().realPath
    task = await begun([])
    await core.context.open_stage_async(other)
    with pytest.raises(StageError, match="replaced meanwhile: nothing was written"):
        await task
    assert not core.context.get_stage().GetRootLayer().dirty


@pytest.mark.parametrize("again", [False, True], ids=["stopped", "stopped and started"])
async def test_fit_ends_with_the_extension(core: Kit, again: bool) -> None:
    before = stage_text(core.context.get_stage())
    told: list[Progress] = []
    task = await begun(told, method="notebook", epochs=100000)
    core.stop("boxfit_kit.core")
    assert not fit_threads()
    count = len(told)
    if again:
        core.start("boxfit_kit.core")
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(told) == count
    assert stage_text(core.context.get_stage()) == before and not core.errors


async def test_fit_that_could_not_be_written_is_refused_before_it_begins(core: Kit, tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 6)
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.Sphere.Define(stage, "/World/Ball")
    await core.context.attach_stage_async(stage)
    told: list[Progress] = []
    with pytest.raises(StageError, match="geometry must not be nested"):
        await fit(tmp_path / "views", progress=told.append, prim="/World/Ball/Box")
    assert told == []


async def test_fit_tells_where_the_box_is_and_what_hides_it(core: Kit) -> None:
    stage = core.context.get_stage()
    (result,) = await fit(method="contact")
    assert stage.GetPrimAtPath(result.prim).IsA(UsdGeom.Cube)
    with Usd.EditContext(stage, stage.GetSessionLayer()):
        stage.GetPrimAtPath(result.prim).GetAttribute("xformOp:translate").Set((100, 0, 0))
    (again,) = await fit(method="contact")
    warning = again.warnings[-1]
    assert len(again.warnings) == len(result.warnings) + 1 and result.prim in warning
    assert "overrides its xformOp:translate; clear these there" in warning


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"source": "omniverse://server/views"}, DatasetError, "omniverse://server/views is on a server: download it"),
        ({"label": "sofa"}, DatasetError, "no label 'sofa'"),
        ({"colour": "red"}, TypeError, "no setting is called colour"),
        ({"write": False, "prim": "/World/Box"}, TypeError, "no effect with write=False"),
    ],
)
async def test_fit_of_what_cannot_be_says_why(
    core: Kit, settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await fit(**settings)


def test_script_that_examines_another_python_tells_what_runs_there(
    kit: Kit, other: OtherPython, capsys: pytest.CaptureFixture[str]
) -> None:
    kit.start("boxfit_kit.core")
    text = (ROOT / "docs" / "install-in-kit.md").read_text(encoding="utf-8")
    (script,) = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "worker.greet" in block]
    exec(textwrap.dedent(script).replace("/home/me/kaolin/bin/python", str(other.path)), {})
    printed = capsys.readouterr().out
    assert "'numpy': " in printed and "kaolin PyTorch is not installed" in printed


async def test_import_views_carries_the_dataset_and_is_one_step(core: Kit, tmp_path: Path) -> None:
    import omni.kit.undo

    write_box_views(tmp_path / "views", 6)
    await core.context.open_stage_async(generator_stage(tmp_path / "empty").GetRootLayer().realPath)
    stage = core.context.get_stage()
    before = stage_text(stage)
    assert len(await import_views(tmp_path / "views")) == 6
    (result,) = await fit(prim="/World/Box")
    assert len(result.views) == 6
    omni.kit.undo.undo()
    omni.kit.undo.undo()
    assert stage_text(stage) == before


async def test_import_views_of_what_is_no_folder_of_views_says_so(core: Kit, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DatasetError, match="holds no views"):
        await import_views(tmp_path / "nothing")
