"""Read one image file of a sensor, and refuse what is not one.

Pixels of `.npy` files are mapped, not read: only what a caller touches comes from disk, and nothing is
unpickled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from boxfit.errors import DatasetError


def read_segmentation(path: Path, resolution: tuple[int, int]) -> np.ndarray:
    """Label ids of an image.

    Args:
        path: `.npy` file of whole numbers, shape (height, width) or (height, width, 1).
        resolution: (height, width) that the view's camera has.

    Returns:
        Read-only, memory-mapped, shape (height, width), the file's own integer type.

    Raises:
        DatasetError: If the file cannot be read, is of another size, or holds other than whole numbers.
    """
    labels = _read_map(path, resolution)
    if labels.dtype.kind not in "iub":
        raise DatasetError(f"{path.name} holds {labels.dtype} values: label ids must be whole numbers (int32)")
    return labels


def read_depth(path: Path, resolution: tuple[int, int]) -> np.ndarray:
    """Distances along the view, in the dataset's units.

    Args:
        path: `.npy` file, shape (height, width) or (height, width, 1).
        resolution: (height, width) that the view's camera has.

    Returns:
        Shape (height, width), float32. What stands where nothing was hit (0 or infinity) is kept.

    Raises:
        DatasetError: If the file cannot be read, is of another size, or holds other than numbers.
    """
    depth = _read_map(path, resolution)
    if depth.dtype.kind not in "fiu":
        raise DatasetError(f"{path.name} holds {depth.dtype} values: depths must be numbers (float32)")
    return depth.astype(np.float32)


def read_picture(path: Path, resolution: tuple[int, int]) -> np.ndarray:
    """Colours of an image; grey becomes RGB, and an alpha channel is dropped.

    Args:
        path: Image file of any kind that Pillow reads.
        resolution: (height, width) that the view's camera has.

    Returns:
        Shape (height, width, 3), uint8.

    Raises:
        DatasetError: If the file cannot be read, or is of another size.
    """
    with open_picture(path) as image:
        picture = np.array(image.convert("RGB"))
    check_size(path.name, picture.shape[:2], resolution)
    return picture


@contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """Open an image file of any kind that Pillow reads.

    Raises:
        DatasetError: If it cannot be read, also where that shows in the block only.
    """
    try:
        with Image.open(path) as image:
            yield image
    except Exception as error:  # Whatever a decoder of Pillow meets in damaged bytes: SyntaxError in a PNG.
        raise DatasetError(f"{path.name} is not an image that can be read ({_reason(error)})") from error


def check_size(what: str, found: tuple[int, ...], resolution: tuple[int, int]) -> None:
    """Refuse an image that the camera cannot have made.

    Raises:
        DatasetError: If its (height, width) is not that of the camera.
    """
    if found != resolution:
        size = " x ".join(str(length) for length in found)
        expected = f"{resolution[0]} x {resolution[1]}"
        raise DatasetError(f"{what} is {size} (height x width), but the view's metadata says {expected}")


def _read_map(path: Path, resolution: tuple[int, int]) -> np.ndarray:
    try:
        values = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # Whatever Python's tokenizer, its parser or mmap meet in a damaged header.
        reason = "it is truncated" if "mmap length" in str(error) else _reason(error)
        raise DatasetError(f"{path.name} is not a npy file that can be read ({reason})") from error
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    check_size(path.name, values.shape, resolution)
    return values


def _reason(error: Exception) -> str:
    """The first line of another library's message."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip().split("\n")[0] or type(error).__name__
