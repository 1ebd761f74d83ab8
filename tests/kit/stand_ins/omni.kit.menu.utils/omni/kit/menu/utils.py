"""Stand-in for `omni.kit.menu.utils`: entries by path, ticks, and clicks that execute actions.

Behaviour: menu_item_description.py and the menu builder of omni.kit.menu.utils, which public repositories hold copies
of. Signatures: typings/omni/kit/menu/utils of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import carb
import omni.kit.actions.core
import omni.kit.app
from omni.kit.async_engine import run_coroutine


@dataclass(eq=False)
class MenuItemDescription:
    name: str = ""
    ticked: bool = False
    sub_menu: list[MenuItemDescription] | None = None
    ticked_fn: Callable[[], bool] | None = None
    onclick_action: tuple[Any, ...] | None = None


refreshed: list[str] = []
"""Menus whose ticks are to be drawn anew when they are opened next, in order."""

_menus: list[tuple[str, list[MenuItemDescription]]] = []


def add_menu_items(menu: list[MenuItemDescription], name: str) -> list[MenuItemDescription]:
    _menus.append((name, menu))
    return menu


def remove_menu_items(menu: list[MenuItemDescription], name: str) -> None:
    """Remove the entries of the same list that was added."""
    for index, (added_to, added) in enumerate(_menus):
        if added_to == name and len(added) == len(menu) and all(map(lambda a, b: a is b, added, menu)):
            del _menus[index]
            return
    carb.log_warn(f"remove_menu_items: {name} has no such entries")


def refresh_menu_items(name: str) -> None:
    refreshed.append(name)


def is_ticked(path: str) -> bool:
    """Return True if an entry of the opened menu is ticked, for tests."""
    entry = dict(_entries())[path]
    return entry.ticked and entry.ticked_fn is not None and entry.ticked_fn()


def click(path: str) -> None:
    """Click an entry, for tests; its path is "Window/Kaolin/Box Fit". Its action is executed an update later."""
    action = dict(_entries())[path].onclick_action or ()

    async def execute() -> None:
        await omni.kit.app.get_app().next_update_async()
        omni.kit.actions.core.execute_action(*action)

    run_coroutine(execute())


def leftovers() -> list[str]:
    return [f"the menu entry {path}" for path, _ in _entries()]


def _entries() -> Iterator[tuple[str, MenuItemDescription]]:
    """Yield the entries with their paths; of several with one name in a menu, the first."""
    seen: set[str] = set()
    for name, menu in _menus:
        for path, entry in _walk(name, menu):
            if path not in seen:
                seen.add(path)
                yield path, entry


def _walk(path: str, menu: list[MenuItemDescription]) -> Iterator[tuple[str, MenuItemDescription]]:
    for entry in menu:
        if entry.sub_menu:
            yield from _walk(f"{path}/{entry.name}", entry.sub_menu)
        else:
            yield f"{path}/{entry.name}", entry
