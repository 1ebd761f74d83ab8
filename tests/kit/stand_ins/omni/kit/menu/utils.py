"""Stand-in for `omni.kit.menu.utils`: entries by path, ticks, and clicks that execute actions.

Signatures: typings/omni/kit/menu/utils of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import omni.kit.actions.core


@dataclass(eq=False)
class MenuItemDescription:
    name: str = ""
    glyph: str = ""
    header: str | None = None
    appear_after: str = ""
    enabled: bool = True
    ticked: bool = False
    ticked_value: bool | None = None
    sub_menu: list[MenuItemDescription] | None = None
    ticked_fn: Callable[[], bool] | None = None
    onclick_action: tuple[Any, ...] | None = None


refreshed: list[str] = []
"""Menus whose ticks were drawn anew, in order."""

_menus: list[tuple[str, list[MenuItemDescription]]] = []


def add_menu_items(
    menu: list[MenuItemDescription],
    name: str,
    menu_index: int = 0,
    can_rebuild_menus: bool = True,
    delegate: Any = None,
) -> list[MenuItemDescription]:
    _menus.append((name, menu))
    return menu


def remove_menu_items(menu: list[MenuItemDescription], name: str, can_rebuild_menus: bool = True) -> None:
    """Only the same list takes away what it added."""
    _menus[:] = [one for one in _menus if not (one[0] == name and one[1] is menu)]


def refresh_menu_items(name: str, immediately: bool | None = None) -> None:
    refreshed.append(name)


def is_ticked(path: str) -> bool:
    """What a user sees, for tests."""
    entry = dict(_entries())[path]
    return entry.ticked and (entry.ticked_fn is None or entry.ticked_fn())


def click(path: str) -> None:
    """What a user does, for tests; an entry's path is "Window/Kaolin/Box Fit"."""
    extension, action, *arguments = dict(_entries())[path].onclick_action or ()
    omni.kit.actions.core.get_action_registry().execute_action(extension, action, *arguments)


def leftovers() -> list[str]:
    return [f"the menu entry {path}" for path, _ in _entries()]


def _entries() -> Iterator[tuple[str, MenuItemDescription]]:
    for name, menu in _menus:
        yield from _walk(name, menu)


def _walk(path: str, menu: list[MenuItemDescription]) -> Iterator[tuple[str, MenuItemDescription]]:
    for entry in menu:
        if entry.sub_menu:
            yield from _walk(f"{path}/{entry.name}", entry.sub_menu)
        else:
            yield f"{path}/{entry.name}", entry
