"""Stand-in for `omni.kit.app`: frames, events, and which extensions are enabled.

Signatures: typings/omni/kit/app/_app.pyi of work-r-labs/isaacsim_typings_5, and docs/kit manual for the manager.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from carb.events import IEventStream

FRAME = 0.002
"""Seconds between two updates: short, as nothing is drawn."""


async def draw_frame() -> Any:
    """What an update waits for; where a test draws, it has a frame of the screen here."""
    await asyncio.sleep(FRAME)


queued: list[tuple[str, Mapping[str, Any]]] = []
"""Every event that was queued, in order."""

_pending: list[tuple[str, Mapping[str, Any]]] = []


def queue_event(event_name: str, payload: Mapping[str, Any] | None = None) -> None:
    """Events are dispatched at the next update."""
    queued.append((event_name, payload or {}))
    _pending.append((event_name, payload or {}))


class IHookHolder:
    """Ends when it is dropped."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def __del__(self) -> None:
        self._end()


class ExtensionManager:
    """Extensions that are enabled, and those who wait for one."""

    def __init__(self) -> None:
        self._enabled: dict[str, tuple[str, str]] = {}
        self._hooks: dict[object, tuple[str, Callable[[str], Any] | None, Callable[[str], Any] | None]] = {}

    def get_enabled_extension_id(self, ext_name: str) -> str:
        return self._enabled.get(ext_name, ("", ""))[0]

    def is_extension_enabled(self, ext_name: str) -> bool:
        return ext_name in self._enabled

    def get_extension_path(self, ext_id: str) -> str:
        return next((path for one, path in self._enabled.values() if one == ext_id), "")

    def subscribe_to_extension_enable(
        self,
        on_enable_fn: Callable[[str], Any],
        on_disable_fn: Callable[[str], Any] | None = None,
        ext_name: str = "",
        hook_name: str = "",
    ) -> tuple[IHookHolder, IHookHolder]:
        """Calls `on_enable_fn` at once where the extension is enabled already."""
        keys = object(), object()
        self._hooks[keys[0]] = (ext_name, on_enable_fn, None)
        self._hooks[keys[1]] = (ext_name, None, on_disable_fn)
        if ext_name in self._enabled:
            on_enable_fn(self._enabled[ext_name][0])
        enable, disable = (IHookHolder(lambda key=key: self._hooks.pop(key, None) and None) for key in keys)
        return enable, disable

    def switch_on(self, ext_id: str, path: Path | str = "") -> None:
        """What a test does in place of the user."""
        name = ext_id.rsplit("-", 1)[0]
        self._enabled[name] = (ext_id, str(path))
        for ext_name, on_enable, _ in list(self._hooks.values()):
            if ext_name == name and on_enable:
                on_enable(ext_id)

    def switch_off(self, name: str) -> None:
        """What a test does in place of the user."""
        ext_id, _ = self._enabled.pop(name)
        for ext_name, _, on_disable in list(self._hooks.values()):
            if ext_name == name and on_disable:
                on_disable(ext_id)


quits: list[int] = []
"""Exit codes that the app was asked to end with."""


class IApp:
    def __init__(self) -> None:
        self._manager = ExtensionManager()
        self._message_bus = IEventStream("message bus")

    def get_extension_manager(self) -> ExtensionManager:
        return self._manager

    def get_message_bus_event_stream(self) -> IEventStream:
        return self._message_bus

    def post_quit(self, return_code: int = 0) -> None:
        quits.append(return_code)

    def get_kit_version(self) -> str:
        return "107.3.3+release"

    def get_kit_version_short(self) -> str:
        return "107.3"

    async def next_update_async(self, name: str = "omni.kit.app.next_update_async", order: int = 50) -> float:
        import carb.eventdispatcher

        await draw_frame()
        events, _pending[:] = list(_pending), []
        for event_name, payload in events:
            carb.eventdispatcher.get_eventdispatcher().dispatch_event(event_name, payload)
        return FRAME


_app = IApp()


def get_app() -> IApp:
    return _app


def leftovers() -> list[str]:
    return [f"a hook for the extension {name}" for name, _, _ in _app._manager._hooks.values()]
