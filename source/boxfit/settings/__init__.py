"""Settings of the library, each described once for the command line, Python and the panel.

These modules import no large package, so that `boxfit --help` is fast.
"""

from boxfit.settings.capture import CaptureSettings
from boxfit.settings.fit import Alignment, Extent, FitSettings
from boxfit.settings.input import CameraConvention, InputSettings
from boxfit.settings.prim import PrimSettings

__all__ = [
    "Alignment",
    "CameraConvention",
    "CaptureSettings",
    "Extent",
    "FitSettings",
    "InputSettings",
    "PrimSettings",
]
