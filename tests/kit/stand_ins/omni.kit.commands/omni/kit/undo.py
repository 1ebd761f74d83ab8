"""Stand-in for `omni.kit.undo`: what a command class has to stand.

Behaviour: undo.py of omni.kit.undo, which public repositories hold copies of, that is Kit 110.1's omni.kit.commands
1.5.0; there, undo, redo and repeat are commands, and a group can be redone. Signatures: typings/omni/kit/undo of
work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

import itertools
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import carb
from omni.kit import commands


@dataclass(frozen=True, eq=False)
class Entry:
    """An entry of a stack.

    Attributes:
        level: How many commands, or groups, it was executed in.
    """

    command: Any
    name: str
    level: int
    history_key: int


@dataclass(eq=False)
class HistoryEntry:
    """An executed command, undoable or not."""

    name: str
    kwargs: dict[str, Any]


class GroupCommand:
    """Commands executed in a group, each of which has an entry of its own."""

    def undo(self) -> None: ...


_history: dict[int, HistoryEntry] = {}
_keys = itertools.count()
_undo_stack: deque[Entry] = deque()
_redo_stack: deque[Entry] = deque()
_watchers: set[Callable[[list[str]], Any]] = set()
_level = 0
_disabled = 0
_redoing = False


def execute(command: Any, name: str, kwargs: dict[str, Any]) -> tuple[bool, Any]:
    """Do a command; one without an undo, or while undo is disabled, stays off the stack."""
    global _level
    level, key = _level, _note(name, kwargs)
    _level += 1
    try:
        if _disabled or not callable(getattr(command, "undo", None)):
            return True, _do(command, name, kwargs)
        return True, _do_on_stack(command, name, level, key)
    except Exception as error:
        carb.log_error(f"Failed to execute a command: {name}.\n{_in_words(error)}")
        return False, None
    finally:
        _level -= 1


def undo() -> bool:
    """Undo the last step; subscribers get all that was undone without an error, the last first."""
    names: list[str] = []
    while _undo_stack:
        entry = _undo_stack.pop()
        if _undo_entry(entry):
            names.append(entry.name)
        if entry.level == 0:
            _redo_stack.append(entry)
            _tell(names)
            return True
    return False


def redo() -> bool:
    """Do the step again that was undone last, by the same object."""
    global _redoing
    if not _redo_stack:
        return False
    entry = _redo_stack.pop()
    _redoing = True
    try:
        return execute(entry.command, entry.name, _kwargs_of(entry))[0]
    finally:
        _redoing = False


def repeat() -> bool:
    """Do the last step once more, by a new object that is made from the same arguments."""
    if not _undo_stack:
        return False
    last, kwargs = _undo_stack[-1], _kwargs_of(_undo_stack[-1])
    return execute(type(last.command)(**kwargs), last.name, kwargs)[0]


def can_undo() -> bool:
    return bool(_undo_stack)


def can_redo() -> bool:
    return bool(_redo_stack)


def get_undo_stack() -> deque[Entry]:
    return _undo_stack


def get_redo_stack() -> deque[Entry]:
    return _redo_stack


def get_history() -> dict[int, HistoryEntry]:
    return _history


def clear_stack() -> None:
    _undo_stack.clear()
    _redo_stack.clear()


def clear_history() -> None:
    _history.clear()


@contextmanager
def group() -> Iterator[None]:
    """Put what is executed within on the stack as one step."""
    global _level
    _push(GroupCommand(), "Group", _level, _note("Group", {}))
    _level += 1
    try:
        yield
    finally:
        _level -= 1
        _tell(["Group"])


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


def _note(name: str, kwargs: dict[str, Any]) -> int:
    key = next(_keys)
    _history[key] = HistoryEntry(name, kwargs)
    return key


def _kwargs_of(entry: Entry) -> dict[str, Any]:
    return _history[entry.history_key].kwargs if entry.history_key in _history else {}


def _push(command: Any, name: str, level: int, key: int) -> Entry:
    entry = Entry(command, name, level, key)
    if level == 0 and not _redoing:
        _redo_stack.clear()
    _undo_stack.append(entry)
    return entry


def _do(command: Any, name: str, kwargs: dict[str, Any]) -> Any:
    commands.call_back(name, commands.PRE_DO_CALLBACK, kwargs)
    result = command.do()
    commands.call_back(name, commands.POST_DO_CALLBACK, kwargs)
    return result


def _do_on_stack(command: Any, name: str, level: int, key: int) -> Any:
    """Execute a command; after an error it is undone with its nested ones; an outermost one can be redone."""
    entry = _push(command, name, level, key)
    try:
        result = _do(command, name, _kwargs_of(entry))
    except Exception:
        names, last = [], None
        while last is not entry:
            last = _undo_stack.pop()
            if _undo_entry(last):
                names.append(last.name)
        if level == 0:
            _redo_stack.append(entry)
        _tell(names)
        raise
    _tell([name])
    return result


def _undo_entry(entry: Entry) -> bool:
    try:
        entry.command.undo()
    except Exception as error:
        carb.log_error(f"Failed to undo a command: {entry.name}.\n{_in_words(error)}")
        return False
    return True


def _tell(names: list[str]) -> None:
    for watcher in _watchers:
        watcher(names)


def _in_words(error: Exception) -> str:
    return "".join(traceback.format_exception(error))
