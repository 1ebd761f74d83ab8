"""Lenses with distortion, and the images that a pinhole camera in their place would take.

x and y are coordinates in the camera's frame at depth 1, x to the right and y down: u = cx + fx x, v = cy + fy y. A
lens takes the point (x, y) of a pinhole image to (x', y') of its own. Source of the model: OpenCV, "Camera Calibration
and 3D Reconstruction", with radial (k), tangential (p) and thin prism (s) coefficients.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from boxfit.errors import CameraError
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.camera import Camera

COEFFICIENTS = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6", "s1", "s2", "s3", "s4")
"""Names of the coefficients, in OpenCV's order."""

_ITERATIONS = 20
"""Of the fixed point that inverts a lens, which gains a digit in each."""

_RESIDUAL = 1e-3
"""Largest error in [px] of the inverse that is accepted."""

_WIDEST = 2.0
"""Largest size of the pinhole image, relative to the lens's: what lies beyond it is cut off."""

_SAMPLES = 33
"""Number of points along each side of an image, at which a lens is examined."""

_LEAST = 0.5
"""Least share of the image in which the distortion must have an inverse."""

_RADII = 512
"""Number of radii at which the turning point of a lens is sought."""


@dataclass(frozen=True, eq=False)
class Lens:
    """Image of a lens with distortion.

    Attributes:
        camera: Pinhole camera with the lens's pose, focal lengths, principal point and resolution.
        coefficients: As `COEFFICIENTS`, shape (12,).

    Raises:
        CameraError: If the distortion cannot be inverted in most of the image.
    """

    camera: Camera
    coefficients: np.ndarray = field(default_factory=lambda: np.zeros(len(COEFFICIENTS)))

    __repr__ = brief_repr

    def __post_init__(self) -> None:
        """Check that the image can be undistorted; a fitted model may be wrong at the corners."""
        if np.isfinite(self._samples).mean() < _LEAST:
            raise CameraError(
                "its distortion cannot be inverted in most of the image: check the coefficients "
                f"{', '.join(f'{value:g}' for value in self.coefficients)} ({', '.join(COEFFICIENTS)})"
            )

    @cached_property
    def pinhole(self) -> Camera:
        """Pinhole camera with the same focal lengths, whose image holds all that the lens sees."""
        resolution = np.array(self.camera.resolution[::-1])
        most = (_WIDEST - 1) / 2 * resolution
        low = np.floor(np.maximum(np.nanmin(self._samples, axis=0), -most)).astype(int)
        high = np.ceil(np.minimum(np.nanmax(self._samples, axis=0), resolution + most)).astype(int)
        width, height = (high - low).tolist()
        (cx, cy), (left, top) = self.camera.principal, low.tolist()
        return replace(self.camera, principal=(cx - left, cy - top), resolution=(height, width))

    def undistort(self, pixels: np.ndarray) -> np.ndarray:
        """Convert pixel coordinates of the lens's image to those of the pinhole image, (u, v), shape (..., 2).

        Returns:
            Shape (..., 2); NaN where the distortion has no inverse.
        """
        return self._undistorted(pixels) + self._shift

    def distort(self, pixels: np.ndarray) -> np.ndarray:
        """Convert pixel coordinates as of `camera`, a pinhole, to those of the lens's image, (u, v), shape (..., 2)."""
        return self._pixels(self._distort(self._normalized(pixels)))

    def resample(self, image: np.ndarray, origin: tuple[int, int] = (0, 0)) -> np.ndarray:
        """Make the pinhole image: each pixel is that of the lens's image at its centre.

        Args:
            image: Image of the lens, or a part of it, shape (h, w, ...).
            origin: (row, column) of its first pixel.

        Returns:
            Shape (height, width, ...) of the pinhole's resolution; zero where the image has no pixel.
        """
        height, width = self.pinhole.resolution
        return self._part(image, origin, (0, 0), (height, width))

    def resample_mask(self, mask: np.ndarray, origin: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int]]:
        """Make the part of the pinhole image that holds a mask.

        Args:
            mask: Cropped to its pixels, shape (h, w), dtype bool.
            origin: (row, column) of the crop's first pixel in the lens's image.

        Returns:
            The mask in the pinhole image, cropped, and (row, column) of its first pixel there. A mask that is too thin
            for a pixel's centre to lie in it, or beyond the pinhole image, is one pixel.

        Raises:
            CameraError: If the distortion has no inverse in a part of the mask.
        """
        rows, columns = np.nonzero(mask)
        border = self.undistort(np.stack([columns + origin[1], rows + origin[0]], axis=1) + 0.5)
        if not np.isfinite(border).all():
            raise CameraError("its mask reaches to where the lens's distortion has no inverse: crop the images")
        size = np.array(self.pinhole.resolution[::-1])
        left, top = np.floor(border.min(axis=0) - 1).clip(0, size - 1).astype(int).tolist()
        right, bottom = np.ceil(border.max(axis=0) + 1).clip([left + 1, top + 1], size).astype(int).tolist()
        part = self._part(mask, origin, (top, left), (bottom - top, right - left))
        if not part.any():
            column, row = np.floor(border.mean(axis=0)).clip(0, size - 1).astype(int).tolist()
            return np.ones((1, 1), dtype=bool), (row, column)
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        cropped = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return np.ascontiguousarray(cropped), (top + int(rows[0]), left + int(columns[0]))

    @cached_property
    def _shift(self) -> np.ndarray:
        """Pixel coordinates in the pinhole image of the first pixel of the lens's image without its distortion."""
        return np.subtract(self.pinhole.principal, self.camera.principal)

    @cached_property
    def _samples(self) -> np.ndarray:
        """Points of the lens's image, its border included, as seen by `camera` without distortion, shape (n, 2)."""
        height, width = self.camera.resolution
        along = np.linspace(0, 1, _SAMPLES)
        return self._undistorted(np.stack(np.meshgrid(along * width, along * height), axis=-1).reshape(-1, 2))

    @cached_property
    def _reach(self) -> float:
        """Radius at depth 1 from which the image turns back inwards: nothing farther out is seen there."""
        farthest = np.nanmax(np.linalg.norm(self._normalized(self._samples), axis=-1))
        radii = np.linspace(0, 2 * farthest, _RADII)
        seen = radii * self._terms(np.stack([radii, 0 * radii], axis=-1))[0][:, 0]
        turns = np.flatnonzero(~(np.diff(seen) > 0))
        return float(radii[turns[0]]) if len(turns) else np.inf

    def _part(
        self, image: np.ndarray, origin: tuple[int, int], first: tuple[int, int], size: tuple[int, int]
    ) -> np.ndarray:
        """Resample the rectangle of the pinhole image that begins at the pixel `first` (row, column)."""
        v, u = (start + np.arange(length) + 0.5 for start, length in zip(first, size, strict=True))
        pixels = np.stack(np.broadcast_arrays(u, v[:, None]), axis=-1) - self._shift
        seen = np.linalg.norm(self._normalized(pixels), axis=-1) < self._reach
        places = np.floor(np.where(seen[..., None], self.distort(pixels), -1)).astype(int)
        column, row = np.moveaxis(places - np.array(origin[::-1]), -1, 0)
        inside = seen & (row >= 0) & (row < image.shape[0]) & (column >= 0) & (column < image.shape[1])
        part = np.zeros((*size, *image.shape[2:]), dtype=image.dtype)
        part[inside] = image[row[inside], column[inside]]
        return part

    def _normalized(self, pixels: np.ndarray) -> np.ndarray:
        return (np.asarray(pixels, dtype=np.float64) - self.camera.principal) / self.camera.focal

    def _pixels(self, points: np.ndarray) -> np.ndarray:
        return points * self.camera.focal + self.camera.principal

    def _undistorted(self, pixels: np.ndarray) -> np.ndarray:
        """Invert `distort` by a fixed point; NaN where there is no inverse."""
        target = self._normalized(pixels)
        points = target
        with np.errstate(all="ignore"):
            for _ in range(_ITERATIONS):
                radial, bend = self._terms(points)
                points = (target - bend) / radial
            error = np.abs(self._pixels(self._distort(points)) - pixels).max(axis=-1, keepdims=True)
            return np.where(error <= _RESIDUAL, self._pixels(points), np.nan)

    def _distort(self, points: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            radial, bend = self._terms(points)
            return points * radial + bend

    def _terms(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the radial factor, shape (..., 1), and the tangential and thin prism shift, shape (..., 2)."""
        k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4 = self.coefficients
        x, y = points[..., 0], points[..., 1]
        r2 = x**2 + y**2
        radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
        bend_x = 2 * p1 * x * y + p2 * (r2 + 2 * x**2) + r2 * (s1 + r2 * s2)
        bend_y = p1 * (r2 + 2 * y**2) + 2 * p2 * x * y + r2 * (s3 + r2 * s4)
        return radial[..., None], np.stack([bend_x, bend_y], axis=-1)


def lens_or_none(camera: Camera, **coefficients: float) -> Lens | None:
    """Return a lens with coefficients by name; None if all of them are zero.

    Raises:
        CameraError: If a coefficient is not finite, or as `Lens`.
    """
    values = np.array([float(coefficients.get(name, 0.0)) for name in COEFFICIENTS])
    assert not set(coefficients) - set(COEFFICIENTS), coefficients
    if not np.isfinite(values).all():
        raise CameraError(f"its distortion {coefficients} holds NaN or infinity")
    return Lens(camera, values) if values.any() else None
