"""Diagnosis of views that contradict each other: the usual mistakes are tried on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np

from boxfit.calibration.calibrate import AGREE, calibration_scatter
from boxfit.errors import BoxfitError, ContradictionError, list_names
from boxfit.geometry.camera import OPENCV_AXES, Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.settings import CameraConvention
from boxfit.start.start_box import start_box
from boxfit.views.agreement import check_cameras, line_distances, meeting_point, middle_rays
from boxfit.views.conventions import taken_as
from boxfit.views.dataset import Dataset, LabelledObject
from boxfit.views.silhouettes import silhouettes

_MOST_VIEWS = 24
"""Number of views, evenly spread, to try mistakes on."""

_MOST_LABELS = 8
"""Number of other labels to try."""

_CONVENTIONS: dict[CameraConvention, str] = {
    "opengl-w2c": "world-to-camera in OpenGL axes",
    "opengl-c2w": "camera-to-world in OpenGL axes",
    "opencv-w2c": "world-to-camera in OpenCV axes",
    "opencv-c2w": "camera-to-world in OpenCV axes",
}

_POSES: tuple[tuple[str, Callable[[np.ndarray], np.ndarray]], ...] = (
    ("the poses are taken in the other axes, OpenCV's or OpenGL's (convention)", lambda matrix: OPENCV_AXES @ matrix),
    ("the matrices are world-to-camera: give their inverses (camera_poses)", np.linalg.inv),
    (
        "the matrices are world-to-camera: give their inverses (camera_poses)",
        lambda matrix: OPENCV_AXES @ np.linalg.inv(matrix) @ OPENCV_AXES,
    ),
)
"""Mistakes about poses in arrays, as functions of camera_from_world."""

_OFF_CENTRE = 0.15
"""Distance of the principal point from the centre, in half widths, from which it may belong to another resolution."""

_LEAST_SCATTER, _LAG_GAIN = 0.3, 0.5
"""Scatter in [px] that exact cameras hardly have, and the share of it that may be left if a lag explains it: no
parameter is fitted to the masks, so half is no chance."""

_SCALES = (1 / 8, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 2, 2.0, 3.0, 4.0, 8.0)
"""Scales of images that are usual."""

_Views = tuple[Silhouette, ...]


def explain(
    error: ContradictionError,
    labelled: LabelledObject,
    dataset: Dataset,
    convention: CameraConvention | None,
) -> ContradictionError:
    """Return an error that names the mistake, if exactly one mistake explains a contradiction; else the same error.

    Args:
        error: Error about the views of an object.
        labelled: The object.
        dataset: Its dataset; the label of another object of it may be exchanged with the object's in some views.
        convention: Convention in which the user wants the matrices to be taken; None for poses in arrays.
    """
    step = -(-len(labelled.views) // _MOST_VIEWS)
    tried = replace(labelled, views=labelled.views[::step])
    others = [replace(other, views=tried.views) for other in dataset.objects if _is_beside(other, labelled)]
    stated = dataset.convention
    try:
        views = silhouettes(tried, check=False).silhouettes
        mended = chain(_mended(views, tried, others[:_MOST_LABELS], convention, stated), _lags(views, tried, dataset))
        mistakes = [text for text, mended_views in mended if _agree(mended_views)]
    except (BoxfitError, np.linalg.LinAlgError):
        return error
    if len(mistakes) != 1:
        return error
    return ContradictionError(f"cameras and masks contradict each other, but they agree if {mistakes[0]}")


def find_lag(views: _Views, labelled: LabelledObject, dataset: Dataset, scatter: float | None) -> str:
    """Return in words that masks belong to the cameras of the views beside theirs, if that explains a contradiction.

    Renderers may write a mask one frame later than its camera. Where the camera moves steadily, its views then
    contradict each other by a few pixels only, as if the cameras were inexact.

    Args:
        views: Views of the object, with the cameras as given.
        labelled: The object.
        dataset: Its dataset, with all views in their order.
        scatter: Scatter of the views' common tangents in [px], or None if it is not known.
    """
    if scatter is None or scatter <= _LEAST_SCATTER:
        return ""
    for text, lagged in _lags(views, labelled, dataset):
        left = calibration_scatter(lagged)
        if left is not None and left <= min(AGREE, _LAG_GAIN * scatter):
            return f"cameras and masks contradict each other by {scatter:.2g} px, but they agree if {text}"
    return ""


def _lags(views: _Views, labelled: LabelledObject, dataset: Dataset) -> Iterator[tuple[str, _Views]]:
    """Yield the views with the cameras of the views before and after theirs, in words and as they are then."""
    order = [view.name for view in dataset.views]
    cameras = {view.name: view.camera for view in dataset.views}
    own = {view.name: view.camera for view in labelled.views}
    for by, side in ((-1, "before"), (1, "after")):
        beside = dict(zip(order[max(-by, 0) :], order[max(by, 0) :], strict=False))
        yield (
            f"each mask belongs to the camera of the view {side} it: give the files these names, or render each view "
            "until it is complete, before the camera moves on",
            tuple(
                replace(
                    view,
                    camera=replace(
                        view.camera,
                        camera_from_world=cameras[beside[view.view]].camera_from_world
                        @ own[view.view].world_from_camera
                        @ view.camera.camera_from_world,
                    ),
                )
                for view in views
                if view.view in beside
            ),
        )


def _is_beside(other: LabelledObject, labelled: LabelledObject) -> bool:
    label, own = other.label, labelled.label
    return other.asset == labelled.asset and label.sensor == own.sensor and label.id != own.id


def _mended(
    views: _Views,
    labelled: LabelledObject,
    others: Sequence[LabelledObject],
    convention: CameraConvention | None,
    stated: CameraConvention,
) -> Iterator[tuple[str, _Views]]:
    """Yield each usual mistake, in words, with the views as they are without it."""
    if convention == "stated":
        for name, meaning in _CONVENTIONS.items():
            if name == stated:
                continue
            text = f"the matrices are taken as {meaning} (camera_convention {name})"
            yield text, _retaken(views, labelled, partial(taken_as, convention=name, stated=stated))
    elif convention is None:
        for text, change in _POSES:
            yield text, _retaken(views, labelled, partial(_changed, change))
    argument = " (intrinsics)" if convention is None else ""
    factor = float(np.median([2 * view.camera.principal[0] / view.camera.resolution[1] for view in views]))
    if abs(factor - 1) > _OFF_CENTRE:
        # The principal point need not be the centre, and images are mostly scaled by one of these.
        nearest = min(_SCALES, key=lambda scale: abs(np.log(factor / scale)))
        factor = nearest if abs(factor / nearest - 1) < _OFF_CENTRE else factor
        text = f"the intrinsics are those of images {factor:.3g} times as large: scale them{argument}"
        yield text, tuple(replace(view, camera=_scaled(view.camera, 1 / factor)) for view in views)
    if any(len(set(pair)) > 1 for view in views for pair in (view.camera.focal, view.camera.principal)):
        turned = tuple(replace(view, camera=_turned(view.camera)) for view in views)
        yield f"the intrinsics have x and y exchanged: exchange fx and fy, cx and cy{argument}", turned
    yield "the masks are turned upside down: flip the images top to bottom", _flipped(views, 0)
    yield "the masks are mirrored: flip the images left to right", _flipped(views, 1)
    for other in others:
        exchanged, mended = [], views
        with suppress(BoxfitError, np.linalg.LinAlgError):  # Of a label that is seen too rarely.
            exchanged, mended = _unexchanged(views, silhouettes(other, check=False).silhouettes)
        if exchanged:
            labels = f"the labels {labelled.label.name} and {other.label.name} are exchanged"
            remedy = "correct them there, or leave these views out (exclude)"
            yield f"{labels} in views {list_names(exchanged)}: {remedy}", mended


def _agree(views: _Views) -> bool:
    try:
        check_cameras(views)
        return not start_box(views, "axes").left_out
    except BoxfitError:
        return False


def _turned(camera: Camera) -> Camera:
    return replace(camera, focal=camera.focal[::-1], principal=camera.principal[::-1])


def _scaled(camera: Camera, factor: float) -> Camera:
    (fx, fy), (cx, cy) = camera.focal, camera.principal
    return replace(camera, focal=(factor * fx, factor * fy), principal=(factor * cx, factor * cy))


def _changed(change: Callable[[np.ndarray], np.ndarray], camera: Camera) -> Camera:
    return replace(camera, camera_from_world=change(camera.camera_from_world))


def _retaken(views: _Views, labelled: LabelledObject, take: Callable[[Camera], Camera]) -> _Views:
    """Take the cameras' matrices otherwise; the motion of the asset, which they contain, stays the same."""
    cameras = {view.name: view.camera for view in labelled.views}
    return tuple(
        replace(
            view,
            camera=take(cameras[view.view]).moved(cameras[view.view].world_from_camera @ view.camera.camera_from_world),
        )
        for view in views
    )


def _flipped(views: _Views, axis: int) -> _Views:
    """Reverse the rows (axis 0) or columns (axis 1) of the images."""

    def origin(view: Silhouette) -> tuple[int, int]:
        start = list(view.origin)
        start[axis] = view.camera.resolution[axis] - start[axis] - view.mask.shape[axis]
        return start[0], start[1]

    return tuple(
        replace(view, mask=np.flip(view.mask, axis), origin=origin(view), distorted=None, finer=None) for view in views
    )


def _unexchanged(views: _Views, others: _Views) -> tuple[list[str], _Views]:
    """Exchange the masks of two labels where each is nearer to the other's place; return these views, and all views."""
    by_name = {other.view: other for other in others}
    common = [view for view in views if view.view in by_name]
    rays = middle_rays(common), middle_rays([by_name[view.view] for view in common])
    away = np.array([[line_distances(meeting_point(*own), *ray) for ray in rays] for own in rays])
    exchanged = (away[0, 1] < away[0, 0]) & (away[1, 0] < away[1, 1])
    names = [view.view for view, wrong in zip(common, exchanged, strict=True) if wrong]
    mended = {name: by_name[name] for name in names}
    return names, tuple(
        replace(mended[view.view], camera=view.camera) if view.view in mended else view for view in views
    )
