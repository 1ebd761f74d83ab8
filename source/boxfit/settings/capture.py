"""Settings of a capture of views from an open stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from boxfit.errors import DatasetError
from boxfit.settings.setting import changed_repr, check_settings, setting

Cameras = Literal["around", "stage"]


@dataclass(frozen=True)
class CaptureSettings:
    """Cameras, image size and visibility of a capture. Help texts are in the fields' metadata.

    Raises:
        DatasetError: If a value is out of range.
    """

    cameras: Cameras = setting(
        "around", "around: cameras placed around the prims; stage: the stage's own cameras.", Cameras
    )
    view_count: int = setting(24, "Number of views around the prims.", least=2, label="Views")
    elevation_from: float = setting(
        -90.0, "Lowest elevation of the views, in degrees; negative: from below.", least=-90
    )
    elevation_to: float = setting(90.0, "Highest elevation of the views, in degrees.", least=-90)
    distance: float | None = setting(
        None,
        "Distance of the cameras from the centre of the prims, in stage units (default: all prims in view).",
        positive=True,
    )
    image_width: int = setting(512, "Width of the images, in pixels.", least=16)
    image_height: int = setting(512, "Height of the images, in pixels.", least=16)
    isolate: bool = setting(True, "Hide all other geometry during the capture, so that nothing occludes the prims.")

    __repr__ = changed_repr

    def __post_init__(self) -> None:
        """Check the values."""
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
