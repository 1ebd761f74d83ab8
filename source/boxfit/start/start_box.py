"""Box with bounds from masks alone: no initial guess, any unit, any position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from boxfit.errors import ContradictionError, FitError, count_views, list_names
from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.rotations import quaternion_from_matrix
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.consensus import MOST_VIEWS, Agreement, find_agreement
from boxfit.start.contact import find_contacts
from boxfit.start.coverage import one_sided_warning
from boxfit.start.half_spaces import HalfSpaces, half_spaces
from boxfit.start.hull import visual_hull
from boxfit.start.mask_noise import border_noise, mean_outline
from boxfit.start.object_frame import object_frame
from boxfit.start.orientation import faces, search_orientation
from boxfit.start.outline import Outline, outline

UNDETERMINED = 0.3
"""Uncertainty of an axis, as a share of the box's side, above which the views do not determine it."""
ODD_VIEWS = 0.25
"""Share of the views that may be left out because they contradict all others."""

View = tuple[Silhouette, Outline]


@dataclass(frozen=True, eq=False)
class StartBox:
    """Box from the visual hull and its contacts.

    Attributes:
        box: In the frame of the cameras.
        history: The box around the visual hull along the frame's axes, then every box of the search that was smaller
            than all before it. The last is the start box.
        hull: Vertices of the convex visual hull, shape (v, 3).
        near: Ends of the contact segments towards the camera, shape (n, 3): the object has a point on each segment.
        far: Other ends, shape (n, 3).
        near_bound: Near ends for a hull widened by the masks' uncertainty, shape (n, 3).
        far_bound: Far ends for the same hull, shape (n, 3).
        margin: Uncertainty of every face due to the masks' resolution, in the frame's units.
        pixel: Size of a pixel at the object, in the frame's units.
        dropped: Number of half-spaces that were not used, by view; views without any are left out.
        misses: Share of the rays through the masks that miss the hull.
        left_out: Views that contradict all others and were not used.
        warnings: Messages for the user.
    """

    box: Box
    history: tuple[Box, ...]
    hull: np.ndarray
    near: np.ndarray
    far: np.ndarray
    near_bound: np.ndarray
    far_bound: np.ndarray
    margin: float
    pixel: float
    dropped: Mapping[str, int]
    misses: float
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]

    @cached_property
    def bounds(self) -> FaceBounds:
        """Least and greatest distance of each face."""
        return self.bounds_of(self.box)

    @cached_property
    def undetermined(self) -> tuple[int, ...]:
        """Axes of the box (0, 1, 2) that the views do not determine."""
        return undetermined_axes(self.box, self.bounds)

    def bounds_of(self, box: Box) -> FaceBounds:
        """Return the bounds of any box's faces: from the contacts inside to the visual hull outside."""
        hull = box.to_local(self.hull)
        near, far = box.to_local(self.near_bound), box.to_local(self.far_bound)
        outer = np.stack([-hull.min(axis=0), hull.max(axis=0)], axis=1) + self.margin
        inner = np.stack([-np.maximum(near, far).min(axis=0), np.minimum(near, far).max(axis=0)], axis=1) - self.margin
        half = box.half_extents[:, None]
        return FaceBounds(np.minimum(inner, half), np.maximum(outer, half))


def undetermined_axes(box: Box, bounds: FaceBounds) -> tuple[int, ...]:
    """Return the axes (0, 1, 2) whose faces are too uncertain to determine the box's side."""
    return tuple(int(axis) for axis in np.flatnonzero(bounds.widths.sum(axis=1) > UNDETERMINED * box.size))


def start_box(
    silhouettes: Sequence[Silhouette], align: str = "free", up: Sequence[float] = (0.0, 1.0, 0.0), seed: int = 0
) -> StartBox:
    """Fit a box to masks by lower and upper bounds of the object's extent.

    Args:
        silhouettes: Two or more views of one object; the box is in the frame of their cameras.
        align: "free", "up" (one axis of the box along `up`) or "axes" (the frame's axes).
        up: Shape (3,), any length.
        seed: Seed of the orientation search.

    Raises:
        FitError: If fewer than two masks show an edge of the object.
        ContradictionError: If masks and cameras contradict each other.
    """
    views = [(silhouette, outline(silhouette)) for silhouette in silhouettes]
    whole = sum(edges.bounding.any() for _, edges in views)
    if whole < 2:
        raise FitError(
            f"{whole} of {len(views)} masks show an edge of the object inside the image: a box needs two views or more "
            "that do"
        )
    views, frame, spaces, agreement, left_out = _agreeing_views(views)
    outlines = [edges.moved(frame) for _, edges in views]

    hull = visual_hull(spaces.chosen(agreement.keep))
    noise = border_noise(outlines, hull.spaces)
    if noise:
        outlines = [mean_outline(s, edges, noise) for (s, _), edges in zip(views, outlines, strict=True)]
        spaces = half_spaces(outlines)
        agreement = find_agreement(outlines, spaces, noise)
        hull = visual_hull(spaces.chosen(agreement.keep))
    contacts = find_contacts(outlines, hull, noise)
    if not contacts.near.size:
        raise ContradictionError(
            "cameras and masks contradict each other: no ray along a mask's outline meets the visual hull"
        )
    towards = np.asarray(up, dtype=np.float64)
    search = search_orientation(hull, contacts, align, towards / np.linalg.norm(towards), seed)
    counts = {s.view: int(count) for (s, _), count in zip(views, agreement.dropped, strict=True)}
    dropped = {s.view: counts[s.view] for s in silhouettes if counts.get(s.view)}

    unit = float(frame[0, 0])

    def placed(points: np.ndarray) -> np.ndarray:
        return frame[:3, 3] + unit * points.T

    def box(axes: np.ndarray, low: np.ndarray, high: np.ndarray) -> Box:
        return Box(placed(axes @ (low + high) / 2), unit * (high - low) / 2, quaternion_from_matrix(axes))

    around = box(np.eye(3), hull.vertices.min(axis=1), hull.vertices.max(axis=1))
    history = (around, *(box(axes, *faces(axes, hull, contacts)) for axes in search))
    return StartBox(
        box=history[-1],
        history=history,
        hull=placed(hull.vertices),
        near=placed(contacts.near),
        far=placed(contacts.far),
        near_bound=placed(contacts.near_bound),
        far_bound=placed(contacts.far_bound),
        margin=unit * contacts.margin,
        pixel=unit * contacts.pixel,
        dropped=dropped,
        misses=agreement.misses,
        left_out=left_out,
        warnings=_warnings(left_out, dropped, outlines),
    )


def _agreeing_views(
    views: list[View],
) -> tuple[list[View], np.ndarray, HalfSpaces, Agreement, tuple[str, ...]]:
    """Leave out views that contradict all others, as long as they are few.

    Returns:
        The remaining views, the object's frame, the half-spaces in it, their agreement, and the names of the views left
        out.
    """
    left_out: list[str] = []
    further: list[View] = []
    order = [silhouette.view for silhouette, _ in views]
    if len(views) > MOST_VIEWS:
        # A sample must agree first: random, as cameras may repeat in a cycle, but with whole masks before cut ones.
        shuffled = [views[index] for index in np.random.default_rng(0).permutation(len(views))]
        shuffled.sort(key=lambda view: not view[1].bounding.any())
        views, further = shuffled[:MOST_VIEWS], shuffled[MOST_VIEWS:]
    count = len(views)
    while True:
        frame = object_frame([edges for _, edges in views])
        outlines = [edges.moved(frame) for _, edges in views]
        spaces = half_spaces(outlines)
        agreement = find_agreement(outlines, spaces)
        odd = agreement.odd_views
        if not odd and not further:
            return views, frame, spaces, agreement, tuple(left_out)
        left_out = sorted([*left_out, *(views[view][0].view for view in odd)], key=order.index)
        if len(left_out) > ODD_VIEWS * count:
            raise ContradictionError(
                f"cameras and masks contradict each other, even without views {list_names(left_out)}: check that the "
                "camera matrices belong to these masks and have one unit, and that all masks show the same object; if "
                "it moves between the views, they must state its pose (Replicator: bounding_box_3d)"
            )
        views = [view for index, view in enumerate(views) if index not in odd]
        if not odd:
            count, views, further = count + len(further), views + further, []


def _warnings(left_out: Sequence[str], dropped: Mapping[str, int], outlines: Sequence[Outline]) -> tuple[str, ...]:
    warnings = []
    if left_out:
        warnings.append(
            f"{count_views(left_out, len(left_out) + len(outlines))} contradict all others and were not used: check "
            "their cameras, and whether the object moves"
        )
    if one_sided := one_sided_warning([edges.camera.position for edges in outlines]):
        warnings.append(one_sided)
    if dropped:
        warnings.append(
            f"{sum(dropped.values())} mask edges in {count_views(tuple(dropped), len(outlines))} contradict the other "
            "views and were not used: something may hide the object there, or it moves between the views"
        )
    return tuple(warnings)
