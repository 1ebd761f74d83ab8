"""boxfit: from segmentation masks with known cameras to a tight oriented 3D box on a USD stage.

    import boxfit
    results = boxfit.fit("renders/clock", output="clock_box.usda")
    result = boxfit.fit_masks(masks, intrinsics, camera_poses, convention="opencv", up="z")

`Session` does the first step by step. The names in `__all__` are public, all other modules internal; names that need
other packages are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from boxfit._version import __version__
from boxfit.errors import (
    BoxfitError,
    CameraError,
    DatasetError,
    FitError,
    OutputError,
    PanelError,
    RendererError,
    RequirementError,
    StageError,
)
from boxfit.session.api import batch, fit, fit_labels, fit_masks

if TYPE_CHECKING:
    from boxfit.geometry.box import Box, FaceBounds
    from boxfit.geometry.camera import Camera
    from boxfit.geometry.silhouette import Silhouette
    from boxfit.session.output_stage import OutputStage
    from boxfit.session.reading import read_source, survey_stage
    from boxfit.session.report import make_report
    from boxfit.session.results import ObjectResult, ObjectResults, Progress
    from boxfit.session.session import Session
    from boxfit.session.source import Source, SourceWorld
    from boxfit.settings import CaptureSettings, FitSettings, InputSettings, PrimSettings

__all__ = [
    "Box",
    "BoxfitError",
    "Camera",
    "CameraError",
    "CaptureSettings",
    "DatasetError",
    "FaceBounds",
    "FitError",
    "FitSettings",
    "InputSettings",
    "ObjectResult",
    "ObjectResults",
    "OutputError",
    "OutputStage",
    "PanelError",
    "PrimSettings",
    "Progress",
    "RendererError",
    "RequirementError",
    "Session",
    "Silhouette",
    "Source",
    "SourceWorld",
    "StageError",
    "__version__",
    "batch",
    "fit",
    "fit_labels",
    "fit_masks",
    "make_report",
    "read_source",
    "survey_stage",
]

_MODULES = {
    "Box": "boxfit.geometry.box",
    "Camera": "boxfit.geometry.camera",
    "CaptureSettings": "boxfit.settings",
    "FaceBounds": "boxfit.geometry.box",
    "FitSettings": "boxfit.settings",
    "InputSettings": "boxfit.settings",
    "ObjectResult": "boxfit.session.results",
    "ObjectResults": "boxfit.session.results",
    "OutputStage": "boxfit.session.output_stage",
    "PrimSettings": "boxfit.settings",
    "Progress": "boxfit.session.results",
    "Session": "boxfit.session.session",
    "Silhouette": "boxfit.geometry.silhouette",
    "Source": "boxfit.session.source",
    "SourceWorld": "boxfit.session.source",
    "make_report": "boxfit.session.report",
    "read_source": "boxfit.session.reading",
    "survey_stage": "boxfit.session.reading",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _MODULES:
        raise AttributeError(f"module 'boxfit' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, including those not imported yet."""
    return __all__
