"""Capture of a dataset from the open stage: its subjects, its cameras, and the rendering of the views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import omni.usd
from boxfit.errors import RendererError
from boxfit.geometry.camera import Camera
from boxfit.session.source import Source, SourceWorld
from boxfit.settings import CaptureSettings
from boxfit.usd.session_layer import SessionLayer
from boxfit.usd.stage import stage_file
from boxfit.usd.subjects import (
    Prims,
    boxes_on_stage,
    chosen_prims,
    hidden_prims,
    labelled_prims,
    sphere_around,
    stage_cameras,
)
from boxfit.usd.units import stage_units, stage_up_axis
from boxfit.views.data_generator_writer import write_data_generator
from boxfit.views.new_folder import check_new
from boxfit.views.orbit import orbit_cameras
from pxr import Usd

from boxfit_kit.core.background import in_background
from boxfit_kit.core.capturing import running
from boxfit_kit.core.capturing.availability import unavailable_reason
from boxfit_kit.core.capturing.closing import while_open
from boxfit_kit.core.capturing.rendered_camera import RenderedCamera
from boxfit_kit.core.capturing.seen_views import SeenViews
from boxfit_kit.core.capturing.user_state import UserState
from boxfit_kit.core.commands import open_stage
from boxfit_kit.core.requirements import ensure_requirements

OnProgress = Callable[[int, int], object]

Shots = dict[str, dict[str, Camera | None]]
"""Views by camera prim: the camera to move it to, by the view's name; None leaves it in place."""


class StageCapture:
    """Captures views of the stage of the default context with Replicator; implements `boxfit.ui.host.Capture`."""

    @property
    def unavailable_reason(self) -> str | None:
        """Reason why nothing can be captured now, in a sentence, or None."""
        return running.blocked_reason() or unavailable_reason()

    async def capture(
        self,
        settings: CaptureSettings,
        label: str | None = None,
        *,
        prims: Prims | None = None,
        folder: Path | None = None,
        on_progress: OnProgress | None = None,
    ) -> Source:
        """Capture views; `boxfit_kit.core.capture` is the same for scripts."""
        if reason := self.unavailable_reason:
            raise RendererError(reason)
        return await running.run_alone(
            self._capture(settings, label, prims, folder, on_progress or (lambda done, total: None))
        )

    async def _capture(
        self,
        settings: CaptureSettings,
        label: str | None,
        prims: Prims | None,
        folder: Path | None,
        on_progress: OnProgress,
    ) -> Source:
        await ensure_requirements()
        if folder is not None:
            check_new(folder)
        stage, context = open_stage(), omni.usd.get_context()
        selected = context.get_selection().get_selected_prim_paths() if prims is None else prims
        names = labelled_prims(stage, label) if label else chosen_prims(stage, selected)
        async with UserState(context) as state:
            # A label may match hidden prims; explicitly given prims are captured even so.
            hidden = hidden_prims(stage, names, state.time_code) if label else ()
            seen = SeenViews({path: name for path, name in names.items() if path not in hidden} or names)
            for path in hidden:
                seen.note(path, "it has no visible geometry, and is left out")
            with SessionLayer(stage) as session_layer:
                shots = _prepare(stage, session_layer, settings, seen, state.time_code)
                await while_open(context, _render(shots, settings, session_layer, seen, on_progress))
        units = stage_units(stage)
        source = stage_file(stage) or Path(stage.GetRootLayer().GetDisplayName())
        dataset = await in_background("capture", lambda: seen.dataset(source))
        if folder is not None:
            await in_background("write", lambda: write_data_generator(dataset, folder))
            dataset = replace(dataset, source=folder)
        return Source(dataset.source, dataset, SourceWorld(units.up_axis, units.meters_per_unit))


def _prepare(
    stage: Usd.Stage, session_layer: SessionLayer, settings: CaptureSettings, seen: SeenViews, time_code: float
) -> Shots:
    """Hide other prims, and return the views to render."""
    cameras = stage_cameras(stage) if settings.cameras == "stage" else ()
    session_layer.hide(boxes_on_stage(stage))
    if settings.isolate:
        for path in session_layer.hide_all_but(seen.prims):
            seen.note(path, "it stays visible because of a layer in the session: it may occlude the captured prims")
    if cameras:
        return {path: {path: None} for path in cameras}
    sphere = sphere_around(stage, seen.prims, time_code)
    places = orbit_cameras(sphere.centre, sphere.radius, settings, stage_up_axis(stage))
    return {session_layer.make_camera(sphere.radius): {str(index): place for index, place in enumerate(places)}}


async def _render(
    shots: Shots,
    settings: CaptureSettings,
    session_layer: SessionLayer,
    seen: SeenViews,
    on_progress: OnProgress,
) -> None:
    """Render all views, camera by camera."""
    total, done = sum(map(len, shots.values())), 0
    on_progress(done, total)
    for path, places in shots.items():
        async with RenderedCamera(path, settings.resolution) as camera:
            for name, place in places.items():
                if place is not None:
                    session_layer.place_camera(path, place)
                with seen.noting(name):
                    seen.add(name, await camera.render(place))
                done += 1
                on_progress(done, total)
