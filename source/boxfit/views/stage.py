"""Datasets of an open stage: folders that the Data Generator names, and the dataset in its cameras."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pxr import Sdf, Usd

from boxfit.errors import DatasetError
from boxfit.files.paths import server_address
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.units import WorldUnits
from boxfit.settings import InputSettings
from boxfit.usd.cameras import CameraRecord, read_cameras
from boxfit.usd.generator_layout import ASSET_PRIM, PRESET_KEY
from boxfit.usd.stage import stage_file
from boxfit.usd.subjects import read_class_names
from boxfit.usd.units import stage_units
from boxfit.views.camera_prims import dataset_from_cameras
from boxfit.views.dataset import Dataset
from boxfit.views.folder import read_folder


@dataclass(frozen=True)
class StageFacts:
    """Facts about the world in which a stage's dataset was made.

    Attributes:
        units: Up axis and unit of the stage, and of a Data Generator's views.
        asset_prim: Path of the asset that the Data Generator renders, or None.
        preset_layer: File or identifier of the layer with the Data Generator's preset; None without a preset.
        out_dir: Output folder that the preset names, or None.
    """

    units: WorldUnits
    asset_prim: str | None
    preset_layer: str | None
    out_dir: Path | None


@dataclass(frozen=True, eq=False)
class StageDataset:
    """A dataset of a stage, not read yet. Holds no `pxr` objects.

    Attributes:
        kind: "cameras": in the stage's cameras. "generator": in a folder that a preset of the Data Generator names.
            "folder": in a folder that the user names.
        title: Title in a list of datasets.
        where: The preset's layer, the stage with the cameras, or the folder itself.
        folder: Folder of its files; None for cameras, whose files may be anywhere.
        views: Number of views if known without reading files, else None.
        problem: Reason that it cannot be read, if known without reading it, else None.
        class_names: Names of semantic ids, for ids that the files do not name.
        source: Source of cameras in messages: the stage, or if it has no file, a folder of masks.
        records: The cameras.
        faults: Path and reason for each camera that cannot be used.
    """

    kind: Literal["cameras", "generator", "folder"]
    title: str
    where: str
    folder: Path | None = None
    views: int | None = None
    problem: str | None = None
    class_names: Mapping[int, str] = field(default_factory=dict)
    source: Path = Path()
    records: tuple[CameraRecord, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()

    __repr__ = brief_repr

    def read(self, settings: InputSettings = InputSettings()) -> Dataset:
        """Read the dataset; may be called in any thread.

        Args:
            settings: Format and masks of a folder that the user names; the stage states those of others.

        Raises:
            DatasetError: If the folder does not exist, or the dataset cannot be used.
        """
        if self.problem is not None:
            raise DatasetError(self.problem)
        if self.folder is None:
            return dataset_from_cameras(self.source, self.records, self.faults)
        if address := server_address(self.folder):
            raise DatasetError(f"{address} lies on a server: download it, and name the folder on this machine (data)")
        return read_folder(self.folder, settings if self.kind == "folder" else InputSettings(), self.class_names)


def inspect_stage(stage: Usd.Stage) -> StageFacts:
    """Collect the facts about a stage, without reading a dataset."""
    layer, preset = next(_presets(stage), (None, {}))
    return StageFacts(
        units=stage_units(stage),
        asset_prim=ASSET_PRIM if stage.GetPrimAtPath(ASSET_PRIM) else None,
        preset_layer=_name(layer) if layer else None,
        out_dir=_output_folder(layer, preset) if layer else None,
    )


def find_datasets(stage: Usd.Stage, *, data_folder: Path | None = None) -> tuple[StageDataset, ...]:
    """Find all datasets that a stage contains or names, without reading their files.

    Args:
        stage: An open stage.
        data_folder: The only folder to read, if the one that the stage names has moved.

    Returns:
        The dataset in the stage's cameras, then the output folder of each preset, strongest layer first and each
        folder once. With `data_folder`, that folder alone.
    """
    # Only a single class name can be used: the preset does not map ids to names.
    names = read_class_names(stage)
    class_names = {1: names[0]} if len(names) == 1 else {}
    if data_folder is not None:
        problem = None if _is_there(data_folder) else f"{data_folder} does not exist: name the folder with the views"
        title, where = data_folder.name or str(data_folder), str(data_folder)
        return (StageDataset("folder", title, where, data_folder, problem=problem, class_names=class_names),)
    generated = {}
    for layer, preset in _presets(stage):
        folder = _output_folder(layer, preset)
        if folder is not None and folder not in generated:
            problem = None if _is_there(folder) else _missing_folder(stage, layer, folder)
            title, where = folder.name or str(folder), _name(layer)
            generated[folder] = StageDataset(
                "generator", title, where, folder, problem=problem, class_names=class_names
            )
    return (*_camera_datasets(stage), *generated.values())


def read_stage(stage: Usd.Stage, *, data_folder: Path | None = None) -> Dataset:
    """Read the first of a stage's datasets, in the order of `find_datasets`.

    Args:
        stage: An open stage.
        data_folder: Folder to read, if the one that the preset names has moved.

    Raises:
        DatasetError: If the stage names no dataset, the folder does not exist, or the dataset cannot be used.
    """
    return first_dataset(stage, data_folder=data_folder).read()


def first_dataset(stage: Usd.Stage, *, data_folder: Path | None = None) -> StageDataset:
    """Return the first dataset of `find_datasets`.

    Raises:
        DatasetError: If there is none.
    """
    datasets = find_datasets(stage, data_folder=data_folder)
    if not datasets:
        raise DatasetError(_no_dataset(stage))
    return datasets[0]


def _camera_datasets(stage: Usd.Stage) -> Iterator[StageDataset]:
    """Yield the dataset in the stage's cameras, if there is one."""
    records, faults = read_cameras(stage)
    if not (records or faults):
        return
    file = stage_file(stage)
    masks = (mask for record in records for mask in record.files.values())
    source = file or next((mask.parent for mask in masks), Path("the open stage"))
    count = len(records) + len(faults)
    yield StageDataset(
        "cameras",
        f"{count} camera{'s' if count > 1 else ''}",
        f"cameras of {file.name if file else 'the open stage'}",
        views=len(records),
        source=source,
        records=tuple(records),
        faults=tuple(faults),
    )


def _presets(stage: Usd.Stage) -> Iterator[tuple[Sdf.Layer, Mapping[str, Any]]]:
    """Yield presets and their layers: those with an output folder first, then strongest first."""
    layers = stage.GetLayerStack(includeSessionLayers=False)
    values = [(layer, layer.customLayerData.get(PRESET_KEY)) for layer in layers]
    presets = [(layer, preset) for layer, preset in values if isinstance(preset, Mapping)]
    yield from sorted(presets, key=lambda item: not item[1].get("out_dir"))


def _is_there(path: Path) -> bool:
    """Return False if there is surely nothing; reading a path that cannot be accessed raises an error with a reason."""
    try:
        return bool(server_address(path)) or path.exists()
    except OSError:
        return True


def _output_folder(layer: Sdf.Layer, preset: Mapping[str, Any]) -> Path | None:
    """Return the folder that a preset names, relative to its layer."""
    folder = preset.get("out_dir")
    if not folder:
        return None
    if server_address(str(folder)):
        return Path(str(folder))
    return Path(layer.realPath).parent / str(folder) if layer.realPath else Path(str(folder))


def _name(layer: Sdf.Layer) -> str:
    return layer.realPath or layer.identifier


def _missing_folder(stage: Usd.Stage, layer: Sdf.Layer, folder: Path) -> str:
    return (
        f"{_stage_name(stage)}: the Data Generator's preset {_name(layer)} names the output folder {folder}, "
        "which does not exist: name the folder that the views are in now (data)"
    )


def _no_dataset(stage: Usd.Stage) -> str:
    source = _stage_name(stage)
    for layer, _ in _presets(stage):
        return f"{source}: the Data Generator's preset {_name(layer)} names no out_dir: name it (data)"
    return (
        f"{source} names no dataset: it has no Data Generator preset (customLayerData of a sublayer) and no "
        "cameras with boxfit:mask; name the folder with the views (data), or import it with `boxfit import`"
    )


def _stage_name(stage: Usd.Stage) -> str:
    return str(stage_file(stage) or "the open stage")
