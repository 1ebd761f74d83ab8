"""Labels in segmentation images, and their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from boxfit.views.dataset import Rectangle, View

BACKGROUND = 0


def label_regions(labels: np.ndarray) -> dict[int, Rectangle]:
    """Find the tight rectangle of every label in an image, without the background.

    An image is a few thousand runs of equal pixels: after one comparison per pixel, all operations are per run.

    Args:
        labels: Ids of any integer type, shape (height, width).

    Returns:
        Rectangles by id, ids ascending.
    """
    width = labels.shape[1]
    first, stop, values = pixel_runs(labels)
    inside = np.flatnonzero(values != BACKGROUND)
    if not len(inside):
        return {}
    order = inside[np.argsort(values[inside], kind="stable")]
    first, last, values = first[order], stop[order] - 1, values[order]
    top, bottom = first // width, last // width
    # A run that continues in the next row holds the last column of a row and the first of the next.
    wraps = top != bottom
    left, right = np.where(wraps, 0, first % width), np.where(wraps, width - 1, last % width)
    group = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    bounds = (
        np.minimum.reduceat(top, group),
        np.minimum.reduceat(left, group),
        np.maximum.reduceat(bottom, group) + 1,
        np.maximum.reduceat(right, group) + 1,
    )
    corners = np.stack(bounds, axis=1).tolist()
    return {int(value): Rectangle(*corner) for value, corner in zip(values[group], corners, strict=True)}


def pixel_runs(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first pixel, pixel after the last, and value of each run of equal pixels, in reading order."""
    flat = labels.reshape(-1)
    first = np.r_[0, np.flatnonzero(flat[1:] != flat[:-1]) + 1]
    return first, np.r_[first[1:], len(flat)], flat[first]


def label_pairs(semantic: np.ndarray, instance: np.ndarray) -> set[tuple[int, int]]:
    """Find the pairs of class id and instance id that share a pixel, without the background.

    Args:
        semantic: Class ids, shape (height, width).
        instance: Instance ids of the same view, shape (height, width).
    """
    classes, instances = semantic.reshape(-1), instance.reshape(-1)
    changes = (classes[1:] != classes[:-1]) | (instances[1:] != instances[:-1])
    first = np.r_[0, np.flatnonzero(changes) + 1]
    pairs = set(zip(classes[first].tolist(), instances[first].tolist(), strict=True))
    return {(int(a), int(b)) for a, b in pairs if BACKGROUND not in (a, b)}


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
        if "class" in box and (np.abs(corners - expected) <= tolerance).all():
            classes.add(str(box["class"]))
    return classes
