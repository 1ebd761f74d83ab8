"""Stand-in for `omni.kit.commands`: commands by name and module, and who is called before and after each.

Behaviour: command.py of omni.kit.commands, which public repositories hold copies of. Signatures:
typings/omni/kit/commands of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import carb

PRE_DO_CALLBACK, POST_DO_CALLBACK = "pre_do", "post_do"

_commands: dict[str, dict[str, type[Command]]] = defaultdict(dict)
_callbacks: dict[CallbackID, Callable[[dict[str, Any]], None]] = {}


class Command(ABC):
    @abstractmethod
    def do(self) -> Any: ...


class CallbackID:
    """Of which command, and when."""

    def __init__(self, module: str, name: str, cb_type: str) -> None:
        self.place = (module, name, cb_type)


def register(command_class: type[Command]) -> None:
    """Register a class, replacing one of the same name and module."""
    if not issubclass(command_class, Command):
        carb.log_error(f"Can't register command: {command_class} it is not a subclass of a Command.")
        return
    _commands[command_class.__name__.removesuffix("Command")][command_class.__module__] = command_class


def unregister(command_class: type[Command]) -> None:
    _commands[command_class.__name__.removesuffix("Command")].pop(command_class.__module__, None)


def get_command_class(name: str) -> type[Command] | None:
    """Return a class by its name, with or without "Command" at the end; an ambiguous name needs its module in front."""
    module, short = _split(name)
    found = _commands.get(short) or _commands.get(short.removesuffix("Command")) or {}
    if len(found) > 1 and not module:
        carb.log_error(f"There are multiple commands with {name}. Pass full command name including module name.")
        return None
    return next(iter(found.values())) if len(found) == 1 else found.get(module)


def create(name: str, **kwargs: Any) -> Command | None:
    command_class = get_command_class(name)
    return command_class(**kwargs) if command_class else None


def execute(name: str, **kwargs: Any) -> tuple[bool, Any]:
    """Execute a command; its errors are logged and return (False, None), those of its constructor are raised."""
    import omni.kit.undo

    command = create(name, **kwargs)
    if command is None:
        carb.log_error(f"Can't execute command: \"{name}\", it wasn't registered or ambigious.")
        return False, None
    return omni.kit.undo.execute(command, name, kwargs)


def register_callback(name: str, cb_type: str, callback: Callable[[dict[str, Any]], None]) -> CallbackID:
    """Register a callback for commands executed by this very name, module included, except "Command" at the end."""
    key = CallbackID(*_split(name.removesuffix("Command")), cb_type)
    _callbacks[key] = callback
    return key


def unregister_callback(id: CallbackID) -> None:
    if _callbacks.pop(id, None) is None:
        carb.log_error("Attempt to unregister a callback which was not registered.")


def call_back(name: str, cb_type: str, kwargs: dict[str, Any]) -> None:
    """Call the callbacks around a command, as omni.kit.undo does, with a copy of the arguments."""
    place = (*_split(name.removesuffix("Command")), cb_type)
    info = dict(kwargs)
    for callback in [callback for key, callback in _callbacks.items() if key.place == place]:
        callback(info)


def leftovers() -> list[str]:
    """Return the registrations of others than the stand-ins."""
    return [
        f"the command {name}" for name, found in _commands.items() for module in found if not module.startswith("omni.")
    ]


def _split(name: str) -> tuple[str, str]:
    module, _, short = name.rpartition(".")
    return module, short
