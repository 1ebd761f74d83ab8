"""Tests of the panel's capture group, with a renderer that returns views of a folder."""

from pathlib import Path

from boxfit.errors import RendererError

from tests.hosts import HostInMemory
from tests.stages import generator_stage
from tests.ui.conftest import Screen
from tests.ui.panels import tell
from tests.unit.ui.test_capture_model import Renderer


def capturing_host(folder: Path) -> tuple[HostInMemory, Renderer]:
    renderer = Renderer(folder / "rendered")
    host = HostInMemory(generator_stage(folder / "empty"))
    host.capture = renderer
    return host, renderer


def test_capture_with_clicks_gives_the_dataset(screen: Screen, tmp_path: Path) -> None:
    host, renderer = capturing_host(tmp_path)

    async def story(driver, model) -> None:
        await driver.click("capture")
        await driver.type("capture.label", "box")
        await driver.type("setting.view_count", "12")
        await driver.picture("capture.png")
        renderer.pace = 0.3
        await driver.click("capture.start")
        await driver.wait(lambda: model.capture.done == 2, what="two views")
        await driver.settle()
        await driver.picture("capturing.png")
        assert driver.text_of("capture.state") == "2 of 4 views" and not driver.exists("capture.start")
        await driver.wait(lambda: model.source.state == "ready", what="the dataset")
        await driver.settle()
        assert driver.text_of("source.title") == "captured" and "4, 128 x 72 px" in driver.text_of("source.views")
        assert driver.exists("capture.start") and not driver.exists("capture.cancel")
        await driver.picture("captured.png")

    tell(screen, host, story)
    ((settings, label, folder),) = renderer.asked
    assert (settings.view_count, label, folder) == (12, "box", None)


def test_capture_from_the_stages_cameras_asks_for_no_elevations(screen: Screen, tmp_path: Path) -> None:
    host, renderer = capturing_host(tmp_path)

    async def story(driver, model) -> None:
        await driver.click("capture")
        assert driver.exists("setting.elevation_from")
        await driver.click("setting.cameras.stage")
        assert not driver.exists("setting.elevation_from") and driver.exists("setting.image_width")

    tell(screen, host, story)
    assert not renderer.asked


def test_capture_that_fails_says_why_and_cancel_stops_one(screen: Screen, tmp_path: Path) -> None:
    host, renderer = capturing_host(tmp_path)

    async def story(driver, model) -> None:
        await driver.click("capture")
        renderer.error = RendererError("Replicator is busy: stop what it is generating, then capture")
        await driver.click("capture.start")
        await driver.wait(lambda: not model.capture.running, what="the failure")
        await driver.settle()
        assert driver.text_of("capture.error") == str(renderer.error)
        await driver.picture("failed.png")
        renderer.pace = 0.5
        await driver.click("capture.start")
        assert not driver.exists("capture.error")
        await driver.click("capture.cancel")
        await driver.wait(lambda: renderer.cancelled == 1, what="the end")

    tell(screen, host, story)


def test_panel_of_a_program_that_cannot_capture_has_no_such_group(screen: Screen, tmp_path: Path) -> None:
    async def story(driver, model) -> None:
        assert not driver.exists("capture")

    tell(screen, HostInMemory(generator_stage(tmp_path)), story)
