"""Tests of the panel's capture group, with a renderer that returns views of a folder."""

from boxfit.errors import RendererError

from tests.unit.ui.test_capture_model import Renderer, host, make_stage, renderer

__all__ = ["host", "make_stage", "renderer"]


async def test_capture_with_clicks_gives_the_dataset(driver, model, renderer: Renderer) -> None:
    await driver.click("capture")
    await driver.type("capture.label", "box")
    await driver.type("setting.view_count", "12")
    await driver.picture("capture.png")
    renderer.pace = 1.0
    await driver.click("capture.start")
    await driver.wait(lambda: model.capture.done == 2, what="two views")
    assert driver.text_of("capture.state") == "2 of 4 views" and not driver.exists("capture.start")
    await driver.picture("capturing.png")
    await driver.wait(lambda: model.source.state == "ready", what="the dataset")
    await driver.settle()
    await driver.click("source.details")
    assert driver.text_of("source.title") == "captured" and "4, 128 x 72 px" in driver.text_of("source.views")
    assert driver.exists("capture.start") and not driver.exists("capture.cancel")
    await driver.picture("captured.png")
    ((settings, label, folder),) = renderer.asked
    assert (settings.view_count, label, folder) == (12, "box", None)


async def test_capture_from_the_stages_cameras_asks_for_no_elevations(driver, model, renderer: Renderer) -> None:
    await driver.click("capture")
    assert driver.exists("setting.elevation_from")
    await driver.click("setting.cameras.stage")
    assert not driver.exists("setting.elevation_from") and driver.exists("setting.image_width")
    assert not renderer.asked


async def test_capture_that_fails_says_why_and_cancel_stops_one(driver, model, renderer: Renderer) -> None:
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
