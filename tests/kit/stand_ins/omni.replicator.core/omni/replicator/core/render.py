"""Exact images of a stage: the path of the leaf prim at each pixel, and the camera in the annotator's format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import omni.timeline
import omni.usd
from boxfit.geometry.camera import Camera
from boxfit.geometry.raster import rasterize
from boxfit.usd.polygons import read_polygons
from pxr import Gf, Usd, UsdGeom

_rng = np.random.default_rng(1)


@dataclass(frozen=True)
class Image:
    """Data of each annotator, by its name."""

    camera_params: dict[str, Any]
    instance_id_segmentation: dict[str, Any]
    rgb: np.ndarray
    distance_to_image_plane: np.ndarray


def render(camera: str, resolution: tuple[int, int]) -> Image:
    """Render the open stage at the timeline's time; size as (width, height)."""
    stage, timeline = omni.usd.get_context().get_stage(), omni.timeline.get_timeline_interface()
    time = Usd.TimeCode(timeline.get_current_time() * timeline.get_time_codes_per_seconds())
    params, seen_from = _camera(stage, camera, resolution, time)
    paths, triangles = _triangles(stage, time)
    points = np.concatenate(triangles) if triangles else np.zeros((0, 3, 3))
    owners = np.repeat(np.arange(len(paths)), [len(corners) for corners in triangles])
    corners = seen_from.to_camera(points.reshape(-1, 3))
    nearest, depth = rasterize(corners, np.arange(len(corners)).reshape(-1, 3), seen_from)
    # Every image has ids of its own, in no order.
    ids = _rng.choice(np.arange(2, 10000), len(paths), replace=False) if paths else np.zeros(0, dtype=int)
    pixels = np.zeros(nearest.shape, dtype=np.uint32)
    pixels[nearest >= 0] = ids[owners[nearest[nearest >= 0]]]
    labels = {0: "BACKGROUND", 1: "UNLABELLED"} | {int(number): path for number, path in zip(ids, paths, strict=True)}
    rgb = np.repeat(np.where(pixels > 0, 200, 50).astype(np.uint8)[..., None], 4, axis=-1)
    metres = (depth * UsdGeom.GetStageMetersPerUnit(stage)).astype(np.float32)
    return Image(params, {"data": pixels, "info": {"idToLabels": labels}}, rgb, metres)


def _triangles(stage: Usd.Stage, time: Usd.TimeCode) -> tuple[list[str], list[np.ndarray]]:
    """Return the visible leaf prims, and the triangles of each in the world, shape (n, 3, 3)."""
    paths, triangles = [], []
    cache = UsdGeom.XformCache(time)
    for prim in stage.Traverse(Usd.TraverseInstanceProxies()):
        shape = UsdGeom.Gprim(prim)
        if not shape or shape.ComputeVisibility(time) == UsdGeom.Tokens.invisible:
            continue
        polygons = read_polygons(prim)
        assert polygons is not None
        world = np.array(cache.GetLocalToWorldTransform(prim))
        points = polygons.points @ world[:3, :3] + world[3, :3]
        starts = np.cumsum(polygons.counts) - polygons.counts
        fans = [
            polygons.indices[[start, start + step, start + step + 1]]
            for start, count in zip(starts, polygons.counts, strict=True)
            for step in range(1, count - 1)
        ]
        paths.append(str(prim.GetPath()))
        triangles.append(points[np.array(fans)])
    return paths, triangles


def _camera(
    stage: Usd.Stage, path: str, resolution: tuple[int, int], time: Usd.TimeCode
) -> tuple[dict[str, Any], Camera]:
    """Return the annotator's dictionary, without the vertical aperture, since pixels are square."""
    prim, (width, height) = UsdGeom.Camera(stage.GetPrimAtPath(path)), resolution
    view = UsdGeom.XformCache(time).GetLocalToWorldTransform(prim.GetPrim()).GetInverse()
    view.Orthonormalize(issueWarning=False)
    lens = {name: float(prim.GetPrim().GetAttribute(name).Get(time)) for name in ("focalLength", "horizontalAperture")}
    near, far = prim.GetClippingRangeAttr().Get(time)
    across = 2 * lens["focalLength"] / lens["horizontalAperture"]
    projection = Gf.Matrix4d(0)
    projection[0, 0], projection[1, 1] = across, across * width / height
    projection[2, 3], projection[3, 2] = -1, near
    if prim.GetProjectionAttr().Get(time) == UsdGeom.Tokens.orthographic:
        # USD counts the aperture of such a camera in tenths of a stage unit.
        half = lens["horizontalAperture"] / 20
        projection = Gf.Matrix4d(
            1 / half, 0, 0, 0, 0, width / height / half, 0, 0, 0, 0, -1 / (far - near), 0, 0, 0, 0, 1
        )
    params = {
        "cameraAperture": np.array([lens["horizontalAperture"], prim.GetVerticalApertureAttr().Get(time)], np.float32),
        "cameraApertureOffset": np.zeros(2, np.float32),
        "cameraFocalLength": lens["focalLength"],
        "cameraModel": "pinhole",
        "cameraNearFar": np.array([near, far], np.float32),
        "cameraProjection": np.array(projection, np.float64).ravel(),
        "cameraViewTransform": np.array(view, np.float64).ravel(),
        "metersPerSceneUnit": float(np.float32(UsdGeom.GetStageMetersPerUnit(stage))),
        "renderProductResolution": np.array([width, height], np.int32),
    }
    focal = across * width / 2
    return params, Camera(np.array(view).T, (focal, focal), (width / 2, height / 2), (height, width))
