"""Readers of a sensor's image files, with checks.

`.npy` files are memory-mapped: only the pixels that a caller uses are read from disk, and nothing is unpickled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from boxfit.errors import DatasetError


def read_segmentation(path: Path, resolution: tuple[int, int]) -> np.ndarray:
    """Read the label ids of an image.

    Args:
        path: `.npy` file of integers, shape (height, width) or (height, width, 1).
        resolution: (height, width) of the view's camera.

    Returns:
        Read-only, memory-mapped, shape (height, width), in the file's integer type.

    Raises:
        DatasetError: If the file cannot be read, has another size, or does not hold integers.
    """
    labels = _read_map(path, resolution)
    if labels.dtype.kind not in "iub":
        raise DatasetError(f"{path.name} holds {labels.dtype} values: label ids must be integers (int32)")
    return labels


def read_depth(path: Path, resolution: tuple[int, int]) -> np.ndarray:
    """Read distances along the view, in the dataset's units.

    Args:
        path: `.npy` file, shape (height, width) or (height, width, 1).
        resolution: (height, width) of the view's camera.

    Returns:
        Shape (height, width), float32. Values of the background (0 or infinity) are not changed.

    Raises:
        DatasetError: If the file cannot be read, has another size, or does not hold numbers.
    """
    depth = _read_map(path, resolution)
    if depth.dtype.kind not in "fiu":
        raise DatasetError(f"{path.name} holds {depth.dtype} values: depths must be numbers (float32)")
    return depth.astype(np.float32)


def read_picture(path: Path, resolution: tuple[int, int]) -> np.ndarray:
    """Read the colours of an image; grey is converted to RGB, and an alpha channel is removed.

    Args:
        path: Image file in any format that Pillow reads.
        resolution: (height, width) of the view's camera.

    Returns:
        Shape (height, width, 3), uint8.

    Raises:
        DatasetError: If the file cannot be read, or has another size.
    """
    with open_picture(path) as image:
        picture = np.array(image.convert("RGB"))
    check_size(path.name, picture.shape[:2], resolution)
    return picture


@contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """Open an image file in any format that Pillow reads.

    Raises:
        DatasetError: If it cannot be read, including errors within the block.
    """
    try:
        with Image.open(path) as image:
            yield image
    except Exception as error:  # Decoders of Pillow raise various errors for damaged files: SyntaxError for a PNG.
        raise DatasetError(f"{path.name} is not an image that can be read ({_reason(error)})") from error


def check_size(image: str, shape: tuple[int, ...], resolution: tuple[int, int]) -> None:
    """Check that an image, described by `image`, has the size of its camera.

    Raises:
        DatasetError: If its (height, width) is not that of the camera.
    """
    if shape != resolution:
        size = " x ".join(str(length) for length in shape)
        expected = f"{resolution[0]} x {resolution[1]}"
        raise DatasetError(f"{image} is {size} (height x width), but the view's metadata says {expected}")


def _read_map(path: Path, resolution: tuple[int, int]) -> np.ndarray:
    try:
        values = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # The tokenizer, the parser and mmap raise various errors for a damaged header.
        reason = "it is truncated" if "mmap length" in str(error) else _reason(error)
        raise DatasetError(f"{path.name} is not a npy file that can be read ({reason})") from error
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    check_size(path.name, values.shape, resolution)
    return values


def _reason(error: Exception) -> str:
    """Return the first line of another library's message."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip().split("\n")[0] or type(error).__name__
