"""Tests of a fit from the panel whose renderer runs in another Python: start, cancel, crash, and report."""

from pathlib import Path

import pytest
from boxfit.ui.model.formatting import result_rows
from boxfit.ui.model.panel_model import PanelModel

from tests.hosts import HostInMemory, run, until
from tests.interpreters import OtherPython
from tests.unit.ui.stories import fitted, ready

pytestmark = pytest.mark.usefixtures("no_torch_here")


async def held_by_the_renderer(model: PanelModel, python: Path) -> None:
    """Start a fit, and wait until it waits for the renderer."""
    await ready(model)
    model.settings.change("python", python)
    model.fit.fit()
    await until(lambda: model.fit.view is not None and model.fit.view.stage == "renderer")


def rows(model: PanelModel) -> dict[str, str]:
    shown = result_rows(model.fit.outcome, model.stage_from_outcome, model.units)
    return {row.label: row.text for row in shown}


async def test_fit_tells_that_the_renderer_starts_and_then_where_it_ran(
    model: PanelModel, other: OtherPython, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The other interpreter's kaolin is area, which has no soft edge.
    monkeypatch.setattr("boxfit.fitting.refine.half_reach", lambda *_: (0.0, 0.0))
    other.add_renderer("kaolin")
    seen = []
    model.fit.changed.subscribe(lambda: model.fit.view and seen.append(model.fit.view.doing))
    await fitted(model, python=other.path, max_steps=3)
    assert model.fit.phase == "done" and "starting the renderer" in seen
    assert rows(model)["method"] == f"differentiable fit with kaolin in {other.path}" and "renderer" not in rows(model)
    # A renderer whose fit was not taken is not named.
    await fitted(model, method="tight", align="axes")
    assert rows(model)["method"] == "start box, as the fit was not taken"
    assert model.fit.outcome.result.python == other.path


async def test_fit_that_goes_on_without_kaolin_says_why(model: PanelModel, other: OtherPython) -> None:
    other.add_renderer("kaolin", unavailable="return 'no GPU'")
    await fitted(model, python=other.path, max_steps=3)
    assert model.fit.phase == "done" and rows(model)["method"] == "differentiable fit with area"
    assert rows(model)["renderer"].startswith("area was used") and "no GPU" in rows(model)["renderer"]


async def test_fit_whose_worker_crashes_fails_with_the_reason_and_the_panel_goes_on(
    model: PanelModel, other: OtherPython
) -> None:
    other.add_renderer("kaolin", "os._exit(9)", after=2)
    await fitted(model, python=other.path, max_steps=3)
    assert model.fit.phase == "failed" and "it ended with exit code 9" in model.fit.error
    await fitted(model, renderer="area")
    assert (model.fit.phase, model.fit.error) == ("done", "")


async def test_cancel_while_the_other_python_hangs_ends_the_fit(model: PanelModel, other: OtherPython) -> None:
    other.add_renderer("kaolin", unavailable="time.sleep(600)")
    await held_by_the_renderer(model, other.path)
    model.fit.cancel()
    await until(lambda: not model.fit.running)
    assert (model.fit.phase, model.fit.error, model.fit.outcomes) == ("cancelled", "", ())


def test_destroy_while_the_other_python_hangs_ends_the_thread(host: HostInMemory, other: OtherPython) -> None:
    other.add_renderer("kaolin", "time.sleep(600)")
    workers = []

    async def story(model: PanelModel) -> None:
        await held_by_the_renderer(model, other.path)
        workers.append(model.fit._run.worker)

    run(story, host)
    assert workers[0].done
