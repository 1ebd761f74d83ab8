"""Tests of capturing from the panel: the calls of the host, and their results."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boxfit.errors import RendererError
from boxfit.session.reading import read_source
from boxfit.session.source import Source
from boxfit.settings import CaptureSettings
from boxfit.ui.model.capture_model import NO_STAGE
from boxfit.ui.model.panel_model import PanelModel

from tests.folders import write_box_views
from tests.hosts import HostInMemory, run, until
from tests.stages import box_stage, generator_stage
from tests.unit.ui.stories import fitted, on_stage, ready


class Renderer:
    """Simulated capture, which returns views of a folder, one per frame.

    Attributes:
        asked: Arguments of each capture.
        cancelled: Number of cancelled captures.
        pace: Seconds per view.
        error: Exception that captures end with, or None.
    """

    unavailable_reason: str | None = None

    def __init__(self, folder: Path) -> None:
        write_box_views(folder, 4)
        self._folder = folder
        self.asked: list[tuple[CaptureSettings, str | None, Path | None]] = []
        self.cancelled = 0
        self.pace = 0.005
        self.error: Exception | None = None

    async def capture(
        self,
        settings: CaptureSettings,
        label: str | None = None,
        *,
        folder: Path | None = None,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> Source:
        self.asked.append((settings, label, folder))
        try:
            for done in range(5):
                if on_progress is not None:
                    on_progress(done, 4)
                await asyncio.sleep(self.pace)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return read_source(self._folder)


@pytest.fixture
def renderer(tmp_path: Path) -> Renderer:
    return Renderer(tmp_path / "rendered")


@pytest.fixture
def make_stage() -> Callable[[Path], Any]:
    """Return the maker of a stage that names no dataset."""
    return generator_stage


@pytest.fixture
def host(make_stage: Callable[[Path], Any], tmp_path: Path, renderer: Renderer) -> HostInMemory:
    """Return a host that can capture."""
    host = HostInMemory(make_stage(tmp_path))
    host.capture = renderer
    return host


async def test_capture_gives_the_dataset_that_is_fitted(
    model: PanelModel, host: HostInMemory, renderer: Renderer
) -> None:
    assert "capture" in model.source.message and model.capture.blocked_reason is None
    model.capture.start()
    assert model.capture.running
    await ready(model)
    assert not model.capture.running and len(model.source.objects) == 1
    assert model.source.chosen is None and model.source.source.dataset.source.name == "rendered"
    await fitted(model)
    assert model.fit.phase == "done"
    assert host.progress[0] == (0.0, "Capturing views") and (1.0, "Capturing views") in host.progress
    assert renderer.asked == [(CaptureSettings(), None, None)]


async def test_capture_hands_over_what_was_entered(model: PanelModel, renderer: Renderer, tmp_path: Path) -> None:
    model.settings.enter("view_count", "7")
    model.capture.name_label(" cup ")
    model.capture.name_folder(str(tmp_path / "new"))
    model.capture.start()
    await ready(model)
    assert renderer.asked == [(CaptureSettings(view_count=7), "cup", tmp_path / "new")]


@on_stage(box_stage)
async def test_cancel_and_read_again_take_what_the_stage_names(
    model: PanelModel, renderer: Renderer, host: HostInMemory
) -> None:
    await ready(model)
    source = model.source.source
    model.capture.start()
    await until(lambda: model.capture.done == 2)
    model.capture.cancel()
    await until(lambda: not model.capture.running)
    assert model.source.source is source and model.capture.error == ""
    assert host.progress[-1] == (None, "")
    assert renderer.cancelled == 1
    # A whole capture is shown until the stage is read again.
    model.capture.start()
    await until(lambda: model.source.chosen is None and model.source.state == "ready")
    model.source.refresh()
    await ready(model)
    assert model.source.chosen is not None and model.source.source.dataset.source.name == "views"


def test_destroy_cancels_a_capture(host: HostInMemory, renderer: Renderer) -> None:
    async def story(model: PanelModel) -> None:
        model.capture.start()
        await until(lambda: model.capture.done == 1)

    run(story, host)
    assert renderer.cancelled == 1


async def test_failure_is_told_until_the_next_capture(
    model: PanelModel, host: HostInMemory, renderer: Renderer
) -> None:
    renderer.error = RendererError("Replicator is busy")
    model.capture.start()
    await until(lambda: not model.capture.running)
    assert model.capture.error == "Replicator is busy" and model.source.state == "nothing"
    assert host.notices == [("Capturing failed: Replicator is busy", True)]
    renderer.error = None
    model.capture.start()
    assert model.capture.error == ""
    await ready(model)


async def test_wrong_setting_hinders_a_capture_but_no_fit(model: PanelModel, renderer: Renderer) -> None:
    model.capture.start()
    await ready(model)
    model.settings.enter("elevation_from", "95")
    assert "elevations go from 95 to 90" in (model.capture.blocked_reason or "")
    model.capture.start()
    assert not model.capture.running and model.fit.blocked_reason is None
    assert len(renderer.asked) == 1


@on_stage(lambda folder: None)
async def test_without_a_stage_there_is_nothing_to_capture(model: PanelModel, renderer: Renderer) -> None:
    assert model.capture.blocked_reason == NO_STAGE
    model.capture.start()
    assert not model.capture.running
