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
from pxr import Gf, Sdf, Tf, Usd, UsdGeom

StageState = enum.IntEnum("StageState", "CLOSED OPENING OPENED CLOSING", start=0)
StageEventType = enum.IntEnum(
    "StageEventType",
    "SAVED SAVE_FAILED OPENING OPENED OPEN_FAILED CLOSING CLOSED SELECTION_CHANGED ASSETS_LOADED ASSETS_LOAD_ABORTED "
    "GIZMO_TRACKING_CHANGED MDL_PARAM_LOADED SETTINGS_LOADED SETTINGS_SAVING OMNIGRAPH_START_PLAY OMNIGRAPH_STOP_PLAY "
    "SIMULATION_START_PLAY SIMULATION_STOP_PLAY ANIMATION_START_PLAY ANIMATION_STOP_PLAY DIRTY_STATE_CHANGED "
    "ASSETS_LOADING ACTIVE_LIGHT_COUNTS_CHANGED HIERARCHY_CHANGED HYDRA_GEO_STREAMING_STARTED "
    "HYDRA_GEO_STREAMING_STOPPED HYDRA_GEO_STREAMING_STOPPED_NOT_ENOUGH_MEM HYDRA_GEO_STREAMING_STOPPED_AT_LIMIT "
    "SAVING",
    start=0,
)

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

    def get_stage_state(self) -> StageState:
        return StageState.OPENED if self._stage is not None else StageState.CLOSED

    def get_selection(self) -> Selection:
        return self._selection

    def is_new_stage(self) -> bool:
        return self._stage is not None and self._stage.GetRootLayer().anonymous

    def can_save_stage(self) -> bool:
        return self._stage is not None and self._stage.GetRootLayer().permissionToSave and not self.is_new_stage()

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

    async def attach_stage_async(self, stage: Usd.Stage | None) -> tuple[bool, str]:
        if not stage:
            return False, "Failed to attach empty stage."
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
        if self._stage is None or not self.can_save_stage():
            return False, "the stage cannot be saved", []
        saved = self._save(self._stage, "")
        if saved[0]:
            self._tell(StageEventType.SAVED)
        return saved

    async def save_as_stage_async(self, url: str) -> tuple[bool, str, list[str]]:
        """Save the root layer under another name, and open that before the result is reported."""
        if self._stage is None:
            return False, "no stage is open", []
        ok, error, layers = self._save(self._stage, url)
        if ok:
            ok, error = await self.open_stage_async(url)
        if ok:
            self._tell(StageEventType.SAVED)
        return ok, error, layers

    def _take(self, stage: Usd.Stage) -> None:
        self._stage, self._was_dirty = stage, self.has_pending_edit()

    def _save(self, stage: Usd.Stage, url: str) -> tuple[bool, str, list[str]]:
        self._tell(StageEventType.SAVING)
        self._tell(StageEventType.SETTINGS_SAVING)
        try:
            stage.GetRootLayer().Export(url) if url else stage.GetRootLayer().Save()
        except Tf.ErrorException as error:
            self._tell(StageEventType.SAVE_FAILED)
            return False, str(error), []
        return True, "", [url or stage.GetRootLayer().identifier]

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
    """Moves a camera along its line of sight until it shows prims; undo puts it back."""

    def __init__(
        self,
        prim_to_move: str | Sdf.Path,
        prims_to_frame: Sequence[str | Sdf.Path] | None = None,
        time_code: Usd.TimeCode | None = None,
        usd_context_name: str = "",
        aspect_ratio: float = 1.0,
    ) -> None:
        self._camera, self._prims = prim_to_move, [str(path) for path in prims_to_frame or ()]
        self._time = Usd.TimeCode.Default() if time_code is None else time_code
        self._context_name = usd_context_name
        self._before: Gf.Matrix4d | None = None

    def do(self) -> None:
        stage = get_context(self._context_name).get_stage()
        cache = UsdGeom.BBoxCache(self._time, ["default", "render", "guide"])
        box = Gf.Range3d()
        for path in self._prims:
            if prim := stage.GetPrimAtPath(path):
                box.UnionWith(cache.ComputeWorldBound(prim).ComputeAlignedRange())
        if box.IsEmpty():
            return
        framed.append(self._prims)
        self._before = UsdGeom.Xformable(stage.GetPrimAtPath(self._camera)).GetLocalTransformation(self._time)
        back = self._before.GetRow3(2).GetNormalized()
        self._place(
            Gf.Matrix4d(self._before).SetTranslateOnly(box.GetMidpoint() + back * 1.6 * box.GetSize().GetLength())
        )

    def undo(self) -> None:
        if self._before is not None:
            self._place(self._before)

    def _place(self, matrix: Gf.Matrix4d) -> None:
        stage = get_context(self._context_name).get_stage()
        prim = stage.GetPrimAtPath(self._camera)
        # An opinion of another layer may be weaker.
        with Usd.EditContext(stage, prim.GetPrimStack()[0].layer):
            UsdGeom.Xformable(prim).MakeMatrixXform().Set(matrix, self._time)


omni.kit.commands.register(FramePrimsCommand)
