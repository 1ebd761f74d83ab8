"""Providers of renderers, their errors, and whole fits through a worker."""

import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import RendererError
from boxfit.remote import process
from boxfit.remote.client import RendererRemote
from boxfit.render.area import RendererArea
from boxfit.session import renderer_provider as module
from boxfit.session.fit_worker import FitWorker
from boxfit.session.renderer_provider import RendererProvider
from boxfit.session.report import make_report
from boxfit.session.results import ObjectResult
from boxfit.session.session import Session
from boxfit.settings import FitSettings

from bench.cameras import render_mask
from tests.folders import cameras_around, metadata_of, write_box_views, write_view
from tests.scenes import BOX, box_silhouettes

SILHOUETTES = box_silhouettes()[:4]
PATIENCE = 20.0


@pytest.fixture
def views(tmp_path: Path) -> Path:
    write_box_views(tmp_path / "views", 8)
    return tmp_path / "views"


def write_tetrahedron_views(folder: Path, indices: range, asset: str) -> None:
    """Write views of a tetrahedron between every other corner of `BOX`, which does not fill its box."""
    faces = np.array([[0, 3, 5], [0, 5, 6], [0, 6, 3], [3, 6, 5]])
    for index, camera in zip(indices, cameras_around(len(indices)), strict=True):
        mask = render_mask(BOX.corners, faces, camera)[..., None].astype(np.int32)
        write_view(folder, index, metadata_of(camera, asset), semantic=mask)


def fitted(views: Path, **settings) -> tuple[ObjectResult, list[tuple]]:
    """Return the result of a fit, and its progress events."""
    session = Session(views, fit_settings=FitSettings(max_steps=4, **settings))
    events = [(event.stage, event.step, event.total, event.loss) for event in session.fit()]
    (result,) = session.results
    return result, events


@pytest.mark.parametrize(
    "settings",
    [{}, {"renderer": "area", "python": Path("x")}, {"renderer": "kaolin", "method": "contact", "python": Path("x")}],
)
def test_make_without_need_of_another_interpreter_starts_none(settings, monkeypatch):
    monkeypatch.setattr(process, "Worker", None)
    monkeypatch.setattr("boxfit.render.registry.find_spec", lambda name: None)
    with RendererProvider(FitSettings(**settings)) as renderers:
        assert not renderers.pending
        if "method" not in settings:
            assert isinstance(renderers.make(SILHOUETTES), RendererArea)


def test_start_where_the_renderer_runs_here_starts_no_other_interpreter(monkeypatch):
    monkeypatch.setattr(process, "Worker", None)
    monkeypatch.setattr(module, "not_installed_reason", lambda name: None)
    monkeypatch.setattr(module, "unavailable_reason", lambda name: None)
    monkeypatch.setattr(module, "make_renderer", lambda name, **_: f"{name}, made here")
    with RendererProvider(FitSettings(python=Path("x"))) as renderers:
        assert renderers.pending
        renderers.start()
        assert not renderers.pending and renderers.python is None and renderers.note == ""
        assert renderers.make(SILHOUETTES) == "kaolin, made here"


@pytest.mark.parametrize(("renderer", "expected"), [("auto", "kaolin"), ("kaolin", "kaolin"), ("dibr", "dibr")])
def test_start_where_the_renderer_runs_there_alone_makes_it_there(renderer, expected, other, no_torch_here):
    other.add_renderer(expected)
    with RendererProvider(FitSettings(renderer=renderer, python=other.path)) as renderers:
        renderers.start()
        made = renderers.make(SILHOUETTES)
        assert isinstance(made, RendererRemote) and made.name == expected
        assert renderers.python == other.path and renderers.note == ""


def test_start_where_kaolin_is_a_build_for_the_cpu_goes_on_to_the_other_interpreter(other, monkeypatch):
    monkeypatch.setattr(module, "not_installed_reason", lambda name: None)
    monkeypatch.setattr(module, "unavailable_reason", lambda name: "its kernels do not run")
    other.add_renderer("kaolin")
    with RendererProvider(FitSettings(python=other.path)) as renderers:
        renderers.start()
        assert renderers.python == other.path


def test_start_of_a_renderer_that_runs_nowhere_gives_both_reasons(other, no_torch_here):
    settings = FitSettings(renderer="kaolin", python=other.path)
    with RendererProvider(settings) as renderers, pytest.raises(RendererError) as caught:
        renderers.start()
    message = str(caught.value)
    assert message.startswith("the renderer 'kaolin' cannot run here: PyTorch is not installed; and not in ")
    assert f'not in {other.path}: PyTorch is not installed: "{other.path}" -m pip install torch' in message
    assert message.endswith("or use the renderer area") and "\n" not in message


@pytest.mark.parametrize(
    ("unavailable", "reason"),
    [("return 'no GPU'", "no GPU"), ("os._exit(5)", "it ended with exit code 5"), (None, "there is no such file")],
)
def test_auto_without_kaolin_in_either_interpreter_uses_area_and_notes_why(
    unavailable, reason, other, views, no_torch_here
):
    python = other.path
    if unavailable:
        other.add_renderer("kaolin", unavailable=unavailable)
    else:
        python = other.path.with_name("no_python")
    result, events = fitted(views, python=python)
    assert (result.renderer, result.python) == ("area", None)
    assert result.renderer_note.startswith("area was used: the renderer 'kaolin' cannot run here: PyTorch is not")
    assert f"and not in {python}: {reason}" in result.renderer_note
    assert not any("kaolin" in warning for warning in result.warnings)
    here, events_here = fitted(views, renderer="area")
    assert [event for event in events if event[0] != "renderer"] == events_here
    assert np.array_equal(result.box.corners, here.box.corners)


@pytest.mark.parametrize("method", ["auto", "tight", "notebook"])
def test_fit_in_another_interpreter_is_the_same_to_the_last_bit_with_the_same_events(
    method, other, views, no_torch_here, monkeypatch
):
    settings = {"method": method, "epochs": 2}
    # The other interpreter's kaolin is area, which has no soft edge.
    monkeypatch.setattr("boxfit.fitting.refine.half_reach", lambda *_: (0.0, 0.0))
    other.add_renderer("kaolin")
    result, events = fitted(views, python=other.path, **settings)
    here, events_here = fitted(views, renderer="area", **settings)
    assert events == [events_here[0], ("renderer", 0, 1, None), ("renderer", 1, 1, None), *events_here[1:]]
    assert ("notebook" if method == "notebook" else "tight") in {stage for stage, *_ in events}
    assert np.array_equal(result.box.corners, here.box.corners) and result.choice == here.choice
    assert [step.loss for step in result.history] == [step.loss for step in here.history]
    assert (result.renderer, result.python, result.renderer_note) == ("kaolin", other.path, "")
    assert (here.renderer, here.python, here.renderer_note) == ("area", None, "")


def test_fit_of_real_dibr_in_another_interpreter_is_the_same(torch_module, views, no_torch_here):
    settings = {"renderer": "dibr", "device": "cpu", "python": Path(sys.executable)}
    result, _ = fitted(views, **settings)
    assert (result.renderer, result.python) == ("dibr", Path(sys.executable))
    here, _ = fitted(views, renderer="dibr", device="cpu")
    assert here.python is None and np.array_equal(result.box.corners, here.box.corners)


def test_fit_that_is_not_needed_starts_no_interpreter(views, monkeypatch, no_torch_here):
    monkeypatch.setattr(process, "Worker", None)
    # A box along the axes is not filled by one that is turned.
    settings = {"align": "axes", "python": Path("x")}
    result, events = fitted(views, **settings)
    assert (result.renderer, result.python, result.renderer_note) == (None, None, "")
    assert list(dict.fromkeys(stage for stage, *_ in events)) == ["masks", "start"]
    with pytest.raises(TypeError):
        fitted(views, method="tight", **settings)


def test_fit_of_an_object_without_renderer_names_none_that_another_object_needed(other, tmp_path, no_torch_here):
    write_box_views(tmp_path / "views", 8, asset="box.usd")
    write_tetrahedron_views(tmp_path / "views", range(8, 16), asset="point.usd")
    for unavailable, python in (("return None", other.path), ("return 'no GPU'", None)):
        other.add_renderer("kaolin", unavailable=unavailable)
        session = Session(tmp_path / "views", fit_settings=FitSettings(max_steps=2, python=other.path))
        list(session.fit())
        box, point = session.results
        assert (box.renderer, box.python) == ("kaolin" if python else "area", python)
        assert bool(box.renderer_note) == (python is None)
        assert (point.renderer, point.python, point.renderer_note) == (None, None, "")


def test_fit_of_several_objects_starts_one_interpreter(other, tmp_path, no_torch_here, monkeypatch):
    other.add_renderer("kaolin")
    for first, asset in ((0, "one.usd"), (8, "two.usd")):
        write_box_views(tmp_path / "views", 8, indices=range(first, first + 8), asset=asset)
    started = []
    real = process.Worker
    monkeypatch.setattr(process, "Worker", lambda python: started.append(python) or real(python))
    session = Session(tmp_path / "views", fit_settings=FitSettings(max_steps=2, python=other.path))
    for _ in session.fit():
        pass
    assert [result.renderer for result in session.results] == ["kaolin", "kaolin"] and len(started) == 1


def test_fit_whose_worker_crashes_raises_and_leaves_no_result(other, views, no_torch_here):
    other.add_renderer("kaolin", "os._exit(3)", after=2)
    session = Session(views, fit_settings=FitSettings(python=other.path))
    with pytest.raises(RendererError, match=r"the renderer 'kaolin' failed in .*: it ended with exit code 3"):
        list(session.fit())
    assert session.results == []


def test_report_names_the_renderers_interpreter_and_the_note(other, views, no_torch_here):
    for unavailable, expected in (("return None", "kaolin"), ("return 'no GPU'", "area")):
        other.add_renderer("kaolin", unavailable=unavailable)
        session = Session(views, fit_settings=FitSettings(max_steps=2, python=other.path))
        list(session.fit())
        report = make_report(session)
        (entry,) = report["objects"]
        assert entry["renderer"] == expected and report["settings"]["python"] == other.path.as_posix()
        ran, note = entry["renderer_python"], entry["renderer_note"]
        assert ran == (other.path.as_posix() if expected == "kaolin" else None)
        assert note is None if expected == "kaolin" else note.endswith("no GPU")


def wait_for(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.mark.parametrize("hangs", ["at the start", "in a step"])
def test_stop_ends_a_fit_that_waits_for_the_other_interpreter(hangs, other, views, tmp_path, no_torch_here):
    heart = tmp_path / "heart"
    wait = f"open({str(heart)!r}, 'w').close(); time.sleep(600)"
    if hangs == "at the start":
        other.add_renderer("kaolin", unavailable=wait)
    else:
        other.add_renderer("kaolin", wait, after=2)
    worker = FitWorker(Session(views, fit_settings=FitSettings(python=other.path)))
    worker.start()
    wait_for(heart.exists)
    worker.stop()
    worker.join(PATIENCE)
    assert worker.done and worker.result() == () and worker.session.results == []


def test_fit_whose_iteration_is_abandoned_ends_the_worker(other, views, no_torch_here, monkeypatch):
    other.add_renderer("kaolin")
    started = []
    real = process.Worker
    monkeypatch.setattr(process, "Worker", lambda python: started.append(real(python)) or started[0])
    events = Session(views, fit_settings=FitSettings(python=other.path)).fit()
    while next(events).stage != "tight":
        pass
    assert started[0].unavailable_reason("area") is None
    events.close()
    with pytest.raises(RendererError, match="it ended"):
        started[0].unavailable_reason("area")
    assert not [thread for thread in threading.enumerate() if "boxfit worker" in thread.name]


def test_stop_before_the_start_starts_nothing(other, no_torch_here):
    with RendererProvider(FitSettings(python=other.path)) as renderers:
        renderers.stop()
        with pytest.raises(RendererError):
            renderers.start()
    assert renderers.stopped
