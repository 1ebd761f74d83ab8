"""Stand-in for `omni.kit.actions.core`. Signatures: typings/omni/kit/actions/core of work-r-labs/isaacsim_typings_5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import carb


@dataclass(frozen=True)
class Action:
    extension_id: str
    id: str
    execute: Callable[..., Any]
    display_name: str
    description: str
    tag: str


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
        action = Action(extension_id, action_id, python_object, display_name, description, tag)
        self._actions[extension_id, action_id] = action
        return action

    def deregister_all_actions_for_extension(self, extension_id: str, invalidate: bool = True) -> None:
        for key in [key for key in self._actions if key[0] == extension_id]:
            del self._actions[key]

    def get_action(self, extension_id: str, action_id: str) -> Action | None:
        return self._actions.get((extension_id, action_id))

    def execute_action(self, extension_id: str, action_id: str, *args: Any, **kwargs: Any) -> Any:
        return self._actions[extension_id, action_id].execute(*args, **kwargs)


_registry = IActionRegistry()


def get_action_registry() -> IActionRegistry:
    return _registry


def leftovers() -> list[str]:
    return [f"the action {action} of {extension}" for extension, action in _registry._actions]
