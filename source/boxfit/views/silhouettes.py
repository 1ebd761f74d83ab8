"""Silhouettes of an object in its views, all in one world, to fit a box to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from boxfit.errors import BoxfitError, DatasetError, OutOfSightError, RequirementError, count_views
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.silhouette import DistortedMask, Silhouette
from boxfit.geometry.similarity import uniform_scale
from boxfit.geometry.surface import SurfacePoints
from boxfit.usd.label import Label
from boxfit.views.agreement import CameraAgreement, check_cameras
from boxfit.views.boxes import is_number
from boxfit.views.coverage import finer_mask
from boxfit.views.dataset import LabelledObject, Problem, View
from boxfit.views.labels import label_regions, pixel_runs
from boxfit.views.masks import clean_mask, is_saturated, touched_borders
from boxfit.views.surface import read_surface

_STILL = 1e-5
"""A smaller change of pose is noise: 1e-5 rad is a hundredth of a pixel, and well above float32 noise."""

_RIGID = 0.02
"""A smaller relative change of the size of the renderer's box is noise, not a change of the object."""

_HIDDEN = 0.5
"""Share of the object that may be occluded, according to the renderer, before a warning."""

_NO_OUTLINE = "the mask covers the whole image"


@dataclass(frozen=True, eq=False)
class Observations:
    """Silhouettes of an object, and what was found when reading them.

    Attributes:
        silhouettes: Usable masks with their cameras, in the world of the reference view.
        left_out: Views that could not be read or used, with reasons.
        warnings: Warnings about the used views, for the user.
        reference: Name of the first view used; if the asset moves, the box is fitted to its pose in this view.
        world_from_asset: Pose of the asset in the reference view, shape (4, 4), or None if unknown.
        moves: True if the asset moves between views; its motion has then been applied to the cameras, inverted.
        agreement: Agreement of the cameras, or None if it cannot be determined.
        views: View of each silhouette.
    """

    silhouettes: tuple[Silhouette, ...]
    left_out: tuple[Problem, ...]
    warnings: tuple[str, ...]
    reference: str
    world_from_asset: np.ndarray | None
    moves: bool
    agreement: CameraAgreement | None
    views: tuple[View, ...] = ()

    __repr__ = brief_repr

    @cached_property
    def surface(self) -> SurfacePoints | None:
        """Points that the views' depth images see on the object, read on the first access; None without such images."""
        return read_surface(self.views, self.silhouettes)


def silhouettes(labelled: LabelledObject, check: bool = True) -> Observations:
    """Read, clean and check the masks of one object.

    Views that do not show the object, and views whose mask covers the whole image, are left out. If the asset moves
    between views, each camera is moved by the inverse motion, so that the asset is at rest.

    Args:
        labelled: The object; `boxfit.views.names.select_views` selects views beforehand.
        check: False to accept cameras that contradict each other.

    Raises:
        DatasetError: If fewer than two views can be used, the asset changes its shape between views.
        ContradictionError: If cameras contradict each other.
        RequirementError: If SciPy is missing.
    """
    good: list[tuple[View, Silhouette]] = []
    left_out, parted = list(labelled.unread), []
    for view in labelled.views:
        try:
            silhouette, parts = _silhouette(view, labelled.label)
            good.append((view, silhouette))
            if parts > 1:
                parted.append(view.name)
        except RequirementError:  # Not a fault of the view.
            raise
        except BoxfitError as error:
            is_fault = not isinstance(error, OutOfSightError)
            left_out.append(Problem(f"view {view.name}", str(error), is_fault))
    good, poseless = _with_poses(good, labelled.label)
    left_out += poseless
    if len(good) < 2:
        raise DatasetError(_too_few(labelled, left_out))

    views = [view for view, _ in good]
    motions = _motions(views, labelled.label)
    moves = any(motion is not None for motion in motions)
    used = tuple(
        silhouette if motion is None else replace(silhouette, camera=silhouette.camera.moved(motion))
        for (_, silhouette), motion in zip(good, motions, strict=True)
    )
    reference = views[0]
    warnings = []
    if moves:
        warnings.append(
            f"the asset moves between views: the box is fitted to the asset's pose in view {reference.name}"
        )
    if (growth := _growth(views, labelled.label)) > _RIGID:
        warnings.append(
            f"the renderer's box of it (bbox_3d) changes its size by up to {growth:.0%} between the views: its shape "
            "changes or its parts move, and no single box contains it in all views; label the part that moves"
        )
    cut = [silhouette.view for silhouette in used if any(touched_borders(silhouette))]
    if cut:
        warnings.append(
            f"the image border cuts the mask in {count_views(cut, len(used))}: the part beyond the border is unknown"
        )
    hidden = [view.name for view in views if _occlusion(view, labelled.label) > _HIDDEN]
    if hidden:
        warnings.append(
            f"other objects hide more than {_HIDDEN:.0%} of it in {count_views(hidden, len(used))}: its mask there "
            "shows only part of its outline"
        )
    if 2 * len(parted) > len(used):
        warnings.append(
            f"its mask is two or more separate parts in {count_views(parted, len(used))}: if these are several things, "
            "fit each by itself (split)"
        )
    agreement = check_cameras(used) if check else None
    return Observations(
        used,
        tuple(left_out),
        tuple(warnings),
        reference.name,
        reference.pose_of(labelled.label),
        moves,
        agreement,
        tuple(views),
    )


def _with_poses(
    good: list[tuple[View, Silhouette]], label: Label
) -> tuple[list[tuple[View, Silhouette]], list[Problem]]:
    """Leave out views without the pose of a moving object.

    Views without the renderer's box are kept if the object does not move in the other views.
    """
    posed = [(view, silhouette) for view, silhouette in good if view.pose_of(label) is not None]
    stated = any(view.world_from_asset is not None for view, _ in posed)
    moves = stated or any(motion is not None for motion in _motions([view for view, _ in posed], label))
    if not moves:
        return good, []
    poseless = [view for view, _ in good if view.pose_of(label) is None]
    reason = "it has no pose of the asset, unlike other views (asset_transforms; Replicator: bounding_box_3d)"
    return posed, [Problem(f"view {view.name}", reason) for view in poseless]


def _growth(views: Sequence[View], label: Label) -> float:
    """Return the relative change of the renderer's box of an object between views; 0 without a box."""
    records = [record for view in views if (record := view.box_of(label)) is not None]
    if not records:
        return 0.0
    names = [f"{axis}_{end}" for end in ("min", "max") for axis in "xyz"]
    limits = np.array([[float(record["bbox"][name]) for name in names] for record in records])
    size = float(np.median(limits[:, 3:] - limits[:, :3], axis=0).max())
    return float(np.ptp(limits, axis=0).max()) / size if size > 0 else 0.0


def _silhouette(view: View, label: Label) -> tuple[Silhouette, int]:
    """Make a view's silhouette from its cleaned mask, and count its large separate parts.

    Only the pixels of the label's rectangle are read.
    """
    image = view.segmentation(label.sensor)
    regions = view.regions or {
        (label.sensor, number): area for number, area in label_regions(pixel_runs(image)).items()
    }
    region = regions.get((label.sensor, label.id))
    if region is None:
        raise OutOfSightError(f"no pixel shows label {label.name}")
    crop = image[region.top : region.bottom, region.left : region.right] == label.id
    mask, (row, column), parts = clean_mask(crop)
    origin, distorted = (region.top + row, region.left + column), None
    if view.lens is not None:
        distorted = DistortedMask(view.lens, mask, origin)
        mask, origin = view.lens.resample_mask(mask, origin)
    finer = None
    if "coverage" in view.images and len(regions) == 1:
        finer = finer_mask(view.images["coverage"](), region)
    silhouette = Silhouette(view.name, view.camera, mask, origin, distorted, finer)
    if is_saturated(silhouette):
        raise DatasetError(_NO_OUTLINE)
    return silhouette, parts


def _occlusion(view: View, label: Label) -> float:
    """Return the share of a label's object that is occluded, according to the renderer; 0 if unknown."""
    record = view.box_of(label)
    return float(record["occlusion_ratio"]) if record and is_number(record.get("occlusion_ratio")) else 0.0


def _motions(views: Sequence[View], label: Label) -> list[np.ndarray | None]:
    """Compute the object's motion from the first view to each view, as world_from_reference_world; None if at rest.

    In views without a pose, the object is taken to be at rest.

    Raises:
        DatasetError: If a motion is not a rotation, a translation and a uniform scale.
    """
    poses = {view.name: pose for view in views if (pose := view.pose_of(label)) is not None}
    if not poses:
        return [None] * len(views)
    (first, reference), name = next(iter(poses.items())), views[0].asset or label.name
    asset_from_world = np.linalg.inv(reference)
    motions: list[np.ndarray | None] = []
    for view in views:
        pose = poses.get(view.name, reference)
        motion = pose @ asset_from_world
        if _is_still(motion, pose, reference, view):
            motions.append(None)
        elif uniform_scale(motion) is None or np.linalg.det(motion[:3, :3]) < 0:
            raise DatasetError(
                f"view {view.name}: {name} is stretched or mirrored relative to view {first}, so no single box "
                "contains it in both: fit the views of each shape separately (views, exclude)"
            )
        else:
            motions.append(motion)
    return motions


def _is_still(motion: np.ndarray, pose: np.ndarray, reference: np.ndarray, view: View) -> bool:
    distance = np.linalg.norm(view.camera.position - reference[:3, 3])
    turned = np.abs(motion[:3, :3] - np.eye(3)).max()
    return bool(turned < _STILL and np.linalg.norm(pose[:3, 3] - reference[:3, 3]) < _STILL * distance)


def _too_few(labelled: LabelledObject, left_out: Sequence[Problem]) -> str:
    """Explain that an object cannot be fitted, from the problems of the views that were left out."""
    subject = f"label {labelled.label.name}" + (f" of {labelled.asset}" if labelled.asset else "")
    count = len(labelled.views) + len(labelled.unread)
    saturated = [problem.where.removeprefix("view ") for problem in left_out if problem.what == _NO_OUTLINE]
    if 2 * len(saturated) > len(left_out):
        return (
            f"{subject} covers the whole image in {count_views(saturated, count)}: "
            "ground and object have the same label; remove the label from the ground, or give the object "
            "its own, and generate the views again"
        )
    reason = f" ({left_out[0].where}: {left_out[0].what})" if left_out else ""
    return f"{subject} can be seen in {count - len(left_out)} of {count} views{reason}: a box needs at least two"
