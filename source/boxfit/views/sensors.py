"""Readers of a sensor's image files, with checks.

`.npy` files are memory-mapped, unless they are small: only the pixels that a caller uses are read from disk. Nothing is
unpickled.
Pictures are PNG or JPEG: Pillow starts other programs for some other formats. The size in a file's header is compared
with the camera's before anything is decoded.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from boxfit.errors import DatasetError
from boxfit.views.regular_files import LARGEST_FILE, open_file

PICTURES = (".png", ".jpg", ".jpeg")
"""Suffixes of pictures, in small letters."""

MOST_PIXELS = 2**26
"""Size limit of images: 8192 x 8192."""

_LONGEST_HEADER = 2**16
"""Size limit of the header of an npy file in [B]; NumPy accepts less."""

_SMALL = 2**20
"""Size of an npy file in [B] up to which it is read at once, in less time than it takes to map it."""


def read_segmentation(path: Path, resolution: tuple[int, int] | None) -> np.ndarray:
    """Read the label ids of an image.

    Args:
        path: `.npy` file of integers, shape (height, width) or (height, width, 1), or `.png` file of grey values or
            palette indices.
        resolution: (height, width) of the view's camera; None for any.

    Returns:
        Shape (height, width), in the file's integer type; read-only and memory-mapped from an npy file.

    Raises:
        DatasetError: If the file cannot be read, has another size, or does not hold integers.
    """
    if path.suffix.lower() == ".png":
        return _read_grey(path, resolution)
    labels = _read_map(path, resolution)
    if labels.dtype.kind not in "iub":
        raise DatasetError(f"{path.name} holds {labels.dtype} values: label ids must be integers (int32)")
    return labels


def read_depth(path: Path, resolution: tuple[int, int]) -> np.ndarray:
    """Read distances.

    Args:
        path: `.npy` file, shape (height, width) or (height, width, 1).
        resolution: (height, width) of the view's camera.

    Returns:
        Shape (height, width), float32; read-only and memory-mapped from a file of that type. Values of the background
        (0 or infinity) are not changed.

    Raises:
        DatasetError: If the file cannot be read, has another size, or does not hold numbers.
    """
    return depth_values(path.name, map_array(path), resolution)


def depth_values(image: str, values: np.ndarray, resolution: tuple[int, int]) -> np.ndarray:
    """Check the distances of an image, described by `image`; the rest is as for `read_depth`."""
    values = _without_channel(values)
    check_size(image, values.shape, resolution)
    if values.dtype.kind not in "fiu":
        raise DatasetError(f"{image} holds {values.dtype} values: depths must be numbers (float32)")
    with np.errstate(over="ignore"):
        return values.astype(np.float32, copy=False)


def read_picture(path: Path, resolution: tuple[int, int], scaled: bool = False) -> np.ndarray:
    """Read the colours of an image; grey is converted to RGB, and an alpha channel is removed.

    Args:
        path: PNG or JPEG file.
        resolution: (height, width) of the view's camera.
        scaled: True to scale an image of another size.

    Returns:
        Shape (height, width, 3), uint8.

    Raises:
        DatasetError: If the file cannot be read, or has another size.
    """
    height, width = resolution
    with open_picture(path, None if scaled else resolution) as image:
        # Palettes with several transparent colours are converted with a warning unless it is to RGBA.
        colours = image.convert("RGBA").convert("RGB") if image.mode == "P" else image.convert("RGB")
        return np.array(colours.resize((width, height)) if scaled else colours)


@contextmanager
def open_picture(path: Path, resolution: tuple[int, int] | None) -> Iterator[Image.Image]:
    """Open a PNG or JPEG file, which is decoded when its pixels are used.

    Args:
        path: The file.
        resolution: (height, width) that it should have; None for any.

    Raises:
        DatasetError: If it has another size or cannot be read, including errors within the block.
    """
    with open_file(path) as file:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                image = Image.open(file, formats=("PNG", "JPEG"))
            size = (image.height, image.width)
            check_size(path.name, size, resolution or size)
            yield image
        except DatasetError:
            raise
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise DatasetError(f"{path.name} has more than {MOST_PIXELS} pixels: generate smaller images") from error
        except Image.UnidentifiedImageError as error:
            raise DatasetError(f"{path.name} is not an image that can be read (neither PNG nor JPEG)") from error
        except Exception as error:  # Decoders of Pillow raise various errors for damaged files: SyntaxError for a PNG.
            raise DatasetError(f"{path.name} is not an image that can be read ({_reason(error)})") from error


def map_array(path: Path, limit: int = LARGEST_FILE) -> np.ndarray:
    """Read the array of an npy file, read-only; a file that is not small is mapped into memory, and not read yet.

    Args:
        path: The file.
        limit: Its largest size, in [B].

    Raises:
        DatasetError: If it cannot be read, or holds Python objects.
    """
    with open_file(path, limit) as file:
        try:
            is_small = os.fstat(file.fileno()).st_size <= _SMALL
            content = file.read() if is_small else file.read(_LONGEST_HEADER)
            start = _length_of_header(content)
            shape, is_fortran, dtype = _parsed_header(content[:start])
            order = "F" if is_fortran else "C"
            if is_small:
                return np.ndarray(shape, dtype, content, start, order=order)
            return np.memmap(file, dtype, "r", start, shape, order)
        except Exception as error:  # The tokenizer, the parser and mmap raise various errors for a damaged header.
            is_short = any(part in str(error) for part in ("mmap length", "buffer is too small"))
            reason = "it is truncated" if is_short else _reason(error)
            raise DatasetError(f"{path.name} is not a npy file that can be read ({reason})") from error


def _length_of_header(content: bytes) -> int:
    """Return the number of bytes of an npy file before its values."""
    version, _ = np.lib.format.read_magic(io.BytesIO(content))
    stated = content[8 : 10 if version == 1 else 12]
    return 8 + len(stated) + int.from_bytes(stated, "little")


@lru_cache(maxsize=16)  # Those of a folder's images are mostly the same, and NumPy compiles them as Python.
def _parsed_header(header: bytes) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Return the shape, whether the order is Fortran's, and the type that the start of an npy file states."""
    start = io.BytesIO(header)
    version = np.lib.format.read_magic(start)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, is_fortran, dtype = read(start)
    if dtype.hasobject:
        raise ValueError("it holds Python objects")
    return shape, is_fortran, dtype


def check_size(image: str, shape: tuple[int, ...], resolution: tuple[int, ...]) -> None:
    """Check that an image, described by `image`, has the size of its camera, and is not too large.

    Raises:
        DatasetError: If its (height, width) is not that of the camera, or if it has more than `MOST_PIXELS`.
    """
    if shape != resolution:
        size = " x ".join(str(length) for length in shape)
        expected = f"{resolution[0]} x {resolution[1]}"
        raise DatasetError(f"{image} is {size} (height x width), but the view's metadata says {expected}")
    if resolution[0] * resolution[1] > MOST_PIXELS:
        raise DatasetError(f"{image} has more than {MOST_PIXELS} pixels: generate smaller images")


def _read_map(path: Path, resolution: tuple[int, int] | None) -> np.ndarray:
    values = _without_channel(map_array(path))
    check_size(path.name, values.shape, resolution or (*values.shape, 1, 1)[:2])
    return values


def _without_channel(values: np.ndarray) -> np.ndarray:
    """Convert shape (height, width, 1) to (height, width)."""
    return values[..., 0] if values.ndim == 3 and values.shape[2] == 1 else values


def _read_grey(path: Path, resolution: tuple[int, int] | None) -> np.ndarray:
    """Read a PNG of ids; ids that a program has saved as colours have equal channels."""
    with open_picture(path, resolution) as image:
        values = np.array(image.convert("L") if image.mode == "1" else image)
    if values.ndim == 3:
        colours = values[..., : 3 if values.shape[2] > 2 else 1]
        if (colours != colours[..., :1]).any():
            raise DatasetError(f"{path.name} holds colours: label ids must be grey values, 0 for the background")
        values = np.ascontiguousarray(colours[..., 0])
    return values


def _reason(error: Exception) -> str:
    """Return the first line of another library's message."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip().split("\n")[0] or type(error).__name__
