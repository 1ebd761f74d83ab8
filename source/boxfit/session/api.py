"""The functions of the package: `fit` and `batch` for files, `fit_masks` and `fit_labels` for arrays.

Nothing heavy is imported before a function is called, and no `pxr` for arrays.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from boxfit.errors import BoxfitError, FitError
from boxfit.settings import Alignment, CameraConvention, Extent, FitSettings
from boxfit.settings.fit import CalibrationMode, DepthUse, Method, NotebookStart, RendererName
from boxfit.settings.input import FormatName, MaskMeaning
from boxfit.settings.naming import as_array_arguments
from boxfit.settings.prim import Frame, Purpose, RotationOp

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from boxfit.batches.job import Executor, Record, Summary
    from boxfit.session.results import ObjectResult, ObjectResults, Progress
    from boxfit.session.source import Source
    from boxfit.settings.by_name import SettingsByName
    from boxfit.views.conventions import CameraAxes
    from boxfit.views.dataset import Problem

ShowProgress: TypeAlias = "bool | Callable[[Progress], object]"


def fit(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    into: str | os.PathLike[str] | Any | None = None,
    force: bool = False,
    *,
    export: str | Sequence[str] = (),
    progress: ShowProgress = False,
    format: FormatName = "auto",  # noqa: A002
    masks: str | os.PathLike[str] | None = None,
    mask_shows: MaskMeaning = "auto",
    label: str | int | Sequence[str | int] = "all",
    skip: str | int | Sequence[str | int] | None = None,
    merge: str | None = None,
    split: bool = False,
    asset: str | None = None,
    views: str | None = None,
    exclude: str | None = None,
    data: str | os.PathLike[str] | None = None,
    source_up: Literal["Y", "Z", "y", "z"] | None = None,
    source_units: float | None = None,
    camera_convention: CameraConvention = "stated",
    method: Method = "auto",
    renderer: RendererName = "auto",
    align: Alignment = "auto",
    extent: Extent = "likely",
    calibrate: CalibrationMode = "auto",
    depth: DepthUse = "auto",
    floor: float | None = None,
    seed: int = 0,
    max_steps: int = 30,
    notebook_start: NotebookStart = "origin",
    notebook_half_extent: float = 0.75,
    notebook_learning_rate: float = 0.05,
    batch_size: int = 2,
    epochs: int = 30,
    scheduler_step: int = 5,
    scheduler_gamma: float = 0.5,
    overlap: float = 1.0,
    occupancy: float = 0.05,
    sigmainv: float = 7000.0,
    boxlen: float = 0.02,
    device: str = "auto",
    python: str | os.PathLike[str] | None = None,
    prim: str | None = None,
    frame: Frame = "world",
    rotation: RotationOp = "orient",
    purpose: Purpose | None = None,
    collider: bool = False,
    semantic_label: str | None = None,
    reset_xform_stack: bool = False,
    animation: bool = False,
) -> ObjectResults:
    """Fit a box to each object of a dataset, and write the boxes if a stage is given.

    Args:
        source: Folder of views, the JSON file that describes it, or a stage that names or contains a dataset.
        output: New stage to write.
        into: Existing stage to write into: a file, or an open `pxr.Usd.Stage`, which is changed in memory alone.
        force: Overwrite files that exist.
        export: Files in other formats, "FORMAT:PATH" each, such as "bop:models"; docs/exports.md lists the formats.
        progress: True shows a bar, in a terminal or a notebook; a function is called with each `Progress`.
        format: Format of a folder, if it is not recognised by itself.
        masks: Folder of masks named as the images, where the dataset names none (transforms.json, COLMAP).
        mask_shows: Meaning of the white pixels of those masks: "object" or "background".
        label: Objects to fit: the name, id, class or prim path of a label, or its last part, a prim path above, or a
            pattern with *; several as a sequence; or "all".
        skip: Labels to leave out, in the same forms; a warning names those that are not there.
        merge: Labels to fit as one object, in the same forms.
        split: Fit each separate thing of a label by itself.
        asset: Asset to fit: its path as in the metadata, or its file name.
        views: Views to use, such as "0-9,12,20-40:2".
        exclude: Views to leave out, in the same form.
        data: Folder with the views, if the one that the stage names has moved.
        source_up: Up axis of the dataset's world, "Y" or "Z".
        source_units: Metres per unit of the dataset's world.
        camera_convention: Convention of the camera matrices, if not the format's.
        method: "auto", "contact" (the start box alone), "tight" (with the differentiable fit) or "notebook".
        renderer: Renderer of that fit: "auto", "area", "dibr" or "kaolin".
        align: "auto", "free", "up" (rotation about the up axis only) or "axes".
        extent: "likely", "certain" (holds the object whatever the views leave open) or "proven".
        calibrate: Mending of cameras that contradict the masks: "auto", "off", "lens" or "poses".
        depth: "auto" uses depth images of the views that have them, "off" the masks alone.
        floor: Height of a floor along the up axis, in the dataset's unit, that the objects are nowhere below.
        seed: Seed of the search.
        max_steps: Most steps of the differentiable fit of "auto" and "tight", which mostly needs five.
        notebook_start: Start of "notebook": "origin" (a cube, as in the tutorial) or "contact" (the start box).
        notebook_half_extent: Half the edge length of that cube, in the frame's units.
        notebook_learning_rate: Step size of "notebook".
        batch_size: Views in one step of "notebook".
        epochs: Passes of "notebook" over all views.
        scheduler_step: Epochs after which "notebook" reduces its step size.
        scheduler_gamma: Factor by which it does.
        overlap: Weight of its loss of mask area outside the box.
        occupancy: Weight of its loss of image area that the box covers.
        sigmainv: Sharpness of the soft edge of "dibr" and "kaolin".
        boxlen: Width of that edge, as a fraction of half the image.
        device: Device of "dibr": "auto", "cpu", "cuda", ...
        python: Another Python interpreter, with PyTorch and kaolin, for renderers that do not run in this one.
        prim: Path of the box prim, or for several objects of their parent scope.
        frame: "world", or "asset": beside the asset, below an Xform with its transform.
        rotation: Rotation op of a new prim: "orient" or "xyz".
        purpose: "default" or "guide", which excludes the box from its parents' bounds.
        collider: Make the box a static collider (UsdPhysics.CollisionAPI).
        semantic_label: Class that renderers of segmentation images see in the box (UsdSemantics.LabelsAPI).
        reset_xform_stack: Place the box in the world, ignoring its parents' transforms.
        animation: Write the steps of the fit as time samples to a hidden prim beside the box.

    Returns:
        A list with a result for each fitted object: its box, bounds and figures. `result.box` is the box of the setting
        `extent`; `result.boxes` has all three. The list's attribute `failures` has the objects without a box.

    Warns:
        UserWarning: About each object that has no box while others have, about files of the dataset that cannot be
            used, and about what an export cannot hold.

    Raises:
        BoxfitError: If nothing can be read, fitted or written; the message gives the reason and a remedy.
        TypeError: If both `output` and `into` are given, or settings of a prim that is not written.
    """
    own = ("source", "output", "into", "force", "export", "progress")
    settings = {name: value for name, value in locals().items() if name not in ("own", *own)}
    from boxfit.session.session import fit_source

    exports = [export] if isinstance(export, str) else list(export)
    return fit_source(source, output, into, force, settings, exports, progress)


def batch(
    root: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    jobs: int | None = None,
    ray: str | bool | None = None,
    executor: Executor | None = None,
    shard: tuple[int, int] = (1, 1),
    manifest: str | os.PathLike[str] | None = None,
    retry_failed: bool = False,
    collect: str | os.PathLike[str] | None = None,
    export: str | Sequence[str] = (),
    thumbnails: bool = True,
    callback: Callable[[Summary, Sequence[Record]], object] | None = None,
    **settings: Unpack[SettingsByName],
) -> Summary:
    """Fit every dataset of a tree in several processes, with a record of each object; docs/batch.md describes all.

    The same call goes on where an earlier one ended. A source that cannot be fitted is a record too, and no error.

    Args:
        root: Folder that holds the datasets at any depth, or the address of one in a store, such as s3://bucket/data.
        output: Folder of the results, new or that of an earlier run, or an address.
        jobs: Number of processes; by default that of the processor cores.
        ray: Ray cluster to fit on, in place of processes: its address, "local" to start one on this machine, or True
            for the one that runs, or that the program is connected to.
        executor: Other workers in place of these processes.
        shard: (2, 8) fits every eighth source from the second on.
        manifest: File that lists the sources, a path or {"source": path, setting: value, ...} a line.
        retry_failed: Fit sources again of which an object, or all, failed.
        collect: Stage with a reference to the stage of each source, to write at the end.
        export: Formats of boxes to write as well, such as "bop".
        thumbnails: Draw a thumbnail of each object.
        callback: Called once at the start without records, and with the records of each source that is done.
        settings: Fields of `InputSettings`, `FitSettings` and `PrimSettings`, as for `fit`.

    Returns:
        The number of objects that were fitted and failed, and other figures.

    Raises:
        BoxfitError: If there is nothing to fit, a setting is invalid, or the results cannot be written.
        TypeError: If a setting does not exist, or several kinds of workers are named.
        KeyboardInterrupt: After Ctrl+C, when the sources that had begun are on record.
    """
    from boxfit.batches.executors import choose_executor
    from boxfit.batches.run import run_batch

    if sum(given is not None for given in (jobs, ray or None, executor)) > 1:
        raise TypeError("jobs, ray and executor name different workers: give one of them")
    summary = run_batch(
        os.fspath(root),
        os.fspath(output),
        settings,
        executor=executor or choose_executor(jobs, ray),
        part=shard,
        manifest=None if manifest is None else Path(manifest),
        retry_failed=retry_failed,
        collect=None if collect is None else Path(collect),
        exports=[export] if isinstance(export, str) else export,
        thumbnails=thumbnails,
        callback=callback or (lambda summary, records: None),
    )
    if summary.stopped:
        raise KeyboardInterrupt
    return summary


def fit_masks(
    masks: Any,
    intrinsics: Any,
    camera_poses: Any,
    *,
    convention: CameraAxes = "opencv",
    up: Literal["y", "z", "Y", "Z"] | None = None,
    meters_per_unit: float | None = None,
    pixel_centre: float = 0.5,
    depth: Any = None,
    rgb: Any = None,
    names: Sequence[str] | None = None,
    name: str = "object",
    method: Method = "auto",
    renderer: RendererName = "auto",
    align: Alignment = "auto",
    extent: Extent = "likely",
    calibrate: CalibrationMode = "auto",
    seed: int = 0,
    fit_settings: FitSettings | None = None,
    progress: ShowProgress = False,
) -> ObjectResult:
    """Fit a box to one object, from arrays.

    NumPy arrays, and tensors of PyTorch on any device.

    Args:
        masks: Shape (N, height, width), or a list of N images of any sizes: booleans or integers, nonzero on the
            object; or shares of coverage from 0 to 1 (alpha, probabilities) or in bytes up to 255, whose half is found
            between the pixels.
        intrinsics: [[fx, 0, cx], [0, fy, cy], [0, 0, 1]] in [px], shape (3, 3) or (N, 3, 3).
        camera_poses: Camera-to-world for column vectors, shape (N, 4, 4), in any unit of length.
        convention: Axes of the cameras: "opencv" (+Z forward, Y down), "opengl" or "usd" (-Z forward, Y up).
        up: Axis of the world that points up; None if it is unknown: then no box is upright.
        meters_per_unit: Length of the poses' unit in metres, for stages, exports and texts; None if unknown.
        pixel_centre: Coordinate of the first pixel's centre: 0.5 where the image begins at 0, as in COLMAP, NeRF
            datasets and renderers; 0 for intrinsics as OpenCV calibrates them.
        depth: Distances along the view in the poses' unit, shape (N, height, width); 0, NaN, infinity: no surface.
        rgb: Colours for pictures, shape (N, height, width, 3), bytes or shares of 1.
        names: Names of the views in messages; by default their numbers.
        name: Name of the object.
        method: As for `fit`, and so are `renderer`, `align`, `extent`, `calibrate` and `seed`.
        fit_settings: All settings of the fit, in place of these six.
        progress: As for `fit`.

    Returns:
        The result; its box is in the world of the poses.

    Raises:
        BoxfitError: If an argument cannot be used, or the views do not determine a box.
    """
    from boxfit.session.arrays import cameras_of, masks_of, source_of_images

    settings = fit_settings or FitSettings(
        method=method, renderer=renderer, align=align, extent=extent, calibrate=calibrate, seed=seed
    )
    images, coverages = masks_of(masks)
    cameras = cameras_of(intrinsics, camera_poses, images, convention, pixel_centre)
    source = source_of_images(images, cameras, {1: name}, up, meters_per_unit, depth, rgb, names, coverages)
    (result,) = _fit(source, settings, progress)[0]
    return result


def fit_labels(
    labels: Any,
    intrinsics: Any,
    camera_poses: Any,
    *,
    convention: CameraAxes = "opencv",
    up: Literal["y", "z", "Y", "Z"] | None = None,
    meters_per_unit: float | None = None,
    pixel_centre: float = 0.5,
    depth: Any = None,
    rgb: Any = None,
    names: Sequence[str] | None = None,
    label_names: Mapping[int, str] | None = None,
    method: Method = "auto",
    renderer: RendererName = "auto",
    align: Alignment = "auto",
    extent: Extent = "likely",
    calibrate: CalibrationMode = "auto",
    seed: int = 0,
    fit_settings: FitSettings | None = None,
    progress: ShowProgress = False,
) -> dict[int, ObjectResult]:
    """Fit a box to every object of integer images; a warning names objects that cannot be fitted.

    Args:
        labels: Ids, 0 for the background, shape (N, height, width); or a list of N images, of any sizes.
        intrinsics: As for `fit_masks`, and so are all arguments that are not listed here.
        label_names: Names of ids; by default the ids themselves.

    Returns:
        The result of each fitted id.

    Raises:
        BoxfitError: If an argument cannot be used, or no object can be fitted.
    """
    from boxfit.session.arrays import cameras_of, labels_of, source_of_images

    settings = fit_settings or FitSettings(
        method=method, renderer=renderer, align=align, extent=extent, calibrate=calibrate, seed=seed
    )
    images = labels_of(labels)
    cameras = cameras_of(intrinsics, camera_poses, images, convention, pixel_centre)
    source = source_of_images(images, cameras, label_names or {}, up, meters_per_unit, depth, rgb, names)
    results, failures = _fit(source, settings, progress)
    for failure in failures:
        warnings.warn(f"object {failure.where} has no box: {failure.what}", stacklevel=2)
    return {result.labelled.label.id: result for result in results}


def _fit(source: Source, settings: FitSettings, progress: ShowProgress) -> tuple[list[ObjectResult], list[Problem]]:
    from boxfit.session.object_fit import fit_objects
    from boxfit.session.progress_bar import follow

    if not isinstance(settings, FitSettings):
        raise FitError(f"fit_settings is a {type(settings).__name__}: give a FitSettings")
    if settings.align == "up" and source.world.up_axis is None:
        raise FitError("align is up, and up is None: name the axis of the world that points up (y or z)")
    results: list[ObjectResult] = []
    failures: list[Problem] = []
    try:
        follow(fit_objects(source, source.dataset.objects, settings, results, failures), progress)
    except BoxfitError as error:
        raise type(error)(as_array_arguments(str(error))) from error
    return [replace(each, warnings=tuple(map(as_array_arguments, each.warnings))) for each in results], failures
