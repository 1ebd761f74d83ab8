"""Settings of input, fit and prim by name, for functions that take them as keywords."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal, TypedDict

from boxfit.settings.fit import (
    Alignment,
    CalibrationMode,
    DepthUse,
    Extent,
    Method,
    NotebookStart,
    RendererName,
)
from boxfit.settings.input import CameraConvention, FormatName, MaskMeaning
from boxfit.settings.prim import Frame, Purpose, RotationOp


class SettingsByName(TypedDict, total=False):
    """Fields of `InputSettings`, `FitSettings` and `PrimSettings`, where they are described."""

    format: FormatName
    masks: str | os.PathLike[str] | None
    mask_shows: MaskMeaning
    label: str | int | Sequence[str | int]
    skip: str | int | Sequence[str | int] | None
    merge: str | None
    split: bool
    asset: str | None
    views: str | None
    exclude: str | None
    data: str | os.PathLike[str] | None
    source_up: Literal["Y", "Z", "y", "z"] | None
    source_units: float | None
    camera_convention: CameraConvention
    method: Method
    renderer: RendererName
    align: Alignment
    extent: Extent
    calibrate: CalibrationMode
    depth: DepthUse
    floor: float | None
    seed: int
    max_steps: int
    notebook_start: NotebookStart
    notebook_half_extent: float
    notebook_learning_rate: float
    batch_size: int
    epochs: int
    scheduler_step: int
    scheduler_gamma: float
    overlap: float
    occupancy: float
    sigmainv: float
    boxlen: float
    device: str
    python: str | os.PathLike[str] | None
    prim: str | None
    frame: Frame
    rotation: RotationOp
    purpose: Purpose | None
    collider: bool
    semantic_label: str | None
    reset_xform_stack: bool
    animation: bool
