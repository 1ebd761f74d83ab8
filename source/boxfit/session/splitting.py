"""Splitting of an object into the separate things that its label shows, by a carving of space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from boxfit.geometry.silhouette import Silhouette
from boxfit.views.dataset import LabelledObject, Problem, Rectangle, View

GRID = 72
"""Number of voxels along the longest side of the space that is searched for separate things."""

_DISAGREE = 0.05
"""Share of the views whose mask may miss a voxel: a mask may lack a part that something hides."""

_LEAST_THING = 0.02
"""Least volume of a thing, as a share of the largest one's."""

_LEAST_PART = 0.05
"""Least area of a part of a mask that can belong to a thing, as a share of the mask's."""

_COVERS = 0.5
"""Share of a thing's voxels, or of a part's pixels, from which the part shows the thing."""


def split_object(labelled: LabelledObject, silhouettes: Sequence[Silhouette], first: int) -> tuple[LabelledObject, ...]:
    """Make an object of each separate thing that a label shows.

    Space is carved by the masks on a grid; what remains in one piece is a thing. A part of a mask belongs to the thing
    that it shows; a view in which one part shows several things is used for none of them.

    Args:
        labelled: The object.
        silhouettes: Its usable masks, as from `boxfit.views.silhouettes.silhouettes`.
        first: Id of the first thing; the others follow. They must not be in use.

    Returns:
        The things, largest first; the object itself if it is a single thing.
    """
    parts = {silhouette.view: _parts(silhouette.mask) for silhouette in silhouettes}
    if all(numbers.max() < 2 for numbers in parts.values()):
        return (labelled,)
    shown = _shown_things(silhouettes, parts)
    count = max((max(things) + 1 for by_part in shown.values() for things in by_part.values() if things), default=0)
    if count < 2:
        return (labelled,)
    label = labelled.label
    crops = {silhouette.view: silhouette for silhouette in silhouettes}
    objects = []
    for thing in range(count):
        views, joined = [], list(labelled.unread)
        for view in labelled.views:
            by_part = shown.get(view.name, {})
            mine = [part for part, things in by_part.items() if thing in things]
            if any(len(by_part[part]) > 1 for part in mine):
                what = "its mask is joined there with that of another thing of the label"
                joined.append(Problem(f"view {view.name}", what))
            elif mine:
                mask = np.isin(parts[view.name], mine)
                views.append(_with_thing(view, label.sensor, first + thing, mask, crops[view.name].origin))
            else:
                what = "no part of its mask shows this thing of the label"
                joined.append(Problem(f"view {view.name}", what, is_fault=False))
        named = replace(label, id=first + thing, name=f"{label.name}_{thing + 1}", named_by="labels", prim="")
        objects.append(LabelledObject(labelled.asset, named, tuple(views), tuple(joined)))
    return tuple(objects)


def _parts(mask: np.ndarray) -> np.ndarray:
    """Number the connected parts of a mask from 1, without small ones; 0 elsewhere."""
    from scipy import ndimage

    parts = np.empty(mask.shape, dtype=np.int32)
    ndimage.label(mask, structure=np.ones((3, 3)), output=parts)
    sizes = np.bincount(parts.ravel())
    large = sizes >= _LEAST_PART * sizes[1:].sum()
    large[0] = False
    return np.where(large, np.cumsum(large), 0)[parts]


def _shown_things(
    silhouettes: Sequence[Silhouette], parts: Mapping[str, np.ndarray]
) -> dict[str, dict[int, tuple[int, ...]]]:
    """Return the things that each part of each view's mask shows, by view and part.

    A thing that never has a part to itself explains nothing that another does not: it is a gap between rays.
    """
    voxels = list(_carved_things(silhouettes))
    shown: dict[str, dict[int, list[int]]] = {}
    alone = set()
    for silhouette in silhouettes:
        numbers = parts[silhouette.view]
        by_part: dict[int, list[int]] = {int(part): [] for part in np.unique(numbers[numbers > 0])}
        for thing, points in enumerate(voxels):
            seen = _values_at(silhouette, numbers, points)
            for part in by_part:
                if (seen == part).mean() >= _COVERS:
                    by_part[part].append(thing)
        shown[silhouette.view] = by_part
        alone |= {things[0] for things in by_part.values() if len(things) == 1}
    order = {thing: index for index, thing in enumerate(sorted(alone))}
    return {
        view: {part: tuple(order[thing] for thing in things if thing in order) for part, things in by_part.items()}
        for view, by_part in shown.items()
    }


def _carved_things(silhouettes: Sequence[Silhouette]) -> Iterator[np.ndarray]:
    """Yield the voxels of each connected piece of the visual hull, shape (n, 3) in the world, largest piece first."""
    # SciPy comes late: Kit may not have it before the first fit.
    from scipy import ndimage

    from boxfit.start.start_box import start_box

    hull = start_box(silhouettes, "axes").support.hull
    low, high = hull.min(axis=0), hull.max(axis=0)
    step = float((high - low).max()) / GRID
    axes = [np.arange(start + step / 2, stop, step) for start, stop in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    missed = np.zeros(points.shape[:3], dtype=np.int32)
    for silhouette in silhouettes:
        missed += (_values_at(silhouette, silhouette.mask, points.reshape(-1, 3)) == 0).reshape(missed.shape)
    pieces = np.empty(missed.shape, dtype=np.int32)
    ndimage.label(missed <= _DISAGREE * len(silhouettes), output=pieces)
    sizes = np.bincount(pieces.ravel())[1:]
    for piece in np.argsort(-sizes):
        if sizes[piece] >= _LEAST_THING * sizes.max():
            yield points[pieces == piece + 1]


def _values_at(silhouette: Silhouette, values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the values at the pixels of points (n, 3): 0 beside the mask's crop, -1 where the image does not reach."""
    pixels = silhouette.camera.project(points)
    height, width = silhouette.camera.resolution
    inside = np.isfinite(pixels).all(axis=1) & (pixels >= 0).all(axis=1) & (pixels < (width, height)).all(axis=1)
    found = np.where(inside, 0, -1)
    column, row = np.floor(np.where(inside[:, None], pixels, 0)).astype(int).T
    row, column = row - silhouette.origin[0], column - silhouette.origin[1]
    in_crop = inside & (row >= 0) & (column >= 0) & (row < values.shape[0]) & (column < values.shape[1])
    found[in_crop] = values[row[in_crop], column[in_crop]]
    return found


def _with_thing(view: View, sensor: str, number: int, mask: np.ndarray, origin: tuple[int, int]) -> View:
    """Give the pixels of a mask, whose first pixel is at `origin`, an id of their own."""
    view = view.without_lens()

    def image() -> np.ndarray:
        labels = view.segmentation(sensor).astype(np.int64)
        labels[origin[0] : origin[0] + mask.shape[0], origin[1] : origin[1] + mask.shape[1]][mask] = number
        return labels

    rows, columns = np.flatnonzero(mask.any(axis=1)) + origin[0], np.flatnonzero(mask.any(axis=0)) + origin[1]
    region = Rectangle(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    return replace(view, regions={**view.regions, (sensor, number): region}, searched={**view.searched, sensor: image})
