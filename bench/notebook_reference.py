"""Exact reproduction of the bounding box loop of kaolin's tutorial notebook, the reference of the bench.

Unlike boxfit, it rotates the cube first and then scales it along the world's axes, so that the result is sheared; it
starts at the origin with half extents of 0.75, regardless of the masks; its parameters are float32, and every batch of
two views is a step. Its areas come from boxfit's DIB-R, which equals kaolin's kernels on the triangles of the
tutorial's cube, except that a face is drawn if it faces the camera, not by the sign of its normal's depth.

Source: examples/tutorial/bbox_tutorial.ipynb in NVIDIAGameWorks/kaolin.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from boxfit.geometry.box import CORNER_SIGNS
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.dibr import RendererDibr

BATCH = 2
EPOCHS = 30
LEARNING_RATE = 5e-2
STEP_EPOCHS = 5
STEP_FACTOR = 0.5
OVERLAP_WEIGHT = 1.0
OCCUPANCY_WEIGHT = 0.05
START_HALF_EXTENT = 0.75


def fit_notebook_literally(silhouettes: Sequence[Silhouette], seed: int = 0) -> np.ndarray:
    """Run the notebook's loop.

    Args:
        silhouettes: Views of one object, all of one resolution.
        seed: Seed of the order of the views.

    Returns:
        Affine matrix that maps the unit cube [-0.5, 0.5]^3 to the fitted, generally sheared, cuboid, shape (4, 4).
    """
    cameras = [s.camera for s in silhouettes]
    height, width = cameras[0].resolution
    rotations = torch.tensor(np.stack([c.camera_from_world[:3, :3] for c in cameras]))
    translations = torch.tensor(np.stack([c.camera_from_world[:3, 3] for c in cameras]))
    renderer = RendererDibr(silhouettes)
    shuffle = np.random.default_rng(seed)

    transform = _Transform()
    optimizer = torch.optim.Adam(transform.parameters, lr=LEARNING_RATE)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, STEP_EPOCHS, STEP_FACTOR)
    signs = torch.tensor(CORNER_SIGNS)
    for _ in range(EPOCHS):
        order = shuffle.permutation(len(cameras))
        for views in np.array_split(order, np.arange(BATCH, len(order), BATCH)):
            optimizer.zero_grad()
            world = transform.apply(signs)
            corners = world @ rotations[views].transpose(1, 2) + translations[views, None]
            areas = renderer.areas(corners.detach().numpy(), views)
            # loss = 1 - mean(overlap) + 0.05 mean(box), areas as parts of the image
            gradient = OCCUPANCY_WEIGHT * areas.box_gradient - OVERLAP_WEIGHT * areas.overlap_gradient
            corners.backward(torch.as_tensor(gradient / (height * width * len(views))))
            optimizer.step()
        scheduler.step()
    return transform.matrix()


def shrink(silhouette: Silhouette, factor: int) -> Silhouette:
    """Shrink a silhouette's image by an integer factor; at least half of a new pixel must be mask."""
    camera, (height, width) = silhouette.camera, silhouette.camera.resolution
    blocks = silhouette.full_mask().reshape(height // factor, factor, width // factor, factor)
    smaller = Camera(
        camera.camera_from_world,
        (camera.focal[0] / factor, camera.focal[1] / factor),
        (camera.principal[0] / factor, camera.principal[1] / factor),
        (height // factor, width // factor),
    )
    return Silhouette(silhouette.view, smaller, blocks.mean(axis=(1, 3)) >= 0.5)


class _Transform:
    """Centre, scales and quaternion (xyzw), applied to the cube in the notebook's order."""

    def __init__(self) -> None:
        self.centre = torch.zeros(3, requires_grad=True)
        self.scales = torch.ones(3, requires_grad=True)
        self.quaternion = torch.tensor([0.0, 0.0, 0.0, 1.0], requires_grad=True)

    @property
    def parameters(self) -> list[torch.Tensor]:
        return [self.centre, self.scales, self.quaternion]

    def apply(self, signs: torch.Tensor) -> torch.Tensor:
        """Return world corners, shape (8, 3), float64: rotate, then scale along the world's axes, then translate."""
        axis, angle = self.quaternion[:3], self.quaternion[3]
        length = self.quaternion.norm()
        x, y, z = axis / length
        zero = torch.zeros(())
        cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero]).reshape(3, 3)
        rotation = torch.eye(3) + 2 * (angle / length) * cross + 2 * cross @ cross
        rotated = (signs.float() * START_HALF_EXTENT) @ rotation.T
        return (rotated * self.scales + self.centre).double()

    def matrix(self) -> np.ndarray:
        """Return the affine matrix of `apply`, for the unit cube."""
        with torch.no_grad():
            origin = self.apply(torch.zeros(1, 3))[0].numpy()
            columns = 2 * (self.apply(torch.eye(3)).numpy() - origin).T
        return np.block([[columns, origin[:, None]], [np.zeros((1, 3)), np.ones((1, 1))]])
