"""Silhouettes: a mask with the camera of its view."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from boxfit.geometry.brief import brief_repr
from boxfit.geometry.camera import Camera
from boxfit.geometry.lens import Lens


def no_pixels() -> np.ndarray:
    """Return pixels (column, row) of which there are none, shape (0, 2)."""
    return np.zeros((0, 2), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class DistortedMask:
    """Mask as in the image of a lens with distortion.

    Attributes:
        lens: The lens.
        mask: True on the object, cropped, shape (h, w), dtype bool.
        origin: (row, column) of the crop's first pixel in the lens's image.
    """

    lens: Lens
    mask: np.ndarray
    origin: tuple[int, int]

    __repr__ = brief_repr


@dataclass(frozen=True, eq=False)
class FinerMask:
    """Mask in pixels that are a fraction of those of the image that was taken, from shares of coverage.

    Attributes:
        mask: True on the object, cropped, shape (h, w), dtype bool.
        origin: (row, column) of the crop's first pixel, in the finer pixels.
        factor: Number of finer pixels along the side of a pixel.
    """

    mask: np.ndarray
    origin: tuple[int, int]
    factor: int


@dataclass(frozen=True, eq=False)
class Silhouette:
    """Mask of the object to fit in a view, and the view's camera.

    Attributes:
        view: Name of the view, for messages and reports.
        camera: Camera in the frame that the box is fitted in.
        mask: True on the object, cropped to the object's bounding rectangle, shape (h, w), dtype bool.
        origin: (row, column) of the crop's first pixel in the whole image.
        distorted: The mask that this one was resampled from, whose outline is more accurate; None without distortion.
        finer: The mask in finer pixels, whose outline is still more accurate; None if only whole pixels are known.
        occluders: Pixels beside the mask that show something in front of the object, (column, row) in the image, shape
            (n, 2); see `boxfit.geometry.occluders`.
        unsure: Pixels beside it that show another object of which nothing tells whether it is in front, shape (n, 2).
    """

    view: str
    camera: Camera
    mask: np.ndarray
    origin: tuple[int, int] = (0, 0)
    distorted: DistortedMask | None = None
    finer: FinerMask | None = None
    occluders: np.ndarray = field(default_factory=no_pixels)
    unsure: np.ndarray = field(default_factory=no_pixels)

    __repr__ = brief_repr

    @property
    def taken(self) -> tuple[np.ndarray, tuple[int, int], tuple[int, int]]:
        """Mask, origin and resolution in the image that was taken, with its distortion."""
        if self.distorted is None:
            return self.mask, self.origin, self.camera.resolution
        return self.distorted.mask, self.distorted.origin, self.distorted.lens.camera.resolution

    @cached_property
    def area(self) -> int:
        """Number of pixels on the object."""
        return int(np.count_nonzero(self.mask))

    def with_less_trust(self) -> Silhouette:
        """Return the silhouette with its occluders taken for objects that may be in front or not."""
        return replace(self, occluders=no_pixels(), unsure=np.concatenate([self.occluders, self.unsure]))

    def full_mask(self) -> np.ndarray:
        """Return the mask at the size of the image, shape (height, width), dtype bool."""
        full = np.zeros(self.camera.resolution, dtype=bool)
        (row, column), (height, width) = self.origin, self.mask.shape
        full[row : row + height, column : column + width] = self.mask
        return full
