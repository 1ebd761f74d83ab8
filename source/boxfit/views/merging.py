"""Merging of several labels into one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from boxfit.usd.label import Label, last_part
from boxfit.views.choice import merged_objects
from boxfit.views.dataset import Dataset, LabelledObject, Rectangle, View

_Ids = Mapping[str, Sequence[int]]
"""Ids by the sensor whose image holds them."""


def merge_labels(dataset: Dataset, name: str) -> Dataset:
    """Make one object of all that a name means, with the union of their masks.

    Args:
        dataset: Dataset of any source.
        name: A label in any of the forms of `boxfit.views.choice`.

    Raises:
        DatasetError: If the name means nothing.
    """
    merged = merged_objects(dataset, name)
    objects: list[LabelledObject] = [labelled for labelled in dataset.objects if labelled not in merged]
    for asset in dict.fromkeys(labelled.asset for labelled in merged):
        group = [labelled for labelled in merged if labelled.asset == asset]
        ids: dict[str, list[int]] = {}
        for labelled in group:
            ids.setdefault(labelled.label.sensor, []).append(labelled.label.id)
        label = _merged_label(name, [labelled.label for labelled in group])
        views = group[0].views
        if len(group) > 1:
            views = tuple(_with_merged(view, label, ids) for view in views)
        objects.append(LabelledObject(asset, label, views, group[0].unread))
    return replace(dataset, objects=tuple(objects))


def _merged_label(name: str, labels: Sequence[Label]) -> Label:
    """Return the label of the union, of the class of all if they share one."""
    classes, prims = {label.class_name for label in labels}, {label.prim for label in labels}
    class_name = classes.pop() if len(classes) == 1 else last_part(name)
    is_path = name.startswith("/") and not {"*", "?"} & set(name)
    prim = prims.pop() if len(prims) == 1 else name if is_path else ""
    return Label(labels[0].id, name, labels[0].sensor, "labels", class_name, prim)


def _with_merged(view: View, label: Label, ids: _Ids) -> View:
    """Give all of some ids that of a label, in the view's image and regions; the renderer has no box of the union."""
    shown = {key: region for key, region in view.regions.items() if key[1] in ids.get(key[0], ())}
    regions = {key: region for key, region in view.regions.items() if key not in shown}
    alone = replace(view, metadata={**view.metadata, "bbox_3d": []}, regions=regions)
    if not shown:
        return alone
    sensors = dict.fromkeys(sensor for sensor, _ in shown)

    def image() -> np.ndarray:
        inside = np.any([np.isin(view.segmentation(sensor), ids[sensor]) for sensor in sensors], axis=0)
        if label.sensor not in view.sensors:
            return np.where(inside, label.id, 0)
        labels = view.segmentation(label.sensor)
        return np.where(inside, np.asarray(label.id, dtype=labels.dtype), labels)

    found = np.array(list(shown.values()))
    regions[label.sensor, label.id] = Rectangle(*found[:, :2].min(axis=0).tolist(), *found[:, 2:].max(axis=0).tolist())
    return replace(alone, regions=regions, searched={**view.searched, label.sensor: image})
