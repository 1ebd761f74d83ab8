"""Selection of views by name or number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from boxfit.errors import DatasetError, list_names
from boxfit.views.choice import meant
from boxfit.views.dataset import Dataset, Problem

_RANGE = re.compile(r"(\d{1,300})-(\d{1,300})(?::([1-9]\d{0,300}))?")


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
    """Find the views that a text such as `0-9,12,20-40:2` names.

    Parts are separated by commas. A part is the name of a view, its number, or an inclusive range of numbers with an
    optional step. A view's number is the number at the end of its name (12 for `12`, `view_0012` and `Camera12`). A
    range selects the existing views in it, at least one.

    Args:
        selection: The text.
        names: Names to select from.

    Returns:
        Selected names, each once, in the order of `names`.

    Raises:
        DatasetError: If a part names no view.
    """
    numbers = {name: int(match[0]) for name in names if (match := re.search(r"\d{1,300}$", name))}
    chosen: set[str] = set()
    for part in (part.strip() for part in selection.split(",")):
        if part in names:
            matching = {part}
        elif match := _RANGE.fullmatch(part):
            wanted = range(int(match[1]), int(match[2]) + 1, int(match[3] or 1))
            matching = {name for name, number in numbers.items() if number in wanted}
        elif part.isdecimal() and len(part) <= 300:
            matching = {name for name, number in numbers.items() if number == int(part)}
        else:
            matching = set()
        if not matching:
            raise DatasetError(
                f"no view is named {part!r}: there are {list_names(names)} (write ranges as 0-9 or 0-98:2)"
            )
        chosen |= matching
    return [name for name in names if name in chosen]
