"""Writing of the sample's stage, in the Data Generator's layout (docs/data-generator-format.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pxr import Sdf, Usd, UsdGeom, Vt

from boxfit.geometry.camera import Camera
from boxfit.geometry.units import WorldUnits
from boxfit.usd.convert import gf_from_matrix
from boxfit.usd.generator_layout import ASSET_PRIM, CAMERA_PRIM, PRESET_KEY
from boxfit.usd.lens import write_lens
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_layer, new_stage


@dataclass(frozen=True, eq=False)
class SampleScene:
    """Content of the sample's stage.

    Attributes:
        points: Points of the asset's mesh, Z-up, in centimetres, shape (V, 3).
        faces: Triangles as indices of points, shape (F, 3).
        normals: Unit normals per point, shape (V, 3).
        colours: Linear RGB per point, shape (V, 3).
        world_from_asset: Pose of the asset, shape (4, 4).
        camera: Camera in the world, with square pixels.
        class_name: The asset's semantic class.
    """

    points: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    colours: np.ndarray
    world_from_asset: np.ndarray
    camera: Camera
    class_name: str


def write_sample_stage(path: Path, asset_path: Path, scene: SampleScene, preset: Mapping[str, object]) -> None:
    """Write the asset, the preset layer and the stage that uses both, all in one folder.

    Args:
        path: Stage to write; the preset is written to `preset.usda` in the same folder.
        asset_path: Asset to write, in the same folder.
        scene: Content of the stage.
        preset: Content of the preset's `customLayerData["DataGenerator"]`.

    Raises:
        StageError: If a file cannot be written.
    """
    _write_asset(asset_path, scene)
    layer = new_layer(path.with_name("preset.usda").resolve())
    layer.customLayerData = {PRESET_KEY: _usd_dictionary(preset)}

    stage = new_stage(path, WorldUnits("Y", 0.01))
    for prim_path in (Sdf.Path(ASSET_PRIM), Sdf.Path(CAMERA_PRIM)):
        for scope in prim_path.GetParentPath().GetPrefixes()[1:]:
            UsdGeom.Xform.Define(stage, scope)
    preview = UsdGeom.Xform.Define(stage, ASSET_PRIM)
    preview.MakeMatrixXform().Set(gf_from_matrix(scene.world_from_asset))
    preview.GetPrim().GetReferences().AddReference(f"./{asset_path.name}")
    _write_class(preview.GetPrim(), scene.class_name)
    camera = UsdGeom.Camera.Define(stage, CAMERA_PRIM)
    write_lens(camera, scene.camera)
    camera.MakeMatrixXform().Set(gf_from_matrix(scene.camera.world_from_camera))
    stage.GetRootLayer().subLayerPaths.append("./preset.usda")
    save_stage(stage, [layer])


def _usd_dictionary(values: Mapping[str, object]) -> dict[str, object]:
    """Convert a dictionary to USD types: lists to arrays of doubles."""
    return {
        key: _usd_dictionary(value)
        if isinstance(value, Mapping)
        else Vt.DoubleArray(value)
        if isinstance(value, list)
        else value
        for key, value in values.items()
    }


def _write_asset(path: Path, scene: SampleScene) -> None:
    """Write the mesh to a separate Z-up stage."""
    stage = new_stage(path, WorldUnits("Z", 0.01))
    mesh = UsdGeom.Mesh.Define(stage, "/World/Mesh")
    points = _vectors(scene.points)
    mesh.CreatePointsAttr(points)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray(len(scene.faces), 3))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(scene.faces.astype(np.int32).ravel()))
    mesh.CreateExtentAttr(UsdGeom.PointBased.ComputeExtent(points))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateNormalsAttr(_vectors(scene.normals))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    colours, indices = np.unique(scene.colours, axis=0, return_inverse=True)
    primvar = mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex)
    primvar.Set(_vectors(colours))
    primvar.SetIndices(Vt.IntArray.FromNumpy(indices.astype(np.int32).ravel()))
    save_stage(stage)


def _vectors(values: np.ndarray) -> Vt.Vec3fArray:
    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(values, dtype=np.float32))


def _write_class(prim: Usd.Prim, name: str) -> None:
    """Label a prim as the generator does, with Omniverse's SemanticsAPI, which precedes OpenUSD's."""
    prim.AddAppliedSchema("SemanticsAPI:Semantics")
    for key, value in (("Type", "class"), ("Data", name)):
        attribute = f"semantic:Semantics:params:semantic{key}"
        prim.CreateAttribute(attribute, Sdf.ValueTypeNames.String, False).Set(value)
