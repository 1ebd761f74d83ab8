"""Settings of the input: objects, views, and units of the dataset's world."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from boxfit.errors import DatasetError
from boxfit.settings.setting import check_settings, setting

UpAxis = Literal["Y", "Z"]


@dataclass(frozen=True)
class InputSettings:
    """Choice of objects and views, and the up axis and unit of the dataset's world.

    Raises:
        DatasetError: If the unit is not a positive number, or the axis is unknown.
    """

    label: str | int = setting("all", "Object to fit: the name or id of a label, or all.")
    asset: str | None = setting(None, "Fit this asset only: its path as in the metadata, or its file name.")
    views: str | None = setting(None, "Views to use, such as 0-9,12,20-40:2.")
    exclude: str | None = setting(None, "Views to leave out, in the same form as views.", label="Views left out")
    data: Path | None = setting(None, "Folder with the views, if the one that the stage names has moved.")
    source_up: UpAxis | None = setting(
        None,
        "Up axis of the dataset's world (default: that of the source stage, else of the written stage, else Y).",
        UpAxis,
        label="Source up axis",
    )
    source_units: float | None = setting(
        None,
        "Metres per unit of the dataset's world (default: as the source stage, else the written stage, else 0.01).",
        positive=True,
    )

    def __post_init__(self) -> None:
        """Check the values."""
        check_settings(self, DatasetError)
