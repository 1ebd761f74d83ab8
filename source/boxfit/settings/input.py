"""What to fit, and what is known of its world."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from boxfit.errors import DatasetError
from boxfit.settings.setting import check_settings, setting

UpAxis = Literal["Y", "Z"]


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
