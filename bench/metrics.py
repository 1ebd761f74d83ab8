"""What a fit is measured by: against the mesh that the masks were made from, and the least box around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from boxfit.geometry.comparison import parallelepiped_iou
from boxfit.geometry.box import Box, FaceBounds

from bench.scenes import Scene


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method made of a scene.

    Attributes:
        world_from_unit: Takes the unit cube [-0.5, 0.5]^3 to the fitted box, shape (4, 4); sheared where the
        method
            does not keep to boxes.
        box: The same as a box, or None where it is sheared.
        bounds: Where each of its faces may lie, or None where the method does not say.
        undetermined: Number of axes that the method says the views do not determine.
        stage: "start" or "fit" where the method chooses between the two, else None.
    """

    world_from_unit: np.ndarray
    box: Box | None = None
    bounds: FaceBounds | None = None
    undetermined: int = 0
    stage: str | None = None


@dataclass(frozen=True)
class Row:
    """One line of the bench's results: a method on a scene.

    Attributes:
        shape: Name of the scene's mesh.
        kind: Class of the mesh.
        tilt: The scene's.
        condition: The scene's.
        method: Name of the method.
        error: Why the method gave no box; all figures are then None.
        volume: Of the box, over that of the least box around the mesh.
        protrusion: How far the mesh leaves the box, in half extents.
        iou: In 3D against the least box; low where several boxes are about as small.
        seconds: Time of the fit.
        faces_held: Number of the six faces whose bounds hold the mesh's support along the box's axes.
        undetermined: Number of axes that the method says the views do not determine.
        stage: Which stage the method took its box from.
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
    held = None
    if outcome.box is not None and outcome.bounds is not None:
        held = int(faces_held(outcome.box, outcome.bounds, scene.vertices).sum())
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
        undetermined=outcome.undetermined,
        stage=outcome.stage,
    )


def faces_held(box: Box, bounds: FaceBounds, points: np.ndarray, tolerance: float = 1e-9) -> np.ndarray:
    """Which of a box's face bounds hold the face that would just enclose the points along the box's axes.

    Args:
        box: Box that the bounds belong to.
        bounds: Least and greatest distance of each face from the box's centre.
        points: What the box should hold, shape (n, 3).
        tolerance: Allowed for rounding, as a part of the box's largest half extent.

    Returns:
        Shape (3, 2), dtype bool; `[axis, 0]` is the negative side, as in `FaceBounds`.
    """
    local = box.to_local(points)
    support = np.stack([-local.min(axis=0), local.max(axis=0)], axis=1)
    slack = tolerance * box.half_extents.max()
    return (support >= bounds.inner - slack) & (support <= bounds.outer + slack)
