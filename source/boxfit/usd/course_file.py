"""The file beside a stage that holds the course of a fit, and what becomes of it when the course is out of date."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pxr import Sdf, Tf, Usd

from boxfit.usd.figures import NAMESPACE

COURSE_ROOT = Sdf.Path("/Course")
_SUFFIX = ".course.usdc"


def course_file(stage: Path) -> Path:
    """Where the course beside a stage's file is."""
    return stage.with_name(f"{stage.stem}{_SUFFIX}")


def course_prim(box: Sdf.Path) -> Sdf.Path:
    """Where the course of a box prim stands."""
    return box.ReplaceName(f"{box.name}_course")


def is_course_name(name: str) -> bool:
    """Whether a file is called as boxfit calls a course."""
    return name.endswith(_SUFFIX)


def withdraw_course(stage: Usd.Stage, box: Usd.Prim) -> None:
    """Remove the course prim that an earlier fit left beside a box, as it no longer leads to that box."""
    course = stage.GetPrimAtPath(course_prim(box.GetPath()))
    if course and course.HasAttribute(f"{NAMESPACE}:course"):
        with Usd.EditContext(stage, stage.GetRootLayer()):
            stage.RemovePrim(course.GetPath())


def used_course(stage: Path) -> Path | None:
    """The course that the stage in a file refers to and that boxfit wrote, or None."""
    course = course_file(stage)
    if not (stage.is_file() and course.is_file()):
        return None
    try:
        if f"./{course.name}" not in Sdf.Layer.OpenAsAnonymous(str(stage)).GetCompositionAssetDependencies():
            return None
        return course if Sdf.Layer.OpenAsAnonymous(str(course)).defaultPrim == COURSE_ROOT.name else None
    except Tf.ErrorException:
        return None  # One of them is no layer: what is there is not known to be boxfit's.


def remove_unused_course(course: Path, stages: list[Path]) -> None:
    """Delete a course that none of the stages in some files refers to any more."""
    if not any(used_course(stage) for stage in stages):
        # Windows keeps a file that is mapped; nothing refers to it, and the next course replaces it.
        with suppress(PermissionError):
            course.unlink()
