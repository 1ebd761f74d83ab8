"""Mending of cameras that contradict the masks, in stages that are kept only if the views then agree far better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from boxfit.calibration.adjustment import Adjustment, unadjusted
from boxfit.calibration.results import ENOUGH_VIEWS, Calibration, PoseChange, Stage, mending_warnings, unmended
from boxfit.calibration.solver import scatter, solve
from boxfit.calibration.tangency import view_pairs
from boxfit.errors import FitError
from boxfit.geometry.silhouette import Silhouette
from boxfit.settings.fit import CalibrationMode
from boxfit.start.object_frame import object_frame
from boxfit.start.outline import Outline, outline

AGREE = 0.4
"""Scatter in [px] up to which views agree: that of exact cameras is 0.1 to 0.3."""
LIMIT = 0.8
"""Greatest scatter in [px] that mended poses may leave; masks with noisy borders have as much with exact cameras."""
LENS_GAIN = 0.7
"""A stage of the lens is refused if it leaves more than this share of the scatter."""
NOISE, NOISE_GAIN = 1.5, 0.14
"""Scatter in [px] that borders with noise of 2 to 3 px do not reach, and the share that poses may leave below it: they
can explain most of such noise where an outline has few corners."""
WILD = 0.15
"""Scatter, as a share of the object's mean radius in the images, beyond which the views show a mistake, no error."""
LENS_WIDTH, FOCAL_WIDTH = 20.0, 0.03
"""Standard deviations of a principal point in [px], and of the logarithm of a focal factor."""
POSE_WIDTH = 2.0
"""Least standard deviation of a pose in [px]; it is that of the scatter where this is greater."""
ALIKE = 0.01
"""Greatest relative difference of the focal lengths of views that share a lens."""

_Plan = tuple[str, tuple[float, float, float], float]


def calibrate(silhouettes: Sequence[Silhouette], mode: CalibrationMode = "auto") -> Calibration:
    """Mend the cameras of an object's views if they contradict its masks.

    First the lens that all views share, then the poses if the views do not agree yet; nothing if they do. Neither the
    object's shape nor a start value is needed; see `boxfit.calibration.tangency`. The mean error of all poses cannot be
    found: it moves the object and its box together.

    Args:
        silhouettes: Views of one object at rest, in one world.
        mode: "auto" for both, "lens" or "poses" for one of them, "off" to take the cameras as given.
    """
    silhouettes = tuple(silhouettes)
    outlines = tuple(outline(each) for each in silhouettes)
    if mode == "off":
        return Calibration(silhouettes, outlines)
    pairs = view_pairs(len(outlines))
    try:
        world_from_frame = object_frame(outlines)
    except FitError:  # The search for the start box reports it.
        return Calibration(silhouettes, outlines)
    given = unadjusted(outlines, world_from_frame)
    before = scatter(given, pairs)
    if before is None or before <= AGREE:
        return Calibration(silhouettes, outlines, before, before)
    if before > WILD * given.views.radius:
        return Calibration(
            silhouettes, outlines, before, before, warnings=(unmended(before, "which is no small error"),)
        )

    stages: list[Stage] = []
    adjustment, after = given, before
    for name, lens_widths, most in _plan(outlines, mode, given.views.radius):
        if after <= AGREE:
            break
        of_poses = name == "poses"
        pose_width = max(POSE_WIDTH, after) if of_poses else 0.0
        mended = solve(adjustment, pairs, np.concatenate([np.full(given.poses.size, pose_width), lens_widths]))
        left = scatter(mended, pairs)
        gain = LENS_GAIN if not of_poses else NOISE_GAIN if after < NOISE else 1.0
        refused = _refusal(left, min(most, gain * after))
        stages.append(Stage(name, left, refused))
        if left is not None and not refused:
            adjustment, after = mended, left
    if adjustment is given:
        warnings = (unmended(before, "and no change of the cameras explains it"),) if before > LIMIT else ()
        return Calibration(silhouettes, outlines, before, before, stages=tuple(stages), warnings=warnings)
    mended_silhouettes = tuple(
        replace(each, camera=adjustment.camera(view, each.camera)) for view, each in enumerate(silhouettes)
    )
    changes = _changes(silhouettes, mended_silhouettes, outlines, adjustment, world_from_frame)
    posed = replace(adjustment, lens=np.zeros(3))
    by_poses = tuple(replace(each, camera=posed.camera(view, each.camera)) for view, each in enumerate(silhouettes))
    moved = [change.pixels for change in _changes(silhouettes, by_poses, outlines, posed, world_from_frame)]
    found = Calibration(
        mended_silhouettes,
        tuple(replace(old, camera=new.camera) for old, new in zip(outlines, mended_silhouettes, strict=True)),
        before,
        after,
        principal_shift=(float(adjustment.lens[0]), float(adjustment.lens[1])),
        focal_factor=adjustment.focal_factor,
        # The mean of as many independent errors is smaller than each by the root of their number.
        common_error=float(np.sqrt(np.mean(np.square(moved)) / len(moved))) if adjustment.poses.any() else 0.0,
        changes=changes,
        stages=tuple(stages),
    )
    return replace(found, warnings=tuple(mending_warnings(found)))


def calibration_scatter(silhouettes: Sequence[Silhouette]) -> float | None:
    """Return the scatter of the views' common tangents in [px]; None without any, or if no frame can be found."""
    outlines = [outline(each) for each in silhouettes]
    try:
        return scatter(unadjusted(outlines, object_frame(outlines)), view_pairs(len(outlines)))
    except FitError:
        return None


def _plan(outlines: Sequence[Outline], mode: CalibrationMode, radius: float) -> Iterator[_Plan]:
    """Yield each stage's name, the widths of the lens's priors, and the greatest scatter in [px] that it may leave."""
    lens = mode != "poses" and len(outlines) >= ENOUGH_VIEWS and _share_a_lens(outlines)
    if lens:
        yield "principal point", (LENS_WIDTH, LENS_WIDTH, 0.0), np.inf
        # A focal factor trades against the object's distance: it is kept only if it explains everything.
        yield "lens", (LENS_WIDTH, LENS_WIDTH, FOCAL_WIDTH * radius), AGREE
    if mode != "lens":
        yield "poses", (LENS_WIDTH / 2, LENS_WIDTH / 2, 0.0) if lens else (0.0, 0.0, 0.0), LIMIT


def _share_a_lens(outlines: Sequence[Outline]) -> bool:
    """Return True if all views have one resolution, and nearly one focal length."""
    focal = np.array([each.camera.focal for each in outlines])
    alike = np.ptp(focal, axis=0) <= ALIKE * focal.mean(axis=0)
    return bool(alike.all()) and len({each.camera.resolution for each in outlines}) == 1


def _refusal(left: float | None, most: float) -> str:
    if left is None:
        return "the views have no common tangents any more"
    return f"it leaves {left:.2g} px, more than {most:.2g} px" if left > most else ""


def _changes(
    given: Sequence[Silhouette],
    mended: Sequence[Silhouette],
    outlines: Sequence[Outline],
    adjustment: Adjustment,
    world_from_frame: np.ndarray,
) -> tuple[PoseChange, ...]:
    """Measure the change of each camera, where the outline is taken to be at the distance of the object's middle."""
    turns = np.degrees(np.linalg.norm(adjustment.turns_about, axis=1))
    moves = np.linalg.norm(adjustment.moves, axis=1) * world_from_frame[0, 0]
    changes = []
    for index, (old, new) in enumerate(zip(given, mended, strict=True)):
        corners = outlines[index].corners
        depth = abs(old.camera.to_camera(world_from_frame[:3, 3])[2])
        points = old.camera.position + depth * old.camera.ray_directions(corners)
        pixels = np.linalg.norm(new.camera.project(points) - corners, axis=1).mean()
        changes.append(PoseChange(old.view, float(turns[index]), float(moves[index]), float(pixels)))
    return tuple(changes)
