"""Selection of views by name, number or pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from boxfit.errors import DatasetError, list_names
from boxfit.views.choice import meant
from boxfit.views.dataset import Dataset, Problem

_NUMBERS = re.compile(r"(\d{1,300})(?:-(\d{1,300})(?::([1-9]\d{0,300}))?)?")
_NUMBER_AT_END = re.compile(r"\d{1,300}$")


def select_views(dataset: Dataset, include: str | None = None, exclude: str | None = None) -> Dataset:
    """Reduce a dataset to selected views, also among those that could not be read; objects without a view are removed.

    Args:
        dataset: Dataset with all views.
        include: Views to keep, as in `parse_selection`; None keeps all.
        exclude: Views to remove from these.

    Raises:
        DatasetError: If the selection names a view that does not exist, or keeps none.
    """
    read = [view.name for view in dataset.views]
    unread = (problem for labelled in dataset.objects for problem in labelled.unread)
    names = list(dict.fromkeys([*read, *map(_view_name, unread)]))
    selected = set(names if include is None else parse_selection(include, names))
    selected -= set() if exclude is None else _excluded(dataset, exclude, names)
    if selected.isdisjoint(read):
        raise DatasetError(f"the selection keeps none of the {len(read)} views of {dataset.source} that can be read")
    objects = [
        replace(
            labelled,
            views=tuple(view for view in labelled.views if view.name in selected),
            unread=tuple(problem for problem in labelled.unread if _view_name(problem) in selected),
        )
        for labelled in dataset.objects
    ]
    return replace(
        dataset,
        views=tuple(view for view in dataset.views if view.name in selected),
        objects=tuple(labelled for labelled in objects if labelled.views),
    )


def _excluded(dataset: Dataset, exclude: str, names: Sequence[str]) -> set[str]:
    """Return the views to remove; a label in their place is an error that names the setting for it."""
    try:
        return set(parse_selection(exclude, names))
    except DatasetError as error:
        if meant(dataset.objects, exclude):
            raise DatasetError(f"{error}; {exclude} is a label: leave that out (skip {exclude})") from error
        raise


def _view_name(problem: Problem) -> str:
    return problem.where.removeprefix("view ")


def parse_selection(selection: str, names: Sequence[str]) -> list[str]:
    """Find the views that a text such as `0-9,12,20-40:2` or `Camera_Left/*` names.

    Parts are separated by commas. A part is the name of a view; its number; an inclusive range of numbers with an
    optional step; a pattern with `*` and `?`; or what stands before the slash in the names of a camera's views. A
    view's number is the number at the end of its name (12 for `12`, `view_0012` and `Left/0012`); numbers and ranges
    mean the views of all cameras unless one, or a pattern of them, stands before (`Left/0-9`, `Camera_*/12`). A range
    selects the existing views in it, at least one.

    Args:
        selection: The text.
        names: Names to select from.

    Returns:
        Selected names, each once, in the order of `names`.

    Raises:
        DatasetError: If a part names no view.
    """
    chosen: set[str] = set()
    for part in (part.strip() for part in selection.split(",")):
        found = {part} if part in names else _numbered(part, names) or _matching(part, names)
        if not found:
            raise DatasetError(f"no view is named {part!r}: there are {list_names(names)} ({_how_to_write(names)})")
        chosen |= found
    return [name for name in names if name in chosen]


def _numbered(part: str, names: Sequence[str]) -> set[str]:
    """Return the views whose numbers a part means; none if it is no number and no range."""
    cameras, slash, numbers = part.rpartition("/")
    if not (match := _NUMBERS.fullmatch(numbers)):
        return set()
    wanted = range(int(match[1]), int(match[2] or match[1]) + 1, int(match[3] or 1))
    within = (name for name in names if not slash or fnmatchcase(name.rpartition("/")[0], cameras))
    return {name for name in within if (end := _NUMBER_AT_END.search(name)) and int(end[0]) in wanted}


def _matching(part: str, names: Sequence[str]) -> set[str]:
    """Return the views that match a pattern, and those of the camera that it names."""
    return {name for name in names if fnmatchcase(name, part) or name.startswith(f"{part}/")}


def _how_to_write(names: Sequence[str]) -> str:
    camera = next((name.rpartition("/")[0] for name in names if "/" in name), "")
    return f"write {camera}, {camera}/0-9 or */0-9" if camera else "write ranges as 0-9 or 0-98:2"
