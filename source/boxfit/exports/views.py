"""Fitted objects in the frames of the views' cameras, for formats of images.

Cameras have OpenCV's axes here: +X right, +Y down, +Z forward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from boxfit.errors import OutputError
from boxfit.exports.values import metres_of, scaled
from boxfit.geometry.box import Box
from boxfit.geometry.camera import OPENCV_AXES, Camera
from boxfit.geometry.rotations import quaternion_from_matrix
from boxfit.geometry.silhouette import Silhouette
from boxfit.session.results import ObjectResult

_SAME = 1e-9
"""Relative difference of two cameras below which they are one."""

_LARGEST_NUMBER = 2**31 - 1
"""Of an image; Objectron's numbers have 32 bits, and times in nanoseconds more."""

LENS_NOTE = "the images have lens distortion, which the format does not hold: undistort them to use the boxes"


@dataclass(frozen=True, eq=False)
class Sighting:
    """Object in a view.

    Attributes:
        index: Index of its result.
        result: The fitted object.
        silhouette: Its mask, with the camera of the fit.
        box: Its box in the camera's frame, in metres.
    """

    index: int
    result: ObjectResult
    silhouette: Silhouette
    box: Box


@dataclass(frozen=True, eq=False)
class SeenView:
    """View that a fit has used.

    Attributes:
        name: Its name.
        number: Its name as a number, or its index if not all names are distinct numbers of 32 bits.
        camera: Camera of the image file, without its lens distortion.
        sightings: Objects that were fitted with it.
    """

    name: str
    number: int
    camera: Camera
    sightings: tuple[Sighting, ...]

    @property
    def intrinsics(self) -> np.ndarray:
        """Matrix K in OpenCV's pixel convention, in which the centre of the first pixel is (0, 0), shape (3, 3)."""
        return self.camera.intrinsics(pixel_centre=0)

    def rectangle(self, box: Box) -> np.ndarray | None:
        """Return the rectangle around a box's projected corners; None if a corner is not in front of the camera.

        Args:
            box: In the camera's frame.

        Returns:
            (left, top, right, bottom) in [px], in OpenCV's pixel convention.
        """
        if not (box.corners[:, 2] > 0).all():
            return None
        pixels = box.corners @ self.intrinsics.T
        pixels = pixels[:, :2] / pixels[:, 2:]
        return np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])

    def clipped(self, rectangle: np.ndarray) -> np.ndarray:
        """Return the part of a rectangle that is inside the image."""
        height, width = self.camera.resolution
        return rectangle.clip(-0.5, np.array([width, height, width, height]) - 0.5)

    def outside(self, rectangle: np.ndarray | None) -> float:
        """Return the share of a rectangle that is outside the image, -1 if there is none."""
        if rectangle is None:
            return -1.0
        inside = self.clipped(rectangle)
        areas = [np.prod(corners[2:] - corners[:2]) for corners in (inside, rectangle)]
        return float(1 - areas[0] / areas[1])


def seen_views(results: Sequence[ObjectResult]) -> list[SeenView]:
    """Return the views that the fits have used; where the object moves, each has the pose of its own.

    Raises:
        OutputError: If the objects' fits have mended a view's lens differently.
    """
    sightings: dict[str, list[Sighting]] = {}
    for index, result in enumerate(results):
        for silhouette in result.silhouettes:
            box = scaled(box_in_camera(result.box, silhouette.camera), metres_of(result))
            sightings.setdefault(silhouette.view, []).append(Sighting(index, result, silhouette, box))
    names = list(sightings)
    numbers = [int(name) for name in names if name.isdecimal()]
    if len(set(numbers)) < len(names) or max(numbers, default=0) > _LARGEST_NUMBER:
        numbers = list(range(len(names)))
    return [
        SeenView(name, number, _common_camera(name, sightings[name]), tuple(sightings[name]))
        for name, number in zip(names, numbers, strict=True)
    ]


def has_lens(results: Sequence[ObjectResult]) -> bool:
    """Return True if an image has lens distortion."""
    return any(silhouette.distorted for result in results for silhouette in result.silhouettes)


def camera_pose(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Return rotation, shape (3, 3), and translation, shape (3,), from the world to a camera with OpenCV's axes.

    A scale of the camera's matrix, and its deviation from a rotation, are removed; the camera stays in its place.
    """
    left, _, right = np.linalg.svd(camera.camera_from_world[:3, :3])
    rotation = OPENCV_AXES[:3, :3] @ left @ right
    return rotation, -rotation @ camera.position


def box_in_camera(box: Box, camera: Camera) -> Box:
    """Express a box in the frame of a camera with OpenCV's axes."""
    rotation, translation = camera_pose(camera)
    return Box(rotation @ box.centre + translation, box.half_extents, quaternion_from_matrix(rotation @ box.rotation))


def _common_camera(name: str, sightings: Sequence[Sighting]) -> Camera:
    """Return the camera of a view's image file."""
    cameras = [_image_camera(sighting.silhouette) for sighting in sightings]
    lenses = [[*camera.focal, *camera.principal, *camera.resolution] for camera in cameras]
    for sighting, lens in zip(sightings, lenses, strict=True):
        if not np.allclose(lens, lenses[0], rtol=_SAME, atol=0):
            raise OutputError(
                f"view {name} has other focal lengths or another principal point for {sighting.result.name} than for "
                f"{sightings[0].result.name}, as its lens was mended for each: name one object (label), or take the "
                "cameras as given (calibrate off)"
            )
    return cameras[0]


def _image_camera(silhouette: Silhouette) -> Camera:
    camera, distorted = silhouette.camera, silhouette.distorted
    if distorted is None:
        return camera
    taken, pinhole = distorted.lens.camera, distorted.lens.pinhole
    # The image without distortion begins at another pixel.
    cx, cy = (at - new + old for at, new, old in zip(camera.principal, pinhole.principal, taken.principal, strict=True))
    return replace(camera, principal=(cx, cy), resolution=taken.resolution)
