"""Stand-in for `omni.kit.undo`: what a command class has to stand.

Behaviour: undo.py of omni.kit.undo, which public repositories hold copies of, that is Kit 110.1's omni.kit.commands
1.5.0. Signatures: typings/omni/kit/undo of work-r-labs/isaacsim_typings_5.
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
    level: int
    error: bool = False


class GroupCommand:
    """Commands executed in a group, which are undone and redone together."""

    def __init__(self) -> None:
        self.do: Callable[[], Any] = lambda: carb.log_error("Descendants for group not set")

    def undo(self) -> None:
        """Each of its commands has an entry of its own."""


_history: dict[int, HistoryEntry] = {}
_keys = itertools.count()
_undo_stack: deque[Entry] = deque()
_redo_stack: deque[Entry] = deque()
_watchers: set[Callable[[list[str]], Any]] = set()
_level = 0
_group: Entry | None = None
_groups = 0
_disabled = 0
_redoing = False
_repeating = False


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
        for failed in (key, _group.history_key if _group else None):
            if failed in _history:
                _history[failed].error = True
        carb.log_error(f"Failed to execute a command: {name}.\n{_in_words(error)}")
        return False, None
    finally:
        _level -= 1


def undo() -> bool:
    return _execute_own("Undo")


def redo() -> bool:
    return _execute_own("Redo")


def repeat() -> bool:
    return _execute_own("Repeat")


class Undo(commands.Command):
    """Command that undoes the last step; subscribers get all that was undone without an error, the last first."""

    def do(self) -> bool:
        if not _undo_stack:
            return False
        names: list[str] = []
        while _undo_stack:
            entry = _undo_stack.pop()
            if entry.level == 0:
                _redo_stack.append(entry)
            if _undo_entry(entry):
                names.append(entry.name)
            if entry.level == 0:
                break
        _tell(names)
        return True


class Redo(commands.Command):
    """Does the step again that was undone last, by the same object."""

    def do(self) -> bool:
        global _redoing
        if not _redo_stack:
            return False
        _redoing = True
        try:
            return _execute_outside([_redo_stack.pop()])
        finally:
            _redoing = False


class Repeat(commands.Command):
    """Does the last step once more, by new objects that are made from the same arguments."""

    def do(self) -> bool:
        global _repeating
        last = next((entry for entry in reversed(_undo_stack) if entry.level == 0), None)
        if last is None:
            return False
        _repeating = True
        try:
            return _execute_outside([last])
        finally:
            _repeating = False


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


def begin_group() -> None:
    """Begin a group; the outermost group is put on the stack, even if it is empty or undo is disabled."""
    global _level, _group, _groups
    _groups += 1
    if _groups == 1:
        _group = _push(GroupCommand(), "Group", _level, _note("Group", {}))
        _level += 1


def end_group() -> None:
    global _level, _group, _groups
    _groups -= 1
    if _groups or _group is None:
        return
    _level -= 1
    group = _group
    try:
        later = itertools.islice(_undo_stack, _undo_stack.index(group) + 1, None)
        if entries := [entry for entry in later if entry.level == 1]:
            group.command.do = lambda: _execute_again(entries)
    finally:
        _tell(["Group"])
        _group = None


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


def _note(name: str, kwargs: dict[str, Any]) -> int:
    key = next(_keys)
    _history[key] = HistoryEntry(name, kwargs, _level)
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


def _execute_own(name: str) -> bool:
    ok, result = commands.execute(name)
    return bool(ok and result)


def _execute_outside(entries: list[Entry]) -> bool:
    """Execute without an entry for redo or repeat themselves."""
    global _level
    _level -= 1
    try:
        return _execute_again(entries)
    finally:
        _level += 1


def _execute_again(entries: list[Entry]) -> bool:
    for entry in entries:
        command, kwargs = entry.command, _kwargs_of(entry)
        if _repeating:
            command = type(entry.command)(**kwargs)
            if isinstance(command, GroupCommand):
                command.do = entry.command.do
        if not execute(command, entry.name, kwargs)[0]:
            raise RuntimeError("Failed to redo or repeat commands")
    return True


def _tell(names: list[str]) -> None:
    for watcher in _watchers:
        watcher(names)


def _in_words(error: Exception) -> str:
    return "".join(traceback.format_exception(error))


for _one in (Undo, Redo, Repeat):
    commands.register(_one)
