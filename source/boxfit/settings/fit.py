"""Settings of a fit, with the help texts that the command line and the panel show."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Literal

from boxfit.errors import FitError
from boxfit.settings.setting import changed_repr, check_settings, setting

Method = Literal["auto", "contact", "tight", "notebook"]
RendererName = Literal["auto", "area", "dibr", "kaolin"]
Alignment = Literal["auto", "free", "up", "axes"]
Extent = Literal["likely", "certain", "proven"]
CalibrationMode = Literal["auto", "off", "lens", "poses"]
DepthUse = Literal["auto", "off"]
NotebookStart = Literal["origin", "contact"]


@dataclass(frozen=True)
class FitSettings:
    """Settings of a fit. Help texts are in the fields' metadata, under "help".

    Raises:
        FitError: If a value is out of range.
    """

    method: Method = setting(
        "auto",
        "auto: start box, then the differentiable fit if the object fills its box, as a parcel, a plate or a frame "
        "does; contact: the start box alone; tight: the fit even if the object seems not to fill its box, taken if it "
        "explains the masks' outlines; notebook: the loop and losses of kaolin's bounding box tutorial.",
        Method,
    )
    renderer: RendererName = setting(
        "auto",
        "area: exact areas in NumPy; dibr: DIB-R in PyTorch; kaolin: DIB-R by kaolin on CUDA; auto: kaolin if it "
        "works, in this or the other Python, else area.",
        RendererName,
    )
    align: Alignment = setting(
        "auto",
        "auto: along the frame's axes if that box is at most 3 % larger than the least one, upright if at most 10 % "
        "(of up to six views 20 %), else free; free: any rotation; up: rotation about the up axis only; axes: aligned "
        "with the frame's axes. "
        "notebook ignores this.",
        Alignment,
        label="Alignment",
    )
    extent: Extent = setting(
        "likely",
        "likely: where the object most likely ends; certain: holds the object whatever the views leave open; proven: "
        "only what the views prove. notebook ignores this.",
        Extent,
    )
    calibrate: CalibrationMode = setting(
        "auto",
        "auto: if the cameras contradict the masks, mend the lens (principal point and focal lengths of all views), "
        "then the poses; lens, poses: only these; off: take the cameras as given.",
        CalibrationMode,
        label="Calibration",
    )
    depth: DepthUse = setting(
        "auto",
        "auto: use the depth images of the views that have them, unless they contradict the masks; off: masks alone.",
        DepthUse,
    )
    floor: float | None = setting(
        None,
        "Height of the floor along the up axis, in the dataset's unit: the object is nowhere below it, and stands on "
        "it if it comes near. Closes the bounds of what is seen from above.",
    )
    seed: int = setting(
        0, "Seed of the orientation search and of the order of the notebook's batches.", least=0, most=2**63 - 1
    )

    max_steps: int = setting(
        30, "Most steps of the differentiable fit of auto and tight, which mostly needs five.", least=1, most=1e6
    )

    notebook_start: NotebookStart = setting(
        "origin",
        "Start of notebook. origin: a cube at the frame's origin, as in the tutorial; contact: the start box.",
        NotebookStart,
    )
    notebook_half_extent: float = setting(
        0.75, "Half the edge length of notebook's start cube, in the frame's units.", least=1e-9, most=1e9
    )
    notebook_learning_rate: float = setting(
        5e-2,
        "Step size of Adam for notebook's centre (in the frame's units), scale and quaternion.",
        positive=True,
        most=1e9,
    )
    batch_size: int = setting(2, "Views in one step of notebook.", least=1)
    epochs: int = setting(30, "Passes of notebook over all views.", least=1, most=1e6)
    scheduler_step: int = setting(5, "Epochs after which notebook reduces its step size.", least=1)
    scheduler_gamma: float = setting(0.5, "Factor by which notebook reduces its step size.", positive=True)
    overlap: float = setting(1.0, "Weight of notebook's overlap loss: mask area outside the box.", least=0, most=1e9)
    occupancy: float = setting(
        0.05, "Weight of notebook's occupancy loss: image area that the box covers.", least=0, most=1e9
    )

    sigmainv: float = setting(
        7000.0, "Sharpness of the soft edge of dibr and kaolin.", positive=True, label="Sigma inverse"
    )
    boxlen: float = setting(
        0.02,
        "Width of the soft edge of dibr and kaolin, as a fraction of half the image.",
        positive=True,
        label="Box length",
    )
    device: str = setting("auto", "Device of dibr: cpu, cuda, cuda:1, mps, or auto: CUDA if available.")
    python: Path | None = setting(
        None,
        "Another Python interpreter, with PyTorch and kaolin: runs dibr or kaolin in a separate process if they cannot "
        "run in this one.",
    )

    __repr__ = changed_repr

    def __post_init__(self) -> None:
        """Check the values; a path may be given as text."""
        check_settings(self, FitError)
        if self.floor is not None and (not isinstance(self.floor, Real) or isinstance(self.floor, bool)):
            raise FitError(f"floor is {self.floor!r:.40}: give the height of the floor, a number")
        if self.python is not None:
            object.__setattr__(self, "python", Path(self.python))
