"""Stand-in for `carb.settings`. Signatures: typings/carb/settings/_settings.pyi of work-r-labs/isaacsim_typings_5."""

import enum
from collections.abc import Callable
from typing import Any


class ChangeEventType(enum.IntEnum):
    CREATED = 0
    CHANGED = 1
    DESTROYED = 2


class ISettings:
    """Values by path; a path with others below it reads as a dictionary."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._subscriptions: dict[int, tuple[str, Callable[[Any, ChangeEventType], Any]]] = {}
        self._last = 0

    def get(self, path: str) -> Any:
        if path in self._values:
            return self._values[path]
        below = {key[len(path) + 1 :]: value for key, value in self._values.items() if key.startswith(f"{path}/")}
        tree: dict[str, Any] = {}
        for key, value in below.items():
            *parents, name = key.split("/")
            branch = tree
            for parent in parents:
                branch = branch.setdefault(parent, {})
            branch[name] = value
        return tree or None

    def get_as_bool(self, path: str) -> bool:
        return bool(self._values.get(path, False))

    def get_as_string(self, path: str) -> str:
        return str(self._values.get(path, ""))

    def set(self, path: str, value: Any) -> None:
        kind = ChangeEventType.CHANGED if path in self._values else ChangeEventType.CREATED
        if isinstance(value, dict):
            for name, one in value.items():
                self.set(f"{path}/{name}", one)
            return
        self._values[path] = list(value) if isinstance(value, (list, tuple)) else value
        self._tell(path, kind)

    def set_default(self, path: str, value: Any) -> None:
        if path not in self._values:
            self.set(path, value)

    def destroy_item(self, path: str) -> None:
        for key in [key for key in self._values if key == path or key.startswith(f"{path}/")]:
            del self._values[key]
            self._tell(key, ChangeEventType.DESTROYED)

    def subscribe_to_node_change_events(self, path: str, fn: Callable[[Any, ChangeEventType], Any]) -> int:
        self._last += 1
        self._subscriptions[self._last] = (path, fn)
        return self._last

    def unsubscribe_to_change_events(self, subscription: int) -> None:
        del self._subscriptions[subscription]

    def _tell(self, path: str, kind: ChangeEventType) -> None:
        for watched, fn in list(self._subscriptions.values()):
            if watched == path:
                fn(None, kind)


_settings = ISettings()


def get_settings() -> ISettings:
    return _settings


def leftovers() -> list[str]:
    return [f"a watch of the setting {path}" for path, _ in _settings._subscriptions.values()]
