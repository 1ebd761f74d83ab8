"""The course of a stage that a program which knows no courses saves under another name.

Such a program writes the root layer to its new place, closes the stage, and opens what it wrote. The reference to the
course is as it was then, or leads to the old place, where the course need not be on disk.
"""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pxr import Sdf, Usd, UsdUtils

from boxfit.usd.course_file import course_place
from boxfit.usd.saving import course_in_memory, resolved_asset
from boxfit.usd.stage import new_layer, stage_file

_JUST_NOW = 60.0
"""A stage that is opened was saved under this name by whoever closed the other one, if within as many seconds."""


@dataclass(frozen=True, eq=False)
class LeftCourse:
    """The course of a stage that is closed.

    Attributes:
        file: Where it is saved, or would have been.
        layer: A copy of it: the stage's own, while anyone holds it, would be taken for what is on disk.
    """

    file: Path
    layer: Sdf.Layer


def leave_course(stage: Usd.Stage) -> LeftCourse | None:
    """The course of a stage that is about to be closed, as it is in memory; None where it has none."""
    course = course_in_memory(stage)
    if course is None:
        return None
    copy = Sdf.Layer.CreateAnonymous(Path(course.identifier).suffix)
    copy.TransferContent(course)
    return LeftCourse(Path(course.realPath), copy)


def adopt_course(stage: Usd.Stage, left: LeftCourse) -> bool:
    """Give a stage that has just been saved under another name the course that it cannot find there.

    The stage is changed in memory only, and is saved as any other; one that lacks nothing stays as it is.

    Args:
        stage: The stage under its new name.
        left: The course of the stage that it was saved from.

    Returns:
        False where the course is lacking and the stage lies on a server, beside which none can be.

    Raises:
        StageError: If something else is at the course's place.
    """
    root, file = stage.GetRootLayer(), stage_file(stage)
    named = {asset for asset in root.GetCompositionAssetDependencies() if PurePosixPath(asset).name == left.file.name}
    lost = {asset for asset in named if not _is_saved(left.layer, Path(resolved_asset(root, asset)))}
    if not lost or file is None:
        return not lost
    own = course_place(file)
    if own == left.file or time.time() - file.stat().st_mtime > _JUST_NOW:
        return True  # It was opened as it is on disk: what was not saved with it is not wanted.
    layer = new_layer(own)  # Held until the stage holds it.
    layer.TransferContent(left.layer)
    # Where the name stays, it is composed anew only if it was another one in between.
    UsdUtils.ModifyAssetPaths(root, lambda asset: own.as_posix() if asset in lost else asset)
    UsdUtils.ModifyAssetPaths(root, lambda asset: f"./{own.name}" if asset == own.as_posix() else asset)
    return True


def _is_saved(course: Sdf.Layer, place: Path) -> bool:
    """Whether a course is on disk as it was in memory."""
    return place.is_file() and Sdf.Layer.OpenAsAnonymous(place.as_posix()).ExportToString() == course.ExportToString()
