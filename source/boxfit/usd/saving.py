"""Save a stage together with the courses that it refers to, in its place or under a new name."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from pxr import Ar, Sdf, Usd, UsdUtils

from boxfit.errors import StageError
from boxfit.files import relative_posix
from boxfit.usd.course_file import (
    course_file,
    course_place,
    is_course,
    is_course_file,
    names_course,
    remove_unused_course,
    used_course,
)
from boxfit.usd.cube import find_boxes
from boxfit.usd.figures import NAMESPACE
from boxfit.usd.stage import STAGE_SUFFIXES, check_writable, save_layers, stage_file


def save_with_courses(stage: Usd.Stage) -> Path:
    """Save a stage's root layer with the course that it refers to, and remove a course that it no longer does.

    Args:
        stage: Stage with a file behind it.

    Returns:
        The file of the root layer.

    Raises:
        StageError: If the stage has no file, or it cannot be written.
    """
    file, course = stage_file(stage), course_in_memory(stage)
    if file is None:
        raise StageError("the stage has no file yet: save it under a name first")
    return _save(stage.GetRootLayer(), file, course)


def save_stage_as(stage: Usd.Stage, path: str | os.PathLike[str]) -> Path:
    """Save a copy of a stage's root layer under a name, with its course; the open stage stays what it was.

    Relative asset paths are rewritten so that they name the same files from the new place, and so are the sources that
    boxes tell; the course is copied to stand beside the copy.

    Args:
        stage: Stage with or without a file.
        path: File to write; what is there is replaced.

    Returns:
        The file.

    Raises:
        StageError: If it cannot be written, is another layer of the stage, or the root layer refers to a layer that
            is in memory only.
    """
    file, path = stage_file(stage), Path(path).resolve()
    check_writable(path)
    if file == path:
        return save_with_courses(stage)
    others = (Path(layer.realPath) for layer in stage.GetUsedLayers() if layer.realPath)
    if path in others:
        raise StageError(f"{path} is a layer of the open stage: name another file")
    root, course = stage.GetRootLayer(), course_in_memory(stage)
    target = course_place(path) if course else None
    copy = Sdf.Layer.CreateAnonymous(path.suffix)
    copy.TransferContent(root)

    def moved(asset: str) -> str:
        if course and target and asset == f"./{Path(course.realPath).name}":
            return f"./{target.name}"
        return _as_seen_from(path.parent, root, asset)

    UsdUtils.ModifyAssetPaths(copy, moved)
    for box in find_boxes(stage):
        source = copy.GetAttributeAtPath(f"{box}.{NAMESPACE}:source")
        if source and source.default:
            source.default = relative_posix((file or path).parent / source.default, path.parent)
    return _save(copy, path, course)


def course_in_memory(stage: Usd.Stage) -> Sdf.Layer | None:
    """The course that the stage refers to as it is in memory, or None."""
    file = stage_file(stage)
    if file is None or not names_course(stage.GetRootLayer(), course_file(file)):
        return None
    layer = Sdf.Layer.Find(course_file(file).as_posix())
    return layer if layer is not None and is_course(layer) else None


def save_course(stage: Usd.Stage) -> None:
    """Save the course that a stage refers to where the stage itself has been saved by a program that knows no courses.

    Such a program saves the layers of the stage's own stack alone. A course that the stage no longer refers to goes.

    Raises:
        StageError: If it cannot be written.
    """
    file, course = stage_file(stage), course_in_memory(stage)
    if file is None:
        return
    place = course_file(file)
    if course is not None:
        save_layers([(course, place)])
    elif place.is_file() and is_course_file(place):
        remove_unused_course(place, [file.with_suffix(suffix) for suffix in STAGE_SUFFIXES])


def _save(root: Sdf.Layer, path: Path, course: Sdf.Layer | None) -> Path:
    """Write a root layer and its course; a course that the file had before goes if no stage uses it any more."""
    before = used_course(path)
    save_layers([*([(course, course_file(path))] if course else []), (root, path)])
    if before:
        remove_unused_course(before, [path.with_suffix(suffix) for suffix in STAGE_SUFFIXES])
    return path


def _as_seen_from(folder: Path, root: Sdf.Layer, asset: str) -> str:
    """An asset path of a layer, so that it names the same file from another folder."""
    if Sdf.Layer.IsAnonymousLayerIdentifier(asset):
        raise StageError(f"the stage refers to the layer {asset}, which is in memory only: save that one first")
    inner = ""
    if Ar.IsPackageRelativePath(asset):
        asset, inner = Ar.SplitPackageRelativePathOuter(asset)
    place = Path(resolved_asset(root, asset))
    # A URI, and what is found along a search path or not at all, means the same from everywhere.
    if place.is_absolute() and not Path(asset).is_absolute():
        relative = relative_posix(place, folder)
        asset = relative if relative.startswith("../") or Path(relative).is_absolute() else f"./{relative}"
    return Ar.JoinPackageRelativePath([asset, inner]) if inner else asset


def resolved_asset(root: Sdf.Layer, asset: str) -> str:
    """Where an asset path of a layer leads."""
    if len(urlsplit(asset).scheme) > 1:  # One letter is a drive of Windows.
        return asset
    # A layer without a file is no place to start from: USD starts from the current folder then.
    return Ar.GetResolver().Resolve(asset).GetPathString() if root.anonymous else root.ComputeAbsolutePath(asset)
