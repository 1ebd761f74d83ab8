"""Conventions of camera matrices, for datasets that hold other matrices than their format states."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from boxfit.errors import CameraError
from boxfit.geometry.camera import OPENCV_AXES, Camera
from boxfit.settings import CameraConvention
from boxfit.views.dataset import Dataset, View

CameraAxes = Literal["opencv", "opengl", "usd"]
"""Axes of a camera: "opengl" and "usd" are the same."""


def camera_from_pose(world_from_camera: np.ndarray, axes: CameraAxes) -> np.ndarray:
    """Return the matrix of a `Camera` with a pose in the given axes, shape (4, 4).

    Raises:
        CameraError: If the pose cannot be inverted.
    """
    pose = np.asarray(world_from_camera, dtype=np.float64)
    try:
        matrix = np.linalg.inv(pose)
    except np.linalg.LinAlgError as error:
        raise CameraError(f"the pose of the camera, of shape {pose.shape}, cannot be inverted") from error
    return OPENCV_AXES @ matrix if axes == "opencv" else matrix


def taken_as(camera: Camera, convention: CameraConvention, stated: CameraConvention = "opengl-w2c") -> Camera:
    """Take the matrix of a camera in another convention.

    Args:
        camera: Camera whose matrix was taken in the convention `stated`.
        convention: The other one.
        stated: Convention of `Dataset.convention`; that of `Camera` by default.
    """
    matrix = camera.camera_from_world
    if stated.startswith("opencv"):
        matrix = OPENCV_AXES @ matrix
    if stated.endswith("c2w") != convention.endswith("c2w"):
        matrix = np.linalg.inv(matrix)
    if convention.startswith("opencv"):
        matrix = OPENCV_AXES @ matrix
    return replace(camera, camera_from_world=matrix)


def in_convention(dataset: Dataset, convention: CameraConvention) -> Dataset:
    """Return a dataset with the matrices of all its cameras taken in a convention."""
    if convention in ("stated", dataset.convention):
        return dataset
    objects = (view for labelled in dataset.objects for view in labelled.views)
    views: dict[View, View] = {
        view: replace(view, camera=taken_as(view.camera, convention, dataset.convention))
        for view in (*dataset.views, *objects)
    }
    return replace(
        dataset,
        views=tuple(views[view] for view in dataset.views),
        objects=tuple(
            replace(labelled, views=tuple(views[view] for view in labelled.views)) for labelled in dataset.objects
        ),
    )
