"""Occluders of an object among the other labels of its images, where no depth tells which is in front."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from boxfit.errors import BoxfitError
from boxfit.geometry.occluders import STEP, beside
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.consensus import find_agreement
from boxfit.start.half_spaces import HalfSpaces, half_spaces, ray_span
from boxfit.start.object_frame import object_frame
from boxfit.start.outline import Outline, outline
from boxfit.views.dataset import SEGMENTATIONS, LabelledObject, View
from boxfit.views.silhouettes import Observations

MOST_RAYS = 64
"""Most pixels of a border between two objects to compare, spread evenly."""
GROUND = 3
"""Number of borders of the image that a label touches if it is the ground or a wall, which hides nothing."""


@dataclass(frozen=True, eq=False)
class _Body:
    """Visual hull of an object, without the edges that contradict the others."""

    outlines: dict[str, Outline]
    spaces: HalfSpaces
    areas: dict[str, int]

    def depths(self, view: str, pixels: np.ndarray) -> np.ndarray:
        """Return the depths at which rays through pixels, shape (n, 2), meet the hull or pass beside it, shape (n,)."""
        camera = self.outlines[view].camera
        slack = self.spaces.limits - self.spaces.normals @ camera.position
        enter, leave = ray_span(camera.ray_directions(pixels) @ self.spaces.normals.T, slack)
        middle = (enter + leave) / 2
        # From one side, the hull is drawn out towards the cameras: the object is not longer than it is wide, about.
        radius = np.sqrt(self.areas[view] / np.pi) / float(np.mean(camera.focal))
        return np.minimum(np.maximum(enter, middle * (1 - radius)), middle)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Objects of a dataset, each of which may hide parts of the others.

    Which of two objects is in front is told by the depths of their visual hulls along the rays of their border. Where
    these are about equal, as at the foot of a thing that stands on another, nothing hides anything.

    Attributes:
        objects: All objects of the dataset.
        observe: Returns the observations of one of them.
    """

    objects: Sequence[LabelledObject]
    observe: Callable[[LabelledObject], Observations]

    @cached_property
    def _bodies(self) -> dict[LabelledObject, _Body | None]:
        return {}

    def find_occluders(self, labelled: LabelledObject) -> tuple[Silhouette, ...]:
        """Return an object's silhouettes with the pixels beside them at which another object is in front of it.

        Raises:
            BoxfitError: If its views cannot be used.
        """
        observations = self.observe(labelled)
        found = []
        for view, silhouette in zip(observations.views, observations.silhouettes, strict=True):
            parts = [part for part in self._in_front(labelled, view, silhouette) if len(part)]
            found.append(replace(silhouette, occluders=np.concatenate(parts)) if parts else silhouette)
        return tuple(found)

    def _in_front(self, labelled: LabelledObject, view: View, silhouette: Silhouette) -> Iterator[np.ndarray]:
        """Yield the pixels at which each of the objects beside a mask is in front, shape (n, 2)."""
        # With distortion, the images of labels are not in the camera's pixels.
        if len(view.regions) < 2 or view.lens is not None:
            return
        pixels = beside(silhouette)
        labels = {
            name: view.segmentation(name)[pixels[:, 1], pixels[:, 0]] for name in SEGMENTATIONS if name in view.sensors
        }
        for other in self.objects:
            key = other.label.sensor, other.label.id
            is_own = key == (labelled.label.sensor, labelled.label.id) or other.asset != labelled.asset
            if is_own or key not in view.regions or _is_ground(view, key):
                continue
            border = pixels[labels[key[0]] == key[1]]
            bodies = [self._body(each) for each in (labelled, other)] if len(border) else []
            if all(body is not None and view.name in body.outlines for body in bodies) and bodies:
                step = -(-len(border) // MOST_RAYS)
                own, others = (body.depths(view.name, border[::step] + 0.5) for body in bodies)
                nearer = others < own * (1 - STEP / float(np.mean(silhouette.camera.focal)))
                # The pixels between two of those compared are taken to be as the first of them.
                yield border[np.repeat(nearer, step)[: len(border)]]

    def _body(self, labelled: LabelledObject) -> _Body | None:
        """Return an object's visual hull; None if its views cannot be used."""
        if labelled not in self._bodies:
            self._bodies[labelled] = None
            with suppress(BoxfitError):
                self._bodies[labelled] = _make_body(self.observe(labelled).silhouettes)
        return self._bodies[labelled]


def _make_body(silhouettes: Sequence[Silhouette]) -> _Body:
    outlines = [outline(each) for each in silhouettes]
    frame = object_frame(outlines)
    outlines = [each.moved(frame) for each in outlines]
    spaces = half_spaces(outlines)
    kept = spaces.chosen(find_agreement(outlines, spaces).keep)
    names = [each.view for each in silhouettes]
    areas = [each.area for each in silhouettes]
    return _Body(dict(zip(names, outlines, strict=True)), kept, dict(zip(names, areas, strict=True)))


def _is_ground(view: View, key: tuple[str, int]) -> bool:
    region, (height, width) = view.regions[key], view.camera.resolution
    return (region.top == 0) + (region.left == 0) + (region.bottom == height) + (region.right == width) >= GROUND
