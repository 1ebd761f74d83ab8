"""Reading of Replicator's segmentation images, and their conversion to ids that are consistent between frames."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import DatasetError
from boxfit.views.labels import pixel_runs
from boxfit.views.sensors import check_size, open_picture

_UNNAMED = {0: 0, 1: 0, 0xFF000000: 0}
"""Ids of background and unlabelled pixels that labels omit, by value: ids, and black without and with alpha."""


def read_pixels(path: Path, resolution: tuple[int, int]) -> np.ndarray:
    """Read the values of a PNG.

    Args:
        path: Colours (RGBA), or ids of 8 or 16 bits. Pillow's mode for 16 bits is `I;16`, in older versions `I`.
        resolution: (height, width) of the camera.

    Returns:
        Shape (height, width) or (height, width, channels).

    Raises:
        DatasetError: If it has another size, or cannot be read.
    """
    with open_picture(path, resolution) as image:
        if image.mode == "1":
            return np.array(image.convert("L"))
        if image.mode == "P" and "transparency" in image.info:
            return np.array(image.convert("RGBA"))
        return np.array(image)


def pixel_values(pixels: Any, what: str, resolution: tuple[int, int]) -> np.ndarray:
    """Convert an image's pixels to the renderer's 32 bits each.

    Args:
        pixels: Integers: ids or packed colours of shape (height, width) or (height, width, 1), or colours as bytes of
            shape (height, width, 4), or (height, width, 3) with an implied alpha of 255.
        what: Description of the image, for messages.
        resolution: (height, width) of the camera.

    Returns:
        Shape (height, width), unsigned integers of at most 32 bits.

    Raises:
        DatasetError: If the pixels have another format or size.
    """
    pixels = np.asarray(pixels)
    if pixels.ndim not in (2, 3) or pixels.dtype.kind not in "iu" or pixels.dtype.itemsize > 4:
        raise DatasetError(f"{what} holds {pixels.dtype} values of shape {pixels.shape}, not ids or colours")
    check_size(what, pixels.shape[:2], resolution)
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if channels == 1:
        return pixels.reshape(resolution).astype(f"u{pixels.dtype.itemsize}", copy=False)
    if channels not in (3, 4) or pixels.dtype != np.uint8:
        raise DatasetError(f"{what} holds {pixels.dtype} values of shape {pixels.shape}, not ids or colours")
    if channels == 3:
        pixels = np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=-1)
    return np.ascontiguousarray(pixels).view("<u4")[..., 0].astype(np.uint32, copy=False)


def object_ids(values: np.ndarray, ids: Mapping[int, int], what: str) -> np.ndarray:
    """Replace pixel values by object ids.

    Args:
        values: Values from `pixel_values`.
        ids: Ids by value; 0 for the background.
        what: Description of the image, for messages.

    Returns:
        Shape (height, width), uint16.

    Raises:
        DatasetError: If more than a few pixels have values that are not in the labels.
    """
    table = dict(sorted({**_UNNAMED, **ids}.items()))
    known, named = np.array(list(table), dtype=np.uint32), np.array(list(table.values()), dtype=np.uint16)
    first, stop, shown, _ = pixel_runs(values)
    places = np.minimum(np.searchsorted(known, shown), len(known) - 1)
    unknown = known[places] != shown
    count = int((stop - first)[unknown].sum())
    if count > _STRAY * values.size:
        example = int(shown[unknown][0])
        raise DatasetError(
            f"{what} shows {_value_text(example)} (among {count} pixels) that its labels do not name: image and labels "
            "are not of the same frame, or the image was changed"
        )
    return np.repeat(np.where(unknown, 0, named[places]), stop - first).reshape(values.shape)


_STRAY = 1e-3
"""Accepted share of pixels without a label, which Replicator produces; they count as background."""


def _value_text(value: int) -> str:
    """Describe a value for a message: a colour if its alpha is 255, else an id."""
    red, green, blue, alpha = value.to_bytes(4, "little")
    return f"the colour ({red}, {green}, {blue}, {alpha})" if alpha == 255 else f"the id {value}"
