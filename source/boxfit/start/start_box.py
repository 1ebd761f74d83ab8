"""Box with bounds from masks, and from depth where there is some: no initial guess, any unit, any position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from boxfit.errors import ContradictionError, FitError, count_views, list_names
from boxfit.geometry.box import Box, FaceBounds, box_between
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.rotations import quaternion_from_matrix
from boxfit.geometry.silhouette import Silhouette
from boxfit.geometry.surface import SurfacePoints
from boxfit.settings import Alignment, Extent
from boxfit.start.consensus import MOST_VIEWS, Agreement, find_agreement
from boxfit.start.contact import find_support
from boxfit.start.coverage import one_sided_warning
from boxfit.start.covering import covering
from boxfit.start.half_spaces import HalfSpaces, half_spaces
from boxfit.start.hull import visual_hull
from boxfit.start.mask_noise import border_noise, mean_outline
from boxfit.start.object_frame import object_frame
from boxfit.start.orientation import choose_alignment, faces, search_orientations, upright
from boxfit.start.outline import Outline, outline
from boxfit.start.support import SMALLEST_SIDE, Support
from boxfit.start.surface import check_depth, cutting_half_spaces

UNDETERMINED = 0.35
"""Uncertainty of an axis, as a share of the box's side, above which the views do not determine it."""
ODD_VIEWS = 0.25
"""Share of the views that may be left out because they contradict all others."""
RESTS = 0.25
"""Distance from a known floor, as a share of the height that the masks prove, up to which the object stands on it."""
SUNK = 2.0
"""Distance in [px] by which the masks may show the object below a floor."""

View = tuple[Silhouette, Outline]


@dataclass(frozen=True, eq=False)
class StartBox:
    """Box from the visual hull and its contacts.

    Attributes:
        box: In the frame of the cameras.
        history: The box around the visual hull along the frame's axes, then every box of the search that was better
            than all before it by `Support.mean_volume`. The last is the start box, enlarged by `covering`.
        align: Its alignment: "free", "up" or "axes".
        volumes: Volume of the box of each alignment that was tried, enlarged likewise.
        support: Support of the object along any direction, in the frame of the cameras.
        safe: The same for bounds, without the edges that another object may have made.
        outlines: Outlines of the views that were used, by name.
        one_sided: True if all cameras are on one side of the object.
        dropped: Number of half-spaces that were not used, by view; views without any are left out.
        misses: Share of the rays through the masks that miss the hull.
        left_out: Views that contradict all others and were not used.
        warnings: Messages for the user.
    """

    box: Box
    history: tuple[Box, ...]
    align: Alignment
    volumes: Mapping[Alignment, float]
    support: Support
    safe: Support
    outlines: Mapping[str, Outline]
    one_sided: bool
    dropped: Mapping[str, int]
    misses: float
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]

    __repr__ = brief_repr

    @property
    def uses_depth(self) -> bool:
        """True if depth images were used."""
        return bool(self.support.surface.size)

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
        along = np.array([[-1.0], [1.0]]) * (box.centre @ box.rotation)
        least, most = (support(box.rotation) - along for support in (self.safe.at_least, self.safe.at_most))
        half = box.half_extents[:, None]
        return FaceBounds(np.minimum(least.T, half), np.maximum(most.T, half))

    def box_of(self, box: Box, extent: Extent) -> Box:
        """Return the box of another extent along the axes of a likely box."""
        if extent == "likely":
            return box
        bounds = self.bounds_of(box)
        distances = bounds.outer if extent == "certain" else bounds.inner
        return box_between(box, distances, SMALLEST_SIDE / 2 * self.support.pixel)


def undetermined_axes(box: Box, bounds: FaceBounds) -> tuple[int, ...]:
    """Return the axes (0, 1, 2) whose faces are too uncertain to determine the box's side."""
    return tuple(int(axis) for axis in np.flatnonzero(bounds.widths.sum(axis=1) > UNDETERMINED * box.size))


def start_box(
    silhouettes: Sequence[Silhouette],
    align: Alignment = "free",
    up: Sequence[float] | None = (0.0, 1.0, 0.0),
    seed: int = 0,
    surface: SurfacePoints | None = None,
    camera_error: float = 0.0,
    outlines: Sequence[Outline] | None = None,
    floor: float | None = None,
) -> StartBox:
    """Fit a box to masks by lower and upper bounds of the object's extent.

    Args:
        silhouettes: Two or more views of one object; the box is in the frame of their cameras.
        align: "free", "up" (one axis of the box along `up`), "axes" (the frame's axes), or "auto": along the axes or
            upright if that box is little larger than the least one.
        up: Shape (3,), any length; None if unknown, then "auto" is "free".
        seed: Seed of the orientation search.
        surface: Points of the object from depth images of these views, in the frame of their cameras.
        camera_error: Error of the cameras in [px] that does not show in the masks, for the bounds.
        outlines: Outlines of the silhouettes, if they are known.
        floor: Height along `up` that the object is nowhere below, if it is known.

    Raises:
        FitError: If fewer than two masks show an edge of the object.
        ContradictionError: If masks and cameras contradict each other.
    """
    views = list(zip(silhouettes, outlines or map(outline, silhouettes), strict=True))
    whole = sum(edges.bounding.any() for _, edges in views)
    if whole < 2:
        raise FitError(
            f"{whole} of {len(views)} masks show an edge of the object inside the image: a box needs two views or more "
            "that do; if white is the background in the masks, or the reverse, say so (mask_shows)"
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
    depth_warnings: tuple[str, ...] = ()
    if surface is not None:
        surface = surface.seen_by([s for s, _ in views]).moved(frame)
        checked, depth_warnings = check_depth(surface, hull.spaces)
        kept = np.flatnonzero(agreement.keep)
        if depth_warnings and (cutting := kept[cutting_half_spaces(surface, spaces.chosen(kept))]).size:
            agreement = agreement.without(cutting, spaces.views)
            hull = visual_hull(spaces.chosen(agreement.keep))
            checked, depth_warnings = check_depth(surface, hull.spaces)
        surface = checked
    support = find_support(outlines, hull, noise, surface, camera_error)
    if support is None:
        raise ContradictionError(
            "cameras and masks contradict each other: no ray along a mask's outline meets the visual hull"
        )
    safe = support
    sure = agreement.keep & spaces.sure
    safe_hull = hull if sure.sum() == agreement.keep.sum() else visual_hull(spaces.chosen(sure))
    if safe_hull is not hull:
        safe = find_support(outlines, safe_hull, noise, surface, camera_error) or support
    upwards = None if up is None else np.asarray(up, dtype=np.float64)
    floor_warnings: tuple[str, ...] = ()
    if floor is not None:
        assert upwards is not None
        plane, floor_warnings = _floor_plane(safe, frame, upwards, floor)
        if plane is not None:
            hulls = (visual_hull(each.spaces.with_plane(*plane, support.pixel)) for each in (hull, safe_hull))
            support, safe = (find_support(outlines, each, noise, surface, camera_error) or support for each in hulls)
            support = _resting(support, *plane)
    searches = search_orientations(support, align, upwards, seed)
    counts = {s.view: int(count) for (s, _), count in zip(views, agreement.dropped, strict=True)}
    dropped = {s.view: counts[s.view] for s in silhouettes if counts.get(s.view)}

    def box(axes: np.ndarray, low: np.ndarray, high: np.ndarray) -> Box:
        centre = frame[:3, 3] + frame[0, 0] * (axes @ (low + high) / 2)
        return Box(centre, frame[0, 0] * (high - low) / 2, quaternion_from_matrix(axes))

    one_sided = one_sided_warning([edges.camera.position for edges in outlines], upwards, floor is not None)
    around = box(np.eye(3), hull.vertices.min(axis=0), hull.vertices.max(axis=0))
    histories: dict[Alignment, list[Box]] = {}
    for name, search in searches.items():
        likely = faces(np.array(search), support)
        likely[-1] = covering(support, search[-1], *likely[-1])
        histories[name] = [box(axes, low, high) for axes, (low, high) in zip(search, likely, strict=True)]
    volumes: dict[Alignment, float] = {name: history[-1].volume for name, history in histories.items()}
    chosen = choose_alignment(volumes, support.views)
    return StartBox(
        box=histories[chosen][-1],
        history=(around, *histories[chosen]),
        align=chosen,
        volumes=volumes,
        support=support.placed(frame),
        safe=safe.placed(frame),
        outlines={s.view: replace(edges, camera=s.camera) for (s, _), edges in zip(views, outlines, strict=True)},
        one_sided=bool(one_sided),
        dropped=dropped,
        misses=agreement.misses,
        left_out=left_out,
        warnings=_warnings(left_out, dropped, len(outlines), one_sided) + depth_warnings + floor_warnings,
    )


def _floor_plane(
    support: Support, frame: np.ndarray, up: np.ndarray, floor: float
) -> tuple[tuple[np.ndarray, float] | None, tuple[str, ...]]:
    """Return the half-space above a floor in the object's frame, or a warning if the masks show the object below it.

    Args:
        support: Support of the object in its frame.
        frame: Matrix from there to the world, shape (4, 4): a scale and a translation.
        up: Upward direction, shape (3,).
        floor: Height of the floor along it, in the world.

    Returns:
        Outward unit normal and limit of the half-space, or None; and warnings.
    """
    axes = upright(up / np.linalg.norm(up))
    place, scale = float(axes[:, 1] @ frame[:3, 3]), float(frame[0, 0])
    lowest = place - scale * float(support.at_least(axes)[0, 1])
    if lowest < floor - SUNK * support.pixel * scale:
        text = f"the masks show it down to a height of {lowest:.4g}, below the floor at {floor:.4g}, which is not used"
        return None, (text,)
    return (-axes[:, 1], (place - floor) / scale), ()


def _resting(support: Support, normal: np.ndarray, limit: float) -> Support:
    """Return the support with a point on a floor, in the middle of the hull there, if the object seems to stand on it.

    Args:
        support: Support of the object above the floor.
        normal: Downward unit normal of the floor, shape (3,).
        limit: Place of the floor along it.
    """
    below, above = support.at_least(upright(-normal))[:, 1]
    on_floor = support.hull[support.hull @ normal > limit - support.pixel]
    if not len(on_floor) or limit - below > RESTS * (below + above):
        return support
    middle = on_floor.mean(axis=0)
    return replace(support, resting=(middle + (limit - middle @ normal) * normal)[None])


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


def _warnings(left_out: Sequence[str], dropped: Mapping[str, int], used: int, one_sided: str | None) -> tuple[str, ...]:
    warnings = []
    if left_out:
        warnings.append(
            f"{count_views(left_out, len(left_out) + used)} contradict all others and were not used: check "
            "their cameras, and whether the object moves"
        )
    if one_sided:
        warnings.append(one_sided)
    if dropped:
        warnings.append(
            f"{sum(dropped.values())} mask edges in {count_views(tuple(dropped), used)} contradict the other "
            "views and were not used: something may hide the object there, or it moves between the views"
        )
    return tuple(warnings)
