"""Segmentation images of Replicator: read, and changed into ids that mean the same in every frame."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import DatasetError
from boxfit.views.labels import pixel_runs
from boxfit.views.sensors import check_size, open_picture

_UNNAMED = {0: 0, 1: 0, 0xFF000000: 0}
"""Background and unlabelled pixels, as ids and as colours (black, without alpha and with), where labels omit them."""


def read_pixels(path: Path) -> np.ndarray:
    """Values of a PNG.

    Args:
        path: Coloured (RGBA), or ids of 8, 16 or 32 bits. Pillow calls 16 bits `I;16`, or `I` in older versions.

    Returns:
        Shape (height, width) or (height, width, channels).

    Raises:
        DatasetError: If it cannot be read.
    """
    with open_picture(path) as image:
        if image.mode == "1":
            return np.array(image.convert("L"))
        if image.mode == "P" and "transparency" in image.info:
            return np.array(image.convert("RGBA"))
        return np.array(image)


def pixel_values(pixels: Any, what: str, resolution: tuple[int, int]) -> np.ndarray:
    """An image's pixels as the renderer's 32 bits each.

    Args:
        pixels: Whole numbers: ids or packed colours of shape (height, width) or (height, width, 1), or bytes of shape
            (height, width, 4); without alpha (height, width, 3) it counts as 255.
        what: The image, for messages.
        resolution: (height, width) that the camera has.

    Returns:
        Shape (height, width), uint32.

    Raises:
        DatasetError: If they are something else, or the size is another.
    """
    pixels = np.asarray(pixels)
    if pixels.ndim not in (2, 3) or pixels.dtype.kind not in "iu" or pixels.dtype.itemsize > 4:
        raise DatasetError(f"{what} holds {pixels.dtype} values of shape {pixels.shape}, not ids or colours")
    check_size(what, pixels.shape[:2], resolution)
    if pixels.ndim == 2:
        return pixels.astype(np.uint32)
    channels = pixels.shape[2]
    if channels == 1:
        return pixels[..., 0].astype(np.uint32)
    if channels not in (3, 4) or pixels.dtype != np.uint8:
        raise DatasetError(f"{what} holds {pixels.dtype} values of shape {pixels.shape}, not ids or colours")
    if channels == 3:
        pixels = np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=-1)
    return np.ascontiguousarray(pixels).view("<u4")[..., 0].astype(np.uint32)


def object_ids(values: np.ndarray, ids: Mapping[int, int], what: str) -> np.ndarray:
    """Replace values by the ids of what they stand for.

    Args:
        values: As `pixel_values` gives them.
        ids: Ids by value; 0 for what is no object.
        what: The image, for messages.

    Returns:
        Shape (height, width), uint16.

    Raises:
        DatasetError: If more than a few pixels have values that the labels do not know.
    """
    table = dict(sorted({**_UNNAMED, **ids}.items()))
    known, named = np.array(list(table), dtype=np.uint32), np.array(list(table.values()), dtype=np.uint16)
    first, stop, shown = pixel_runs(values)
    places = np.minimum(np.searchsorted(known, shown), len(known) - 1)
    strange = known[places] != shown
    count = int((stop - first)[strange].sum())
    if count > _STRAY * values.size:
        example = int(shown[strange][0])
        raise DatasetError(
            f"{what} shows {_value_text(example)} (among {count} pixels) that its labels do not name: image and labels "
            "are not of one frame, or the image was changed"
        )
    return np.repeat(np.where(strange, 0, named[places]), stop - first).reshape(values.shape)


_STRAY = 1e-3
"""Share of an image's pixels whose ids nobody names: Replicator makes such pixels, which show nothing."""


def _value_text(value: int) -> str:
    """A value as a user finds it: a colour where it has all its alpha, else an id."""
    red, green, blue, alpha = value.to_bytes(4, "little")
    return f"the colour ({red}, {green}, {blue}, {alpha})" if alpha == 255 else f"the id {value}"
