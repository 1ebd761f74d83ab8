"""Two fitted objects, whose boxes are turned and off the origin."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.session.results import ObjectResult
from boxfit.session.session import Session
from boxfit.session.source import SourceWorld
from boxfit.settings import FitSettings

from tests.folders import box_mask, cameras_around, metadata_of, write_view
from tests.scenes import BOX

BOXES = (
    Box(np.array([31.3, -20.7, 150.9]), np.array([9.1, 5.3, 3.7]), np.array([0.8, 0.2, -0.4, 0.3])),
    Box(np.array([-12.0, 47.0, -33.0]), np.array([2.5, 7.5, 4.0]), np.array([0.5, -0.6, 0.1, 0.7])),
)
"""The boxes of the results, in units of the world."""

Make = Callable[..., list[ObjectResult]]


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> list[ObjectResult]:
    """Results of a dataset of two labels in six views."""
    folder = tmp_path_factory.mktemp("fitted") / "views"
    other = Box(BOX.centre + np.array([0.5, 0.5, -0.3]), BOX.half_extents / 2)
    for index, camera in enumerate(cameras_around(6)):
        labels = np.where(box_mask(camera, other), 2, box_mask(camera)).astype(np.int32)
        write_view(folder, index, metadata_of(camera), semantic=labels)
    session = Session(folder, fit_settings=FitSettings(method="contact"))
    assert list(session.fit())
    return session.results


@pytest.fixture
def make(fitted: list[ObjectResult]) -> Make:
    """Return the results with other boxes, world and cameras: a wide image, pixels and principal point that differ."""

    def results(
        up: str | None = "Z",
        unit: float | None = 0.01,
        boxes: Sequence[Box] = BOXES,
        cameras: Sequence[Camera] | None = None,
        source: Path | None = None,
    ) -> list[ObjectResult]:
        cameras = cameras or wide_cameras(len(fitted[0].silhouettes))
        return [
            replace(
                result,
                box=box,
                world=SourceWorld(up, unit),
                source=source or result.source,
                silhouettes=tuple(
                    replace(silhouette, camera=camera)
                    for silhouette, camera in zip(result.silhouettes, cameras, strict=True)
                ),
            )
            for result, box in zip(fitted, boxes, strict=True)
        ]

    return results


def wide_cameras(count: int) -> list[Camera]:
    """Cameras around the boxes, far away."""
    around = cameras_around(count, Box(np.array([10.0, 10.0, 60.0]), np.array([60.0, 60.0, 120.0])))
    return [Camera(each.camera_from_world, (90.0, 110.0), (70.25, 33.5), each.resolution) for each in around]


def in_opencv(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Express points of the world in the frame of a camera that looks along +Z with +Y down."""
    return camera.to_camera(points) * [1, -1, -1]
