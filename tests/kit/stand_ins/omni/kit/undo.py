"""Stand-in for `omni.kit.undo`: what a command class has to stand, as Kit's manual and its typings tell it.

A redo calls `do` of the same object. Where `do` raises, Kit calls the command's own `undo`, logs the error, and puts
the command on the redo stack. A group is one step. Signatures: typings/omni/kit/undo of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import carb
from omni.kit import commands


@dataclass(eq=False)
class Entry:
    command: Any
    name: str
    level: int
    history_key: int


@dataclass(frozen=True)
class HistoryEntry:
    name: str
    kwargs: dict[str, Any]


_history: dict[int, HistoryEntry] = {}


class GroupCommand:
    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def do(self) -> None:
        for entry in self.entries:
            if not execute(entry.command, entry.name, _history[entry.history_key].kwargs)[0]:
                raise RuntimeError("Failed to redo or repeat commands")

    def undo(self) -> None: ...


_undo_stack: deque[Entry] = deque()
_redo_stack: deque[Entry] = deque()
_watchers: set[Callable[[list[str]], Any]] = set()
_level = 0
_groups: list[Entry] = []
_disabled = 0
_redoing = False


def execute(command: Any, name: str, kwargs: dict[str, Any]) -> tuple[bool, Any]:
    """Do a command; one without an undo stays off the stack."""
    global _level
    if _disabled or not callable(getattr(command, "undo", None)):
        try:
            return True, command.do()
        except Exception as error:
            carb.log_error(f"Failed to execute a command: {name}.\n{error!r}")
            return False, None
    entry = _entered(command, name, kwargs)
    if _level == 0 and not _redoing:
        _redo_stack.clear()
    _undo_stack.append(entry)
    _level += 1
    try:
        commands.call_back(name, commands.PRE_DO_CALLBACK, kwargs)
        result = command.do()
        commands.call_back(name, commands.POST_DO_CALLBACK, kwargs)
    except Exception as error:
        carb.log_error(f"Failed to execute a command: {name}.\n{error!r}")
        while True:
            last = _undo_stack.pop()
            _undo_entry(last)
            if last is entry:
                break
        if entry.level == 0:
            _redo_stack.append(entry)
        return False, None
    finally:
        _level -= 1
    try:
        _tell([name])
    except Exception as error:
        carb.log_error(f"Failed to execute a command: {name}.\n{error!r}")
        return False, None
    return True, result


def undo() -> bool:
    if not _undo_stack:
        return False
    names = []
    while True:
        entry = _undo_stack.pop()
        _undo_entry(entry)
        names.append(entry.name)
        if entry.level == 0:
            _redo_stack.append(entry)
            break
    _tell(names)
    return True


def redo() -> bool:
    global _redoing
    if not _redo_stack:
        return False
    entry = _redo_stack.pop()
    _redoing = True
    try:
        return execute(entry.command, entry.name, _history[entry.history_key].kwargs)[0]
    finally:
        _redoing = False


def repeat() -> bool:
    """Do the last step once more: a new command, made from the arguments of the old one."""
    entry = next((one for one in reversed(_undo_stack) if one.level == 0), None)
    if entry is None:
        return False
    kwargs = _history[entry.history_key].kwargs
    return execute(type(entry.command)(**kwargs), entry.name, kwargs)[0]


def can_undo() -> bool:
    return bool(_undo_stack)


def can_redo() -> bool:
    return bool(_redo_stack)


def get_undo_stack() -> deque[Entry]:
    return _undo_stack


def get_redo_stack() -> deque[Entry]:
    return _redo_stack


def clear_stack() -> None:
    _undo_stack.clear()
    _redo_stack.clear()


def begin_group() -> None:
    global _level
    entry = _entered(GroupCommand(), "Group", {})
    if not _groups:
        _redo_stack.clear()
        _undo_stack.append(entry)
        _level += 1
    _groups.append(entry)


def end_group() -> None:
    global _level
    entry = _groups.pop()
    if not _groups:
        _level -= 1
        later = list(_undo_stack)[list(_undo_stack).index(entry) + 1 :]
        entry.command.entries = [one for one in later if one.level == 1]
        _tell(["Group"])


@contextmanager
def group() -> Iterator[None]:
    begin_group()
    try:
        yield
    finally:
        end_group()


@contextmanager
def disabled() -> Iterator[None]:
    global _disabled
    _disabled += 1
    try:
        yield
    finally:
        _disabled -= 1


def subscribe_on_change(on_change: Callable[[list[str]], Any]) -> None:
    _watchers.add(on_change)


def unsubscribe_on_change(on_change: Callable[[list[str]], Any]) -> None:
    _watchers.discard(on_change)


def leftovers() -> list[str]:
    return [f"{watcher} watching the undo stack" for watcher in _watchers]


def _entered(command: Any, name: str, kwargs: dict[str, Any]) -> Entry:
    key = len(_history)
    _history[key] = HistoryEntry(name, kwargs)
    return Entry(command, name, _level, key)


def get_history() -> dict[int, HistoryEntry]:
    return _history


def _undo_entry(entry: Entry) -> None:
    try:
        entry.command.undo()
    except Exception as error:
        carb.log_error(f"Failed to undo a command: {entry.name}.\n{error!r}")


def _tell(names: list[str]) -> None:
    for watcher in list(_watchers):
        watcher(names)
