"""Views of image files and cameras that other files describe: masks, colours and depth, with or without distortion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from boxfit.errors import DatasetError
from boxfit.geometry.camera import Camera
from boxfit.geometry.lens import lens_or_none
from boxfit.views.dataset import View
from boxfit.views.labels import kept_image, pixel_runs
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
    """

    labels: Callable[[], np.ndarray]
    resolution: tuple[int, int]


def open_mask(path: Path, kind: MaskKind, resolution: tuple[int, int] | None = None) -> MaskImage:
    """Read a mask, and keep it in memory in a compact form.

    Args:
        path: PNG or JPEG file; `.npy` too for "ids".
        kind: Part of the image that is the mask.
        resolution: (height, width) that it should have; None for any, which an `.npy` file does not allow.

    Raises:
        DatasetError: If it cannot be read, has another size, or has no such part.
    """
    labels = _read_mask(path, kind, resolution)
    size = labels.shape[0], labels.shape[1]
    return MaskImage(kept_image(pixel_runs(labels)) or partial(_read_mask, path, kind, size), size)


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


def _read_mask(path: Path, kind: MaskKind, resolution: tuple[int, int] | None) -> np.ndarray:
    if kind == "ids" and resolution is not None:
        return read_segmentation(path, resolution)
    with open_picture(path, resolution) as image:
        if kind == "alpha":
            if "A" not in image.getbands() and "transparency" not in image.info:
                raise DatasetError(f"{path.name} has no alpha channel, and no mask is named: name a folder of masks")
            return (np.array(image.convert("RGBA").getchannel("A")) >= _HALF).astype(np.uint8)
        # A palette's indices and 16-bit values are ids; colours stand for grey.
        is_grey = image.mode in ("P", "L", "I", "I;16")
        values = np.array(image if is_grey else image.convert("L"))
    if kind == "ids":
        return values
    covered = values >= _HALF if values.dtype == np.uint8 and values.max() > _HALF else values > 0
    return (covered == (kind == "object")).astype(np.uint8)
