"""Assembly of a dataset from views: its objects and their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from boxfit.errors import DatasetError, list_names
from boxfit.usd.label import Label
from boxfit.views.dataset import SEGMENTATIONS, Dataset, LabelledObject, Problem, View
from boxfit.views.labels import (
    KeptImage,
    PixelRuns,
    kept_image,
    label_pairs,
    label_regions,
    name_from_boxes,
    pixel_runs,
)
from boxfit.views.threads import map_in_threads

Pairs = frozenset[tuple[int, int]]


def assemble_dataset(
    source: Path,
    views: Sequence[View],
    problems: Sequence[Problem] = (),
    class_names: Mapping[int, str] | None = None,
    known: Mapping[tuple[str, int], Label] | None = None,
    notes: Sequence[Problem] = (),
) -> Dataset:
    """Group views by asset, read and search their segmentation once, and list the objects that two or more show.

    Every class is an object, unless the views also have instance images and the class has several instances: then each
    instance is an object. A class with a 2D box around all of its pixels remains one object: its instances are parts.

    Args:
        source: Folder or stage that the views come from, for messages.
        views: Views that could be read, in order; their regions are added here.
        problems: Problems of views that could not be read.
        class_names: Names of class ids, for ids that the views' 2D boxes do not name.
        known: Labels with known names, by sensor and id.
        notes: Problems of what is no view, such as a file.

    Raises:
        DatasetError: If no asset has two usable views, or no label is seen in two views.
    """
    problems, unnamed = [*problems, *notes], list(problems)
    unread: dict[str | None, list[Problem]] = {}
    groups: dict[str | None, list[tuple[View, Pairs]]] = {}
    for view, searched in zip(views, map_in_threads(_searched, views), strict=True):
        if isinstance(searched, Problem):
            problems.append(searched)
            unread.setdefault(view.asset, []).append(searched)
        else:
            groups.setdefault(view.asset, []).append(searched)

    for asset, members in groups.items():
        if len(members) == 1:
            description = f"the only view of {asset}" if asset else "the only view"
            problems.append(Problem(f"view {members[0][0].name}", f"it is {description}: a box needs at least two"))
    fitted = [asset for asset, members in groups.items() if len(members) > 1]
    if not fitted:
        raise DatasetError(_too_few(source, problems))

    if len(groups) == 1:
        # Which asset a view without metadata shows is known only if there is but one.
        unread.setdefault(fitted[0], [])[:0] = unnamed
    objects, alone = [], []
    for asset in sorted(fitted, key=lambda asset: asset or ""):
        members = tuple(view for view, _ in groups[asset])
        pairs = frozenset().union(*(pairs for _, pairs in groups[asset]))
        labels = _labels(members, pairs, class_names or {}, known or {})
        seen = Counter(key for view in members for key in view.regions)
        rare = [label.name for label in labels if seen[label.sensor, label.id] < 2]
        objects += [
            LabelledObject(asset, label, members, tuple(unread.get(asset, ())))
            for label in labels
            if seen[label.sensor, label.id] > 1
        ]
        if rare:
            alone.append(Problem(asset or str(source), _rare(rare, len(members))))
        elif not labels:
            problems.append(Problem(asset or str(source), f"no label in any of its {len(members)} views"))
    problems += alone
    if not objects and alone:
        raise DatasetError(f"{source}: {alone[0].what}")
    if not objects:
        raise DatasetError(
            f"{source}: all masks are empty, no view shows any label: give the asset a semantic label and "
            "generate the views again"
        )
    order = {view.name: position for position, view in enumerate(views)}
    usable = sorted((view for members in groups.values() for view, _ in members), key=lambda view: order[view.name])
    return Dataset(source, tuple(usable), tuple(objects), tuple(problems))


def _searched(view: View) -> tuple[View, Pairs] | Problem:
    try:
        return _search(view)
    except DatasetError as error:
        return Problem(f"view {view.name}", str(error))


def _search(view: View) -> tuple[View, Pairs]:
    """Add images and regions to a view, and find the pairs of class id and instance id that share a pixel."""
    sensors = [sensor for sensor in SEGMENTATIONS if sensor in view.sensors]
    if not sensors:
        raise DatasetError("it has no semantic and no instance image: switch one on in the generator's sensors")
    runs = {sensor: _runs(view, sensor) for sensor in sensors}
    regions = {(sensor, label): region for sensor in runs for label, region in label_regions(runs[sensor]).items()}
    both = len(sensors) == len(SEGMENTATIONS)
    pairs = frozenset(label_pairs(*map(view.segmentation, SEGMENTATIONS))) if both else frozenset()
    searched = {sensor: kept for sensor, of_image in runs.items() if (kept := kept_image(of_image))}
    return replace(view, regions=regions, searched=searched), pairs


def _runs(view: View, sensor: str) -> PixelRuns:
    """Return the runs of an image, which a reader may have found already."""
    kept = view.images.get(sensor)
    return kept.runs if isinstance(kept, KeptImage) else pixel_runs(view.segmentation(sensor))


def _labels(
    views: Sequence[View],
    pairs: Pairs,
    class_names: Mapping[int, str],
    known: Mapping[tuple[str, int], Label],
) -> list[Label]:
    """List the labels that are objects, classes before instances, ids ascending."""
    keys = {key for view in views for key in view.regions}
    sensor = next((sensor for sensor in SEGMENTATIONS if any(key[0] == sensor for key in keys)), "semantic")
    instances_of: dict[int, list[int]] = {}
    for number, instance in sorted(pairs):
        instances_of.setdefault(number, []).append(instance)
    whole, parts = [], []
    for number in sorted(number for key_sensor, number in keys if key_sensor == sensor):
        class_name = class_names.get(number) if sensor == "semantic" else None
        instances = instances_of.get(number, [])
        if sensor == "semantic" and len(instances) > 1 and name_from_boxes(views, sensor, number) is None:
            parts += [
                known.get(("instance", instance)) or _label(views, "instance", instance, class_name)
                for instance in instances
            ]
        else:
            whole.append(known.get((sensor, number)) or _label(views, sensor, number, class_name))
    return _distinct([*whole, *parts])


def _label(views: Sequence[View], sensor: str, number: int, class_name: str | None) -> Label:
    name = name_from_boxes(views, sensor, number)
    if name is not None:
        return Label(number, name, sensor, "bbox_2d")
    if class_name is not None:
        return Label(number, class_name, sensor, "preset")
    return Label(number, str(number), sensor, "id")


def _distinct(labels: list[Label]) -> list[Label]:
    """Append the ids to the names of labels that share a name, such as instances of a class."""
    counts = Counter(label.name for label in labels)
    return [
        label
        if counts[label.name] == 1
        else Label(label.id, f"{label.sensor}_{label.id}", label.sensor)
        if label.named_by == "id"
        else replace(label, name=f"{label.name}_{label.id}")
        for label in labels
    ]


def _rare(names: Sequence[str], count: int) -> str:
    """Describe labels that are seen in a single view."""
    some = "a label" if len(names) == 1 else f"{len(names)} labels"
    return (
        f"{some} ({list_names(names, 4)}) {'is' if len(names) == 1 else 'are'} seen in fewer than two of its {count} "
        "views, and left out: a box needs at least two"
    )


def _too_few(source: Path, problems: Sequence[Problem]) -> str:
    if not problems:
        return f"{source} holds no views: a box needs at least two"
    of_views = [problem for problem in problems if problem.where.startswith("view ")] or problems
    first, others = of_views[0], len(of_views) - 1
    more = f", and {others} more" if others else ""
    return f"{source}: fewer than two views can be used ({first.where}: {first.what}{more})"
