"""Stand-in for `omni.kit.commands`: commands by name, and who is called before and after each.

Behaviour: command.py of omni.kit.commands, which public repositories hold copies of. Signatures:
typings/omni/kit/commands of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import carb

PRE_DO_CALLBACK, POST_DO_CALLBACK = "pre_do", "post_do"

_commands: dict[str, type[Command]] = {}
_callbacks: dict[CallbackID, Callable[[dict[str, Any]], None]] = {}


class Command(ABC):
    @abstractmethod
    def do(self) -> Any: ...


class CallbackID:
    """Of which command, and when."""

    def __init__(self, name: str, cb_type: str) -> None:
        self.place = (name, cb_type)


def register(command_class: type[Command]) -> None:
    """Register a class, replacing one of the same name."""
    if not issubclass(command_class, Command):
        carb.log_error(f"Can't register command: {command_class} it is not a subclass of a Command.")
        return
    _commands[_short(command_class.__name__)] = command_class


def unregister(command_class: type[Command]) -> None:
    _commands.pop(_short(command_class.__name__), None)


def get_command_class(name: str) -> type[Command] | None:
    """Return a class by its name, with or without "Command" at the end."""
    return _commands.get(_short(name))


def execute(name: str, **kwargs: Any) -> tuple[bool, Any]:
    """Execute a command; its errors are logged and return (False, None), those of its constructor are raised."""
    import omni.kit.undo

    command_class = get_command_class(name)
    if command_class is None:
        carb.log_error(f"Can't execute command: \"{name}\", it wasn't registered or ambigious.")
        return False, None
    return omni.kit.undo.execute(command_class(**kwargs), name, kwargs)


def register_callback(name: str, cb_type: str, callback: Callable[[dict[str, Any]], None]) -> CallbackID:
    key = CallbackID(_short(name), cb_type)
    _callbacks[key] = callback
    return key


def unregister_callback(id: CallbackID) -> None:
    del _callbacks[id]


def call_back(name: str, cb_type: str, kwargs: dict[str, Any]) -> None:
    """Call the callbacks around a command, as omni.kit.undo does, with a copy of the arguments."""
    for callback in [callback for key, callback in _callbacks.items() if key.place == (_short(name), cb_type)]:
        callback(dict(kwargs))


def leftovers() -> list[str]:
    """Return the registrations of others than the stand-ins."""
    return [f"the command {name}" for name, kind in _commands.items() if not kind.__module__.startswith("omni.")]


def _short(name: str) -> str:
    return name.removesuffix("Command")
