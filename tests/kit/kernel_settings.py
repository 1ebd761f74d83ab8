"""The settings of the kernel that tests and extensions change: put back after each test; and who watches a setting."""

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
"""Kit reads the settings of an extension when it finds it, and not once more when it is enabled."""


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
        """The values of the settings that tests and extensions change, by path; Kit leaves empty folders behind."""
        return dict(leaf for path, value in _read().items() for leaf in _leaves(path, value))

    def reset(self) -> None:
        """Put every value back, and forget who watches."""
        import carb.settings

        settings = carb.settings.get_settings()
        for path, value in self._before.items():
            settings.destroy_item(path)
            if value is not None:
                settings.set(path, value)
        self.watched.clear()

    def _note_watches(self) -> None:
        """Note who watches a setting, and ends it: Kit itself does not tell."""
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
        for name, one in value.items():
            yield from _leaves(f"{path}/{name}", one)
    elif value is not None:
        yield path, value
