"""Cameras and registered images of a COLMAP model, binary or text.

Sources: COLMAP, "Output Format" and "Camera Models". Its cameras look along +Z with +Y down, its rotations are
Hamilton quaternions wxyz, world to camera, and the centre of the first pixel is at (0.5, 0.5). Models of COLMAP 3.12
and later have `rigs` and `frames` too; `images` still holds the pose of each image, which includes that in its rig.
"""

from __future__ import annotations

import codecs
import os
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from boxfit.errors import CameraError, DatasetError, one_line
from boxfit.views.regular_files import LARGEST_FILE, MALFORMED, open_file

_Content = TypeVar("_Content")

_MODELS: tuple[tuple[str, str | int], ...] = (
    ("SIMPLE_PINHOLE", "f cx cy"),
    ("PINHOLE", "fx fy cx cy"),
    ("SIMPLE_RADIAL", "f cx cy k1"),
    ("RADIAL", "f cx cy k1 k2"),
    ("OPENCV", "fx fy cx cy k1 k2 p1 p2"),
    ("OPENCV_FISHEYE", 8),
    ("FULL_OPENCV", "fx fy cx cy k1 k2 p1 p2 k3 k4 k5 k6"),
    ("FOV", 5),
    ("SIMPLE_RADIAL_FISHEYE", 4),
    ("RADIAL_FISHEYE", 5),
    ("THIN_PRISM_FISHEYE", 12),
    ("RAD_TAN_THIN_PRISM_FISHEYE", 16),
    ("SIMPLE_DIVISION", 4),
    ("DIVISION", 5),
    ("SIMPLE_FISHEYE", 3),
    ("FISHEYE", 4),
    ("EUCM", 6),
    ("EQUIRECTANGULAR", 2),
)
"""Camera models in the order of their ids, with the names of the parameters, or their number for a model that is not
supported. The coefficients are those of `boxfit.geometry.lens.COEFFICIENTS`."""

_PARAMETERS: Mapping[str, Sequence[str]] = {model: names.split() for model, names in _MODELS if isinstance(names, str)}

_UNDISTORT = "run colmap image_undistorter on images and masks, and name the folder that it writes"

_LARGEST_IMAGES = 2**36
"""Size limit of `images` in [B]: the keypoints, which fill it, are skipped."""

_LONGEST_NAME = 4096
"""Size limit of the name of an image in [B]."""

_LONGEST_LINE = 2**16
"""Size of the parts in which the lines of a text file are read, in [B]; only lines of keypoints are longer."""

_BLANK = codecs.BOM_UTF8 + b" \t"
"""Bytes that may precede a comment."""

_COUNT = struct.Struct("<Q")
_CAMERA = struct.Struct("<IiQQ")
_IMAGE = struct.Struct("<I7dI")
_KEYPOINT_SIZE = 24


class ColmapCamera(NamedTuple):
    """Intrinsics that images share: the name of the model, size in [px], and parameters in the model's order."""

    model: str
    width: int
    height: int
    parameters: tuple[float, ...]

    def intrinsics(self) -> dict[str, float]:
        """Return fx, fy, cx and cy in [px], and the coefficients of the distortion, by name.

        Raises:
            CameraError: If the model is not supported, or has another number of parameters.
        """
        names = _PARAMETERS.get(self.model)
        if names is None:
            raise CameraError(f"its camera model {self.model} is not supported: {_UNDISTORT}")
        if len(self.parameters) != len(names):
            raise CameraError(
                f"its camera has {len(self.parameters)} parameters, and {self.model} needs {len(names)} "
                f"({', '.join(names)})"
            )
        values = dict(zip(names, self.parameters, strict=True))
        return values if "fx" in values else {"fx": values["f"], "fy": values.pop("f"), **values}


@dataclass(frozen=True)
class ColmapImage:
    """A registered image.

    Attributes:
        name: Path below the folder of images, with slashes.
        camera: Its camera.
        quaternion: wxyz of the rotation from the world to the camera, not normalised.
        translation: Of the world to the camera, in the model's unit.
    """

    name: str
    camera: ColmapCamera
    quaternion: tuple[float, ...]
    translation: tuple[float, ...]


def model_suffix(folder: Path) -> str | None:
    """Return ".bin" or ".txt" for the folder of a model, as COLMAP prefers, and None for another."""
    return next((suffix for suffix in (".bin", ".txt") if all(path.is_file() for path in _files(folder, suffix))), None)


def read_model(folder: Path) -> list[ColmapImage]:
    """Read the images of a model with their cameras, in the order of their names.

    Args:
        folder: Folder of `cameras` and `images`, `.bin` or `.txt`.

    Raises:
        DatasetError: If a file cannot be read, is truncated or damaged, or names an image twice.
    """
    suffix = model_suffix(folder)
    assert suffix is not None, folder
    cameras_path, images_path = _files(folder, suffix)
    cameras = _read(cameras_path, _binary_cameras if suffix == ".bin" else _text_cameras, LARGEST_FILE)
    read_images = partial(_binary_images if suffix == ".bin" else _text_images, cameras=cameras)
    images = sorted(_read(images_path, read_images, _LARGEST_IMAGES), key=lambda image: image.name)
    for name, count in Counter(image.name for image in images).most_common(1):
        if count > 1:
            raise DatasetError(f"{images_path.name} names the image {name} {count} times: export the model again")
    return images


def _files(folder: Path, suffix: str) -> tuple[Path, Path]:
    return folder / f"cameras{suffix}", folder / f"images{suffix}"


def _read(path: Path, read: Callable[[BinaryIO], _Content], limit: int) -> _Content:
    """Read a file, with errors that name it."""
    with open_file(path, limit) as file:
        try:
            return read(file)
        except struct.error as error:
            raise DatasetError(f"{path.name} is truncated: copy the model again") from error
        except MALFORMED as error:
            reason = one_line(str(error))
            raise DatasetError(f"{path.name} is not a file of a COLMAP model ({reason}): export it again") from error


def _binary_cameras(file: BinaryIO) -> dict[int, ColmapCamera]:
    cameras = {}
    for _ in range(_unpack(file, _COUNT)[0]):
        number, model, width, height = _unpack(file, _CAMERA)
        if not 0 <= model < len(_MODELS):
            raise ValueError(f"camera {number} has the model {model}, which is unknown")
        name, parameters = _MODELS[model]
        count = parameters if isinstance(parameters, int) else len(_PARAMETERS[name])
        cameras[number] = ColmapCamera(name, width, height, _unpack(file, struct.Struct(f"<{count}d")))
    return cameras


def _binary_images(file: BinaryIO, cameras: dict[int, ColmapCamera]) -> list[ColmapImage]:
    size, images = os.fstat(file.fileno()).st_size, []
    for _ in range(_unpack(file, _COUNT)[0]):
        _, *pose, camera = _unpack(file, _IMAGE)
        name = b"".join(islice(iter(partial(file.read, 1), b"\0"), _LONGEST_NAME))
        end = _KEYPOINT_SIZE * _unpack(file, _COUNT)[0] + file.tell()
        if end > size:
            raise struct.error(f"the keypoints of {name!r} end at {end}")
        file.seek(end)
        images.append(_image(name, pose, camera, cameras))
    return images


def _text_cameras(file: BinaryIO) -> dict[int, ColmapCamera]:
    cameras = {}
    for line in _lines(file):
        try:
            number, model, width, height, *parameters = line.split()
            values = tuple(map(float, parameters))
            cameras[int(number)] = ColmapCamera(_text(model), int(width), int(height), values)
        except ValueError as error:
            raise _not_a_line(line, "CAMERA_ID MODEL WIDTH HEIGHT PARAMS") from error
    return cameras


def _text_images(file: BinaryIO, cameras: dict[int, ColmapCamera]) -> list[ColmapImage]:
    images = []
    for line in _lines(file):
        try:
            _, w, x, y, z, right, down, forward, camera, name = line.split(maxsplit=9)
            pose = [float(value) for value in (w, x, y, z, right, down, forward)]
            image = _image(name.strip(), pose, int(camera), cameras)
        except ValueError as error:
            raise _not_a_line(line, "IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME") from error
        images.append(image)
        keypoints = file.readline(_LONGEST_LINE)
        if keypoints.endswith(b"\n") and (values := keypoints.split()) and not values[-1].lstrip(b"-").isdigit():
            raise _not_a_line(keypoints, f"the keypoints of {image.name}, or an empty line")
        while keypoints and not keypoints.endswith(b"\n"):
            keypoints = file.readline(_LONGEST_LINE)
    return images


def _image(name: bytes, pose: list[float], camera: int, cameras: dict[int, ColmapCamera]) -> ColmapImage:
    if not name:
        raise ValueError("an image has no name")
    if camera not in cameras:
        raise DatasetError(f"the image {_text(name)} has camera {camera}, which the model lacks: export it again")
    return ColmapImage(_text(name).replace("\\", "/"), cameras[camera], tuple(pose[:4]), tuple(pose[4:]))


def _unpack(file: BinaryIO, layout: struct.Struct) -> tuple:
    return layout.unpack(file.read(layout.size))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines, except for empty ones and comments, from where the caller has left the file."""
    for line in iter(partial(file.readline, _LONGEST_LINE), b""):
        if not line.isspace() and not line.lstrip(_BLANK).startswith(b"#"):
            yield line


def _text(name: bytes) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name.decode("utf-8", "replace"))


def _not_a_line(line: bytes, expected: str) -> ValueError:
    return ValueError(f"a line begins with {_text(line[:40].strip())}, and should be {expected}")
