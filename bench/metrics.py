"""Metrics of a fit against the mesh of the masks and the least box around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.polytopes import parallelepiped_iou

from bench.scenes import Scene


@dataclass(frozen=True, eq=False)
class Outcome:
    """Result of a method on a scene.

    Attributes:
        world_from_unit: Maps the unit cube [-0.5, 0.5]^3 to the fitted box, shape (4, 4); the literal loop shears it.
        box: The same as a box; None for a method without bounds.
        bounds: Bounds of its faces, or None for a method without bounds.
        undetermined: Number of axes that the method reports as undetermined.
        stage: "start" or "fit" for a method that chooses between the two, else None.
    """

    world_from_unit: np.ndarray
    box: Box | None = None
    bounds: FaceBounds | None = None
    undetermined: int = 0
    stage: str | None = None


@dataclass(frozen=True)
class Row:
    """Row of the bench's results: a method on a scene.

    Attributes:
        shape: Name of the scene's mesh.
        kind: Class of the mesh.
        tilt: Tilt of the scene.
        condition: Condition of the scene.
        method: Name of the method.
        error: Message of a method that gave no box; all figures are then None.
        volume: Volume of the box over that of the least box around the mesh.
        protrusion: Greatest coordinate of the mesh in half extents of the box.
        iou: IoU in 3D with the least box; low if several boxes are about as small.
        seconds: Time of the fit.
        faces_held: Number of the six faces whose bounds hold the mesh's support along the box's axes.
        bounds_width: Distance between a face's bounds as a share of the box's side, in the median of the six faces.
        certain_holds: True if the outer bounds hold the whole mesh.
        undetermined: Number of axes that the method reports as undetermined.
        stage: Stage from which the method took its box.
    """

    shape: str
    kind: str
    tilt: int
    condition: str
    method: str
    error: str | None = None
    volume: float | None = None
    protrusion: float | None = None
    iou: float | None = None
    seconds: float | None = None
    faces_held: int | None = None
    bounds_width: float | None = None
    certain_holds: bool | None = None
    undetermined: int = 0
    stage: str | None = None

    @property
    def scene(self) -> str:
        """Name of the scene."""
        return f"{self.shape}-{self.tilt}-{self.condition}"


def measure(scene: Scene, method: str, truth: Box, outcome: Outcome, seconds: float) -> Row:
    """Compare an outcome with the mesh and with its least box."""
    matrix = outcome.world_from_unit
    local = np.linalg.solve(matrix[:3, :3], (scene.vertices - matrix[:3, 3]).T)
    held, width, certain = None, None, None
    if outcome.box is not None and outcome.bounds is not None:
        held = int(faces_held(outcome.box, outcome.bounds, scene.vertices).sum())
        width = round(float(np.median(outcome.bounds.widths / outcome.box.size[:, None])), 5)
        anything = FaceBounds(np.full((3, 2), -np.inf), outcome.bounds.outer)
        certain = bool(faces_held(outcome.box, anything, scene.vertices).all())
    return Row(
        shape=scene.shape,
        kind=scene.kind,
        tilt=scene.tilt,
        condition=scene.condition,
        method=method,
        volume=round(abs(np.linalg.det(matrix[:3, :3] / np.cbrt(truth.volume))), 5),
        protrusion=round(2 * float(np.abs(local).max()), 5),
        iou=round(parallelepiped_iou(truth.world_from_unit, matrix), 5),
        seconds=round(seconds, 3),
        faces_held=held,
        bounds_width=width,
        certain_holds=certain,
        undetermined=outcome.undetermined,
        stage=outcome.stage,
    )


def faces_held(box: Box, bounds: FaceBounds, points: np.ndarray, tolerance: float = 1e-9) -> np.ndarray:
    """Return True for each face whose bounds hold the support of the points along the box's axes.

    Args:
        box: Box of the bounds.
        bounds: Least and greatest distance of each face from the box's centre.
        points: Points that the box should hold, shape (n, 3).
        tolerance: Tolerance for rounding, as a share of the box's largest half extent.

    Returns:
        Shape (3, 2), dtype bool; `[axis, 0]` is the negative side, as in `FaceBounds`.
    """
    local = box.to_local(points)
    support = np.stack([-local.min(axis=0), local.max(axis=0)], axis=1)
    slack = tolerance * box.half_extents.max()
    return (support >= bounds.inner - slack) & (support <= bounds.outer + slack)
