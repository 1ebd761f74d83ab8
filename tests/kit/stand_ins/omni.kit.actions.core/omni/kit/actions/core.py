"""Stand-in for `omni.kit.actions.core`. Signatures: typings/omni/kit/actions/core of work-r-labs/isaacsim_typings_5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import carb


class Action:
    def __init__(
        self, extension_id: str, action_id: str, python_object: Callable[..., Any], display_name: str, description: str
    ) -> None:
        self.extension_id, self.id = extension_id, action_id
        self.display_name, self.description = display_name, description
        self._function: Callable[..., Any] | None = python_object

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs) if self._function is not None else None

    def invalidate(self) -> None:
        """Disable the action for everything that keeps it."""
        self._function = None


class IActionRegistry:
    def __init__(self) -> None:
        self._actions: dict[tuple[str, str], Action] = {}

    def register_action(
        self,
        extension_id: str,
        action_id: str,
        python_object: Callable[..., Any],
        display_name: str = "",
        description: str = "",
        icon_url: str = "",
        tag: str = "",
    ) -> Action:
        if (extension_id, action_id) in self._actions:
            carb.log_error(f"the action {action_id} of {extension_id} is registered already")
        action = Action(extension_id, action_id, python_object, display_name, description)
        self._actions[extension_id, action_id] = action
        return action

    def deregister_action(self, extension_id: str, action_id: str, invalidate: bool = True) -> Action | None:
        action = self._actions.pop((extension_id, action_id), None)
        if action is not None and invalidate:
            action.invalidate()
        return action

    def deregister_all_actions_for_extension(self, extension_id: str, invalidate: bool = True) -> None:
        for extension, action in list(self._actions):
            if extension == extension_id:
                self.deregister_action(extension, action, invalidate)

    def get_action(self, extension_id: str, action_id: str) -> Action | None:
        return self._actions.get((extension_id, action_id))

    def execute_action(self, extension_id: str, action_id: str, *args: Any, **kwargs: Any) -> Any:
        """Execute an action; return None if it is not registered."""
        action = self.get_action(extension_id, action_id)
        return action.execute(*args, **kwargs) if action is not None else None


_registry = IActionRegistry()


def get_action_registry() -> IActionRegistry:
    return _registry


def execute_action(extension_id: str, action_id: str, *args: Any, **kwargs: Any) -> Any:
    return _registry.execute_action(extension_id, action_id, *args, **kwargs)


def leftovers() -> list[str]:
    return [f"the action {action} of {extension}" for extension, action in _registry._actions]
