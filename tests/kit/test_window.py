"""Tests of the window and its model: closed, opened again, during a fit, and when Kit disables the extension."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest
from boxfit.ui.model.fit_model import REPLACED
from boxfit.usd.cube import find_boxes

from tests.kit.kit_fixture import in_every_app
from tests.kit.kit_internals import forget_paths
from tests.kit.kit_screen import ENTRY, TITLE, WINDOW, KitScreen, box_fit_window
from tests.stages import box_stage, generator_stage
from tests.unit.ui.conftest import Gate, gate

__all__ = ["gate"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a stage that names eight views of a box."""
    return Path(box_stage(tmp_path / "stage").GetRootLayer().realPath)


async def ready(kit_screen: KitScreen, driver: Any, file: Path) -> Any:
    """Show the window on a stage whose dataset has been read; return the panel's model."""
    kit_screen.kit.start(WINDOW)
    await kit_screen.open(file)
    await kit_screen.show_window(driver)
    model = kit_screen.model
    await driver.wait(lambda: model.source.state == "ready" and model.view.picture is not None, what="the dataset")
    return model


async def fitted(kit_screen: KitScreen, driver: Any, file: Path) -> Any:
    """Fit a box with the window shown; return the panel's model."""
    model = await ready(kit_screen, driver, file)
    await driver.click("fit")
    await driver.wait(lambda: model.fit.phase == "done")
    return model


async def fitting(kit_screen: KitScreen, driver: Any, file: Path, gate: Gate) -> Any:
    """Begin a fit that the gate holds; return the panel's model."""
    model = await ready(kit_screen, driver, file)
    gate.close("tight")
    await driver.click("fit")
    await driver.wait(lambda: gate.reached)
    return model


async def close_by_its_cross(driver: Any) -> None:
    window = box_fit_window()
    await driver.click_at(window.position_x + window.width - 16, window.position_y + 12)


def workers() -> list[str]:
    """Return the names of the library's running threads."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("boxfit")]


async def gone(driver: Any) -> None:
    """Wait until these threads have ended."""
    await driver.wait(lambda: not workers(), what="the threads' end")


def posted() -> list[str]:
    import omni.kit.notification_manager

    return [text for text, _ in omni.kit.notification_manager.posted]


async def test_window_closed_by_its_cross_goes_at_the_next_update_and_comes_back_as_it_was(
    kit_screen: KitScreen, driver: Any, file: Path, gate: Gate
) -> None:
    import omni.kit.menu.utils as menus

    model = await fitted(kit_screen, driver, file)
    told = driver.text_of("result.prim")
    await close_by_its_cross(driver)
    assert not menus.is_ticked(ENTRY)
    await driver.wait(lambda: box_fit_window() is None)
    await kit_screen.show_window(driver)
    assert kit_screen.model is model and driver.text_of("result.prim") == told
    assert posted() == []


async def test_window_that_is_opened_again_at_once_stays(kit_screen: KitScreen, driver: Any, file: Path) -> None:
    import omni.ui as ui

    await ready(kit_screen, driver, file)
    ui.Workspace.show_window(TITLE, False)
    ui.Workspace.show_window(TITLE, True)
    await driver.settle(10)
    assert box_fit_window() and driver.exists("fit")


async def test_fit_goes_on_without_the_window_and_tells_of_its_end(
    kit_screen: KitScreen, driver: Any, file: Path, gate: Gate
) -> None:
    from omni.kit.viewport import registry
    from omni.kit.viewport.window import ViewportWindow, windows
    from omni.kit.window import status_bar

    ViewportWindow()
    model = await fitting(kit_screen, driver, file, gate)
    await driver.wait(lambda: model.fit.box is not None)
    # The live box is drawn over the viewport, also without the window.
    (scene,) = windows.scenes()
    await close_by_its_cross(driver)
    await driver.settle(10)
    assert model.fit.running and scene._drawing._front._shown > 0
    shown = len(status_bar.shown)
    gate.open()
    await driver.wait(lambda: model.fit.phase == "done")
    assert len(status_bar.shown) > shown
    assert find_boxes(kit_screen.kit.context.get_stage()) == [model.fit.prim]
    assert posted() == ["Box Fit: The fit is done"] and registry.leftovers() == []


async def test_hidden_window_reads_nothing_of_the_next_stage(
    kit_screen: KitScreen, driver: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boxfit.ui.model.source_model as source_model

    await ready(kit_screen, driver, file)
    await kit_screen.click_menu()
    await driver.settle(10)
    read = []
    monkeypatch.setattr(source_model, "survey_stage", lambda *_: read.append(1))
    await kit_screen.open(file)
    await driver.settle(10)
    assert read == [] and kit_screen.extension._tool is None


async def test_stage_that_is_closed_under_a_fit_stops_it_and_nothing_is_written(
    kit_screen: KitScreen, driver: Any, file: Path, gate: Gate
) -> None:
    model = await fitting(kit_screen, driver, file, gate)
    await kit_screen.open(file)
    gate.open()
    await driver.wait(lambda: not model.fit.running)
    assert model.fit.phase == "failed" and "replaced" in driver.text_of("fit.error")
    assert find_boxes(kit_screen.kit.context.get_stage()) == []
    await gone(driver)


async def test_hidden_fit_whose_stage_is_replaced_says_so(
    kit_screen: KitScreen, driver: Any, file: Path, gate: Gate
) -> None:
    model = await fitting(kit_screen, driver, file, gate)
    await kit_screen.click_menu()
    await driver.settle()
    await kit_screen.kit.context.close_stage_async()
    gate.open()
    await driver.wait(lambda: not model.fit.running)
    assert posted() == [f"Box Fit: The fit failed: {REPLACED}"]
    # The model is destroyed, until the notification's button shows the window.
    await driver.wait(lambda: kit_screen.extension._tool is None)
    import omni.kit.notification_manager

    omni.kit.notification_manager.click("Show")
    await driver.settle()
    assert box_fit_window() is not None


@in_every_app
@pytest.mark.parametrize(
    "state", ["never shown", "shown", "hidden", "fitting", "fitting and hidden", "no stage", "views on a silent server"]
)
async def test_start_up_and_shutdown_twice_leave_nothing_behind(
    kit_screen: KitScreen, driver: Any, file: Path, gate: Gate, state: str, app: str, silent: str
) -> None:
    kit = kit_screen.kit
    if state == "views on a silent server":
        generator_stage(file.parent, silent)
    kit.be(app)
    if app == "everything":
        from omni.kit.viewport.window import ViewportWindow

        ViewportWindow()
    for _ in range(2):
        if state in ("never shown", "no stage", "views on a silent server"):
            kit.start(WINDOW)
            if state != "no stage":
                await kit_screen.open(file)
            if state != "never shown":
                await kit_screen.show_window(driver)
            assert state != "views on a silent server" or driver.text_of("source.message") == f"Downloading {silent}"
        else:
            if state.startswith("fitting"):
                await fitting(kit_screen, driver, file, gate)
            else:
                await ready(kit_screen, driver, file)
            if state.endswith("hidden"):
                await kit_screen.click_menu()
                await driver.settle(10)
            assert state == "hidden" or kit.leftovers()
            # The gate that holds the fit in the test would also hold the shutdown.
            threading.Timer(0.1, gate.open).start()
        kit.stop_all()
        await driver.settle(10)
        await gone(driver)
        assert kit.leftovers() == [] and box_fit_window() is None
        if state != "no stage":
            assert find_boxes(kit.context.get_stage()) == []
        await kit.context.close_stage_async()


async def test_save_as_tells_where_the_stage_was_saved_and_goes_on_there(
    kit_screen: KitScreen, driver: Any, file: Path, tmp_path: Path
) -> None:
    import omni.kit.window.file

    model = await fitted(kit_screen, driver, file)
    (path,) = find_boxes(kit_screen.kit.context.get_stage())
    await driver.click("save_as")
    (choose,) = omni.kit.window.file.choosing
    target = file.parent / "copy.usda"
    choose(str(target))
    await driver.wait(lambda: model.stage.message, what="the save")
    await driver.settle()
    assert driver.text_of("stage.message") == f"Saved {target}" and driver.text_of("save") == "Save"
    # Kit has closed the stage and opened it under its new name.
    await driver.wait(lambda: model.source.state == "ready")
    assert find_boxes(kit_screen.kit.context.get_stage()) == [path]
    assert not driver.exists("stage.error")


async def test_save_as_that_is_answered_after_the_end_of_the_extension_tells_nobody(
    kit_screen: KitScreen, driver: Any, file: Path
) -> None:
    import omni.kit.window.file

    await ready(kit_screen, driver, file)
    parts = parts_of(kit_screen)
    await driver.click("save_as")
    kit_screen.kit.stop_all()
    assert await still_alive(driver, parts) == []
    (choose,) = omni.kit.window.file.choosing
    choose(str(file.parent / "copy.usda"))
    await driver.settle(20)
    assert posted() == []


async def still_alive(driver: Any, watched: dict[str, Any]) -> list[str]:
    """Return the names of objects that still exist some frames later."""
    references = {name: weakref.ref(part) for name, part in watched.items()}
    watched.clear()
    await driver.settle(20)
    forget_paths()
    gc.collect()
    return [name for name, reference in references.items() if reference() is not None]


def parts_of(kit_screen: KitScreen) -> dict[str, Any]:
    """Return the window's parts, by name."""
    tool = kit_screen.extension._tool
    panel = tool._window._panel
    parts = {"tool": tool, "host": tool._host, "model": tool._model, "window": tool._window, "panel": panel}
    return parts | {type(part).__name__: part for part in panel._parts}


async def test_window_that_is_closed_leaves_no_part_of_the_panel(
    kit_screen: KitScreen, driver: Any, file: Path
) -> None:
    await fitted(kit_screen, driver, file)
    parts = parts_of(kit_screen)
    for name in ("tool", "host", "model"):  # They keep the results for the next window.
        del parts[name]
    await kit_screen.click_menu()
    assert await still_alive(driver, parts) == []


async def test_extension_that_is_shut_down_leaves_no_object(kit_screen: KitScreen, driver: Any, file: Path) -> None:
    from omni.kit.viewport.window import ViewportWindow

    ViewportWindow()
    await fitted(kit_screen, driver, file)
    await driver.settle(60)
    parts = parts_of(kit_screen) | {"overlay": kit_screen.extension._tool._overlay}
    kit_screen.kit.stop_all()
    assert await still_alive(driver, parts) == []


@pytest.mark.parametrize(("answer", "agreed"), [("question.yes", True), ("question.no", False), (None, False)])
async def test_question_about_a_package_is_answered_by_a_click_and_closing_it_is_a_no(
    kit_screen: KitScreen, driver: Any, answer: str | None, agreed: bool
) -> None:
    import omni.ui as ui

    kit_screen.kit.start(WINDOW)
    from boxfit_kit.window.question import TITLE as QUESTION
    from boxfit_kit.window.question import ask

    asking = asyncio.ensure_future(ask("Download SciPy?"))
    await driver.wait(lambda: driver.exists("question.yes"))
    assert driver.text_of("question") == "Download SciPy?"
    if answer:
        await driver.click(answer)
    else:
        (window,) = [
            window for window in ui.Workspace.get_windows() if window.title.startswith(QUESTION) and window.visible
        ]
        window.visible = False
    assert await asking is agreed and not driver.exists("question.yes")


async def test_question_goes_with_the_window_and_who_waits_for_it_is_told(kit_screen: KitScreen, driver: Any) -> None:
    kit_screen.kit.start(WINDOW)
    from boxfit.errors import RequirementError

    from boxfit_kit.core import requirements

    allowing = asyncio.ensure_future(requirements._allow("1.15.3", "No module named 'scipy'"))
    await driver.wait(lambda: driver.exists("question.yes"))
    kit_screen.kit.stop(WINDOW)
    with pytest.raises(RequirementError, match="the question whether to install it was closed: try again"):
        await allowing
    assert not driver.exists("question.yes") and not requirements._refused


async def test_fit_asks_for_what_is_missing_and_cancel_takes_the_question_away(
    kit_screen: KitScreen, driver: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = await ready(kit_screen, driver, file)
    from boxfit.errors import RequirementError

    from boxfit_kit.core import requirements

    async def missing() -> None:
        if not await requirements._ask("Download SciPy?"):
            raise RequirementError("a fit needs SciPy")

    monkeypatch.setattr(requirements, "ensure_requirements", missing)
    await driver.click("fit")
    await driver.click("question.no")
    await driver.wait(lambda: model.fit.phase == "failed")
    assert driver.text_of("fit.error") == "a fit needs SciPy"
    # An immediate click would count as a late click on Cancel.
    await asyncio.sleep(0.4)
    await driver.click("fit")
    await driver.click("question.yes")
    await driver.wait(lambda: model.fit.phase == "done")
    await asyncio.sleep(0.4)
    # Kit disables the extension while the question is open.
    await driver.click("fit")
    await driver.wait(lambda: driver.exists("question"))
    kit_screen.kit.stop_all()
    await driver.settle(10)
    assert not driver.exists("question") and not kit_screen.kit.leftovers()
