"""Views of image files and cameras that other files describe: masks, colours and depth, with or without distortion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from boxfit.errors import DatasetError
from boxfit.geometry.camera import Camera
from boxfit.geometry.lens import lens_or_none
from boxfit.views.coverage import FULL, is_soft
from boxfit.views.dataset import View
from boxfit.views.labels import kept_image, pixel_runs, recoded
from boxfit.views.sensors import depth_values, open_picture, read_depth, read_segmentation

MaskKind = Literal["alpha", "object", "background", "ids"]
"""Part of an image that is the mask: its alpha channel; its white pixels, which show the object or the background; or
its values, ids of several objects."""

_HALF = 128
"""Least value of a byte that counts as covered."""


@dataclass(frozen=True, eq=False)
class MaskImage:
    """A mask that was read.

    Attributes:
        labels: Function that returns the label ids, 0 for the background, shape (height, width).
        resolution: (height, width).
        coverage: Function that returns the coverage, as in `View.images`; None if the mask has whole pixels only.
    """

    labels: Callable[[], np.ndarray]
    resolution: tuple[int, int]
    coverage: Callable[[], np.ndarray] | None = None

    @property
    def images(self) -> dict[str, Callable[[], np.ndarray]]:
        """The functions by sensor, for `View.images`."""
        return {"semantic": self.labels, **({"coverage": self.coverage} if self.coverage else {})}


def open_mask(path: Path, kind: MaskKind, resolution: tuple[int, int] | None = None, label: int = 1) -> MaskImage:
    """Read a mask, and keep it in memory in a compact form.

    Args:
        path: PNG or JPEG file; `.npy` too for "ids".
        kind: Part of the image that is the mask.
        resolution: (height, width) that it should have; None for any.
        label: Id of the object, if the values are no ids.

    Raises:
        DatasetError: If it cannot be read, has another size, or has no such part.
    """
    return _kept(path, kind, _read_mask(path, kind, resolution), label)


def open_alpha(path: Path) -> tuple[MaskImage | None, tuple[int, int]]:
    """Read the mask in the alpha channel of an image, as `open_mask` does.

    Args:
        path: PNG or JPEG file.

    Returns:
        The mask, None without an alpha channel or if all of it is opaque; and (height, width) of the image.

    Raises:
        DatasetError: If it cannot be read.
    """
    with open_picture(path, None) as image:
        alpha, size = _alpha(image), (image.height, image.width)
    return (None if alpha is None or alpha.min() >= _HALF else _kept(path, "alpha", alpha)), size


def posed_view(
    name: str,
    camera: Camera,
    images: Mapping[str, Callable[[], np.ndarray]],
    origins: Mapping[str, Path],
    distortion: Mapping[str, float] | None = None,
    **fields: Any,
) -> View:
    """Make a view of images and a camera.

    Args:
        name: Name of the view.
        camera: Its camera, without the distortion.
        images: Functions that return the images, as in `View.images`, with the distortion.
        origins: Files that they are read from.
        distortion: Coefficients of the lens by name, as in `boxfit.geometry.lens.COEFFICIENTS`.
        fields: Further fields of `View`.

    Raises:
        CameraError: If the distortion cannot be inverted.
    """
    lens = lens_or_none(camera, **(distortion or {}))
    return View(name, lens.pinhole if lens else camera, images=images, origins=origins, lens=lens, **fields)


def read_scaled_depth(path: Path, scale: float, resolution: tuple[int, int]) -> np.ndarray:
    """Read distances along the view from a 16-bit PNG or an npy file, shape (height, width), float32.

    Args:
        path: The file.
        scale: Factor from its values to the dataset's unit.
        resolution: (height, width) of the image.

    Raises:
        DatasetError: If it cannot be read, or has another size.
    """
    if path.suffix.lower() == ".npy":
        values = read_depth(path, resolution)
    else:
        with open_picture(path, resolution) as image:
            values = depth_values(path.name, np.array(image), resolution)
    return (values * np.float32(scale)).astype(np.float32)


def _kept(path: Path, kind: MaskKind, values: np.ndarray, label: int = 1) -> MaskImage:
    """Keep a mask as its runs; what needs too much memory is read again.

    Args:
        path: Its file.
        kind: Part of the image.
        values: That part, as `_read_mask` gives it.
        label: Id of the object.
    """
    size = values.shape[0], values.shape[1]
    try:
        runs = pixel_runs(values)
    except DatasetError:
        if kind == "ids":
            raise
        runs = pixel_runs(_covered(values, FULL))  # Shares that are noise are no coverage.

    def kept(convert: Callable[[np.ndarray], np.ndarray]) -> Callable[[], np.ndarray]:
        return kept_image(recoded(runs, convert(runs.values))) or (lambda: convert(_read_mask(path, kind, size)))

    if kind == "ids":
        return MaskImage(kept(_same), size)
    covered = partial(_covered, label=label)
    return MaskImage(kept(covered), size, kept(_same) if is_soft(runs.values) else None)


def _same(values: np.ndarray) -> np.ndarray:
    return values


def _covered(coverage: np.ndarray, label: int) -> np.ndarray:
    return (coverage >= _HALF) * np.min_scalar_type(label).type(label)


def _alpha(image: Image.Image) -> np.ndarray | None:
    """Return the alpha channel of an image, uint8, shape (height, width); None if it has none."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return None
    with_alpha = image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
    return np.array(with_alpha.getchannel("A"))


def _read_mask(path: Path, kind: MaskKind, resolution: tuple[int, int] | None) -> np.ndarray:
    """Read ids, or the coverage in bytes, shape (height, width)."""
    if kind == "ids":
        return read_segmentation(path, resolution)
    with open_picture(path, resolution) as image:
        alpha = _alpha(image)
        if kind == "alpha":
            if alpha is None:
                raise DatasetError(f"{path.name} has no alpha channel, and no mask is named: name a folder of masks")
            return alpha
        # Of an object that was cut out, the colours are its own.
        values = _grey(image) if alpha is None or alpha.min() >= _HALF else alpha
    return values if kind == "object" else FULL - values


def _grey(image: Image.Image) -> np.ndarray:
    """Return the brightness of an image in bytes, shape (height, width).

    What is not black counts as white if no pixel is brighter than a half, as in images of ids, and in images of a
    coloured palette that begins with black.
    """
    palette = np.reshape(image.getpalette() or [], (-1, 3))
    is_of_ids = len(palette) > 0 and (palette != palette[:, :1]).any() and not palette[0].any()
    values = np.array(image if is_of_ids or image.mode in ("L", "I", "I;16") else image.convert("L"))
    half = _HALF if values.dtype == np.uint8 else _HALF << 8
    if is_of_ids or values.max() <= half:
        return (values > 0) * np.uint8(FULL)
    return values if values.dtype == np.uint8 else (values >> 8).astype(np.uint8)
