"""What a user may choose beside the fit's own settings: what to fit, and how its box is written.

Help texts live in the fields' metadata, for the command line and the panel alike. Nothing heavy is imported:
`boxfit --help` reads this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from boxfit.errors import DatasetError, StageError
from boxfit.setting import check_settings, setting

UpAxis = Literal["Y", "Z"]
Frame = Literal["world", "asset"]
RotationOp = Literal["orient", "xyz"]
Purpose = Literal["default", "guide"]


@dataclass(frozen=True)
class InputSettings:
    """What to fit, and what world it stands in.

    Raises:
        DatasetError: If the unit is not a positive number, or there is no such axis.
    """

    label: str | int = setting("all", "Object to fit: a label's name or id, or all.")
    asset: str | None = setting(None, "Fit this asset only: its file as the metadata names it, or the file's name.")
    views: str | None = setting(None, "Views to use, such as 0-9,12,20-40:2.")
    exclude: str | None = setting(None, "Views to leave out, written like views.", label="Views left out")
    data: Path | None = setting(None, "Folder with the views, where the one that the stage names has moved.")
    source_up: UpAxis | None = setting(
        None,
        "Up axis of the dataset's world (default: the source stage's, else the written stage's, else Y).",
        UpAxis,
        label="Source up axis",
    )
    source_units: float | None = setting(
        None,
        "Metres per unit of the dataset's world (default: the source stage's, else the written stage's, else 0.01).",
        positive=True,
    )

    def __post_init__(self) -> None:
        """Refuse what no world has."""
        check_settings(self, DatasetError)


@dataclass(frozen=True)
class PrimSettings:
    """How the box is written.

    Raises:
        StageError: If a value is none of those that a setting takes.
    """

    prim: str | None = setting(
        None,
        "Path of the box prim; with several objects, of the scope that holds them (default: in the default prim).",
        label="Prim path",
    )
    frame: Frame = setting(
        "world",
        "world: place the box in the world; asset: beside the asset, under a frame that carries its transform.",
        Frame,
    )
    rotation: RotationOp = setting(
        "orient", "Rotation op of a new prim: a quaternion, or rotateXYZ.", RotationOp, label="Rotation op"
    )
    purpose: Purpose | None = setting(
        None,
        "guide keeps the box out of its parents' bounds (default: default for a new prim, else as it is).",
        Purpose,
    )
    reset_xform_stack: bool = setting(False, "Place the box in the world whatever its parents' transforms are.")
    animation: bool = setting(
        False, "Write the fit's history as time samples to a hidden prim beside the box.", label="Record the history"
    )

    def __post_init__(self) -> None:
        """Refuse what no prim can be written with."""
        check_settings(self, StageError)
