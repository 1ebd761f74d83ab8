"""Scenes of the bench: a shape under a tilt, seen by cameras around it, with defects of real masks and cameras."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from boxfit.geometry.camera import Camera
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.geometry.silhouette import Silhouette

from bench.cache import cached
from bench.cameras import FOCAL, crop, look_at, misplace, orbit, render_depth, render_mask
from bench.masks import add_noise, hide_third
from bench.shapes import SHAPES, Shape, make_shape

CONDITIONS = (
    *("clean", "small", "views8", "views6", "views4", "views3", "one_side", "occluded", "occluded3", "cropped"),
    *("noisy", "two", "poses02", "poses05", "principal", "exchanged", "depth", "far", "centimetres"),
)
TILTS = np.array([[0.97, 0.0, 0.24, 0.0], [0.86, 0.28, 0.39, -0.17], [0.55, -0.48, 0.31, 0.61]])
"""Quaternions wxyz of any length: upright and turned, tilted, lying."""

VIEWS = 24
FEWER_VIEWS = {"views8": 8, "views6": 6, "views4": 4, "views3": 3}
HIDDEN = {"occluded": 6, "occluded3": 3}
"""Every how many views a third of the object is hidden."""
POSE_ERRORS = {"poses02": (0.2, 0.001), "poses05": (0.5, 0.0025)}
"""Errors of each view's pose: rotation in [degrees], and translation as a share of the distance."""
EXCHANGED = 3
"""Number of views whose masks are exchanged in a cycle."""
SHIFT = 6.0
"""Error of the principal point, the same in all views, in [px]."""
FILL, SMALL = 0.8, 0.22
"""Diameter of the sphere around the object as a share of the image's width; the object is about 100 px wide in small
scenes."""
ONE_SIDE = np.radians(90)
ALL_SIDES = -60.0
"""Lowest elevation in scenes with depth in [degrees], so that they show each side of the object."""
RESOLUTION = (512, 512)
SEED = 20240


@dataclass(frozen=True, eq=False)
class Scene:
    """Views of an object, with the mesh of the masks.

    Attributes:
        shape: Name of the mesh.
        kind: Its class: "boxy", "rounded", "figure" or "thin".
        tilt: Index into `TILTS`.
        condition: One of `CONDITIONS`.
        silhouettes: Views that show the object, without those in which another object hides all of it, with the given
            cameras. In conditions about cameras, others saw the masks.
        vertices: Shape (V, 3), in the world of the cameras that saw the masks.
        faces: Shape (F, 3).
        depths: Depth of the mesh along the view of each silhouette, 0 off the mesh, as big as the whole images, dtype
            float32; None except in the condition `depth`.
    """

    shape: str
    kind: str
    tilt: int
    condition: str
    silhouettes: tuple[Silhouette, ...]
    vertices: np.ndarray
    faces: np.ndarray
    depths: tuple[np.ndarray, ...] | None = None


def make_scene(shape: str, tilt: int = 0, condition: str = "clean") -> Scene:
    """Make a scene; the same arguments give the same scene, from a cache after the first call.

    Conditions of a mesh share their cameras as far as they can, so that their effect can be measured against `clean`.
    """
    mesh = make_shape(shape)
    vertices = _placed(mesh, tilt)
    rng = np.random.default_rng([SEED, SHAPES.index(shape), tilt])
    two = condition == "two"
    silhouettes = _two_objects(rng, tilt, vertices, mesh) if two else _one_object(rng, condition, vertices, mesh)
    if condition == "far":
        silhouettes, vertices = _moved(silhouettes, vertices, 1.0, np.array([1e4, -2e4, 5e3]))
    if condition == "centimetres":
        silhouettes, vertices = _moved(silhouettes, vertices, 100.0, np.zeros(3))
    depths = None
    if condition == "depth":
        depths = tuple(render_depth(vertices, mesh.faces, silhouette.camera) for silhouette in silhouettes)
    return Scene(shape, mesh.kind, tilt, condition, silhouettes, vertices, mesh.faces, depths)


def _placed(mesh: Shape, tilt: int) -> np.ndarray:
    """Rotate vertices by a tilt and move them off the origin, to coordinates that are not round."""
    turned = mesh.vertices @ matrix_from_quaternion(TILTS[tilt]).T
    return turned - _sphere(turned)[0] + (0.31, 0.47, -0.23)


def _sphere(vertices: np.ndarray) -> tuple[np.ndarray, float]:
    """Return centre and radius of a sphere around vertices."""
    centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    return centre, float(np.linalg.norm(vertices - centre, axis=1).max())


def _one_object(rng: np.random.Generator, condition: str, vertices: np.ndarray, mesh: Shape) -> tuple[Silhouette, ...]:
    span = ONE_SIDE if condition == "one_side" else 2 * np.pi
    fill = SMALL if condition == "small" else FILL
    lowest = ALL_SIDES if condition == "depth" else -10.0
    centre, radius = _sphere(vertices)
    cameras = orbit(rng, centre, radius, FEWER_VIEWS.get(condition, VIEWS), RESOLUTION, fill, span, lowest)
    if condition == "cropped":
        for number, view in enumerate(range(2, VIEWS, 6)):
            cameras[view] = _turned_away(cameras[view], vertices, side=number)
    masks = _cached_masks(cameras, [(vertices, mesh.faces)])
    if condition in HIDDEN:
        every = HIDDEN[condition]
        masks = [hide_third(rng, mask) if view % every == 0 else mask for view, mask in enumerate(masks)]
    if condition == "noisy":
        masks = [add_noise(rng, mask) for mask in masks]
    if condition == "exchanged":
        chosen = rng.choice(VIEWS, EXCHANGED, replace=False)
        given = masks.copy()
        for view, other in zip(chosen, np.roll(chosen, 1), strict=True):
            masks[view] = given[other]
    if condition in POSE_ERRORS:
        cameras = [misplace(rng, camera, centre, *POSE_ERRORS[condition]) for camera in cameras]
    if condition == "principal":
        angle = rng.uniform(0, 2 * np.pi)
        shift = SHIFT * np.array([np.cos(angle), np.sin(angle)])
        cameras = [_shifted(camera, shift) for camera in cameras]
    return _silhouettes(cameras, masks)


def _two_objects(rng: np.random.Generator, tilt: int, vertices: np.ndarray, mesh: Shape) -> tuple[Silhouette, ...]:
    """Place the next shape beside this one, so that each hides the other from some sides."""
    other = make_shape(SHAPES[(SHAPES.index(mesh.name) + 1) % len(SHAPES)])
    beside = _placed(other, tilt)
    (_, radius), (_, other_radius) = _sphere(vertices), _sphere(beside)
    angle = rng.uniform(0, 2 * np.pi)
    beside = beside + 0.9 * (radius + other_radius) * np.array([np.sin(angle), 0.0, np.cos(angle)])
    cameras = orbit(rng, *_sphere(np.concatenate([vertices, beside])), VIEWS, RESOLUTION, FILL)
    return _silhouettes(cameras, _cached_masks(cameras, [(vertices, mesh.faces), (beside, other.faces)]))


def _turned_away(camera: Camera, vertices: np.ndarray, side: int) -> Camera:
    """Turn the camera sideways, so that the image's border cuts off a quarter of the object's extent.

    Args:
        camera: Camera with the object inside its image.
        vertices: Vertices of the object, shape (V, 3).
        side: Border that cuts: 0 right, 1 bottom, 2 left, 3 top.
    """
    axis, far_side = side % 2, side < 2
    pixels = camera.project(vertices)[:, axis]
    size = camera.resolution[1 - axis]
    cut = np.quantile([pixels.min(), pixels.max()], 0.75 if far_side else 0.25)
    shift = (size if far_side else 0) - cut
    centre = _sphere(vertices)[0]
    depth = (centre - camera.position) @ camera.forward
    aim = camera.position + depth * camera.forward
    image_axis = camera.world_from_camera[:3, axis] * (1, -1)[axis]
    target = aim - image_axis * shift * depth / (FOCAL * camera.resolution[1])
    return look_at(camera.position, target, (0.0, 1.0, 0.0), camera.resolution)


def _shifted(camera: Camera, shift: np.ndarray) -> Camera:
    """Move the principal point by a shift in [px]; the mask stays where it was."""
    principal = camera.principal[0] + shift[0], camera.principal[1] + shift[1]
    return Camera(camera.camera_from_world, camera.focal, principal, camera.resolution)


def _moved(
    silhouettes: tuple[Silhouette, ...], vertices: np.ndarray, scale: float, place: np.ndarray
) -> tuple[tuple[Silhouette, ...], np.ndarray]:
    """Scale and translate the world of silhouettes and vertices; the images stay the same."""
    moved = []
    for s in silhouettes:
        matrix = s.camera.camera_from_world.copy()
        matrix[:3, 3] = scale * matrix[:3, 3] - matrix[:3, :3] @ place
        camera = Camera(matrix, s.camera.focal, s.camera.principal, s.camera.resolution)
        moved.append(Silhouette(s.view, camera, s.mask, s.origin))
    return tuple(moved), vertices * scale + place


def _silhouettes(cameras: list[Camera], masks: list[np.ndarray]) -> tuple[Silhouette, ...]:
    pairs = zip(cameras, masks, strict=True)
    return tuple(crop(str(view), camera, mask) for view, (camera, mask) in enumerate(pairs) if mask.any())


def _cached_masks(cameras: list[Camera], meshes: list[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    """Render masks of the first mesh where the others do not hide it, one per camera."""
    vertices = np.concatenate([vertices for vertices, _ in meshes])
    starts = np.cumsum([0] + [len(vertices) for vertices, _ in meshes[:-1]])
    faces = np.concatenate([faces + start for (_, faces), start in zip(meshes, starts, strict=True)])
    count = len(meshes[0][1])

    def render() -> dict[str, np.ndarray]:
        masks = [render_mask(vertices, faces, camera, count) for camera in cameras]
        return {"masks": np.packbits(masks, axis=-1)}

    lenses = [(camera.focal, camera.principal, camera.resolution) for camera in cameras]
    inputs = [vertices, faces, count, *lenses, *(camera.camera_from_world for camera in cameras)]
    packed = cached("masks", inputs, render)["masks"]
    return list(np.unpackbits(packed, axis=-1, count=RESOLUTION[1]).astype(bool))
