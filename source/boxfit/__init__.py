"""boxfit: from segmentation masks with known cameras to a tight oriented 3D box on a USD stage.

    import boxfit
    results = boxfit.fit("renders/clock", output="clock_box.usda")

`Session` does the same step by step. The names in `__all__` are public, all other modules internal; names that need
other packages are imported on first use.
"""

from __future__ import annotations

import os
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

if TYPE_CHECKING:
    from boxfit.geometry.box import Box, FaceBounds
    from boxfit.geometry.camera import Camera
    from boxfit.geometry.silhouette import Silhouette
    from boxfit.session.output_stage import OutputStage
    from boxfit.session.reading import read_source, survey_stage
    from boxfit.session.report import make_report
    from boxfit.session.results import ObjectResult, Progress
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
    "fit",
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


def fit(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    into: str | os.PathLike[str] | None = None,
    force: bool = False,
    **settings: Any,
) -> list[ObjectResult]:
    """Load a dataset, fit a box to each object, and write the boxes if a stage is given.

    Args:
        source: Folder of views, or a stage that names or contains a dataset.
        output: New stage to write.
        into: Existing stage to write into.
        force: Overwrite `output` if it exists.
        **settings: Fields of `InputSettings`, `FitSettings` and `PrimSettings`, such as `label="clock"`,
            `method="contact"`, `extent="certain"` or `frame="asset"`: the flags of `boxfit fit`.

    Returns:
        A result for each fitted object: its box, bounds and figures. `result.box` is the box of the setting `extent`,
        by default `result.likely`; `result.boxes` has all three: the proven, the likely and the certain one, which
        holds the object whatever the views leave open.

    Raises:
        BoxfitError: If nothing can be read, fitted or written; the message gives the reason and a remedy.
        TypeError: If there is no such setting, or both `output` and `into` are given.
    """
    from boxfit.session.session import fit_source

    return fit_source(source, output, into, force, settings)
