"""Find the dataset of an open stage: one that the Data Generator names, or one that cameras carry."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pxr import Sdf, Usd

from boxfit.errors import DatasetError
from boxfit.usd.cameras import read_cameras
from boxfit.usd.generator_layout import ASSET_PRIM, PRESET_KEY
from boxfit.usd.semantics import read_class_names
from boxfit.usd.stage import WorldUnits, stage_units
from boxfit.views.camera_prims import dataset_from_cameras
from boxfit.views.data_generator import read_data_generator
from boxfit.views.dataset import Dataset


@dataclass(frozen=True)
class StageFacts:
    """What a stage says of the world that its dataset was made in.

    Attributes:
        units: The stage's up axis and unit; a Data Generator's views are in these.
        asset_prim: Path of the asset that the Data Generator shows, or None.
        preset_layer: File of the layer with the Data Generator's preset, or its identifier; None without a
            preset.
        out_dir: Output folder that the preset names, or None.
        class_names: Class labels on the stage.
    """

    units: WorldUnits
    asset_prim: str | None
    preset_layer: str | None
    out_dir: Path | None
    class_names: tuple[str, ...]


def inspect_stage(stage: Usd.Stage) -> StageFacts:
    """Gather the facts; reads no dataset."""
    layer, preset = _find_preset(stage)
    out_dir = preset.get("out_dir")
    return StageFacts(
        units=stage_units(stage),
        asset_prim=ASSET_PRIM if stage.GetPrimAtPath(ASSET_PRIM) else None,
        preset_layer=(layer.realPath or layer.identifier) if layer else None,
        out_dir=_against(layer, str(out_dir)) if layer and out_dir else None,
        class_names=read_class_names(stage),
    )


def read_stage(stage: Usd.Stage, *, data_folder: Path | None = None) -> Dataset:
    """Read the dataset of a stage.

    Cameras that carry a dataset are read first, unless a folder is given; else the output folder of the Data
    Generator's preset is.

    Args:
        stage: An open stage.
        data_folder: Folder to read instead of the one that the preset names, where that one has moved.

    Raises:
        DatasetError: If the stage names no dataset, the folder does not exist, or the dataset cannot be used.
    """
    source = Path(stage.GetRootLayer().realPath or stage.GetRootLayer().identifier)
    if data_folder is None:
        records, faults = read_cameras(stage)
        if records or faults:
            return dataset_from_cameras(source, records, faults)
    facts = inspect_stage(stage)
    folder = data_folder or facts.out_dir
    if folder is None:
        raise DatasetError(_nothing_named(source, facts))
    if data_folder is None and not _may_be_folder(folder):
        raise DatasetError(
            f"{source}: the Data Generator's preset {facts.preset_layer} names the output folder {folder}, "
            "which does not exist: name the folder where it is now (--data)"
        )
    # Only a single class can be told by its name: the preset does not say which id belongs to which.
    class_names = {1: facts.class_names[0]} if len(facts.class_names) == 1 else {}
    return read_data_generator(folder, class_names=class_names)


def _find_preset(stage: Usd.Stage) -> tuple[Sdf.Layer | None, Mapping[str, Any]]:
    """The strongest layer that holds a preset with an output folder, else with any preset; and the preset."""
    layers = stage.GetLayerStack(includeSessionLayers=False)
    found = [(layer, layer.customLayerData.get(PRESET_KEY)) for layer in layers]
    presets = [(layer, preset) for layer, preset in found if isinstance(preset, Mapping)]
    return next((one for one in presets if one[1].get("out_dir")), presets[0] if presets else (None, {}))


def _may_be_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return True  # One may not look; reading it says why.


def _against(layer: Sdf.Layer, path: str) -> Path:
    """A path as the layer means it."""
    return Path(layer.realPath).parent / path if layer.realPath else Path(path)


def _nothing_named(source: Path, facts: StageFacts) -> str:
    if facts.preset_layer:
        return f"{source}: the Data Generator's preset {facts.preset_layer} names no out_dir: name it (--data)"
    return (
        f"{source} names no dataset: it has no Data Generator preset (customLayerData of a sublayer) and no "
        "cameras with boxfit:mask; name the folder with the views (--data), or import it with `boxfit import`"
    )
