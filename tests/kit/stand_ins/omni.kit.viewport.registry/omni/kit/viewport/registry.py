"""Stand-in for `omni.kit.viewport.registry`: factories of scenes, which each viewport makes for itself.

Behaviour: omni.kit.viewport.registry 104 as viewport windows and layers of public extensions use it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Factory = Callable[[dict[str, Any]], Any]
Notifier = Callable[[Factory, bool], None]

_registered: dict[Factory, str] = {}
_notifiers: list[Notifier] = []


class RegisterScene:
    """Ends when it is destroyed, and when nobody holds it."""

    def __init__(self, factory: Factory, factory_id: str | None = None) -> None:
        self._factory: Factory | None = factory
        _registered[factory] = factory_id or factory.__class__.__name__
        _notify(factory, True)

    def __del__(self) -> None:
        self.destroy()

    def destroy(self) -> None:
        factory, self._factory = self._factory, None
        if factory is not None:
            _registered.pop(factory, None)
            _notify(factory, False)

    @staticmethod
    def add_notifier(notifier: Notifier) -> None:
        """Add a callback for existing and later registrations, with the factory and its addition or removal."""
        _notifiers.append(notifier)
        for factory in list(_registered):
            notifier(factory, True)

    @staticmethod
    def remove_notifier(notifier: Notifier) -> None:
        _notifiers.remove(notifier)


def leftovers() -> list[str]:
    return [f"the scene {name} in the viewports" for name in _registered.values()]


def _notify(factory: Factory, loading: bool) -> None:
    for notifier in list(_notifiers):
        notifier(factory, loading)
