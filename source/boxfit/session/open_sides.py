"""Sides of a box that the views leave open, with the reasons."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.silhouette import Silhouette
from boxfit.session.wording import range_text

FEW_VIEWS = 6
"""Number of views up to which sides are open from a smaller uncertainty on, as are those of views from one side."""
OPEN = 0.15
"""That uncertainty, as a share of the box's side."""
VERTICAL = np.cos(np.radians(30.0))
"""Least cosine between a face's normal and the up axis of faces that are called the upper and the lower one."""


@dataclass(frozen=True)
class OpenSide:
    """Range of a box's side that the views leave open.

    Attributes:
        axis: The box's own axis: 0, 1 or 2.
        least: Length that the views prove.
        most: Length that certainly holds the object.
        reason: "nothing sees it from below", for example, by the face with the widest bounds.
    """

    axis: int
    least: float
    most: float
    reason: str

    def text(self, unit: str = "") -> str:
        """Return the range and the reason in one line, with a unit if one is known."""
        return f"{range_text(self.least, self.most, unit)} along {'xyz'[self.axis]}: {self.reason}"


def open_sides(
    box: Box,
    bounds: FaceBounds,
    silhouettes: Sequence[Silhouette],
    undetermined: Collection[int],
    one_sided: bool,
    up: Sequence[float] | None,
) -> tuple[OpenSide, ...]:
    """Find the sides that the views leave open: the undetermined ones, and more if views are few or on one side.

    Args:
        box: In the frame of the cameras.
        bounds: Bounds of its faces.
        silhouettes: Views that were used.
        undetermined: Axes (0, 1, 2) of the box that the views do not determine.
        one_sided: True if all cameras are on one side of the object.
        up: Up axis, unit vector of shape (3,), or None if unknown.
    """
    sides = set(undetermined)
    if one_sided or len(silhouettes) <= FEW_VIEWS:
        sides |= set(np.flatnonzero(bounds.widths.sum(axis=1) > OPEN * box.size).tolist())
    places = box.to_local(np.array([silhouette.camera.position for silhouette in silhouettes]))
    found = []
    for axis in sorted(sides):
        face = int(bounds.widths[axis].argmax())
        outwards = (-1, 1)[face]
        rises = 0.0 if up is None else outwards * float(box.rotation[:, axis] @ up)
        if (outwards * places[:, axis] > box.half_extents[axis]).any():
            reason = f"no view shows its {'-+'[face]}{'xyz'[axis]} side edge-on"
        elif abs(rises) >= VERTICAL:
            reason = f"nothing sees it from {'above' if rises > 0 else 'below'}"
        else:
            reason = f"nothing sees its {'-+'[face]}{'xyz'[axis]} side"
        least, most = float(bounds.inner[axis].sum()), float(bounds.outer[axis].sum())
        found.append(OpenSide(axis, max(least, 0.0), most, reason))
    return tuple(found)
