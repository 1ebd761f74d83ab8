"""Choice of objects by what their labels are called.

A text means a label by its name, its id, its class, the path of its prim, a part of a joined name ("stack" in
"palette,stack"), a pattern with `*` and `?` of these, the path of a prim above it, or the last part of its path. It may
also be several of these, separated by commas, unless a label is called so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from boxfit.errors import DatasetError, list_names
from boxfit.settings.input import Labels, each_label
from boxfit.usd.label import Label
from boxfit.views.dataset import Dataset, LabelledObject, Problem


def select_labels(dataset: Dataset, labels: Labels) -> Dataset:
    """Reduce a dataset to the objects that any of some labels mean, in the dataset's order.

    A label that means objects by their names, classes and prims means no others.

    Args:
        dataset: Dataset of any source.
        labels: The labels.

    Raises:
        DatasetError: If a label means nothing, or both an object and a part of another one's joined name.
    """
    chosen: set[LabelledObject] = set()
    for wanted in _each(dataset.objects, labels):
        found = _closest(dataset, wanted)
        if not found:
            raise DatasetError(f"{dataset.source} has no label {wanted!r}: it has {_known(dataset.objects, wanted)}")
        chosen.update(found)
    return replace(dataset, objects=tuple(labelled for labelled in dataset.objects if labelled in chosen))


def skip_labels(dataset: Dataset, labels: Labels) -> Dataset:
    """Remove the objects that any of some labels mean; one that means nothing becomes a problem.

    Raises:
        DatasetError: If no object is left.
    """
    skipped: set[LabelledObject] = set()
    unknown: list[Problem] = []
    for wanted in _each(dataset.objects, labels):
        found = meant(dataset.objects, wanted)
        skipped.update(found)
        if not found:
            known = _known(dataset.objects, wanted)
            unknown.append(Problem(f"label {wanted}", f"it was not found to be left out (skip): there are {known}"))
    objects = tuple(labelled for labelled in dataset.objects if labelled not in skipped)
    if not objects:
        raise DatasetError(f"{dataset.source}: all its labels are left out (skip): {label_names(dataset.objects)}")
    return replace(dataset, objects=objects, problems=(*dataset.problems, *unknown))


def merged_objects(dataset: Dataset, name: str) -> list[LabelledObject]:
    """Return the objects that a text means, in the dataset's order.

    Raises:
        DatasetError: If it, or one of the labels that it lists, means nothing.
    """
    chosen: set[LabelledObject] = set()
    for wanted in _each(dataset.objects, name):
        found = meant(dataset.objects, wanted)
        if not found:
            known = _known(dataset.objects, wanted)
            raise DatasetError(f"{dataset.source} has no label that {wanted!r} means: it has {known}")
        chosen.update(found)
    return [labelled for labelled in dataset.objects if labelled in chosen]


def meant(objects: Sequence[LabelledObject], wanted: str) -> list[LabelledObject]:
    """Return all objects that a text means in any way; by the last part of a path only if it means none otherwise."""
    ways = (_is_named, _is_joined, _is_below)
    found = [each for each in objects if any(is_meant(each.label, wanted) for is_meant in ways)]
    return found or [each for each in objects if _ends(each.label, wanted)]


def label_names(objects: Sequence[LabelledObject], limit: int = 20) -> str:
    """List the labels of objects for a message, with their ids, and with their classes where these differ."""
    return list_names(list(dict.fromkeys(_described(labelled.label) for labelled in objects)), limit)


def _closest(dataset: Dataset, wanted: str) -> list[LabelledObject]:
    """Return the objects that a text means in the first of its ways that means any."""
    named, joined, below, ended = (
        [labelled for labelled in dataset.objects if is_meant(labelled.label, wanted)]
        for is_meant in (_is_named, _is_joined, _is_below, _ends)
    )
    # Replicator joins the labels of a prim and of its parents with commas.
    if named and (others := [labelled for labelled in joined if labelled not in named]):
        raise DatasetError(
            f"{dataset.source}: the label {wanted!r} means {label_names([*named, *others])}: name one by its id, or "
            f"take all as one object (merge {wanted})"
        )
    return named or joined or below or ended


def _each(objects: Sequence[LabelledObject], labels: Labels) -> Iterator[str]:
    """Yield the labels one by one; a text with commas is taken apart unless a label is called so."""
    for wanted in map(str, each_label(labels)):
        parts = [part.strip() for part in wanted.split(",")]
        yield from [wanted] if meant(objects, wanted) or not all(parts) else parts


def _texts(label: Label) -> tuple[str, ...]:
    return tuple(filter(None, (label.name, label.class_name, label.prim)))


def _is_named(label: Label, wanted: str) -> bool:
    return wanted == str(label.id) or any(text == wanted or fnmatchcase(text, wanted) for text in _texts(label))


def _is_joined(label: Label, wanted: str) -> bool:
    return wanted in label.name.split(",")


def _is_below(label: Label, wanted: str) -> bool:
    return any(text.startswith(f"{wanted}/") for text in _texts(label))


def _ends(label: Label, wanted: str) -> bool:
    return any(fnmatchcase(text.rpartition("/")[2], wanted) for text in _texts(label))


def _described(label: Label) -> str:
    known = "" if label.class_name in label.name else f", class {label.class_name}"
    return f"{label.name} (id {label.id}{known})"


def _known(objects: Sequence[LabelledObject], wanted: str) -> str:
    """List the labels for a message about one that is not there, and tell which of them may be meant."""
    names = dict.fromkeys(text for labelled in objects for text in _texts(labelled.label))
    near = get_close_matches(wanted, names, 1)
    return label_names(objects) + (f"; did you mean {near[0]}?" if near else "")
