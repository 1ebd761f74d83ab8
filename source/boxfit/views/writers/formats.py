"""The formats that datasets can be written in, by the names of `boxfit.views.folder.FORMATS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from boxfit.views.dataset import Dataset
from boxfit.views.writers.bop import bop_losses, write_bop
from boxfit.views.writers.colmap import colmap_losses, write_colmap
from boxfit.views.writers.data_generator import data_generator_losses, write_objects
from boxfit.views.writers.plain import plain_losses, write_plain
from boxfit.views.writers.replicator import replicator_losses, write_replicator
from boxfit.views.writers.transforms import transforms_losses, write_transforms


@dataclass(frozen=True)
class Writer:
    """Writer of a format.

    Attributes:
        losses: Lists what the format does not hold of a dataset; raises DatasetError if that is a camera or a mask.
        write: Writes a dataset to a new or empty folder, completely or not at all; raises DatasetError.
    """

    losses: Callable[[Dataset], list[str]]
    write: Callable[[Dataset, Path], None]


WRITERS: dict[str, Writer] = {
    "data-generator": Writer(data_generator_losses, write_objects),
    "replicator": Writer(replicator_losses, write_replicator),
    "transforms": Writer(transforms_losses, write_transforms),
    "colmap": Writer(colmap_losses, write_colmap),
    "bop": Writer(bop_losses, write_bop),
    "plain": Writer(plain_losses, write_plain),
}
"""Writers by the name of the format."""
