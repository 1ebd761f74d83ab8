"""Folders as Replicator's BasicWriter leaves them, written by the format's description and not by boxfit's reader."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.raster import rasterize
from PIL import Image

from tests.folders import RESOLUTION, cameras_around
from tests.scenes import BOX, BOX_FACES

BOX_3D = [
    ("semanticId", "<u4"),
    *((name, "<f4") for name in ("x_min", "y_min", "z_min", "x_max", "y_max", "z_max")),
    ("transform", "<f4", (4, 4)),
    ("occlusionRatio", "<f4"),
]


@dataclass(frozen=True, eq=False)
class Prim:
    """A labelled box on the stage; it stands where `world_from_rest` takes it."""

    path: str = "/World/Box"
    labels: Mapping[str, str] = field(default_factory=lambda: {"class": "box"})
    box: Box = BOX
    world_from_rest: np.ndarray = field(default_factory=lambda: np.eye(4))

    @property
    def corners(self) -> np.ndarray:
        return self.box.corners @ self.world_from_rest[:3, :3].T + self.world_from_rest[:3, 3]

    def row(self, label: int, occlusion: float = 0.0) -> tuple[Any, ...]:
        """Its row in `bounding_box_3d`: limits -0.5 to 0.5, and the scale in the transform."""
        transform = (self.world_from_rest @ self.box.world_from_unit).T
        return (label, *[-0.5] * 3, *[0.5] * 3, transform.astype(np.float32), occlusion)


SECOND = Prim(
    "/World/Second", {"class": "second"}, Box(BOX.centre + np.array([0.9, 0.4, -0.6]), 0.5 * BOX.half_extents)
)
"""Beside `BOX`."""

PAIR = (Prim(), SECOND)

TWINS = (Prim("/World/Mug", {"class": "mug"}), replace(SECOND, path="/World/Mug_01", labels={"class": "mug"}))
"""Two prims of one class."""


def seen(camera: Camera, prims: Sequence[Prim]) -> np.ndarray:
    """Index of the prim that each pixel shows, -1 for none, shape (height, width)."""
    nearest = _rasterized(camera, prims)[0]
    return np.where(nearest < 0, -1, nearest // len(BOX_FACES))


def distances(camera: Camera, prims: Sequence[Prim], annotator: str, unit: float) -> np.ndarray:
    """Distance of what each pixel shows, in metres, as `distance_to_image_plane` or `distance_to_camera` has it."""
    depth = _rasterized(camera, prims)[1]
    if annotator == "distance_to_camera":
        row, column = np.indices(depth.shape)
        rays = camera.ray_directions(np.stack([column + 0.5, row + 0.5], axis=-1))
        depth = depth * np.linalg.norm(rays, axis=-1)
    return (unit * depth).astype(np.float32)


def _rasterized(camera: Camera, prims: Sequence[Prim]) -> tuple[np.ndarray, np.ndarray]:
    vertices = np.concatenate([prim.corners for prim in prims])
    faces = np.concatenate([BOX_FACES + 8 * index for index in range(len(prims))])
    return rasterize(camera.to_camera(vertices), faces, camera)


def camera_params(camera: Camera, unit: float = 0.01, **changes: Any) -> dict[str, Any]:
    """The annotator's dictionary, as BasicWriter turns it to lists."""
    height, width = camera.resolution
    (fx, fy), (cx, cy) = camera.focal, camera.principal
    projection = np.zeros((4, 4))
    projection[0, 0], projection[1, 1] = 2 * fx / width, 2 * fy / height
    projection[2] = 1 - 2 * cx / width, 2 * cy / height - 1, 1e-6, -1
    projection[3, 2] = 1.0
    return {
        "cameraAperture": [20.954999923706055, 15.290800094604492],
        "cameraApertureOffset": [0.0, 0.0],
        "cameraFocalLength": fx * 20.955 / width,
        "cameraModel": "pinhole",
        "cameraNearFar": [0.5, 1000000.0],
        "cameraProjection": projection.ravel().tolist(),
        "cameraViewTransform": camera.camera_from_world.T.ravel().tolist(),
        "metersPerSceneUnit": float(np.float32(unit)),
        "renderProductResolution": [width, height],
    } | changes


def painted(shown: np.ndarray, count: int, look: str, rng: np.random.Generator) -> tuple[np.ndarray, list[Any]]:
    """A segmentation image and the keys of BACKGROUND, UNLABELLED and each prim; others in every frame.

    `look` is "colour", or the type of the ids: "uint8", "uint16", "uint32".
    """
    if look == "colour":
        colours = [
            (0, 0, 0, 0),
            (0, 0, 0, 255),
            *((*rng.integers(1, 256, 3).tolist(), 255) for _ in range(count)),
        ]
        values = np.array(colours, dtype=np.uint8)
        keys: list[Any] = [str(colour) for colour in colours]
    else:
        most = min(np.iinfo(look).max, 10**6)
        ids = [0, 1, *rng.choice(np.arange(2, most), count, replace=False).tolist()]
        values, keys = np.array(ids, dtype=look), ids
    return values[np.where(shown < 0, 0, shown + 2)], keys


def annotators(
    camera: Camera,
    prims: Sequence[Prim] = (Prim(),),
    semantic: str | None = "colour",
    instance: str | None = None,
    boxes: bool = False,
    depths: Sequence[str] = (),
    seed: int = 0,
    **params: Any,
) -> dict[str, Any]:
    """Make the data that the annotators' `get_data` returns for a frame."""
    rng, shown = np.random.default_rng(seed), seen(camera, prims)
    found: dict[str, Any] = {"camera_params": camera_params(camera, **params)}
    unit = found["camera_params"]["metersPerSceneUnit"]
    found |= {annotator: distances(camera, prims, annotator, unit) for annotator in depths}
    nothing = ["BACKGROUND", "UNLABELLED"]
    if semantic is not None:
        sets = list({tuple(prim.labels.items()): None for prim in prims})
        classes = np.array([sets.index(tuple(prim.labels.items())) for prim in prims] + [-1])
        data, keys = painted(classes[shown], len(sets), semantic, rng)
        entries = [{"class": name} for name in nothing] + [dict(one) for one in sets]
        labels = dict(zip(map(str, keys), entries, strict=True))
        found["semantic_segmentation"] = {"data": data, "info": {"idToLabels": labels}}
    if instance is not None:
        data, keys = painted(shown, len(prims), instance, rng)
        info = {
            "idToLabels": dict(zip(keys, nothing + [prim.path for prim in prims], strict=True)),
            "idToSemantics": dict(
                zip(keys, [{"class": name} for name in nothing] + [dict(prim.labels) for prim in prims], strict=True)
            ),
        }
        found["instance_segmentation"] = {"data": data, "info": info}
    if boxes:
        rows = np.array([prim.row(index) for index, prim in enumerate(prims)], dtype=BOX_3D)
        info = {
            "idToLabels": {str(index): dict(prim.labels) for index, prim in enumerate(prims)},
            "primPaths": [prim.path for prim in prims],
        }
        found["bounding_box_3d"] = {"data": rows, "info": info}
    return found


def write_frame(
    folder: Path,
    found: Mapping[str, Any],
    frame: int | str,
    product: str | None = None,
    common: bool = False,
    suffix: str = "png",
) -> None:
    """Write what the annotators gave, as frame "0003", or "2_0003" of a time trigger's second sequence."""
    number = f"{frame:04}" if isinstance(frame, int) else frame

    def place(annotator: str, kind: str, ending: str) -> Path:
        name = f"{kind}_{number}.{ending}"
        if product is not None:
            name = f"{annotator}/{product}_{name}" if common else f"{product}/{annotator}/{name}"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write_json(annotator: str, kind: str, content: Any) -> None:
        plain = {str(key): value for key, value in content.items()} if isinstance(content, Mapping) else content
        place(annotator, kind, "json").write_text(json.dumps(plain), encoding="utf-8")

    (folder).mkdir(parents=True, exist_ok=True)
    seed = '{"name": "BasicWriter", "version": "0.0.2", "replicator_global_seed:": 11}'
    (folder / "metadata.txt").write_text(seed, encoding="utf-8")
    for annotator, output in found.items():
        if annotator == "camera_params":
            write_json(annotator, annotator, output)
        elif annotator == "rgb":
            Image.fromarray(output).convert("RGB" if suffix == "jpg" else "RGBA").save(place("rgb", "rgb", suffix))
        elif annotator.startswith("distance"):
            np.save(place(annotator, annotator, "npy"), output)
        elif annotator == "bounding_box_3d":
            np.save(place(annotator, annotator, "npy"), output["data"])
            write_json(annotator, "bounding_box_3d_labels", output["info"]["idToLabels"])
            write_json(annotator, "bounding_box_3d_prim_paths", output["info"]["primPaths"])
        else:
            Image.fromarray(output["data"]).save(place(annotator, annotator, "png"))
            kind = "labels" if annotator == "semantic_segmentation" else "mapping"
            write_json(annotator, f"{annotator}_{kind}", output["info"]["idToLabels"])
            if annotator == "instance_segmentation":
                write_json(annotator, f"{annotator}_semantics_mapping", output["info"]["idToSemantics"])


def write_box_frames(
    folder: Path,
    count: int = 6,
    prims: Sequence[Prim] = (Prim(),),
    resolution: tuple[int, int] = RESOLUTION,
    **looks: Any,
) -> list[Camera]:
    """Write views of boxes, and give their cameras."""
    cameras = cameras_around(count, resolution=resolution)
    for index, camera in enumerate(cameras):
        write_frame(folder, annotators(camera, prims, seed=index, **looks), index)
    return cameras
