"""Stand-in for `omni.usd`: contexts with a stage of the real usd-core, its selection, its events, saving.

Events go out at once, in both forms: the stream of Kit before 107, and the names of the event dispatcher. What can be
undone on the default context's stage is forgotten when that closes and when another opens. Signatures:
typings/omni/usd/_usd.pyi of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

import enum

import carb.eventdispatcher
import omni.kit.undo
from carb.events import IEventStream
from pxr import Tf, Usd, UsdUtils

StageState = enum.IntEnum("StageState", "CLOSED OPENING OPENED CLOSING", start=0)
StageEventType = enum.IntEnum(
    "StageEventType",
    "SAVED SAVE_FAILED OPENING OPENED OPEN_FAILED CLOSING CLOSED SELECTION_CHANGED ASSETS_LOADED ASSETS_LOAD_ABORTED "
    "GIZMO_TRACKING_CHANGED MDL_PARAM_LOADED SETTINGS_LOADED SETTINGS_SAVING OMNIGRAPH_START_PLAY OMNIGRAPH_STOP_PLAY "
    "SIMULATION_START_PLAY SIMULATION_STOP_PLAY ANIMATION_START_PLAY ANIMATION_STOP_PLAY DIRTY_STATE_CHANGED "
    "ASSETS_LOADING ACTIVE_LIGHT_COUNTS_CHANGED HIERARCHY_CHANGED",
    start=0,
)


saved_comes_last = False
"""Whether a stage that is saved under another name is opened there before it is said to be saved: nobody tells."""


class Selection:
    def __init__(self, context: UsdContext) -> None:
        self._context = context
        self._paths: list[str] = []

    def get_selected_prim_paths(self) -> list[str]:
        return list(self._paths)

    def set_selected_prim_paths(self, paths: list[str], expandInStage: bool = True) -> bool:
        self._paths = list(paths)
        self._context._tell(StageEventType.SELECTION_CHANGED)
        return True

    def clear_selected_prim_paths(self) -> bool:
        return self.set_selected_prim_paths([])


class UsdContext:
    """As in Kit without a window, there is no stage at first."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stage: Usd.Stage | None = None
        self._selection = Selection(self)
        self._stream = IEventStream(f"stage events of {name!r}")

    def get_name(self) -> str:
        return self._name

    def get_stage(self) -> Usd.Stage | None:
        return self._stage

    def get_stage_url(self) -> str:
        return self._stage.GetRootLayer().identifier if self._stage is not None else ""

    def get_stage_state(self) -> StageState:
        return StageState.OPENED if self._stage is not None else StageState.CLOSED

    def get_stage_id(self) -> int:
        return UsdUtils.StageCache.Get().GetId(self._stage).ToLongInt() if self._stage is not None else -1

    def get_selection(self) -> Selection:
        return self._selection

    def is_new_stage(self) -> bool:
        return self._stage is not None and self._stage.GetRootLayer().anonymous

    def is_writable(self) -> bool:
        return self._stage is not None and self._stage.GetRootLayer().permissionToSave

    def can_save_stage(self) -> bool:
        return self.is_writable() and not self.is_new_stage()

    def has_pending_edit(self) -> bool:
        return self._stage is not None and self._stage.GetRootLayer().dirty

    def get_stage_event_stream(self) -> IEventStream:
        return self._stream

    def stage_event_name(self, event: StageEventType) -> str:
        return f"omni.usd:{self._name}:{StageEventType(event).name}"

    async def new_stage_async(self) -> tuple[bool, str]:
        return await self.attach_stage_async(Usd.Stage.CreateInMemory())

    async def open_stage_async(self, url: str) -> tuple[bool, str]:
        await self.close_stage_async()
        self._tell(StageEventType.OPENING)
        try:
            self._stage = Usd.Stage.Open(url)
        except Tf.ErrorException as error:
            self._tell(StageEventType.OPEN_FAILED)
            return False, str(error)
        self._tell(StageEventType.OPENED)
        self._tell(StageEventType.ASSETS_LOADED)
        return True, ""

    async def attach_stage_async(self, stage: Usd.Stage) -> tuple[bool, str]:
        await self.close_stage_async()
        self._tell(StageEventType.OPENING)
        self._stage = stage
        self._tell(StageEventType.OPENED)
        return True, ""

    async def reopen_stage_async(self) -> tuple[bool, str]:
        url = self.get_stage_url()
        if self._stage is not None:
            self._stage.GetRootLayer().Reload(force=True)
        return await self.open_stage_async(url)

    async def close_stage_async(self) -> tuple[bool, str]:
        if self._stage is not None:
            self._tell(StageEventType.CLOSING)
            self._selection._paths = []
            self._stage = None
            self._tell(StageEventType.CLOSED)
        return True, ""

    async def save_stage_async(self) -> tuple[bool, str]:
        if self._stage is None or not self.can_save_stage():
            return False, "the stage cannot be saved"
        return self._save(self._stage, "")

    async def save_as_stage_async(self, url: str) -> tuple[bool, str]:
        """Afterwards the stage under the new name is the open one. Layers beside the root layer are not touched."""
        if self._stage is None:
            return False, "no stage is open"
        saved = self._save(self._stage, url, quietly=saved_comes_last)
        if not saved[0]:
            return saved
        opened = await self.open_stage_async(url)
        if saved_comes_last:
            self._tell(StageEventType.SAVED)
        return opened

    def _save(self, stage: Usd.Stage, url: str, quietly: bool = False) -> tuple[bool, str]:
        try:
            stage.GetRootLayer().Export(url) if url else stage.GetRootLayer().Save()
        except Tf.ErrorException as error:
            self._tell(StageEventType.SAVE_FAILED)
            return False, str(error)
        if not quietly:
            self._tell(StageEventType.SAVED)
        self._tell(StageEventType.DIRTY_STATE_CHANGED)
        return True, ""

    def _tell(self, kind: StageEventType) -> None:
        if not self._name and kind in (StageEventType.CLOSING, StageEventType.OPENED):
            omni.kit.undo.clear_stack()
        self._stream.push(int(kind))
        if hasattr(self, "stage_event_name"):  # A test of an older Kit takes it away.
            carb.eventdispatcher.get_eventdispatcher().dispatch_event(self.stage_event_name(kind))


_contexts: dict[str, UsdContext] = {"": UsdContext("")}


def get_context(name: str = "") -> UsdContext | None:
    return _contexts.get(name)


def create_context(name: str = "") -> UsdContext:
    return _contexts.setdefault(name, UsdContext(name))
