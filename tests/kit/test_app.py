"""Tests of boxfit's own app and of Kit in separate processes: start, fit, save, quit, start again."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from boxfit.usd.cube import find_boxes
from PIL import Image
from pxr import Usd

from tests.kit.files import EXTENSIONS, ROOT, STAND_INS
from tests.kit.kit_process import KitProcess
from tests.kit.launch import is_109

FAST = ("--/app/fastShutdown=true", "--/app/fastShutdown=false")


@pytest.fixture
def process(tmp_path: Path) -> KitProcess:
    """Return a Kit that has never run before."""
    return KitProcess(tmp_path)


FIT_AND_SAVE = """
    async def story():
        file = await open_sample()
        driver = await ready()
        await driver.click("fit")
        await driver.wait(lambda: panel_model().fit.phase == "done", what="the fit")
        await driver.settle()
        await driver.picture(FOLDER / "app.png")
        await driver.click("save")
        await driver.wait(lambda: driver.text_of("stage.message").startswith("Saved"), what="the save")
        return 7

    begin(story)
"""


@pytest.mark.parametrize("shutdown", FAST)
def test_app_shows_the_window_fits_by_a_click_saves_and_ends_with_the_code_that_it_was_given(
    process: KitProcess, pictures: Path, shutdown: str
) -> None:
    ended = process.run_app(shutdown, script=FIT_AND_SAVE)
    assert ended.code == 7, ended.printed
    assert not ended.said("Error") and "Traceback" not in ended.printed
    stage = Usd.Stage.Open(str(process.folder / "sample" / "scene.usda"))
    assert len(find_boxes(stage)) == 1
    with Image.open(process.folder / "app.png") as picture:
        picture.save(pictures / "kit-app.png")
        assert_shows_the_panel(np.asarray(picture.convert("RGB"), dtype=int))


QUIT_IN_A_FIT = """
    async def story():
        await open_sample()
        driver = await ready()
        panel_model().settings.enter("method", "notebook")  # It takes seconds.
        await driver.click("fit")
        await driver.wait(lambda: panel_model().fit.box is not None, what="a box")
        assert panel_model().fit.running
        quit_kit(5)

    begin(story)
"""


@pytest.mark.parametrize("shutdown", FAST)
def test_quit_during_a_fit_ends_with_the_code_and_leaves_the_file_alone(process: KitProcess, shutdown: str) -> None:
    ended = process.run_app(shutdown, script=QUIT_IN_A_FIT)
    assert ended.code == 5, ended.printed
    assert not ended.said("Error") and "Traceback" not in ended.printed
    assert not find_boxes(Usd.Stage.Open(str(process.folder / "sample" / "scene.usda")))


QUIT_IN_A_CAPTURE = """    from pathlib import Path
    import omni.usd
    from tests.kit.scenes import SCENE_SELECTION, clutter_stage

    async def story():
        import boxfit_kit.core
        clutter_stage(FOLDER / "scene.usda")
        await omni.usd.get_context().open_stage_async(str(FOLDER / "scene.usda"))
        seen = []
        capturing = boxfit_kit.core.capture(
            SCENE_SELECTION, image_width=64, image_height=64, progress=lambda done, total: seen.append(done)
        )
        task = run_coroutine(capturing)
        while not seen or seen[-1] < 3:
            await updates(1)
        assert not task.done()
        quit_kit(4)

    begin(story)
"""


@pytest.mark.parametrize("shutdown", FAST)
def test_quit_during_a_capture_ends_with_the_code(process: KitProcess, shutdown: str) -> None:
    ended = process.run(
        shutdown, "--enable", "boxfit_kit.core", "--enable", "omni.replicator.core", script=QUIT_IN_A_CAPTURE
    )
    assert ended.code == 4, ended.printed
    assert not ended.said("Error") and "Traceback" not in ended.printed


SET = """
    async def story():
        await open_sample()
        driver = await ready()
        await driver.click("setting.align.up")
        await driver.click("overlay.switch")
        return 0

    begin(story)
"""

SEE = """
    async def story():
        await open_sample("again")
        await ready()
        assert panel_model().settings.fit.align == "up"
        assert setting("/persistent/exts/boxfit_kit.window/overlay") is False
        return 0

    begin(story)
"""


@pytest.mark.parametrize("shutdown", FAST)
def test_settings_of_the_panel_are_kept_until_kit_is_started_again(process: KitProcess, shutdown: str) -> None:
    for script in (SET, SEE):
        ended = process.run_app(shutdown, script=script)
        assert ended.code == 0, ended.printed


RELOAD = """
    async def story():
        await open_sample()
        driver = await ready()
        changed = FOLDER / "exts" / "{name}" / "boxfit_kit" / "{room}" / "{file}"
        text = changed.read_text(encoding="utf-8")
        changed.write_text(text + "\\nRELOADED = True\\n", encoding="utf-8")
        import importlib, sys
        module = "boxfit_kit.{room}.{file}".removesuffix(".py")
        await driver.wait(lambda: hasattr(sys.modules.get(module), "RELOADED"), what="the reload")
        await driver.settle(20)
        driver = await ready()
        await driver.click("fit")
        await driver.wait(lambda: panel_model().fit.phase == "done", what="the fit")
        return 0

    begin(story)
"""


@pytest.mark.parametrize(("name", "file"), [("boxfit_kit.core", "commands.py"), ("boxfit_kit.window", "menu.py")])
def test_hot_reload_of_an_extension_while_its_window_is_open_brings_it_back(
    process: KitProcess, name: str, file: str
) -> None:
    shutil.copytree(EXTENSIONS, process.folder / "exts", ignore=shutil.ignore_patterns("__pycache__"))
    (process.folder / "source").symlink_to(ROOT / "source", target_is_directory=True)
    script = RELOAD.replace("{name}", name).replace("{room}", name.split(".")[1]).replace("{file}", file)
    ended = process.run(
        "--/app/extensions/fsWatcherEnabled=true",
        *("--/exts/boxfit_kit.window/openOnStartup=true", "--enable", "boxfit_kit.window"),
        script=script,
        searched=(STAND_INS, process.folder / "exts"),
    )
    assert ended.code == 0, ended.printed
    assert not ended.said("Error") and "Traceback" not in ended.printed
    # Kit 109 keeps stack frames of the search for a missing path, with their variables.
    assert is_109() or not [line for line in ended.said("Warning") if "still alive" in line]


def assert_shows_the_panel(shot: np.ndarray) -> None:
    """Check that the panel is drawn: text on the panel's background, the view's picture, and the box in it."""
    panel = shot[:860, :420]
    assert panel.std(axis=(0, 1)).min() > 10, "the window is of one colour"
    light = (panel.min(axis=2) > 150).mean()
    assert 0.005 < light < 0.3, "no text"
    orange = (panel[..., 0] > 180) & (panel[..., 2] < 90) & (panel[..., 1] > 60)
    assert orange.sum() > 50, "no box is drawn"
    assert len(np.unique(panel.reshape(-1, 3), axis=0)) > 200, "no picture"
