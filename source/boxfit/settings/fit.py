"""Settings of a fit, each with its help text, which the command line and the panel read from here.

Nothing heavy is imported: `boxfit --help` reads this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from boxfit.errors import FitError
from boxfit.settings.setting import check_settings, setting

Method = Literal["tight", "contact", "notebook"]
RendererName = Literal["auto", "area", "dibr", "kaolin"]
Alignment = Literal["free", "up", "axes"]
NotebookStart = Literal["origin", "contact"]


@dataclass(frozen=True)
class FitSettings:
    """Settings of a fit. The help text of each is in its field's metadata, under "help".

    Raises:
        FitError: If a value is out of range.
    """

    method: Method = setting(
        "tight",
        "tight: start box, then the differentiable fit, then the better of the two; contact: the start box alone; "
        "notebook: the loop and losses of kaolin's bounding box tutorial.",
        Method,
    )
    renderer: RendererName = setting(
        "auto",
        "area: exact areas in NumPy; dibr: DIB-R in PyTorch; kaolin: DIB-R by kaolin on CUDA; auto: kaolin where it "
        "works, here or in the other Python, else area.",
        RendererName,
    )
    align: Alignment = setting(
        "free",
        "free: any rotation; up: turned about the up axis only; axes: along the frame's axes. "
        "notebook fits any rotation.",
        Alignment,
        label="Alignment",
    )
    seed: int = setting(0, "Seed of the orientation search and of the order of the notebook's batches.", least=0)

    max_steps: int = setting(80, "Steps of the tight fit.", least=1)
    learning_rate: float = setting(
        0.0004, "First step of the tight fit, as a part of the box's half diagonal; it decays to zero.", positive=True
    )

    notebook_start: NotebookStart = setting(
        "origin",
        "Where notebook starts. origin: a cube at the frame's origin, as the tutorial does; contact: the start box.",
        NotebookStart,
    )
    notebook_half_extent: float = setting(
        0.75, "Half the edge of the cube that notebook starts from, in the frame's units.", positive=True
    )
    notebook_learning_rate: float = setting(
        5e-2, "Adam's step on notebook's centre (in the frame's units), scale and quaternion.", positive=True
    )
    batch_size: int = setting(2, "Views in one step of notebook.", least=1)
    epochs: int = setting(30, "Passes of notebook over all views.", least=1)
    scheduler_step: int = setting(5, "Epochs after which notebook shortens its steps.", least=1)
    scheduler_gamma: float = setting(0.5, "Factor by which notebook shortens its steps.", positive=True)
    overlap: float = setting(1.0, "Weight of notebook's overlap loss: mask that the box misses.", least=0)
    occupancy: float = setting(0.05, "Weight of notebook's occupancy loss: image that the box covers.", least=0)

    sigmainv: float = setting(
        7000.0, "Sharpness of the soft edge of dibr and kaolin.", positive=True, label="Sigma inverse"
    )
    boxlen: float = setting(
        0.02,
        "Reach of the soft edge of dibr and kaolin, as a part of half the image.",
        positive=True,
        label="Box length",
    )
    device: str = setting("auto", "Where dibr runs: cpu, cuda, cuda:1, mps, or auto: CUDA where there is one.")
    python: Path | None = setting(
        None,
        "Another Python interpreter, with PyTorch and kaolin: where dibr or kaolin cannot run here, they run there, "
        "in a process of their own.",
    )

    def __post_init__(self) -> None:
        """Refuse values that no fit can run with; a text will do for a path."""
        check_settings(self, FitError)
        if self.python is not None:
            object.__setattr__(self, "python", Path(self.python))
