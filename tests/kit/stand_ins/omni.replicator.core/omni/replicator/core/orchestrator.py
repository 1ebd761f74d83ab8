"""The orchestrator: steps, and what they change beside the images, as far as boxfit has to put it back."""

from __future__ import annotations

import asyncio
import enum
from typing import Any

import carb.settings
import omni.kit.app
import omni.timeline
import omni.usd
from omni.replicator.core import annotators
from omni.replicator.core.render import render
from pxr import Usd

Status = enum.Enum("Status", "STOPPED STARTED STARTING LOADING STOPPING PAUSED INITIALIZING STEPPING STEPPED", start=0)

CAPTURE = {
    "/app/viewport/grid/enabled": False,
    "/app/viewport/outline/enabled": False,
    "/app/viewport/show/lights": False,
    "/app/viewport/show/camera": False,
    "/persistent/physics/visualizationDisplayColliders": 0,
    "/rtx/materialDb/syncLoads": True,
    "/rtx/hydra/materialSyncLoads": True,
    "/rtx/ecoMode/enabled": False,
    "/rtx/externalFrameCounter": 1,
    "/rtx/post/motionblur/enabled": False,
}
"""Settings while it captures."""

_ASYNC_RENDERING = "/app/asyncRendering"

_GRAPH = "/Orchestrator"
"""A prim in the session layer, which stays there."""

_SUBFRAMES_TO_SETTLE = 4
"""Below this number the image is that of the step before."""

_status = Status.STOPPED
_cached: dict[str, Any] | None = None
_cached_async: Any = None
_tasks: set[asyncio.Task[None]] = set()


def get_status() -> Status:
    return _status


async def step_async(rt_subframes: int = -1, pause_timeline: bool = True, delta_time: float | None = None) -> None:
    assert rt_subframes > 1 and not pause_timeline and delta_time == 0, "a step leaves the user's time alone"
    timeline = omni.timeline.get_timeline_interface()
    if _status is Status.STOPPED:
        await _initialize()
    _make_graph()
    auto_update = timeline.is_auto_updating()
    timeline.set_auto_update(False)
    timeline.commit_silently()
    _set_status(Status.STEPPING)
    for _ in range(2):
        await omni.kit.app.get_app().next_update_async()
    # It waits until a frame is scheduled, and without a stage none ever is.
    while omni.usd.get_context().get_stage() is None:
        await omni.kit.app.get_app().next_update_async()
    _capture(settled=rt_subframes >= _SUBFRAMES_TO_SETTLE)
    _set_status(Status.STEPPED)
    await omni.kit.app.get_app().next_update_async()
    timeline.set_auto_update(auto_update)
    timeline.commit_silently()


async def stop_async() -> None:
    _set_status(Status.STOPPING)
    _set_status(Status.STOPPED)
    await omni.kit.app.get_app().next_update_async()
    _restore_settings()


async def _initialize() -> None:
    """Disable the asynchronous rendering, which stays off after a cancellation."""
    global _status
    _status = Status.INITIALIZING
    settings = carb.settings.get_settings()
    timeline = omni.timeline.get_timeline_interface()
    async_rendering, auto_update = settings.get(_ASYNC_RENDERING), timeline.is_auto_updating()
    settings.set(_ASYNC_RENDERING, False)
    timeline.set_auto_update(False)
    timeline.commit_silently()
    _make_graph()
    for _ in range(2):
        await omni.kit.app.get_app().next_update_async()
    settings.set(_ASYNC_RENDERING, async_rendering)
    _set_capture_settings()
    _set_status(Status.STARTING)
    timeline.set_auto_update(auto_update)
    timeline.commit_silently()


def _make_graph() -> None:
    if (stage := omni.usd.get_context().get_stage()) is not None:
        with Usd.EditContext(stage, stage.GetSessionLayer()):
            stage.DefinePrim(_GRAPH)


def _set_capture_settings() -> None:
    global _cached, _cached_async
    settings = carb.settings.get_settings()
    if _cached is None:
        # What has no value is not kept, and so keeps what is set here.
        _cached = {path: settings.get(path) for path in CAPTURE if settings.get(path) is not None}
    if _cached_async is None:
        _cached_async = settings.get(_ASYNC_RENDERING)
    settings.set(_ASYNC_RENDERING, False)
    for path, value in CAPTURE.items():
        settings.set(path, value)
    omni.timeline.get_timeline_interface().set_play_every_frame(True)
    omni.usd.get_context().get_selection().clear_selected_prim_paths()


def _restore_settings() -> None:
    global _cached
    settings, timeline = carb.settings.get_settings(), omni.timeline.get_timeline_interface()
    if _cached_async is not None:
        task = asyncio.ensure_future(_restore_async_rendering(_cached_async))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
    for path, value in (_cached or {}).items():
        settings.set(path, value)
    _cached = None
    timeline.set_auto_update(True)
    timeline.commit_silently()


async def _restore_async_rendering(value: Any) -> None:
    """Restore the asynchronous rendering late: earlier, the renderer would hang."""
    global _cached_async
    for _ in range(5):
        await omni.kit.app.get_app().next_update_async()
    if _status is Status.STOPPED:
        carb.settings.get_settings().set(_ASYNC_RENDERING, value)
        _cached_async = None


def _set_status(status: Status) -> None:
    """Without a graph on the stage there is nothing to wait for, and stopping is stopped."""
    global _status
    stage = omni.usd.get_context().get_stage()
    if status is Status.STOPPING and not (stage and stage.GetPrimAtPath(_GRAPH)):
        status = Status.STOPPED
    if status is _status:
        return
    _status = status
    timeline = omni.timeline.get_timeline_interface()
    if _captures_on_play() and status in (Status.STOPPED, Status.STOPPING) and not timeline.is_stopped():
        timeline.stop()
        timeline.commit()
    if status is Status.STOPPED:
        _restore_settings()


def _captures_on_play() -> bool:
    return bool(carb.settings.get_settings().get("/omni/replicator/captureOnPlay"))


def _capture(settled: bool) -> None:
    """Render; the first step of a render product gives nothing, and too few subframes give the previous image."""
    if omni.usd.get_context().get_stage() is None:
        return
    for product in {id(annotator.product): annotator.product for annotator in annotators.attached()}.values():
        assert product is not None
        before, product.image = product.image, render(product.camera, product.resolution)
        shown = product.image if settled else before
        if before is None or shown is None:
            continue
        for annotator in annotators.attached():
            if annotator.product is product:
                assert annotator.name != "instance_id_segmentation" or annotator.init_params == {"colorize": False}
                annotator.hold(getattr(shown, annotator.name))


def leftovers() -> list[str]:
    return [f"an orchestrator that is {_status.name}"] if _status is not Status.STOPPED else []
