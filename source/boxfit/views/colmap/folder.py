"""Reader of folders with a COLMAP model and masks; docs/colmap-format.md describes them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from posixpath import splitext

import numpy as np

from boxfit.errors import BoxfitError, DatasetError, list_names
from boxfit.geometry.camera import Camera
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.settings import InputSettings
from boxfit.usd.label import Label
from boxfit.views.colmap.model import ColmapImage, model_suffix, read_model
from boxfit.views.conventions import camera_from_pose
from boxfit.views.dataset import Dataset, Problem, View
from boxfit.views.folder_listing import held_names, list_folder
from boxfit.views.posed_images import MaskImage, MaskKind, open_mask, posed_view
from boxfit.views.sensors import PICTURES, read_picture
from boxfit.views.targets import assemble_dataset
from boxfit.views.threads import map_in_threads

_MODEL_FOLDERS = ("", "sparse", "colmap/sparse")
"""Folders of a project that hold a model, or numbered folders of models."""

_IMAGES, _MASKS = "images", ("masks", "mask")
"""Folders of a project."""

_LEVELS = 3
"""Number of folders above a named one within a project, among which the project's is sought."""


@dataclass(frozen=True)
class _MaskFolder:
    """Folder of masks, or of images whose alpha channel is the mask.

    Attributes:
        path: The folder.
        kind: Part of its images that is the mask.
        files: Its images by their path below it, with slashes.
    """

    path: Path
    kind: MaskKind
    files: Mapping[str, Path]

    def names(self, image: str) -> list[str]:
        """Return the names that the mask of an image may have, COLMAP's own first."""
        stem = splitext(image)[0]
        return (
            [image] if self.kind == "alpha" else [f"{image}.png", f"{stem}.png", image, f"{image}.PNG", f"{stem}.PNG"]
        )

    def open(self, image: ColmapImage) -> tuple[Path, MaskImage] | str:
        """Read the mask of an image; return its file with it, or the reason that it cannot be used."""
        names = self.names(image.name)
        path = next((self.files[name] for name in names if name in self.files), None)
        if path is None:
            wanted = " or ".join(names[:2])
            return f"{self.path} has no {wanted} ({held_names(self.files)}): add the mask, or leave the view out"
        try:
            return path, open_mask(path, self.kind)
        except DatasetError as error:
            return str(error)


def holds_colmap(path: Path) -> bool:
    """Return True if a path is the folder of a COLMAP model, or of a project with one.

    A folder with a project named `colmap` in it is none, unless it holds the images or masks.

    Raises:
        DatasetError: If the folder cannot be read.
    """
    models = _find_models(path)
    if models and path / "colmap" in models[0].parents:
        return any((path / name).is_dir() for name in (_IMAGES, *_MASKS))
    return bool(models)


def read_colmap(path: Path, settings: InputSettings) -> Dataset:
    """Read a COLMAP model, of its masks one object.

    Images that cannot be used are left out and listed among the dataset's problems.

    Args:
        path: Folder of the model (`cameras` and `images`, `.bin` or `.txt`), or of the project, with `sparse/0`,
            `sparse` or `colmap/sparse/0`. Of several models, that with most images is read.
        settings: Folder of masks (default: the project's `masks` or `mask`, else the alpha channels of its `images`),
            and their meaning; by default white is the object.

    Returns:
        The dataset, in the model's world, whose unit and up axis are unknown.

    Raises:
        DatasetError: If there is no model, a file of it cannot be read, there are no masks, or fewer than two views
            can be used.
    """
    path = Path(path)
    folders = _find_models(path)
    if not folders:
        places = ", ".join(folder for folder in _MODEL_FOLDERS if folder)
        raise DatasetError(f"{path} holds no COLMAP model (cameras and images, .bin or .txt; also in {places})")
    models = [(read_model(folder), folder) for folder in folders]
    images, folder = max(models, key=lambda model: len(model[0]))
    notes, problems = [], []
    if len(models) > 1:
        counts = ", ".join(f"{each.name}: {len(registered)}" for registered, each in models)
        what = (
            f"of its {len(models)} models (images: {counts}), {folder.name} is read: name another's folder to read it"
        )
        notes.append(Problem(str(path), what))
    project = _project_of(path) if path == folder or path.name in ("sparse", "colmap") else path
    pictures = _list_images(project / _IMAGES)
    masks = _masks_of(project, pictures, settings)
    opened = map_in_threads(masks.open, images)
    if masks.kind == "alpha" and all(isinstance(mask, str) for mask in opened):
        raise DatasetError(_no_masks(project, f"{masks.path.name} has no image with an alpha channel"))

    views: list[View] = []
    for name, image, mask in zip(_view_names(images), images, opened, strict=True):
        try:
            if isinstance(mask, str):
                raise DatasetError(mask)
            views.append(_view(name, image, *mask, pictures.get(image.name)))
        except BoxfitError as error:
            problems.append(Problem(f"view {name}", str(error)))
    known = {name for image in images for name in masks.names(image.name)}
    if unregistered := sorted(set(masks.files) - known):
        names, count = list_names(unregistered, 4), len(unregistered)
        what = f"{count} of its {len(masks.files)} files are of images that COLMAP has not registered: {names}"
        notes.append(Problem(str(masks.path), what))
    label = Label(1, project.resolve().name or "object", "semantic", "labels")
    dataset = assemble_dataset(project, views, problems, known={(label.sensor, label.id): label}, notes=notes)
    return replace(dataset, convention="opencv-w2c")


def _find_models(path: Path) -> list[Path]:
    """List the folders of models, in the first place that holds any."""
    try:
        for place in (path / folder for folder in _MODEL_FOLDERS):
            if place.is_dir():
                folders = (place, *(place / each.name for each in list_folder(place) if each.name.isdecimal()))
                if found := [folder for folder in folders if model_suffix(folder)]:
                    return found
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror or error})") from error
    return []


def _project_of(path: Path) -> Path:
    """Return the nearest folder around a path within a project that holds images or masks, else the path."""
    folders = [path, *path.absolute().parents[:_LEVELS]]
    holding = (folder for folder in folders for name in (_IMAGES, *_MASKS) if (folder / name).is_dir())
    return next(holding, path)


def _masks_of(project: Path, pictures: Mapping[str, Path], settings: InputSettings) -> _MaskFolder:
    folder = settings.masks or next((project / name for name in _MASKS if (project / name).is_dir()), None)
    if folder is not None:
        list_folder(folder)  # Raises the errors of a folder that cannot be read.
        kind = "background" if settings.mask_shows == "background" else "object"
        return _MaskFolder(folder, kind, _list_images(folder))
    if settings.mask_shows == "background":
        raise DatasetError(_no_masks(project, "mask_shows is background, but there is no folder of masks"))
    if not pictures:
        raise DatasetError(_no_masks(project, "there is neither a folder of masks nor one of images"))
    return _MaskFolder(project / _IMAGES, "alpha", pictures)


def _no_masks(project: Path, found: str) -> str:
    return (
        f"{project} has cameras of COLMAP, but no masks ({found}): add a folder masks whose files are called as the "
        f"images (IMG.jpg: IMG.jpg.png or IMG.png, white is the object), name another folder (masks), or give the "
        f"images in {_IMAGES} an alpha channel"
    )


def _list_images(folder: Path) -> dict[str, Path]:
    """List the PNG and JPEG files in a folder and its subfolders, by their path below it, with slashes."""
    paths = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    pictures = (path for path in paths if path.suffix.lower() in PICTURES)
    return {path.relative_to(folder).as_posix(): path for path in pictures}


def _view_names(images: list[ColmapImage]) -> list[str]:
    """Return the names of images without their suffixes, where that keeps them apart."""
    stems = [splitext(image.name)[0] for image in images]
    counts = Counter(stems)
    return [stem if counts[stem] == 1 else image.name for stem, image in zip(stems, images, strict=True)]


def _view(name: str, image: ColmapImage, path: Path, mask: MaskImage, picture: Path | None) -> View:
    """Make the view of an image.

    Raises:
        BoxfitError: If its camera or pose cannot be used, or its mask has another shape.
    """
    values, (height, width) = image.camera.intrinsics(), mask.resolution
    full_height, full_width = image.camera.height, image.camera.width
    is_scaled = abs(width * full_height - height * full_width) <= max(full_width, full_height)
    if min(full_width, full_height) < 1 or not is_scaled:
        raise DatasetError(
            f"{path.name} is {height} x {width} (height x width), and its camera {full_height} x {full_width}: make "
            "masks of the images that COLMAP has read, or scaled copies"
        )
    across, down = width / full_width, height / full_height
    focal = values.pop("fx") * across, values.pop("fy") * down
    principal = values.pop("cx") * across, values.pop("cy") * down
    camera = Camera(camera_from_pose(_pose(image), "opencv"), focal, principal, mask.resolution)
    images, origins = mask.images, {"mask": path}
    if picture is not None:
        images["rgb"], origins["rgb"] = partial(read_picture, picture, mask.resolution, scaled=True), picture
    return posed_view(name, camera, images, origins, distortion=values)


def _pose(image: ColmapImage) -> np.ndarray:
    """Return the pose of an image in OpenCV's axes, world_from_camera, shape (4, 4)."""
    quaternion, translation = np.array(image.quaternion), np.array(image.translation)
    with np.errstate(over="ignore"):
        length = np.linalg.norm(quaternion)
    if not (0 < length < np.inf and np.isfinite(translation).all()):
        numbers = ", ".join(f"{value:g}" for value in (*quaternion, *translation))
        raise DatasetError(f"its pose ({numbers}) is no rotation and translation: register the image again")
    pose = np.eye(4)
    pose[:3, :3] = matrix_from_quaternion(quaternion).T
    pose[:3, 3] = -pose[:3, :3] @ translation
    return pose
