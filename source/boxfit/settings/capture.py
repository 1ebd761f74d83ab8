"""How views are captured from an open stage; a renderer makes them, so that nothing here knows how.

Help texts live in the fields' metadata, for the panel and whoever else asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from boxfit.errors import DatasetError
from boxfit.settings.setting import check_settings, setting

Cameras = Literal["around", "stage"]


@dataclass(frozen=True)
class CaptureSettings:
    """From where, how large, and with what in sight.

    Raises:
        DatasetError: If no image could be made so.
    """

    cameras: Cameras = setting(
        "around", "around: views made around the prims; stage: the stage's own cameras.", Cameras
    )
    view_count: int = setting(24, "Number of views around the prims.", least=2, label="Views")
    elevation_from: float = setting(-90.0, "Least elevation of the views, in degrees; below 0 they look up.", least=-90)
    elevation_to: float = setting(90.0, "Greatest elevation of the views, in degrees.", least=-90)
    distance: float | None = setting(
        None,
        "Distance of the views from the middle of the prims, in stage units (default: so that all is in view).",
        positive=True,
    )
    image_width: int = setting(512, "Width of the images, in pixels.", least=16)
    image_height: int = setting(512, "Height of the images, in pixels.", least=16)
    isolate: bool = setting(True, "Hide all other geometry meanwhile, so that nothing stands before the prims.")

    def __post_init__(self) -> None:
        """Refuse what no camera can do."""
        check_settings(self, DatasetError)
        if not self.elevation_from <= self.elevation_to <= 90:
            raise DatasetError(
                f"the views' elevations go from {self.elevation_from:g} to {self.elevation_to:g}: give a range within "
                "-90 and 90"
            )

    @property
    def resolution(self) -> tuple[int, int]:
        """(height, width) of the images, in pixels."""
        return self.image_height, self.image_width
