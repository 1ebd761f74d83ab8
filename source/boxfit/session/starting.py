"""Start box of an object, with what depth and the object's neighbours tell about its masks and cameras."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

import numpy as np

from boxfit.calibration.calibrate import calibrate
from boxfit.calibration.results import Calibration
from boxfit.errors import ContradictionError, FitError, count_views
from boxfit.geometry.silhouette import Silhouette
from boxfit.geometry.surface import SurfacePoints
from boxfit.session.diagnosis import find_lag
from boxfit.session.source import Source
from boxfit.session.view_figures import view_figures
from boxfit.settings import FitSettings
from boxfit.start.outline import Outline
from boxfit.start.start_box import StartBox, start_box
from boxfit.views.dataset import LabelledObject
from boxfit.views.silhouettes import Observations

RENDERED = ("data-generator", "replicator")
"""Formats of renderers, whose cameras are exact: masks that contradict them show something else."""

COVERED = 0.9
"""Mean share of the masks that a box covers unless occluders were wrongly guessed."""

Started = tuple[StartBox, Observations, Calibration]


def find_start(
    source: Source,
    labelled: LabelledObject,
    settings: FitSettings,
    up: tuple[float, float, float] | None,
    observations: Observations,
    surface: SurfacePoints | None,
    clock: Callable[[str], AbstractContextManager[None]],
) -> Started:
    """Mend an object's cameras if necessary, and find its start box.

    Depth that contradicts the masks tells no occluders either: the box is then found again without these.

    Args:
        source: Source of the object.
        labelled: The object.
        settings: Settings of the fit.
        up: Upward direction, or None if it is unknown.
        observations: Observations of the object as they were read.
        surface: Points of the object from depth images, with the occluders that these tell; None without depth.
        clock: Measures the time of a stage, "cameras" or "start".

    Returns:
        The box, the observations with their occluders and mended cameras, and how these were mended.

    Raises:
        ContradictionError: If masks and cameras contradict each other.
        FitError: If the masks do not determine a box.
    """
    start = partial(_find_start_behind, source, labelled, settings, up, clock=clock, surface=surface)
    by_depth = surface is not None and any(len(each.occluders) for each in surface.silhouettes)
    try:
        found = start(_with_occluders(source, labelled, observations, surface))
        if not by_depth or found[0].uses_depth:
            return found
    except FitError:
        if not by_depth:
            raise
    return start(_with_occluders(source, labelled, observations, None))


def _find_start_behind(
    source: Source,
    labelled: LabelledObject,
    settings: FitSettings,
    up: tuple[float, float, float] | None,
    observed: tuple[Observations, bool],
    clock: Callable[[str], AbstractContextManager[None]],
    surface: SurfacePoints | None,
) -> Started:
    """Mend the cameras and find the start box behind given occluders, of which some may be guessed."""
    observations, is_guess = observed
    with clock("cameras"):
        mode = "off" if _has_good_cameras(source, labelled, observations, settings) else settings.calibrate
        calibration = calibrate(observations.silhouettes, mode)
        if lag := find_lag(observations.silhouettes, labelled, source.dataset, calibration.before):
            raise ContradictionError(lag)
        if calibration.changed:
            observations = replace(observations, silhouettes=calibration.silhouettes)
    with clock("start"):
        find = partial(
            start_box,
            align=settings.align,
            up=up,
            seed=settings.seed,
            surface=surface,
            camera_error=calibration.common_error,
            floor=settings.floor,
        )
        try:
            start, silhouettes = find_with_trust(find, observations.silhouettes, calibration.outlines, is_guess)
        except ContradictionError as error:
            raise source.explained(error, labelled) from error
        if silhouettes is not observations.silhouettes:
            observations = replace(observations, silhouettes=silhouettes)
    return start, observations, calibration


def find_with_trust(
    find: Callable[..., StartBox], silhouettes: tuple[Silhouette, ...], outlines: Sequence[Outline], is_guess: bool
) -> tuple[StartBox, tuple[Silhouette, ...]]:
    """Find the start box, with guessed occluders taken for unsure if they leave too little of the masks' edges.

    Args:
        find: Finds the start box of silhouettes.
        silhouettes: The silhouettes.
        outlines: Their outlines.
        is_guess: True if their occluders are guessed.

    Returns:
        The box, and the silhouettes that it is from.

    Raises:
        FitError: As `start_box`.
    """
    try:
        start = find(silhouettes, outlines=outlines)
        covered = [figures.coverage for figures in view_figures(silhouettes, start.box)[0]] if is_guess else [1.0]
        if np.mean(covered) > COVERED:
            return start, silhouettes
    except FitError:
        if not is_guess:
            raise
    count = sum(len(each.occluders) > 0 for each in silhouettes)
    silhouettes = tuple(each.with_less_trust() for each in silhouettes)
    try:
        return find(silhouettes), silhouettes
    except ContradictionError as error:
        raise FitError(
            f"other objects hide so much of it, in {count} of {len(silhouettes)} views, that its own edges cannot be "
            "told from theirs: make the views with depth images (BasicWriter: distance_to_image_plane), or add others"
        ) from error


def _with_occluders(
    source: Source, labelled: LabelledObject, observations: Observations, surface: SurfacePoints | None
) -> tuple[Observations, bool]:
    """Return observations with occluders, by depth in the views that have it, else by the labels of other objects.

    Returns:
        The observations, with a warning if many occluders are guessed, and True if any are.
    """
    silhouettes = observations.silhouettes if surface is None else surface.silhouettes
    guessed = [surface is None or not len(surface.samples[index]) for index in range(len(silhouettes))]
    if any(guessed):
        by_labels = source.neighbours.find_occluders(labelled)
        triples = zip(guessed, by_labels, silhouettes, strict=True)
        silhouettes = tuple(labels if is_guess else depth for is_guess, labels, depth in triples)
    if not any(len(each.occluders) or len(each.unsure) for each in silhouettes):
        return observations, False
    warnings, pairs = observations.warnings, zip(guessed, silhouettes, strict=True)
    hidden = [each.view for is_guess, each in pairs if is_guess and len(each.occluders)]
    if 2 * len(hidden) > len(silhouettes):
        warnings += (
            f"other objects seem to hide parts of it in {count_views(hidden, len(silhouettes))}, by the order of their "
            "masks alone: depth images would tell it for sure (BasicWriter: distance_to_image_plane)",
        )
    return replace(observations, silhouettes=silhouettes, warnings=warnings), bool(hidden)


def _has_good_cameras(
    source: Source, labelled: LabelledObject, observations: Observations, settings: FitSettings
) -> bool:
    """Return True if the masks of another object agree with a renderer's cameras: they need no mending for this one."""
    is_rendered = source.dataset.format in RENDERED and settings.calibrate == "auto" and not observations.moves
    return is_rendered and source.neighbours.share_good_cameras(labelled)
