"""Pictures of the method in a plane world: hull, contact segments and the three boxes; and reaches of segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from boxfit.draw.canvas import BOX, FAINT_TEXT, LINE, MASK, SERIES, TEXT
from boxfit.geometry.polygons import convex_polygon
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.settings import FitSettings
from boxfit.start.contact import MARGIN
from boxfit.start.half_spaces import ray_span
from boxfit.start.support import Support

from bench.methods import start_of
from bench.picture import Picture, Rgb, fitted
from bench.scenes import TILTS, make_scene
from bench.shapes import SHAPES

PROVEN, CERTAIN = SERIES[2], SERIES[1]
OBJECT = (*MASK, 110)

CAMERAS = np.radians([20, 71, 130, 176, 234, 282, 325])
"""Directions of the cameras in the plane world."""
DISTANCE = 3.2
PIXEL = 0.012
"""Size of a pixel in the plane world: about 80 pixels for the object's radius of 1."""
MOST_CORNERS = 8
"""Number of points of a shape above which they make an arc in the plane world."""
ELSEWHERE = 2
"""Number of segments in the middle for each ray of the plane world: in space, most of an outline's end elsewhere."""
TURN = np.radians(18)


def boxes_in_a_section() -> Picture:
    """Draw visual hull, contact segments and the three boxes around a boxy and around a smooth shape."""
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    block = np.array([[-0.9, -0.55], [0.9, -0.55], [0.9, 0.55], [-0.9, 0.55]])
    oval = np.column_stack([0.95 * np.cos(angle), 0.6 * np.sin(angle)])
    picture = Picture(960, 510)
    titles = "corners: the rays of several views meet", "smooth: each view touches elsewhere"
    for shape, left, title in zip((block, oval), (0, 480), titles, strict=True):
        _section(picture, shape, left)
        picture.text(left + 240, 14, title, align="centre")
    picture.legend(20, 454, {"object": (OBJECT, 0.0, 0.0), "rays along outlines": (LINE, 2.0, 0.0)})
    hull = {"visual hull: contact segments": (TEXT, 5.0, 0.0)}
    picture.legend(290, 454, hull | {"proven box, and what decides it": (PROVEN, 3.0, 6.0)})
    picture.legend(690, 454, {"likely box": (BOX, 3.0, 0.0), "certain box": (CERTAIN, 3.0, 6.0)})
    return picture


@dataclass(frozen=True, eq=False)
class PlaneWorld:
    """Convex shape around the origin of a plane, seen by `CAMERAS` around it.

    Attributes:
        starts: Centre of the camera of each ray, two per camera, shape (n, 2).
        rays: Directions in which they touch the shape, shape (n, 2).
        near: Ends of the contact segments, one per ray, shape (n, 2).
        far: Their other ends, shape (n, 2).
        support: Support of the shape in a world of space in which everything lies at z = 0.
    """

    starts: np.ndarray
    rays: np.ndarray
    near: np.ndarray
    far: np.ndarray
    support: Support


def plane_world(shape: np.ndarray) -> PlaneWorld:
    """Look at a convex shape, given by points around the origin, shape (n, 2)."""
    centres = DISTANCE * np.column_stack([np.cos(CAMERAS), np.sin(CAMERAS)])
    towards = shape[None] - centres[:, None]
    # Angles from the direction to the origin; the extreme ones touch the shape.
    across = centres[:, :1] * towards[..., 1] - centres[:, 1:] * towards[..., 0]
    angles = np.arctan2(across, (centres[:, None] * towards).sum(axis=-1)) % (2 * np.pi)
    touching = np.stack([angles.argmin(axis=1), angles.argmax(axis=1)], axis=1)
    rays = np.take_along_axis(towards, touching[..., None], axis=1).reshape(-1, 2)
    starts = np.repeat(centres, 2, axis=0)
    normals = np.stack([rays[:, 1], -rays[:, 0]], axis=1) / np.linalg.norm(rays, axis=1, keepdims=True)
    limits = (normals * starts).sum(axis=1)
    # Outwards: the origin is inside.
    normals, limits = normals * np.sign(limits)[:, None], np.abs(limits)
    near, far = _clipped(starts, rays, normals, limits)
    in_space = [np.column_stack([points, np.zeros(len(points))]) for points in (_polygon(normals, limits), near, far)]
    none, elsewhere = np.zeros((0, 3)), np.zeros((ELSEWHERE * len(rays), 3))
    support = Support(
        hull=in_space[0],
        near=np.concatenate([in_space[1], elsewhere]),
        far=np.concatenate([in_space[2], elsewhere]),
        roundness=np.full(len(rays) + len(elsewhere), float(len(shape) > MOST_CORNERS)),
        views=len(CAMERAS),
        surface=none,
        facing=none,
        resting=none,
        radius=1.0,
        pixel=PIXEL,
        noise=0.0,
        margin=MARGIN * PIXEL,
    )
    return PlaneWorld(starts, rays, near, far, support)


def _section(picture: Picture, shape: np.ndarray, left: float) -> None:
    """Draw a shape along the axes, turned, with its plane world."""
    turn = np.array([[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]])
    shape = shape @ turn.T
    world = plane_world(shape)
    axes = np.eye(3)
    axes[:2, :2] = turn

    place = fitted(np.array([[-1.42, -1.1], [1.42, 1.1]]), (left + 10, 50, left + 470, 420), upwards=True)
    for start, ray in zip(world.starts, world.rays, strict=True):
        picture.line_inside(place(start + np.outer([0.0, 2.2], ray)), (left + 6, 46, left + 474, 426), LINE, 1.5)
    picture.polygon(place(shape), OBJECT)
    for begin, end in zip(world.near, world.far, strict=True):
        picture.line(place(np.array([begin, end])), TEXT, 5)
        if np.linalg.norm(end - begin) < 0.02:
            picture.dots(place(begin[None]), TEXT, 6)
    support = world.support
    extents = ((support.at_most(axes), CERTAIN, 6), (support.likely(axes), BOX, 0), (support.at_least(axes), PROVEN, 6))
    for (below, above), colour, dash in extents:
        low, high = -below[:2], above[:2]
        corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]]) @ turn.T
        picture.line(place(corners), colour, 3, dash, closed=True)
    for normal in np.concatenate([turn.T, -turn.T]):
        nearer = np.where(((world.near - world.far) @ normal < 0)[:, None], world.near, world.far)
        picture.dots(place(nearer[[(nearer @ normal).argmax()]]), PROVEN, 5)


def _polygon(normals: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Return the corners of the polygon normals . x <= limits around the origin, by its dual, shape (n, 2)."""
    edges = convex_polygon(normals / limits[:, None])
    # The line a . x = 1 belongs to the dual point a.
    following = np.roll(edges, -1, axis=0)
    return np.linalg.solve(np.stack([edges, following], axis=1), np.ones((len(edges), 2, 1)))[..., 0]


def _clipped(
    starts: np.ndarray, rays: np.ndarray, normals: np.ndarray, limits: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the parts of rays inside a polygon; each ray lies on one of its sides, or touches a corner."""
    enter, leave = ray_span(rays @ normals.T, limits + 1e-6 - starts @ normals.T)
    return starts + np.minimum(enter, leave)[:, None] * rays, starts + np.maximum(enter, leave)[:, None] * rays


def reaches_of_segments() -> Picture:
    """Draw how far the segments of a disc with a flat bottom and a domed top reach, along both directions."""
    scene = make_scene("pizza", SHAPES.index("pizza") % len(TILTS))
    _, start = start_of(scene, FitSettings())
    support = start.support
    axes = matrix_from_quaternion(TILTS[SHAPES.index("pizza") % len(TILTS)])
    likely, most = support.likely_and_most(axes)
    picture = Picture(960, 490)
    sides = (-1, 0, "below: a flat side with an edge"), (1, 480, "above: a smooth dome")
    for number, (sign, left, title) in enumerate(sides):
        along = sign * axes[:, 1]
        reaches = np.sort(np.minimum(support.near @ along, support.far @ along))[::-1]
        lines = {
            "visual hull": (most[number, 1], CERTAIN, 0.0),
            "truth": ((scene.vertices @ along).max(), TEXT, 6.0),
            "likely": (likely[number, 1], BOX, 0.0),
        }
        heights = {name: ((value - reaches[0]) / support.pixel, *look) for name, (value, *look) in lines.items()}
        _bars(picture, (reaches - reaches[0]) / support.pixel, support.as_far / support.pixel, heights, left)
        picture.text(left + 240, 14, title, align="centre")
    return picture


def _bars(
    picture: Picture, reaches: np.ndarray, near: float, lines: dict[str, tuple[float, Rgb, float]], left: float
) -> None:
    """Draw a bar for each of the farthest segments, and lines across; heights in [px] of the masks.

    Args:
        picture: Picture to draw on.
        reaches: Reach of each segment, the farthest first.
        near: Distance from the farthest up to which others reach as far.
        lines: Height, colour and dash of lines, by name.
        left: Left end of the drawing in [px].
    """
    top, bottom, step, scale = 60.0, 420.0, 2.0, 20.0
    zero, as_far = 250.0, int(np.count_nonzero(reaches >= reaches[0] - near))
    for number, reach in enumerate(reaches[: int(360 / step)]):
        x = left + 70 + step * number
        height = min(zero - scale * reach, bottom)
        colour = PROVEN if number < as_far else LINE
        picture.polygon(np.array([[x, height], [x + step, height], [x + step, bottom], [x, bottom]]), colour)
    for value in range(-8, 9, 4):
        y = zero - scale * value
        picture.text(left + 58, y - 11, f"{value:+d}" if value else "0", FAINT_TEXT, "right", 18)
    for name, (value, colour, dash) in lines.items():
        y = max(zero - scale * value, top)
        picture.line(np.array([[left + 66, y], [left + 435, y]]), colour, 3, dash)
        picture.text(left + (350 if name == "truth" else 436), y - 26, name, colour, "right")
    picture.text(left + 58, 44, "px", FAINT_TEXT, "right", 18)
    picture.text(left + 250, bottom + 10, "how far the segments reach, farthest first", FAINT_TEXT, "centre")
    picture.text(left + 250, bottom + 38, f"{as_far} of {len(reaches)} reach as far as the first", PROVEN, "centre")
