"""Kernel settings that tests and extensions change, which are restored after each test, and their subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

_CHANGED_BY_TESTS = (
    "/app/asyncRendering",
    "/app/viewport",
    "/exts/boxfit_kit.core",
    "/exts/boxfit_kit.window",
    "/exts/omni.kit.pipapi",
    "/omni/replicator",
    "/persistent/exts/boxfit_kit.window",
    "/persistent/physics",
    "/rtx",
    "/rtx-transient",
)
"""Prefixes of these settings: Kit reads an extension's settings when it finds it, and not again when it is enabled."""


class KernelSettings:
    """The settings as they are when this is made, to go back to.

    Attributes:
        watched: The path of each watch of a setting that has begun and not ended.
    """

    def __init__(self) -> None:
        self.watched: dict[int, str] = {}
        self._before = _read()
        self._note_watches()

    def values(self) -> dict[str, Any]:
        """Return the values of these settings, by path; Kit leaves empty folders behind."""
        return dict(leaf for path, value in _read().items() for leaf in _leaves(path, value))

    def reset(self) -> None:
        """Restore every value, and clear the subscriptions."""
        import carb.settings

        settings = carb.settings.get_settings()
        for path, value in self._before.items():
            settings.destroy_item(path)
            if value is not None:
                settings.set(path, value)
        self.watched.clear()

    def _note_watches(self) -> None:
        """Record each subscription and its end, which Kit itself does not list."""
        import carb.settings

        interface = carb.settings.ISettings
        begin, end = interface.subscribe_to_node_change_events, interface.unsubscribe_to_change_events

        def subscribe(settings: Any, path: str, function: Callable[..., Any]) -> Any:
            watch = begin(settings, path, function)
            self.watched[id(watch)] = path
            return watch

        def unsubscribe(settings: Any, watch: Any) -> None:
            self.watched.pop(id(watch), None)
            end(settings, watch)

        interface.subscribe_to_node_change_events = subscribe
        interface.unsubscribe_to_change_events = unsubscribe


def _read() -> dict[str, Any]:
    import carb.settings

    return {path: carb.settings.get_settings().get(path) for path in _CHANGED_BY_TESTS}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _leaves(f"{path}/{name}", child)
    elif value is not None:
        yield path, value
