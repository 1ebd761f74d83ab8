"""Newton's method for `LossTight`: how a move of the box shifts its outlines, and the step to where the loss is least.

A border that is rounded to pixels deviates from the true one evenly, by up to half a pixel. An outline that lies x px
off the true border is then 1/4 + x^2 px off the rounded one in the mean, up to half a pixel, and x px from there on. So
the loss is a sum of squares near its minimum, and the shifts of the outlines alone give its second derivatives, as in
the method of Gauss and Newton; farther away, the step is about as long as the outline is off.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxfit.fitting.losses import LossTight
from boxfit.fitting.params import BoxGradient, BoxMoves
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.outline import box_outlines, near_distances

ROUNDED = 0.5
"""Greatest deviation of a border that is rounded to pixels, in [px]."""
FARTHEST = 1.0, 2.0
"""Farthest shift of an outline in a step, in [px], and as a multiple of the loss, whichever is more."""
DAMPING = 1e-6
"""Share of the mean curvature that is added to each, for moves that shift no outline."""


class NewtonTight:
    """Steps of a box towards the least `LossTight`."""

    def __init__(self, silhouettes: Sequence[Silhouette], loss: LossTight, moves: BoxMoves) -> None:
        """Set up for a loss, its views, and the moves that a box may make."""
        self._loss, self._moves = loss, moves
        self._views = np.arange(len(silhouettes))
        self._focal = np.array([silhouette.camera.focal for silhouette in silhouettes]) * [1.0, -1.0]

    def step(self, box: Box, value: float, gradient: BoxGradient) -> tuple[np.ndarray, float]:
        """Return the move to the least loss, shape (m,), and the farthest shift of an outline that it makes, in [px].

        Args:
            box: Box to move.
            value: Its loss.
            gradient: Derivatives of the loss by the box.
        """
        view, length, shifts = self._shifts(box)
        # The shift is linear along a segment: Simpson's rule integrates its square exactly.
        samples = np.concatenate([shifts[:, 0], shifts[:, 0] + shifts[:, 1], shifts[:, 1]])
        samples *= np.tile(np.sqrt(length * self._loss.weights[view] / 6), 3)[:, None]
        # Noise spreads the deviations: a sharper minimum than there is makes steps shorter, which do no harm.
        curvature = samples.T @ samples / max(ROUNDED, value)
        damping = DAMPING * float(np.trace(curvature)) / len(curvature) + np.finfo(np.float64).tiny
        step = -np.linalg.solve(curvature + damping * np.eye(len(curvature)), self._moves.by_move(box, gradient))
        farthest = float(np.abs(shifts @ step).max(initial=0.0))
        limit = max(FARTHEST[0], FARTHEST[1] * value)
        return (step * (limit / farthest), limit) if farthest > limit else (step, farthest)

    def _shifts(self, box: Box) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return how moves shift the segments of a box's outlines.

        Where the near plane cuts the box, the cut is taken as fixed to the box.

        Returns:
            View of each segment, shape (k,); its length in [px], shape (k,); and the shift of its two ends across it by
            each move, in [px], shape (k, 2, m).
        """
        corners = self._loss.frames.corners(box, self._views)
        outline = box_outlines(corners, near_distances(corners))
        by_corner, mix = self._moves.corners_by_move(box)[outline.corners], outline.mix[..., None, None]
        by_move = self._loss.frames.turned((1 - mix) * by_corner[:, :, 0] + mix * by_corner[:, :, 1], outline.box)
        scale = self._focal[outline.box][:, None] / -outline.points[..., 2:]
        flat = outline.points[..., :2] / -outline.points[..., 2:]
        pixels = scale * outline.points[..., :2]
        pixels_by_move = scale[..., None] * (by_move[..., :2, :] + flat[..., None] * by_move[..., 2:, :])
        along = pixels[:, 1] - pixels[:, 0]
        length = np.hypot(along[:, 0], along[:, 1])
        with np.errstate(invalid="ignore"):
            across = np.nan_to_num(np.stack([along[:, 1], -along[:, 0]], axis=1) / length[:, None])
        return outline.box, length, np.einsum("kc,kecm->kem", across, pixels_by_move)
