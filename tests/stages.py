"""Stages that name or carry a dataset, as the Data Generator and `boxfit import` leave them."""

from pathlib import Path
from typing import Any

import numpy as np
from boxfit.geometry.box import Box
from boxfit.geometry.units import WorldUnits
from boxfit.usd.generator_layout import PRESET_KEY
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_stage
from boxfit.views.camera_prims import write_views
from boxfit.views.data_generator import read_data_generator
from pxr import Sdf, UsdGeom

from tests.folders import RESOLUTION, box_mask, cameras_around, metadata_of, write_box_views, write_view
from tests.scenes import BOX

SECOND_BOX = Box(BOX.centre + np.array([0.3, 0.2, -0.1]), 0.5 * BOX.half_extents)
"""A box that is seen in the same views as `tests.scenes.BOX`."""


def generator_stage(folder: Path, *out_dirs: str, units: WorldUnits = WorldUnits("Y", 0.01)) -> Any:
    """A stage with a preset layer for each output folder, opened from disk; `folder` comes to be if need be."""
    folder.mkdir(exist_ok=True)
    stage = new_stage(folder / "scene.usda", units)
    for index, out_dir in enumerate(out_dirs):
        layer = Sdf.Layer.CreateNew(str(folder / f"preset_{index}.usda"))
        layer.customLayerData = {PRESET_KEY: {"out_dir": out_dir}}
        layer.Save()
        stage.GetRootLayer().subLayerPaths.append(f"./preset_{index}.usda")
    save_stage(stage)
    return open_stage(folder / "scene.usda")


def box_stage(
    folder: Path,
    count: int = 8,
    units: WorldUnits = WorldUnits("Y", 0.01),
    resolution: tuple[int, int] = RESOLUTION,
) -> Any:
    """A stage that names a folder with views of `tests.scenes.BOX`."""
    folder.mkdir(exist_ok=True)
    write_box_views(folder / "views", count, resolution=resolution)
    return generator_stage(folder, "views", units=units)


def camera_stage(folder: Path, count: int = 8, resolution: tuple[int, int] = RESOLUTION) -> Any:
    """A stage that carries views of `tests.scenes.BOX` as cameras."""
    folder.mkdir(exist_ok=True)
    write_box_views(folder / "views", count, resolution=resolution)
    stage = new_stage(folder / "imported.usda")
    write_views(stage, read_data_generator(folder / "views"))
    save_stage(stage)
    return open_stage(folder / "imported.usda")


def two_object_views(folder: Path, count: int = 8, seen: int | None = None) -> None:
    """Views of two boxes, each under its own label; the second is in front, and seen in so many of them."""
    for index, camera in enumerate(cameras_around(count)):
        mask = box_mask(camera)
        if seen is None or index < seen:
            mask[box_mask(camera, SECOND_BOX) > 0] = 2
        write_view(folder, index, metadata_of(camera), semantic=mask)


def fill_view(folder: Path, index: int, label: int) -> None:
    """Let a label cover the whole image of a view."""
    path = folder / f"{index}_semantic.npy"
    np.save(path, np.full_like(np.load(path), label))


def stage_text(stage: Any) -> str:
    """All of a stage's root layer, to see whether anything has changed."""
    return stage.GetRootLayer().ExportToString()


def box_on_stage(stage: Any, path: str) -> np.ndarray:
    """The box's matrix at a prim, unit cube to world, shape (4, 4), as USD itself computes it."""
    return np.array(UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath(path))).T


def define_mesh(stage: Any, path: str, points: Any, counts: Any, indices: Any) -> Any:
    """A mesh of polygons, as USD's own attributes say it."""
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr(points)
    mesh.CreateFaceVertexCountsAttr(counts)
    mesh.CreateFaceVertexIndicesAttr(indices)
    return mesh
