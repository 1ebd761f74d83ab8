"""Select views by name or number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from boxfit.errors import DatasetError, list_names
from boxfit.views.dataset import Dataset

_RANGE = re.compile(r"(\d+)-(\d+)(?::([1-9]\d*))?")


def select_views(dataset: Dataset, include: str | None = None, exclude: str | None = None) -> Dataset:
    """A dataset with some of its views only; an object that no view is left of goes with them.

    Args:
        dataset: What was read.
        include: Views to keep, as in `parse_selection`; None keeps all.
        exclude: Views to drop from those.

    Raises:
        DatasetError: If the selection names a view that is not there, or keeps none.
    """
    names = [view.name for view in dataset.views]
    kept = set(names if include is None else parse_selection(include, names))
    kept -= set() if exclude is None else set(parse_selection(exclude, names))
    if not kept:
        raise DatasetError(f"the selection keeps none of the {len(names)} views of {dataset.source}")
    objects = [
        replace(labelled, views=tuple(view for view in labelled.views if view.name in kept))
        for labelled in dataset.objects
    ]
    return replace(
        dataset,
        views=tuple(view for view in dataset.views if view.name in kept),
        objects=tuple(labelled for labelled in objects if labelled.views),
    )


def parse_selection(selection: str, names: Sequence[str]) -> list[str]:
    """The views that a text such as `0-9,12,20-40:2` names.

    Parts are separated by commas. A part is the name of a view, its number, or a range of numbers, both ends
    counted in, with an optional step. A view's number is what its name ends with (12 for `12`, `view_0012`
    and `Camera12`). A range takes the views that exist in it, but must hold at least one.

    Args:
        selection: The text.
        names: Views to choose from.

    Returns:
        Chosen names, each once, in the order of `names`.

    Raises:
        DatasetError: If a part names no view.
    """
    numbers = {name: int(match[0]) for name in names if (match := re.search(r"\d+$", name))}
    chosen: set[str] = set()
    for part in (part.strip() for part in selection.split(",")):
        if part in names:
            found = {part}
        elif match := _RANGE.fullmatch(part):
            wanted = range(int(match[1]), int(match[2]) + 1, int(match[3] or 1))
            found = {name for name, number in numbers.items() if number in wanted}
        elif part.isdecimal():
            found = {name for name, number in numbers.items() if number == int(part)}
        else:
            found = set()
        if not found:
            raise DatasetError(f"no view is named {part!r}: there are {list_names(names)} (ranges read 0-9 or 0-98:2)")
        chosen |= found
    return [name for name in names if name in chosen]
