"""Pictures of the method in space: a mask's outline with the planes through its camera, and epipolar tangency."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from boxfit.draw.canvas import BOX, FAINT_TEXT, LINE, MASK, SERIES, TEXT
from boxfit.geometry.camera import Camera
from boxfit.geometry.polygons import convex_polygon
from boxfit.start.outline import Outline, _lattice_hull, outline
from scipy.spatial.transform import Rotation

from bench.cameras import crop, look_at, render_mask
from bench.picture import Picture, Placed, fitted
from bench.shapes import Shape, make_shape

GREY = (120, 128, 142)
PIXELS = (*MASK, 90)
UP = (0.0, 1.0, 0.0)
TANGENTS = BOX, SERIES[2]
TURN = 1.5
"""Turn of a camera in [degrees] that makes an outline miss its common tangents visibly."""


def mask_and_planes() -> Picture:
    """Draw a small mask with its lattice hull and outline, and the planes that the outline spans with the camera."""
    shape = make_shape("mug")
    camera = look_at(np.array([0.5, 1.4, 2.0]), np.array([0.12, 0.48, 0.0]), UP, (22, 28))
    mask = render_mask(shape.vertices, shape.faces, camera)
    silhouette = crop("0", camera, mask)
    edges = outline(silhouette)
    lattice = _lattice_hull(silhouette.mask) + np.array(silhouette.origin[::-1]) + 0.5
    truth = convex_polygon(camera.project(shape.vertices))
    picture = Picture(960, 460)
    place = fitted(np.concatenate([truth, edges.corners]), (40, 30, 450, 350))
    for row, column in np.ndindex(mask.shape):
        if mask[row, column]:
            picture.polygon(place(np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * 0.94 + 0.03 + (column, row)), PIXELS)
    picture.dots(place(np.argwhere(mask)[:, ::-1] + 0.5), MASK, 2)
    picture.line(place(truth), TEXT, 2, 5, closed=True)
    picture.line(place(lattice), GREY, 2, closed=True)
    picture.line(place(edges.corners), BOX, 3, closed=True)
    picture.legend(30, 392, {"covered pixels": (PIXELS, 0.0, 0.0), "hull of their centres": (GREY, 2.0, 0.0)})
    picture.legend(270, 392, {"outline": (BOX, 3.0, 0.0), "true silhouette's hull": (TEXT, 2.0, 5.0)})
    _planes(picture, shape, camera, edges)
    return picture


def _planes(picture: Picture, shape: Shape, camera: Camera, edges: Outline) -> None:
    """Draw camera, image, mesh and the planes through the outline's edges, seen from the side."""
    observer = look_at(np.array([6.0, 3.6, 3.2]), np.array([0.2, 0.6, 0.7]), UP, (480, 480))
    rays = camera.ray_directions(edges.corners)
    near, far = camera.position + 0.3 * rays, camera.position + 1.4 * rays * np.linalg.norm(camera.position)
    frame = camera.position + 0.3 * camera.ray_directions(np.array([[0, 0], [28, 0], [28, 22], [0, 22]]))
    everything = observer.project(np.concatenate([far, frame, camera.position[None]]))
    place = fitted(everything, (520, 24, 940, 370))

    def seen(points: np.ndarray) -> np.ndarray:
        return place(observer.project(np.atleast_2d(points)))

    begin = seen(camera.position)
    solid = [np.concatenate([begin, seen(far[[k, (k + 1) % len(far)]])]) for k in range(len(far))]
    # Planes that are turned away from the observer lie behind the object.
    turned = [np.linalg.det([triangle[1] - triangle[0], triangle[2] - triangle[0]]) > 0 for triangle in solid]
    for front in (True, False):
        for triangle, away in zip(solid, turned, strict=True):
            if away != front:
                continue
            picture.polygon(triangle, (*BOX, 22))
            picture.line(triangle, (*BOX, 150), 1.2)
        if front:
            _draw_mesh(picture, shape, observer, place)
    picture.line(seen(frame), FAINT_TEXT, 2, closed=True)
    picture.polygon(seen(near), (*MASK, 150))
    picture.line(seen(near), BOX, 2, closed=True)
    picture.dots(begin, TEXT, 6)
    picture.text(begin[0, 0], begin[0, 1] - 38, "camera", FAINT_TEXT, "centre")
    picture.text(720, 392, "each edge spans a plane with the camera:", FAINT_TEXT, "centre")
    picture.text(720, 422, "the object lies inside all of them", FAINT_TEXT, "centre")


def _draw_mesh(picture: Picture, shape: Shape, observer: Camera, place: Placed) -> None:
    """Draw a mesh, far faces first, lit from the observer's side."""
    corners = observer.to_camera(shape.vertices)[shape.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    light = (normals @ np.array([0.3, 0.7, 0.65])).clip(0) * 0.7 + 0.25
    pixels = place(observer.project(shape.vertices))[shape.faces]
    order = np.argsort(corners[..., 2].mean(axis=1))
    for face in order[normals[order, 2] > -0.3]:
        picture.polygon(pixels[face], tuple(int(light[face] * value) for value in MASK))


def epipolar_tangency() -> Picture:
    """Draw two outlines with their common tangent planes, and the tangents that a turned camera claims."""
    shape = make_shape("teapot")
    target = np.array([0.0, 0.47, 0.0])
    cameras = [look_at(np.array(at), target, UP, (512, 512)) for at in ([-2.4, 0.3, 1.9], [2.1, 1.4, 2.3])]
    masks = [render_mask(shape.vertices, shape.faces, camera) for camera in cameras]
    outlines = [outline(crop("0", camera, mask)) for camera, mask in zip(cameras, masks, strict=True)]
    picture = Picture(960, 430)
    corners = [_touching(edges, other.camera, target) for edges, other in zip(outlines, outlines[::-1], strict=True)]
    _sketch(picture, shape, cameras, [o.corners[c] for o, c in zip(outlines, corners, strict=True)])
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xz", [TURN, -0.6 * TURN], degrees=True).as_matrix()
    turned = replace(cameras[1], camera_from_world=matrix @ cameras[1].camera_from_world)
    for number, (left, name) in enumerate(((410, "view 1"), (685, "view 2"))):
        area = (left, 46, left + 260, 326)
        place = fitted(np.array([[50.0, 60.0], [462.0, 440.0]]), area)
        picture.polygon(place(outlines[number].corners), PIXELS)
        picture.line(place(outlines[number].corners), MASK, 2, closed=True)
        for corner, other, colour in zip(corners[number], corners[1 - number], TANGENTS, strict=True):
            seen_by = cameras[1 - number]
            ray = seen_by.ray_directions(outlines[1 - number].corners[[other]])
            points = seen_by.position + np.array([[1.0], [6.0]]) * ray
            picture.line_inside(place(cameras[number].project(points)), area, colour, 3)
            if number:
                picture.line_inside(place(turned.project(points)), area, colour, 3, dash=7)
            picture.dots(place(outlines[number].corners[[corner]]), colour, 6)
        picture.text(left + 130, 14, name, align="centre")
    picture.legend(412, 356, {"the plane of the other view's tangent ray": (BOX, 3.0, 0.0)})
    picture.legend(412, 390, {f"the same with view 2 turned by {TURN} degrees": (BOX, 3.0, 7.0)})
    return picture


def _touching(edges: Outline, other: Camera, target: np.ndarray) -> list[int]:
    """Return the corners on the two planes through both cameras that touch the outline."""
    start = edges.camera.position
    along = (other.position - start) / np.linalg.norm(other.position - start)
    if along[0] < 0:  # The same sense of turning for both views.
        along = -along
    inwards = target - start - (target - start) @ along * along
    rays = edges.camera.ray_directions(edges.corners)
    angles = np.arctan2(rays @ np.cross(along, inwards), rays @ inwards)
    return [int(angles.argmin()), int(angles.argmax())]


def _sketch(picture: Picture, shape: Shape, cameras: list[Camera], corners: list[np.ndarray]) -> None:
    """Draw the two cameras, the mesh, and the two planes that touch it."""
    observer = look_at(np.array([-0.4, 4.6, 5.2]), np.array([-0.2, 0.6, 1.0]), UP, (480, 480))
    centres = np.array([camera.position for camera in cameras])
    rays = [camera.ray_directions(pixels) for camera, pixels in zip(cameras, corners, strict=True)]
    tips = [_meeting(centres[0], rays[0][plane], centres[1], rays[1][plane]) for plane in (0, 1)]
    place = fitted(observer.project(np.concatenate([centres, tips, shape.vertices])), (24, 70, 390, 400))

    def seen(points: np.ndarray) -> np.ndarray:
        return place(observer.project(np.atleast_2d(points)))

    triangles = [seen(np.array([*centres, tip])) for tip in tips]
    picture.polygon(triangles[0], (*TANGENTS[0], 60))
    _draw_mesh(picture, shape, observer, place)
    picture.polygon(triangles[1], (*TANGENTS[1], 60))
    for triangle, colour in zip(triangles, TANGENTS, strict=True):
        picture.line(triangle, colour, 2, closed=True)
        picture.dots(triangle[2:], colour, 5)
    picture.line(seen(centres), LINE, 2)
    picture.dots(seen(centres), TEXT, 6)
    for number, (x, y) in enumerate(seen(centres)):
        picture.text(x, y - 34, f"{number + 1}", align="centre")
    picture.text(200, 14, "two planes touch the object", align="centre")


def _meeting(a: np.ndarray, along_a: np.ndarray, b: np.ndarray, along_b: np.ndarray) -> np.ndarray:
    """Return the point nearest to two lines."""
    depths = np.linalg.lstsq(np.stack([along_a, -along_b], axis=1), b - a, rcond=None)[0]
    return (a + depths[0] * along_a + b + depths[1] * along_b) / 2
