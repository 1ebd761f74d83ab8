"""Stand-in for `omni.kit.commands`. Signatures: typings/omni/kit/commands of work-r-labs/isaacsim_typings_5."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import carb

PRE_DO_CALLBACK, POST_DO_CALLBACK = "pre_do", "post_do"
PRE_UNDO_CALLBACK, POST_UNDO_CALLBACK = "pre_undo", "post_undo"

_commands: dict[str, type[Command]] = {}
_callbacks: dict[object, tuple[str, str, Callable[[dict[str, Any]], None]]] = {}


class Command(ABC):
    @abstractmethod
    def do(self) -> Any: ...


def register(command_class: type[Command]) -> None:
    name = command_class.__name__.removesuffix("Command")
    if name in _commands:
        carb.log_error(f"the command {name} is registered already")
    _commands[name] = command_class


def unregister(command_class: type[Command]) -> None:
    _commands.pop(command_class.__name__.removesuffix("Command"), None)


def register_all_commands_in_module(module: Any) -> list[type[Command]]:
    """Classes of the module whose name ends in Command, but for the base class itself."""
    found = [
        one
        for name, one in vars(module).items()
        if inspect.isclass(one) and name.endswith("Command") and issubclass(one, Command) and one is not Command
    ]
    for one in found:
        register(one)
    return found


def unregister_module_commands(command_interface: list[type[Command]]) -> None:
    for one in command_interface:
        unregister(one)


def get_command_class(name: str) -> type[Command] | None:
    return _commands.get(name.removesuffix("Command"))


def create(name: str, **kwargs: Any) -> Command | None:
    command_class = get_command_class(name)
    return command_class(**kwargs) if command_class else None


def execute(name: str, **kwargs: Any) -> tuple[bool, Any]:
    """Errors are logged, and give (False, None)."""
    import omni.kit.undo

    try:
        command = create(name, **kwargs)
    except Exception as error:
        carb.log_error(f"Failed to create a command: {name}. {error}")
        return False, None
    if command is None:
        carb.log_error(f"Can't execute command: {name!r}, it wasn't registered or ambiguous.")
        return False, None
    return omni.kit.undo.execute(command, name.removesuffix("Command"), kwargs)


def register_callback(name: str, cb_type: str, callback: Callable[[dict[str, Any]], None]) -> object:
    key = object()
    _callbacks[key] = (name, cb_type, callback)
    return key


def unregister_callback(id: object) -> None:
    del _callbacks[id]


def call_back(name: str, cb_type: str, kwargs: dict[str, Any]) -> None:
    """What omni.kit.undo does around a command."""
    for wanted, kind, callback in list(_callbacks.values()):
        if (wanted, kind) == (name, cb_type):
            callback(kwargs)


def leftovers() -> list[str]:
    return [f"the command {name}" for name in _commands]
