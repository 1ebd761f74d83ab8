"""Sample folder with a stage, its Data Generator preset, and the views that the preset names, or of another format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from boxfit.errors import DatasetError
from boxfit.geometry.camera import Camera
from boxfit.geometry.units import WorldUnits
from boxfit.sample.bop_model import write_bop_model
from boxfit.sample.pictures import Pictures, render
from boxfit.sample.teapot import Mesh, teapot
from boxfit.usd.sample_stage import SampleScene, write_sample_stage
from boxfit.views.data_generator import read_data_generator
from boxfit.views.data_generator_writer import write_metadata
from boxfit.views.dataset import View
from boxfit.views.metadata import FOCAL_LENGTH, metadata_from_view
from boxfit.views.new_folder import check_new, new_folder
from boxfit.views.orbit import APERTURE, orbit_pose
from boxfit.views.writers.formats import WRITERS

VIEWS_FOLDER = "views"
STAGE_FILE = "scene.usda"
_ASSET_FILE = "teapot.usdc"
_CLASS = "teapot"
_SCALE = 2.5
_TURN = np.radians(35)
_PLACE = np.array([12.0, 0.0, -8.0])
_UNITS = WorldUnits("Y", 0.01)
"""World of the sample's stage."""


def make_sample(folder: Path, *, seed: int = 0, views: int = 24, resolution: tuple[int, int] = (512, 512)) -> Path:
    """Make a teapot, views of cameras around it, and a stage like those of the Data Generator.

    As by the generator, the asset is Z up, and scaled and turned upright into a Y-up world; it is also turned about the
    vertical, so that its box is not aligned with the world's axes.

    Args:
        folder: New or empty folder.
        seed: Seed of the cameras' jitter; the same seed makes the same files.
        views: Number of views.
        resolution: (height, width) of the images, in pixels.

    Returns:
        The stage, `scene.usda` in the folder; the views are in its folder `views`.

    Raises:
        DatasetError: If the folder is not empty or cannot be written, or the numbers are too small.
    """
    folder = Path(folder)
    if views < 2 or min(resolution) < 16:
        raise DatasetError(f"{views} views of {resolution} pixels are too few: take 2 of 16 x 16 at least")
    mesh, world_from_asset = teapot(), _world_from_asset()
    cameras = _orbit(mesh, world_from_asset, np.random.default_rng(seed), views, resolution)
    with new_folder(folder) as draft:
        (draft / VIEWS_FOLDER).mkdir()
        for index, camera in enumerate(cameras):
            pictures = render(mesh, world_from_asset, camera)
            _write_view(draft / VIEWS_FOLDER, index, camera, pictures, mesh, world_from_asset)
        scene = SampleScene(mesh.points, mesh.faces, mesh.normals, mesh.colours, world_from_asset, cameras[0], _CLASS)
        write_sample_stage(draft / STAGE_FILE, draft / _ASSET_FILE, scene, _preset(views, resolution))
    return folder / STAGE_FILE


def make_sample_folder(
    folder: Path, format_name: str, *, seed: int = 0, views: int = 24, resolution: tuple[int, int] = (512, 512)
) -> Path:
    """Make the same views of the teapot in another format; for BOP with the model, in the folder `models`.

    Args:
        folder: New or empty folder.
        format_name: Name of the format, a key of `boxfit.views.writers.formats.WRITERS`.
        seed: As for `make_sample`.
        views: Number of views.
        resolution: (height, width) of the images, in pixels.

    Returns:
        The folder.

    Raises:
        DatasetError: As `make_sample`.
    """
    folder = Path(folder)
    check_new(folder)
    with TemporaryDirectory() as scratch:
        stage = make_sample(Path(scratch) / "sample", seed=seed, views=views, resolution=resolution)
        read = read_data_generator(stage.parent / VIEWS_FOLDER)
        dataset = replace(read, up_axis=_UNITS.up_axis, meters_per_unit=_UNITS.meters_per_unit)
        with new_folder(folder) as draft:
            WRITERS[format_name].write(dataset, draft)
            if format_name == "bop":
                write_bop_model(draft / "models", teapot(), _world_from_asset(), 1000 * _UNITS.meters_per_unit)
    return folder


def _world_from_asset() -> np.ndarray:
    """Return the asset's pose: scale, Z up to Y up, rotation about Y, translation."""
    upright = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
    cos, sin = np.cos(_TURN), np.sin(_TURN)
    turn = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
    matrix = np.eye(4)
    matrix[:3, :3] = _SCALE * turn @ upright
    matrix[:3, 3] = _PLACE
    return matrix


def _orbit(
    mesh: Mesh,
    world_from_asset: np.ndarray,
    rng: np.random.Generator,
    count: int,
    resolution: tuple[int, int],
) -> list[Camera]:
    """Place cameras all around, at elevations of -10 to 60 degrees, with the whole object in view."""
    points = mesh.points @ world_from_asset[:3, :3].T + world_from_asset[:3, 3]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = np.linalg.norm(points - middle, axis=1).max()
    height, width = resolution
    focal = FOCAL_LENGTH / APERTURE * width
    half_view = np.arctan(min(height, width) / 2 / focal)
    azimuths = 2 * np.pi * (np.arange(count) + rng.uniform(-0.3, 0.3, count)) / count
    elevations = np.radians(rng.permutation(np.linspace(-10, 60, count)))
    distances = 1.1 * radius / np.sin(half_view) * rng.uniform(0.95, 1.1, count)
    cameras = []
    for azimuth, elevation, distance in zip(azimuths, elevations, distances, strict=True):
        matrix = orbit_pose(middle, distance, azimuth, elevation)
        cameras.append(Camera(matrix, (focal, focal), (width / 2, height / 2), resolution))
    return cameras


def _write_view(
    folder: Path, index: int, camera: Camera, pictures: Pictures, mesh: Mesh, world_from_asset: np.ndarray
) -> None:
    """Write the files of a view."""
    Image.fromarray(pictures.rgb).save(folder / f"{index}_rgb.png", compress_level=1)
    Image.fromarray(pictures.normals).save(folder / f"{index}_normals.png", compress_level=1)
    np.save(folder / f"{index}_semantic.npy", pictures.semantic)
    np.save(folder / f"{index}_depth_linear.npy", pictures.depth)
    rows, columns = (np.flatnonzero(pictures.semantic.any(axis=(1 - axis, 2))) for axis in (0, 1))
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    rectangle = {
        "x_min": int(columns[0]),
        "y_min": int(rows[0]),
        "x_max": int(columns[-1]),
        "y_max": int(rows[-1]),
    }
    cuboid = {
        f"{axis}_{end}": float(value)
        for end, corner in (("min", low), ("max", high))
        for axis, value in zip("xyz", corner, strict=True)
    }
    record = {"file": _ASSET_FILE, "class": _CLASS}
    boxes = {
        "bbox_2d_tight": [{**record, "bbox": rectangle}],
        "bbox_2d_loose": [{**record, "bbox": rectangle}],
        "bbox_3d": [{**record, "bbox": cuboid, "transform": world_from_asset.T.tolist()}],
    }
    view = View(str(index), camera, _ASSET_FILE, world_from_asset, metadata=boxes)
    write_metadata(metadata_from_view(view), folder / f"{index}_metadata.json")


def _preset(views: int, resolution: tuple[int, int]) -> dict[str, object]:
    """Return the generator's settings for such views, `out_dir` relative to the preset."""
    return {
        "out_dir": VIEWS_FOLDER,
        "renders_per_asset": views,
        "up_axis": 1,
        "cameramode": "UniformSampling",
        "camera_focal_length": {"mode": 0, "fixed": FOCAL_LENGTH},
        "elevation": {"mode": 1, "random": [-10.0, 60.0]},
        "azimuth": {"mode": 1, "random": [0.0, 360.0]},
        "renderer": "RaytracedLighting",
        "width": resolution[1],
        "height": resolution[0],
        "sensors": "rgb,depth_linear,semantic,normals,bbox_2d_tight,bbox_2d_loose,bbox_3d",
    }
