"""Evidence from the other objects in an object's images: which are in front, and whether the cameras are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from boxfit.calibration.calibrate import AGREE, calibration_scatter
from boxfit.errors import BoxfitError
from boxfit.geometry.occluders import STEP, beside
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.consensus import find_agreement
from boxfit.start.half_spaces import HalfSpaces, half_spaces, ray_span
from boxfit.start.object_frame import object_frame
from boxfit.start.outline import Outline, outline
from boxfit.views.dataset import SEGMENTATIONS, LabelledObject, View
from boxfit.views.labels import BACKGROUND
from boxfit.views.silhouettes import Observations

CLEAR = 1.0
"""Distance behind an object, in radii of its mask, from which another one is surely behind it."""
REACH = 2.0
"""Greatest distance of an object's surface from its middle, in its radii."""
WITHIN = 0.15
"""Share of another object's hull along a ray, from its near end, beyond which the object is within it, as fruit in a
bowl: then the other one may be on both sides. Less is the tent of a hull over a table that is seen from above."""
MOST_RAYS = 64
"""Most pixels of a border between two objects to compare, spread evenly."""
MOST_OTHERS = 8
"""Most other objects to ask whether the cameras are right."""
GROUND = 3
"""Number of borders of the image that a label touches if it is the ground or a wall, which hides nothing."""


@dataclass(frozen=True, eq=False)
class _Body:
    """Visual hull of an object, without the edges that contradict the others.

    Attributes:
        outlines: Outlines of the masks in the object's frame, by view.
        spaces: Half-spaces that bound the hull.
        areas: Areas of the masks in [px^2], by view: of a thing hidden in part, less than those of the outlines.
    """

    outlines: dict[str, Outline]
    spaces: HalfSpaces
    areas: dict[str, int]

    def depths(self, view: str, pixels: np.ndarray) -> np.ndarray:
        """Return where rays through pixels, shape (n, 2), meet the object or pass beside it.

        Returns:
            The likely depth of its surface, and the depths at which its hull begins and ends, shape (3, n).
        """
        camera = self.outlines[view].camera
        slack = self.spaces.limits - self.spaces.normals @ camera.position
        enter, leave = ray_span(camera.ray_directions(pixels) @ self.spaces.normals.T, slack)
        # A hull that others have cut may be open towards the camera.
        centre, unit = -camera.camera_from_world[2, 3], np.cbrt(np.linalg.det(camera.camera_from_world[:3, :3]))
        enter, leave = (ends.clip(centre - REACH * unit, centre + REACH * unit) for ends in (enter, leave))
        middle = (enter + leave) / 2
        # From one side, the hull is drawn out towards the cameras: the object is not longer than it is wide, about.
        radius = np.sqrt(self.areas[view] / np.pi) / float(np.mean(camera.focal))
        likely = np.minimum(np.maximum(enter, middle * (1 - radius)), middle)
        return np.stack([likely, np.minimum(enter, leave), np.maximum(enter, leave)])


class Neighbours:
    """Objects of a dataset, each of which may hide parts of the others.

    Which of two objects is in front is told by the depths of their visual hulls along the rays of their border. Where
    these are about equal, as at the foot of a thing that stands on another, nothing is sure. What was found about an
    object is kept for the others.
    """

    def __init__(self, objects: Sequence[LabelledObject], observe: Callable[[LabelledObject], Observations]) -> None:
        """Set up the neighbours.

        Args:
            objects: All objects of the dataset.
            observe: Returns the observations of one of them.
        """
        self._objects, self._observe = objects, observe
        self._bodies: dict[LabelledObject, _Body | None] = {}
        self._in_views: dict[tuple[str | None, frozenset[str]], list[LabelledObject]] = {}
        self._agreeing: dict[LabelledObject, bool] = {}

    def find_occluders(self, labelled: LabelledObject) -> tuple[Silhouette, ...]:
        """Return an object's silhouettes with their occluders, and the pixels at which others may be some.

        Raises:
            BoxfitError: If its views cannot be used.
        """
        observations, others = self._observe(labelled), self._others(labelled)
        pairs = zip(observations.views, observations.silhouettes, strict=True)
        return tuple(self._with_occluders(labelled, others, *pair) for pair in pairs)

    def share_good_cameras(self, labelled: LabelledObject) -> bool:
        """Return True if the masks of another object agree with its cameras, which are those of this one, too."""
        return any(self._agrees(other) for other in islice(self._others(labelled), MOST_OTHERS))

    def _others(self, labelled: LabelledObject) -> list[LabelledObject]:
        """Return the other objects of the asset, in the views of this one."""
        names = frozenset(view.name for view in labelled.views)
        key = labelled.asset, names
        if key not in self._in_views:
            found = [each for each in self._objects if each.asset == labelled.asset]
            self._in_views[key] = [
                each
                if all(view.name in names for view in each.views)
                else replace(each, views=tuple(view for view in each.views if view.name in names))
                for each in found
            ]
        return [each for each in self._in_views[key] if each.label != labelled.label]

    def _agrees(self, labelled: LabelledObject) -> bool:
        if labelled not in self._agreeing:
            self._agreeing[labelled] = False
            with suppress(BoxfitError):
                observations = self._observe(labelled)
                scatter = None if observations.moves else calibration_scatter(observations.silhouettes)
                self._agreeing[labelled] = scatter is not None and scatter <= AGREE
        return self._agreeing[labelled]

    def _with_occluders(
        self, labelled: LabelledObject, others: Sequence[LabelledObject], view: View, silhouette: Silhouette
    ) -> Silhouette:
        # With distortion, the images of labels are not in the camera's pixels.
        if len(view.regions) < 2 or view.lens is not None:
            return silhouette
        pixels = beside(silhouette)
        labels = {
            name: view.segmentation(name)[pixels[:, 1], pixels[:, 0]] for name in SEGMENTATIONS if name in view.sensors
        }
        own = labelled.label.sensor, labelled.label.id
        grounds = [number for sensor, number in view.regions if sensor == own[0] and _is_ground(view, (sensor, number))]
        unsure = ~np.isin(labels[own[0]], [BACKGROUND, own[1], *grounds])
        hidden = np.zeros(len(pixels), dtype=bool)
        for other in others if unsure.any() else ():
            key = other.label.sensor, other.label.id
            if key not in view.regions:
                continue
            border = np.flatnonzero((labels[key[0]] == key[1]) & unsure)
            if len(border) and (told := self._compared(labelled, other, silhouette, pixels[border])) is not None:
                in_front, behind = told
                hidden[border[in_front]] = True
                unsure[border[in_front | behind]] = False
        if not (hidden.any() or unsure.any()):
            return silhouette
        return replace(silhouette, occluders=pixels[hidden], unsure=pixels[unsure])

    def _compared(
        self, labelled: LabelledObject, other: LabelledObject, silhouette: Silhouette, pixels: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Return at which pixels another object is in front, and at which it is surely behind; None if unknown."""
        view = silhouette.view
        bodies = [
            body for each in (labelled, other) if (body := self._body(each)) is not None and view in body.outlines
        ]
        if len(bodies) < 2:
            return None
        # The pixels between two of those compared are taken to be as the first of them.
        step = -(-len(pixels) // MOST_RAYS)
        (own, *_), (others, begin, end) = (body.depths(view, pixels[::step] + 0.5) for body in bodies)
        focal, clear = float(np.mean(silhouette.camera.focal)), max(STEP, CLEAR * np.sqrt(silhouette.area / np.pi))
        in_front, behind = others < own * (1 - STEP / focal), own < others * (1 - clear / focal)
        within = own >= begin + WITHIN * (end - begin)
        in_front, behind = in_front & (within | (own < begin)), behind & ~within
        repeated = (np.repeat(each, step)[: len(pixels)] for each in (in_front, behind))
        return next(repeated), next(repeated)

    def _body(self, labelled: LabelledObject) -> _Body | None:
        """Return an object's visual hull; None if its views cannot be used."""
        if labelled not in self._bodies:
            self._bodies[labelled] = None
            with suppress(BoxfitError):
                self._bodies[labelled] = _make_body(self._observe(labelled).silhouettes)
        return self._bodies[labelled]


def _make_body(silhouettes: Sequence[Silhouette]) -> _Body:
    outlines = [outline(each) for each in silhouettes]
    frame = object_frame(outlines)
    outlines = [each.moved(frame) for each in outlines]
    spaces = half_spaces(outlines)
    kept = spaces.chosen(find_agreement(outlines, spaces).keep)
    by_view = {each.view: edges for each, edges in zip(silhouettes, outlines, strict=True)}
    return _Body(by_view, kept, {each.view: each.area for each in silhouettes})


def _is_ground(view: View, key: tuple[str, int]) -> bool:
    region, (height, width) = view.regions[key], view.camera.resolution
    return (region.top == 0) + (region.left == 0) + (region.bottom == height) + (region.right == width) >= GROUND
