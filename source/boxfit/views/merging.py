"""Merging of several labels into one object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np

from boxfit.errors import DatasetError
from boxfit.usd.label import Label
from boxfit.views.dataset import Dataset, LabelledObject, Rectangle, View


def merge_labels(dataset: Dataset, name: str) -> Dataset:
    """Make one object of all that a name means, with the union of their masks.

    Args:
        dataset: Dataset of any source.
        name: Name of a label, a part of a joined label ("stack" in "palette,stack"), the path of a prim above the
            objects, or a pattern with `*` and `?`.

    Raises:
        DatasetError: If the name means nothing.
    """
    merged = [labelled for labelled in dataset.objects if _is_meant(labelled.label.name, name)]
    if not merged:
        names = ", ".join(dict.fromkeys(labelled.label.name for labelled in dataset.objects))
        raise DatasetError(f"{dataset.source} has no label that {name!r} means: it has {names}")
    objects: list[LabelledObject] = [labelled for labelled in dataset.objects if labelled not in merged]
    groups: dict[tuple[str | None, str], list[LabelledObject]] = {}
    for labelled in merged:
        groups.setdefault((labelled.asset, labelled.label.sensor), []).append(labelled)
    for (asset, sensor), group in groups.items():
        ids = [labelled.label.id for labelled in group]
        label = Label(ids[0], name, sensor, "labels")
        views = tuple(_with_merged(view, sensor, ids) for view in group[0].views)
        objects.append(LabelledObject(asset, label, views, group[0].unread))
    return replace(dataset, objects=tuple(objects))


def _is_meant(label: str, name: str) -> bool:
    return label == name or name in label.split(",") or label.startswith(f"{name}/") or fnmatchcase(label, name)


def _with_merged(view: View, sensor: str, ids: Sequence[int]) -> View:
    """Give all of some ids the first one, in the view's image and regions."""

    def image() -> np.ndarray:
        labels = view.segmentation(sensor)
        return np.where(np.isin(labels, ids), np.asarray(ids[0], dtype=labels.dtype), labels)

    found = np.array([view.regions[sensor, number] for number in ids if (sensor, number) in view.regions])
    regions = {key: region for key, region in view.regions.items() if key[0] != sensor or key[1] not in ids}
    if len(found):
        regions[sensor, ids[0]] = Rectangle(*found[:, :2].min(axis=0).tolist(), *found[:, 2:].max(axis=0).tolist())
    return replace(view, regions=regions, searched={**view.searched, sensor: image})
