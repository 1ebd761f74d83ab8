"""User state that Replicator changes, and that is restored afterwards: selection, timeline, settings.

A step of its orchestrator clears the selection, has the timeline play every frame, and changes settings of viewport and
renderer. When it stops it sets most settings back, but for those that had no value, and the asynchronous rendering
some updates later: to set that earlier hangs the renderer of Kit 107.3. Source: omni.replicator.core 1.12.27,
scripts/orchestrator.py (Apache-2.0), functions _set_capture_settings and _restore_settings.
"""

from __future__ import annotations

import carb.settings
import omni.kit.app
import omni.timeline
import omni.usd

from boxfit_kit.core.capturing.running import to_its_end

_ASYNC_RENDERING = "/app/asyncRendering"
_CAPTURE_ON_PLAY = "/omni/replicator/captureOnPlay"
_SETTINGS = (
    _ASYNC_RENDERING,
    _CAPTURE_ON_PLAY,
    "/app/asyncRenderingLowLatency",
    "/app/viewport/grid/enabled",
    "/app/viewport/outline/enabled",
    "/app/viewport/show/camera",
    "/app/viewport/show/lights",
    "/omni/replicator/totalRenderProductPixels",
    "/persistent/physics/visualizationDisplayColliders",
    "/rtx-transient/resetPtAccumOnlyWhenExternalFrameCounterChanges",
    "/rtx/ecoMode/enabled",
    "/rtx/externalFrameCounter",
    "/rtx/hydra/materialSyncLoads",
    "/rtx/materialDb/syncLoads",
    "/rtx/pathtracing/clampSpp",
    "/rtx/pathtracing/spp",
    "/rtx/pathtracing/totalSpp",
    "/rtx/post/motionblur/enabled",
)

_OF_THE_STAGE = "/rtx/"
"""Path prefix of settings that are loaded with a stage."""

_LEFT = {
    "/rtx/hydra/materialSyncLoads": True,
    "/rtx/materialDb/syncLoads": True,
    "/rtx/post/motionblur/enabled": False,
}
"""Values that Replicator leaves in settings that had none before, as it restores only stored values."""

_UPDATES = 10
"""Updates to wait for Replicator to restore the asynchronous rendering, which takes 5."""


class UserState:
    """Context manager that pauses the timeline while views are captured, and restores everything at its end.

    Attributes:
        time_code: The stage's time, as a time code.
    """

    time_code: float

    def __init__(self, context: omni.usd.UsdContext) -> None:
        """Store the state; nothing is changed yet."""
        self._context, self._stage = context, context.get_stage()
        self._selected = list(context.get_selection().get_selected_prim_paths())
        self._timeline = omni.timeline.get_timeline_interface()
        self._was_playing = self._timeline.is_playing()
        self._was_updating = self._timeline.is_auto_updating()
        self._every_frame = self._timeline.get_play_every_frame()
        self._time = self._timeline.get_current_time()
        settings = carb.settings.get_settings()
        self._settings = {path: settings.get(path) for path in _SETTINGS}

    async def __aenter__(self) -> UserState:
        """Pause the timeline if it plays, and keep Replicator from stopping it."""
        # Otherwise Replicator would stop the timeline at its own end, and the time would jump back.
        carb.settings.get_settings().set(_CAPTURE_ON_PLAY, False)
        if self._was_playing:
            self._timeline.pause()
            self._timeline.commit()
            self._time = self._timeline.get_current_time()
        self.time_code = self._time * self._timeline.get_time_codes_per_seconds()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Restore the state."""
        await to_its_end(self._restore())

    async def _restore(self) -> None:
        """Restore the state; on another stage, neither selection, time nor render settings of the previous stage."""
        await self._restore_settings()
        same = self._context.get_stage() == self._stage
        self._restore_timeline(same)
        if same:
            self._context.get_selection().set_selected_prim_paths(self._selected, True)

    async def _restore_settings(self) -> None:
        settings = carb.settings.get_settings()
        for _ in range(_UPDATES):
            if settings.get(_ASYNC_RENDERING) == self._settings[_ASYNC_RENDERING]:
                break
            await omni.kit.app.get_app().next_update_async()
        same = self._context.get_stage() == self._stage
        for path, value in self._settings.items():
            found = settings.get(path)
            others = not same and path.startswith(_OF_THE_STAGE)
            if found == value or (others and not (value is None and found is _LEFT.get(path))):
                continue
            if value is None:
                settings.destroy_item(path)
            else:
                settings.set(path, value)

    def _restore_timeline(self, same: bool) -> None:
        timeline = self._timeline
        timeline.set_play_every_frame(self._every_frame)
        timeline.set_auto_update(self._was_updating)
        if same and timeline.get_current_time() != self._time:
            timeline.set_current_time(self._time)
        if same and self._was_playing:
            timeline.play()
        timeline.commit()
