"""Stand-in for `omni.usd`: contexts with a stage of the real usd-core, its selection, its events, saving.

Events of opening, closing and saving go out at once, those of the selection and of unsaved changes with an update, in
both forms: the stream of Kit before 107, and the names of the event dispatcher. What can be undone on the default
context's stage is forgotten when that closes and when another opens. Behaviour: omni.usd 1.15 and UsdTypes.h of Kit's
kernel. Signatures: typings/omni/usd/_usd.pyi of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

import carb.eventdispatcher
import carb.events
import omni.ext
import omni.kit.app
import omni.kit.commands
import omni.kit.undo
from pxr import Sdf, Tf, Usd, UsdGeom

StageEventType = enum.IntEnum(
    "StageEventType",
    "SAVED SAVE_FAILED OPENING OPENED OPEN_FAILED CLOSING CLOSED SELECTION_CHANGED DIRTY_STATE_CHANGED SAVING",
    start=0,
)
"""Kit has more of them, between these."""

framed: list[list[str]] = []
"""Paths of the prims that cameras were moved to show, in order."""


class Extension(omni.ext.IExt):
    def on_startup(self, ext_id: str) -> None:
        self._updates: Any = carb.eventdispatcher.get_eventdispatcher().observe_event(
            event_name=omni.kit.app.GLOBAL_EVENT_UPDATE,
            on_event=lambda _: [context._update() for context in list(_contexts.values())],
            observer_name="omni.usd",
        )

    def on_shutdown(self) -> None:
        self._updates = None


class Selection:
    def __init__(self, context: UsdContext) -> None:
        self._context = context
        self._paths: list[str] = []

    def get_selected_prim_paths(self) -> list[str]:
        return list(self._paths)

    def set_selected_prim_paths(self, paths: list[str], expandInStage: bool = True) -> bool:
        self._paths = list(paths)
        self._context._late.append(StageEventType.SELECTION_CHANGED)
        return True

    def clear_selected_prim_paths(self) -> bool:
        return self.set_selected_prim_paths([])


class UsdContext:
    """USD context, without a stage at first, as in Kit without a window."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stage: Usd.Stage | None = None
        self._selection = Selection(self)
        self._late: list[StageEventType] = []
        self._was_dirty = False
        self._stream = carb.events.get_events_interface().create_event_stream()

    def get_stage(self) -> Usd.Stage | None:
        return self._stage

    def get_stage_url(self) -> str:
        return self._stage.GetRootLayer().identifier if self._stage is not None else ""

    def get_selection(self) -> Selection:
        return self._selection

    def is_new_stage(self) -> bool:
        return self._stage is not None and self._stage.GetRootLayer().anonymous

    def has_pending_edit(self) -> bool:
        return self._stage is not None and self._stage.GetRootLayer().dirty

    def get_stage_event_stream(self) -> carb.events.IEventStream:
        return self._stream

    def stage_event_name(self, event: StageEventType) -> str:
        """Return the name of an event of those that boxfit uses; some others are shortened."""
        return f"omni.usd:{self._name}:stage:{StageEventType(event).name.lower()}"

    async def new_stage_async(self) -> tuple[bool, str]:
        return await self.attach_stage_async(Usd.Stage.CreateInMemory())

    async def open_stage_async(self, url: str) -> tuple[bool, str]:
        await self.close_stage_async()
        self._tell(StageEventType.OPENING)
        try:
            self._take(Usd.Stage.Open(url))
        except Tf.ErrorException as error:
            self._tell(StageEventType.OPEN_FAILED)
            return False, str(error)
        self._tell(StageEventType.OPENED)
        return True, ""

    async def attach_stage_async(self, stage: Usd.Stage) -> tuple[bool, str]:
        await self.close_stage_async()
        self._tell(StageEventType.OPENING)
        self._take(stage)
        self._tell(StageEventType.OPENED)
        return True, ""

    async def close_stage_async(self) -> tuple[bool, str]:
        if self._stage is not None:
            self._tell(StageEventType.CLOSING)
            self._selection._paths = []
            self._stage, self._was_dirty = None, False
            self._tell(StageEventType.CLOSED)
        return True, ""

    async def save_stage_async(self) -> tuple[bool, str, list[str]]:
        saved = self._save("")
        if saved[0]:
            self._tell(StageEventType.SAVED)
        return saved

    async def save_as_stage_async(self, url: str) -> tuple[bool, str, list[str]]:
        """Save the root layer under another name, and open that before the result is reported."""
        ok, error, layers = self._save(url)
        if ok:
            ok, error = await self.open_stage_async(url)
        if ok:
            self._tell(StageEventType.SAVED)
        return ok, error, layers

    def _take(self, stage: Usd.Stage) -> None:
        self._stage, self._was_dirty = stage, self.has_pending_edit()

    def _save(self, url: str) -> tuple[bool, str, list[str]]:
        self._tell(StageEventType.SAVING)
        layer = self._stage.GetRootLayer()
        try:
            layer.Export(url) if url else layer.Save()
        except Tf.ErrorException as error:
            self._tell(StageEventType.SAVE_FAILED)
            return False, str(error), []
        return True, "", [url or layer.identifier]

    def _update(self) -> None:
        late, self._late = self._late, []
        if self.has_pending_edit() != self._was_dirty:
            self._was_dirty = not self._was_dirty
            late.append(StageEventType.DIRTY_STATE_CHANGED)
        for kind in late:
            self._tell(kind)

    def _tell(self, kind: StageEventType) -> None:
        if not self._name and kind in (StageEventType.CLOSING, StageEventType.OPENED):
            omni.kit.undo.clear_stack()
            omni.kit.undo.clear_history()
        self._stream.push(int(kind))
        self._stream.pump()
        if hasattr(self, "stage_event_name"):  # A test of an older Kit takes it away.
            carb.eventdispatcher.get_eventdispatcher().dispatch_event(self.stage_event_name(kind))


_contexts: dict[str, UsdContext] = {"": UsdContext("")}


def get_context(name: str = "") -> UsdContext | None:
    return _contexts.get(name)


def create_context(name: str = "") -> UsdContext:
    return _contexts.setdefault(name, UsdContext(name))


class FramePrimsCommand(omni.kit.commands.Command):
    """Notes which prims a camera, which exists, would be moved to show; undo would put it back."""

    def __init__(
        self,
        prim_to_move: str | Sdf.Path,
        prims_to_frame: Sequence[str | Sdf.Path],
        time_code: Usd.TimeCode,
        usd_context_name: str,
        aspect_ratio: float,
    ) -> None:
        self._camera, self._prims = prim_to_move, [str(path) for path in prims_to_frame]
        self._time, self._context_name = time_code, usd_context_name

    def do(self) -> None:
        stage = get_context(self._context_name).get_stage()
        assert UsdGeom.Camera(stage.GetPrimAtPath(self._camera))
        cache = UsdGeom.BBoxCache(self._time, ["default", "render", "guide"])
        prims = [prim for path in self._prims if (prim := stage.GetPrimAtPath(path))]
        if any(not cache.ComputeWorldBound(prim).ComputeAlignedRange().IsEmpty() for prim in prims):
            framed.append(self._prims)

    def undo(self) -> None: ...


omni.kit.commands.register(FramePrimsCommand)
