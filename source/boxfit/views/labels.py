"""Labels in segmentation images, and their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from boxfit.errors import DatasetError
from boxfit.views.dataset import Rectangle, View

BACKGROUND = 0

MOST_LABELS = 2**16
"""Largest number of labels in an image, and of pairs of class and instance."""

MOST_RUNS = 2**22
"""Largest number of runs of equal pixels in an image, of which masks have a few thousand."""


class PixelRuns(NamedTuple):
    """Runs of equal pixels of an image, in reading order: of masks, there are a few thousand.

    Attributes:
        first: First pixel of each run, shape (n,).
        stop: Pixel after its last, shape (n,).
        values: Its pixels' value, shape (n,).
        shape: (height, width) of the image.
    """

    first: np.ndarray
    stop: np.ndarray
    values: np.ndarray
    shape: tuple[int, int]


def label_regions(runs: PixelRuns) -> dict[int, Rectangle]:
    """Find the tight rectangle of every label in an image of ids, without the background.

    Args:
        runs: Runs of the image.

    Returns:
        Rectangles by id, ids ascending.

    Raises:
        DatasetError: If the image has more labels than masks have.
    """
    first, stop, values, (_, width) = runs
    inside = np.flatnonzero(values != BACKGROUND)
    if not len(inside):
        return {}
    order = inside[np.argsort(values[inside], kind="stable")]
    first, last, values = first[order], stop[order] - 1, values[order]
    top, bottom = first // width, last // width
    # A run that continues in the next row holds the last column of a row and the first of the next.
    wraps = top != bottom
    left, right = np.where(wraps, 0, first % width), np.where(wraps, width - 1, last % width)
    group = _changes(values)
    if len(group) > MOST_LABELS:
        raise DatasetError(f"its mask shows {len(group)} labels, and may show {MOST_LABELS}: it is noise")
    bounds = (
        np.minimum.reduceat(top, group),
        np.minimum.reduceat(left, group),
        np.maximum.reduceat(bottom, group) + 1,
        np.maximum.reduceat(right, group) + 1,
    )
    corners = np.stack(bounds, axis=1).tolist()
    return {int(value): Rectangle(*corner) for value, corner in zip(values[group], corners, strict=True)}


def pixel_runs(labels: np.ndarray) -> PixelRuns:
    """Find the runs of equal pixels of an image of ids of any integer type, shape (height, width).

    Raises:
        DatasetError: If there are more than `MOST_RUNS`.
    """
    flat = labels.reshape(-1)
    first = _starts(flat[1:] != flat[:-1])
    return PixelRuns(first, np.append(first[1:], len(flat)), flat[first], labels.shape)


def recoded(runs: PixelRuns, values: np.ndarray) -> PixelRuns:
    """Return the runs of an image with other values, shape (n,), of which neighbours may be equal."""
    starts = _changes(values)
    first = runs.first[starts]
    return PixelRuns(first, np.append(first[1:], runs.stop[-1]), values[starts], runs.shape)


@dataclass(frozen=True, eq=False)
class KeptImage:
    """Function that makes an image again from its runs."""

    runs: PixelRuns

    def __call__(self) -> np.ndarray:
        """Return the image, shape (height, width)."""
        first, stop, values, shape = self.runs
        return np.repeat(values, stop - first).reshape(shape)


def kept_image(runs: PixelRuns) -> KeptImage | None:
    """Keep an image as its runs, unless these need as much memory as the image."""
    return KeptImage(runs) if 4 * len(runs.first) <= np.prod(runs.shape) else None


def _starts(changes: np.ndarray) -> np.ndarray:
    """Return the first pixel of each run; `changes` is True for each pixel but the first that begins one."""
    count = np.count_nonzero(changes) + 1
    if count > MOST_RUNS:
        raise DatasetError(f"its mask changes its label at {count} pixels, and may do so at {MOST_RUNS}: it is noise")
    return _with_first(np.flatnonzero(changes))


def _changes(values: np.ndarray) -> np.ndarray:
    """Return the first index of each run of equal values, of which there is at least one."""
    return _with_first(np.flatnonzero(values[1:] != values[:-1]))


def _with_first(before: np.ndarray) -> np.ndarray:
    """Return the starts of runs, 0 and those after given indices; many times faster than by `np.r_`."""
    starts = np.zeros(len(before) + 1, dtype=np.intp)
    np.add(before, 1, out=starts[1:])
    return starts


def label_pairs(semantic: np.ndarray, instance: np.ndarray) -> set[tuple[int, int]]:
    """Find the pairs of class id and instance id that share a pixel, without the background.

    Args:
        semantic: Class ids, shape (height, width).
        instance: Instance ids of the same view, shape (height, width).

    Raises:
        DatasetError: As `pixel_runs`.
    """
    classes, instances = semantic.reshape(-1), instance.reshape(-1)
    first = _starts((classes[1:] != classes[:-1]) | (instances[1:] != instances[:-1]))
    pairs = np.unique(np.stack([classes[first], instances[first]]).astype(np.int64), axis=1)
    if pairs.shape[1] > MOST_LABELS:
        raise DatasetError(f"its masks show {pairs.shape[1]} instances, and may show {MOST_LABELS}: they are noise")
    return {(a, b) for a, b in pairs.T.tolist() if BACKGROUND not in (a, b)}


def name_from_boxes(views: Iterable[View], sensor: str, label: int) -> str | None:
    """Find the class whose 2D boxes are the label's tight rectangles in most of the views that have both.

    Tight boxes are used first, then loose boxes, which are equal for objects that are not occluded. The maximum pixel
    of a box may be inclusive or exclusive.

    Args:
        views: Views with known regions.
        sensor: Sensor whose image holds the label.
        label: Id of the label.
    """
    showing = [(view, view.regions[sensor, label]) for view in views if (sensor, label) in view.regions]
    for records in ("bbox_2d_tight", "bbox_2d_loose"):
        boxed = [(getattr(view, records), region) for view, region in showing if getattr(view, records)]
        votes = Counter(name for boxes, region in boxed for name in _classes_at(boxes, region))
        if votes:
            name, count = votes.most_common(1)[0]
            if 2 * count > len(boxed):
                return name
    return None


def _classes_at(boxes: Sequence[Mapping[str, Any]], region: Rectangle) -> set[str]:
    """Return the classes of the boxes that are within a pixel of a rectangle."""
    # The maximum pixel is at bottom - 1 if inclusive, and at bottom if exclusive.
    expected = np.array([region.left, region.top, region.right - 0.5, region.bottom - 0.5])
    tolerance = np.array([1.0, 1.0, 1.5, 1.5])
    classes = set()
    for box in boxes:
        corners = [box["bbox"][key] for key in ("x_min", "y_min", "x_max", "y_max")]
        if isinstance(box.get("class"), str | int) and (np.abs(corners - expected) <= tolerance).all():
            classes.add(str(box["class"]))
    return classes
