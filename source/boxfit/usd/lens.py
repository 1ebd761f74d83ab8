"""Reading and writing of a pinhole camera's intrinsics as attributes of a USD camera."""

from __future__ import annotations

import numpy as np
from pxr import Gf, UsdGeom

from boxfit.errors import CameraError
from boxfit.geometry.camera import Camera
from boxfit.usd.stage import REST_TIME


def write_lens(
    prim: UsdGeom.Camera,
    camera: Camera,
    horizontal_aperture: float | None = None,
    clipping_range: tuple[float, float] | None = None,
) -> None:
    """Write apertures, their offsets and the focal length.

    Args:
        prim: Camera prim.
        camera: Source of the focal lengths, principal point and resolution; its pose is not written.
        horizontal_aperture: In tenths of a unit; None for USD's fallback. Only ratios to it matter.
        clipping_range: Near and far distance; None for USD's fallback.
    """
    height, width = camera.resolution
    (fx, fy), (cx, cy) = camera.focal, camera.principal
    horizontal = horizontal_aperture or prim.GetHorizontalApertureAttr().Get()
    unit = horizontal / width
    vertical = horizontal * height / width * fx / fy
    prim.CreateProjectionAttr(UsdGeom.Tokens.perspective)
    prim.CreateHorizontalApertureAttr(horizontal)
    prim.CreateVerticalApertureAttr(vertical)
    prim.CreateFocalLengthAttr(fx * unit)
    prim.CreateHorizontalApertureOffsetAttr((width / 2 - cx) * unit)
    prim.CreateVerticalApertureOffsetAttr((cy - height / 2) * vertical / height)
    if clipping_range:
        prim.CreateClippingRangeAttr(Gf.Vec2f(*clipping_range))


def read_camera(prim: UsdGeom.Camera, resolution: tuple[int, int], world_from_camera: np.ndarray) -> Camera:
    """Read a camera from a prim.

    Args:
        prim: Camera prim.
        resolution: (height, width) of its image in [px].
        world_from_camera: Pose of the camera, shape (4, 4).

    Raises:
        CameraError: If the camera is orthographic, or its attributes are not those of a valid camera.
    """
    if prim.GetProjectionAttr().Get(REST_TIME) != UsdGeom.Tokens.perspective:
        raise CameraError("the camera is orthographic: only pinhole cameras can be used")
    height, width = resolution
    length = prim.GetFocalLengthAttr().Get(REST_TIME)
    horizontal = prim.GetHorizontalApertureAttr().Get(REST_TIME)
    if not (horizontal > 0 and min(resolution) > 0):
        raise CameraError(f"the aperture is {horizontal} and the resolution {width}x{height}, not positive")
    # Without an authored vertical aperture, pixels are square, as in Omniverse's renderers.
    authored = prim.GetVerticalApertureAttr()
    vertical = authored.Get(REST_TIME) if authored.HasAuthoredValue() else horizontal * height / width
    if not vertical > 0:
        raise CameraError(f"the vertical aperture is {vertical}, not positive")
    right = prim.GetHorizontalApertureOffsetAttr().Get(REST_TIME) / horizontal * width
    up = prim.GetVerticalApertureOffsetAttr().Get(REST_TIME) / vertical * height
    try:
        camera_from_world = np.linalg.inv(world_from_camera)
    except np.linalg.LinAlgError as error:
        raise CameraError("the camera's transform is singular") from error
    return Camera(
        camera_from_world,
        (length / horizontal * width, length / vertical * height),
        (width / 2 - right, height / 2 + up),
        resolution,
    )
