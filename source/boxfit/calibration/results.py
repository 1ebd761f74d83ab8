"""Results of a calibration, and what the user is told of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from boxfit.geometry.brief import brief_repr
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.outline import Outline

ENOUGH_VIEWS = 6
"""Fewer views have more unknown poses than equations: that they agree when mended proves nothing."""
SHIFT = 0.02
"""Shift of the principal point, as a share of the image's width, that is rare in lenses."""


@dataclass(frozen=True)
class Stage:
    """Attempt to mend the cameras.

    Attributes:
        name: "principal point", "lens" (the same and the focal length), or "poses" (and the principal point).
        scatter: Scatter that it left in [px]; None if the views lost their common tangents.
        refused: Reason for which it was not kept, or "".
    """

    name: str
    scatter: float | None
    refused: str


@dataclass(frozen=True)
class PoseChange:
    """Change of a view's camera.

    Attributes:
        view: Name of the view.
        turn: Angle in [degrees].
        move: Distance in the world's units.
        pixels: Mean distance in [px] by which the outline, at the object's distance, moves in the image, by the change
            of the lens as well.
    """

    view: str
    turn: float
    move: float
    pixels: float


@dataclass(frozen=True, eq=False)
class Calibration:
    """Cameras after calibration, and what it changed.

        (clock,) = boxfit.fit("renders/clock")
        for name, camera in clock.calibration.cameras.items():
            print(name, camera.camera_from_world, camera.focal, camera.principal)

    Attributes:
        silhouettes: Silhouettes with mended cameras, or those given if nothing was changed.
        outlines: Their outlines.
        before: Scatter of the views' common tangents in [px] (robust standard deviation); None if it was not measured,
            or no two views have such tangents.
        after: The same with the mended cameras.
        principal_shift: Shift (x, y) of all principal points in [px].
        focal_factor: Factor of all focal lengths.
        common_error: Error in [px] that all mended poses may have in common, about: masks do not show it. 0 if only the
            lens was changed.
        changes: Change of each view's camera; empty if nothing was changed.
        stages: Attempts in their order.
        warnings: Messages for the user.
    """

    silhouettes: tuple[Silhouette, ...]
    outlines: tuple[Outline, ...]
    before: float | None = None
    after: float | None = None
    principal_shift: tuple[float, float] = (0.0, 0.0)
    focal_factor: float = 1.0
    common_error: float = 0.0
    changes: tuple[PoseChange, ...] = ()
    stages: tuple[Stage, ...] = ()
    warnings: tuple[str, ...] = ()

    __repr__ = brief_repr

    @property
    def changed(self) -> bool:
        """True if the cameras were changed."""
        return bool(self.changes)

    @cached_property
    def cameras(self) -> Mapping[str, Camera]:
        """Cameras by the name of the view, in the frame of the box."""
        return {each.view: each.camera for each in self.silhouettes}


def unmended(before: float, reason: str) -> str:
    """Return a warning that cameras contradict the masks and were not changed."""
    return (
        f"cameras and masks contradict each other by {before:.2g} px, {reason}: the box may be wrong by as much; "
        "check poses, lens, and whether the borders of the masks are noisy"
    )


def mending_warnings(calibration: Calibration) -> Iterator[str]:
    """Yield what was changed, and what the masks cannot tell about it."""
    changes, views = calibration.changes, len(calibration.silhouettes)
    (x, y), width = calibration.principal_shift, calibration.silhouettes[0].camera.resolution[1]
    parts = []
    if max(abs(x), abs(y)) >= 0.05:
        parts.append(f"principal point moved by ({x:.1f}, {y:.1f}) px")
    if calibration.focal_factor != 1:
        parts.append(f"focal lengths multiplied by {calibration.focal_factor:.4f}")
    posed = calibration.common_error > 0
    if posed:
        turn, move = (np.median([getattr(change, name) for change in changes]) for name in ("turn", "move"))
        parts.append(f"cameras turned by {turn:.2g} degrees and moved by {move:.2g} units in the median")
    yield (
        f"the cameras contradicted the masks by {calibration.before:.1f} px; mended: {', '.join(parts)}; "
        f"{calibration.after:.1f} px left"
    )
    if x * y > 0 and min(abs(x), abs(y)) >= 0.3 and max(abs(x), abs(y)) <= 0.7:
        yield (
            "the principal point was off by half a pixel each way: intrinsics of OpenCV count from the middle of the "
            "first pixel (pixel_centre 0 of arrays), others from its corner"
        )
    if np.hypot(x, y) > SHIFT * width:
        yield (
            "a principal point that far off is rare, and masks that are all shifted alike look the same: check "
            "the masks"
        )
    if posed and views < ENOUGH_VIEWS:
        yield (
            f"any {views} views can be made to agree, so mended poses are no better than a guess: add views, or take "
            "the cameras as given (calibrate off)"
        )
    elif posed:
        yield (
            f"masks do not show the error that all poses have in common: box and cameras may be off together by about "
            f"{calibration.common_error:.1f} px"
        )
