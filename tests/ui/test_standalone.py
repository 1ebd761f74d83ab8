"""Tests of the desktop window around the panel: its host, its bar, its keys, and closing it."""

from __future__ import annotations

import asyncio
import gc
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from boxfit.sample import make_sample
from boxfit.ui.desktop.preferences import Preferences
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage

from tests.edits import AddCube
from tests.stages import box_stage
from tests.ui.desk import Desk


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return save_stage(new_stage(tmp_path / "scene.usda"))


def on_disk(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def test_press_the_shortcuts_undoes_redoes_and_saves(driver, file: Path) -> None:
    async with Desk(file) as desk:
        desk.add("Box")
        await driver.settle()
        assert driver.text_of("window.file").startswith("scene.usda *")
        for keys, names in (("Ctrl+Z", []), ("Ctrl+Y", ["Box"]), ("Ctrl+Z", []), ("Ctrl+Shift+Z", ["Box"])):
            await driver.press(keys)
            assert desk.names == names, keys
        await driver.press("Ctrl+S")
        assert "Box" in on_disk(file)
        assert driver.text_of("window.file").startswith("scene.usda ")
        assert "*" not in driver.text_of("window.file")


async def test_press_undo_while_a_field_is_typed_into_leaves_the_stage_alone(driver, file: Path) -> None:
    async with Desk(file) as desk:
        desk.add("Box")
        await driver.type("source.folder", "abc", enter=False)
        await driver.press("Ctrl+Z")
        assert desk.names == ["Box"]
        await driver.press("Escape")


async def test_press_the_keys_of_the_view_frames_unless_a_field_is_typed_into(driver, tmp_path: Path) -> None:
    from omni.ui import testing

    async with Desk(make_sample(tmp_path / "sample", views=4, resolution=(64, 64))) as desk:
        await driver.wait(lambda: desk.model.view.picture is not None)
        viewport = desk.window._viewport
        framed = viewport.orbit
        await driver.scroll("view3d", 3)
        closer = viewport.orbit
        assert closer.distance < framed.distance
        await driver.click("settings.advanced")
        await driver.type("setting.prim", "/World/", enter=False)
        for letter in ("F", "A"):
            await driver.press(letter)
            await testing.type_text(letter.lower())
        assert viewport.orbit is closer and driver.text_of("setting.prim") == "/World/fa"
        await driver.press("Enter")
        await driver.press("A")
        assert viewport.orbit.distance == pytest.approx(framed.distance)


async def test_press_tab_goes_through_the_fields_from_top_to_bottom(driver, tmp_path: Path) -> None:
    from omni.ui import testing

    async with Desk(make_sample(tmp_path / "sample", views=4, resolution=(64, 64))) as desk:
        await driver.wait(lambda: desk.model.view.picture is not None)
        await driver.click("settings.advanced")
        await driver.click("settings.differentiable-fit")
        await driver.click("setting.prim")
        # A check box lies between: the second press reaches a field.
        for presses, name, text in ((0, "prim", "/World/B"), (2, "max_steps", "7"), (1, "seed", "5")):
            for _ in range(presses):
                await driver.press("Tab")
            await driver.press("Ctrl+A")
            await testing.type_text(text)
            await driver.settle()
            assert driver.text_of(f"setting.{name}") == text
        await driver.press("Enter")
        config = desk.model.settings.fit
        assert (config.max_steps, config.seed) == (7, 5)
        assert desk.model.settings.prim.prim == "/World/B"


@pytest.mark.parametrize(
    ("size", "panel_width"), [((900, 600), 400), ((500, 600), 320), ((340, 600), 320), ((320, 600), 314)]
)
async def test_small_window_leaves_the_panel_whole(driver, file: Path, size: tuple[int, int], panel_width: int) -> None:
    async with Desk(file):
        await driver.settle(5)
        panel, splitter = await driver.find("panel"), await driver.find("window.splitter")
        assert panel.computed_width == pytest.approx(panel_width, abs=1)
        assert panel.screen_position_x + panel.computed_width == pytest.approx(size[0], abs=1)
        assert splitter.screen_position_x + splitter.computed_width == pytest.approx(panel.screen_position_x, abs=1)


async def test_press_save_without_a_file_asks_for_a_name(driver, tmp_path: Path) -> None:
    async with Desk(None) as desk:
        desk.add("Box")
        await driver.press("Ctrl+S")
        await driver.type("files.path", str(tmp_path))
        await driver.type("files.name", "named")
        await driver.click("files.accept")
        assert "Box" in on_disk(tmp_path / "named.usda")
        assert driver.text_of("window.file").startswith("named.usda ")


@pytest.mark.parametrize(
    ("answer", "opened", "saved"),
    [("unsaved.save", True, True), ("unsaved.discard", True, False), ("unsaved.cancel", False, False)],
)
async def test_open_another_stage_over_changes_asks_first(
    driver, file: Path, tmp_path: Path, answer: str, opened: bool, saved: bool
) -> None:
    other = save_stage(new_stage(tmp_path / "other.usda"))
    async with Desk(file) as desk:
        desk.add("Box")
        await driver.click("source.open")
        await driver.click("files.row.other.usda")
        await driver.click("files.accept")
        assert "scene.usda has changes" in driver.text_of("question")
        await driver.picture(tmp_path / "question.png")
        await driver.click(answer)
        name = other.name if opened else file.name
        await driver.wait(lambda: driver.text_of("window.file").startswith(name), what=f"{name} in the bar")
        assert ("Box" in on_disk(file)) == saved
        assert desk.host.modified != opened


async def test_drag_the_splitter_resizes_the_panel_within_limits(driver, file: Path) -> None:
    async with Desk(file):
        panel, view = await driver.find("panel"), await driver.find("view3d")
        for dx, width in ((-100, 500), (50, 450), (400, 320), (-2000, 1280 - 200 - 6)):
            await driver.drag("window.splitter", dx, 0)
            assert panel.computed_width == pytest.approx(width, abs=12), dx
            assert view.screen_position_x + view.computed_width <= panel.screen_position_x


async def test_show_progress_draws_fewer_frames_while_it_lasts(driver, file: Path) -> None:
    import omni.ui as ui

    async with Desk(file) as desk:
        desk.host.show_progress(0.5, "Fitting")
        assert ui.get_max_frame_rate() == 30
        desk.host.show_progress(None)
        assert ui.get_max_frame_rate() == 60


async def test_frames_are_few_while_nothing_happens_and_many_at_the_first_input(
    driver, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import omni.ui as ui
    from boxfit.ui.desktop import pace
    from omni.ui import testing

    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: clock.now))

    def is_idle() -> bool:
        clock.now += 1.0
        return ui.get_max_frame_rate() == pace.IDLE_FRAMES_PER_SECOND

    async with Desk(file) as desk:
        await driver.wait(lambda: not desk.host.busy)
        pacing = asyncio.ensure_future(pace.pace_frames(desk.host))
        try:
            for wake in (
                lambda: testing.mouse_move(300, 300),
                lambda: testing.mouse_scroll(300, 300, 0, 1),
                lambda: driver.press("K"),
            ):
                await driver.wait(is_idle)
                await wake()
                await driver.wait(lambda: ui.get_max_frame_rate() == desk.host.frame_rate)
            desk.host.show_progress(0.5, "Fitting")
            clock.now += pace.AWAKE
            desk.host.start(driver.settle(30))
            await driver.settle(20)
            assert ui.get_max_frame_rate() == 30
        finally:
            pacing.cancel()


async def test_press_enter_answers_the_question_with_its_first_answer(driver, file: Path) -> None:
    from boxfit.ui.desktop.unsaved import may_lose_changes

    async with Desk(file) as desk:
        desk.add("Box")
        leaving = asyncio.ensure_future(may_lose_changes(desk.host))
        await driver.find("unsaved.save")
        await driver.press("Enter")
        await driver.wait(leaving.done)
        assert leaving.result() and "Box" in on_disk(file)


async def test_press_control_enter_fits_unless_nothing_is_there(driver, tmp_path: Path) -> None:
    async with Desk(make_sample(tmp_path / "sample", views=8, resolution=(128, 128))) as desk:
        await driver.press("Ctrl+Enter")
        await driver.wait(lambda: desk.model.source.state == "ready")
        await driver.press("Ctrl+Enter")
        await driver.wait(lambda: desk.model.fit.phase == "done")
        assert "Ctrl+Enter" in (await driver.find("fit")).tooltip


async def test_window_that_grows_again_is_as_before(driver, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import omni.ui as ui

    async with Desk(file) as desk:
        await driver.drag("window.splitter", -150, 0)
        panel = await driver.find("panel")
        chosen = panel.computed_width
        assert chosen == pytest.approx(550, abs=12)
        real = ui.Workspace.get_main_window_width
        for width, expected in ((600, 394), (400, 320), (1280, chosen)):
            monkeypatch.setattr(ui.Workspace, "get_main_window_width", staticmethod(lambda width=width: width))
            desk.window._divide()
            await driver.settle()
            assert desk.window._beside.width.value == pytest.approx(expected, abs=1)
        monkeypatch.setattr(ui.Workspace, "get_main_window_width", staticmethod(real))


async def test_frame_selects_the_prims(driver, file: Path) -> None:
    async with Desk(file) as desk:
        desk.add("Box")
        desk.host.frame(["/World/Box"])
        assert desk.host.selection == ("/World/Box",)
        await driver.settle()


async def test_start_of_a_coroutine_that_raises_prints_the_error(driver, capfd: pytest.CaptureFixture[str]) -> None:
    async def fail() -> None:
        raise ValueError("from a coroutine")

    async with Desk(None) as desk:
        desk.host.start(fail())
        await driver.settle()
    assert "from a coroutine" in capfd.readouterr().err


async def test_settings_are_there_in_the_next_run(driver) -> None:
    async with Desk(None) as desk:
        desk.host.store_settings({"method": "contact"})
    async with Desk(None) as desk:
        assert desk.host.load_settings() == {"method": "contact"}


class Cross:
    """Simulated close button, which a headless screen lacks: does the same to omni.ui."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from omni.ui import _ui

        self.clicked, self.opened = False, 0
        init = _ui._standalone_init

        def count(*arguments):
            self.clicked, self.opened = False, self.opened + 1
            return init(*arguments)

        monkeypatch.setattr(_ui, "_standalone_init", count)
        monkeypatch.setattr(_ui, "_standalone_should_close", lambda: self.clicked)

    async def click(self) -> None:
        opened = self.opened
        self.clicked = True
        while self.clicked and self.opened == opened and len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.02)


@pytest.fixture
def application(screen, monkeypatch: pytest.MonkeyPatch, file: Path):
    """Run the program with a story beside it; return the number of times that its window was opened."""
    from boxfit.ui.desktop import application
    from boxfit.ui.desktop.standalone import HostStandalone
    from omni.ui import testing

    from tests.ui.driver import Driver

    hosts = []

    class Host(HostStandalone):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments)
            hosts.append(self)

    monkeypatch.setattr(application, "HostStandalone", Host)
    cross = Cross(monkeypatch)

    def run(story) -> int:
        async def main() -> None:
            import omni.ui as ui

            monkeypatch.setattr(testing, "next_frame", ui.next_frame)
            shown = asyncio.ensure_future(application._show(file, (1280, 800)))
            driver = Driver()
            await driver.find("window.file")
            told = asyncio.ensure_future(story(driver, hosts[0], cross))
            await asyncio.wait((told, shown), return_when=asyncio.FIRST_COMPLETED, timeout=30)
            if shown.done():
                # The click that ends the program would wait for frames that are no longer drawn.
                told.cancel()
            else:
                told.result()
            await asyncio.wait_for(shown, 5)

        asyncio.run(main())
        # Widgets of this screen must not be collected while another one is open.
        gc.collect()
        return cross.opened

    return run


def test_close_without_changes_ends_the_program(application) -> None:
    async def story(driver, host, cross):
        await cross.click()

    assert application(story) == 1


@pytest.mark.parametrize(("answer", "saved"), [("unsaved.save", True), ("unsaved.discard", False)])
def test_close_with_changes_asks_and_then_ends(application, file: Path, answer: str, saved: bool) -> None:
    async def story(driver, host, cross):
        host.perform("Add Box", lambda: AddCube(host.stage, "Box"))
        await cross.click()
        await driver.click(answer)

    assert application(story) == 2
    assert ("Box" in on_disk(file)) == saved


def test_close_with_changes_and_cancel_goes_on(application, file: Path) -> None:
    async def story(driver, host, cross):
        host.perform("Add Box", lambda: AddCube(host.stage, "Box"))
        await cross.click()
        await driver.click("unsaved.cancel")
        assert not driver.exists("question")
        await driver.press("Ctrl+Z")
        assert not host.modified
        await cross.click()

    assert application(story) == 2


def test_close_again_over_the_question_asks_again(application) -> None:
    async def story(driver, host, cross):
        host.perform("Add Box", lambda: AddCube(host.stage, "Box"))
        await cross.click()
        await driver.find("question")
        await cross.click()
        await driver.click("unsaved.discard")

    assert application(story) == 3


def test_close_during_a_fit_ends_the_worker_and_the_program(application, file: Path, tmp_path: Path) -> None:
    settings = {"method": "notebook", "renderer": "area", "epochs": 1_000_000}
    Preferences(tmp_path / "config" / "panel.json").store("settings", settings)
    box_stage(tmp_path)
    before = on_disk(file)

    def workers() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("boxfit fit")]

    async def story(driver, host, cross):
        await driver.click("fit")
        await driver.wait(workers, what="a worker")
        await driver.settle(20)
        assert workers()
        await cross.click()

    assert application(story) == 1
    assert not workers()
    assert on_disk(file) == before
