"""Images and JSON files as several formats have them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from boxfit.views.threads import map_in_threads
from boxfit.views.writers.scene import Shot


def write_shots(shots: Sequence[Shot], write: Callable[[int, Shot], Any]) -> list[Any]:
    """Call a function with the number and the image of each shot, in several threads; return its results in order."""
    return map_in_threads(lambda numbered: write(*numbered), enumerate(shots))


def write_image(path: Path, pixels: np.ndarray) -> None:
    """Write a PNG of grey values of 8 or 16 bits, or of colours of 8, with or without alpha; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, compress_level=1)


def write_array(path: Path, values: np.ndarray) -> None:
    """Write an npy file; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, values)


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file with all digits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, allow_nan=False), encoding="utf-8")


def smallest_type(ids: np.ndarray) -> np.ndarray:
    """Return ids as bytes if all of them fit."""
    return ids.astype(np.uint8) if ids.max() <= np.iinfo(np.uint8).max else ids
