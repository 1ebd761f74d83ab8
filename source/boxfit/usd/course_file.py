"""The file beside a stage that holds the course of a fit, and what becomes of it when the course is out of date."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pxr import Sdf, Tf, Usd

from boxfit.errors import StageError
from boxfit.usd.figures import NAMESPACE

COURSE_ROOT = Sdf.Path("/Course")
_SUFFIX = ".course.usdc"


def course_file(stage: Path) -> Path:
    """Where the course beside a stage's file is."""
    return stage.with_name(f"{stage.stem}{_SUFFIX}")


def course_place(stage: Path | None) -> Path:
    """Where the course beside a stage may be written.

    Args:
        stage: The stage's file, or None where it has none yet.

    Raises:
        StageError: If the stage has no file, or something else is at the course's place.
    """
    if stage is None:
        raise StageError(
            "the stage has no file yet, or lies on a server: save it on this machine before the course is written "
            "beside it"
        )
    path = course_file(stage)
    if path.exists() and not is_course_file(path):
        raise StageError(f"{path} is in the way: it is not a course that boxfit wrote; move it or delete it")
    return path


def course_prim(box: Sdf.Path) -> Sdf.Path:
    """Where the course of a box prim stands."""
    return box.ReplaceName(f"{box.name}_course")


def course_source(box: Sdf.Path) -> Sdf.Path:
    """Where the course of a box prim stands in the layer that holds its samples.

    The path on the stage is the path in the layer: no two courses share one, and none is inside another's cube.
    """
    return course_prim(box).ReplacePrefix(Sdf.Path.absoluteRootPath, COURSE_ROOT)


def is_course_name(name: str) -> bool:
    """Whether a file is called as boxfit calls a course."""
    return name.endswith(_SUFFIX)


def is_course(layer: Sdf.Layer) -> bool:
    """Whether a layer is a course that boxfit wrote."""
    return layer.defaultPrim == COURSE_ROOT.name


def is_course_file(path: Path) -> bool:
    """Whether a file that exists is a course that boxfit wrote."""
    try:
        return is_course(Sdf.Layer.OpenAsAnonymous(path.as_posix()))
    except Tf.ErrorException:
        return False  # It is no layer.


def is_course_prim(prim: Usd.Prim) -> bool:
    """Whether a prim is the course that boxfit wrote of a fit."""
    return prim.HasAttribute(f"{NAMESPACE}:course")


def withdraw_course(stage: Usd.Stage, box: Usd.Prim) -> None:
    """Remove the course prim that an earlier fit left beside a box, as it no longer leads to that box."""
    course = stage.GetPrimAtPath(course_prim(box.GetPath()))
    if course and is_course_prim(course):
        with Usd.EditContext(stage, stage.GetRootLayer()):
            stage.RemovePrim(course.GetPath())


def names_course(root: Sdf.Layer, course: Path) -> bool:
    """Whether a stage's root layer refers to the course beside it."""
    return f"./{course.name}" in root.GetCompositionAssetDependencies()


def used_course(stage: Path) -> Path | None:
    """The course that the stage in a file refers to and that boxfit wrote, or None."""
    course = course_file(stage)
    if not (stage.is_file() and course.is_file()):
        return None
    try:
        named = names_course(Sdf.Layer.OpenAsAnonymous(str(stage)), course)
    except Tf.ErrorException:
        return None  # It is no layer, so that it refers to nothing.
    return course if named and is_course_file(course) else None


def remove_unused_course(course: Path, stages: list[Path]) -> None:
    """Delete a course that none of the stages in some files refers to any more."""
    if not any(used_course(stage) for stage in stages):
        # Windows keeps a file that is mapped; nothing refers to it, and the next course replaces it.
        with suppress(PermissionError):
            course.unlink()
