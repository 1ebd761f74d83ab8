"""Methods that the bench compares, as functions from a scene to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from boxfit.calibration.calibrate import calibrate
from boxfit.fitting.refine import Refined, refine
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.geometry.surface import SurfacePoints, surface_samples
from boxfit.settings import FitSettings
from boxfit.start.start_box import StartBox, start_box, undetermined_axes
from boxfit.views.masks import clean_mask

from bench.metrics import Outcome
from bench.scenes import Scene
from bench.shapes import make_shape
from bench.truth import placed_box

Method = Callable[[Scene], Outcome]

REFERENCE_SIZE = 256
"""Edge of the images for the notebook's literal loop, in [px]."""


def _reference(scene: Scene) -> Outcome:
    from bench.notebook_reference import fit_notebook_literally, shrink  # needs torch, unlike the others

    factor = scene.silhouettes[0].camera.resolution[1] // REFERENCE_SIZE
    return Outcome(fit_notebook_literally([shrink(silhouette, factor) for silhouette in scene.silhouettes]))


def _hull(scene: Scene) -> Outcome:
    """Put trimesh's oriented box around the vertices of the convex visual hull."""
    from trimesh.bounds import oriented_bounds  # needs the development extra, unlike boxfit itself

    _, start = start_of(scene, FitSettings(align="axes"))
    origin_from_world, size = oriented_bounds(start.support.hull)
    return Outcome(np.linalg.inv(origin_from_world) @ np.diag([*size, 1.0]))


def _geometry(scene: Scene) -> Outcome:
    """Take the bounds of the mesh along its own axes, like `UsdGeom.BBoxCache`: no masks, and only the true shape."""
    shape = make_shape(scene.shape).vertices
    low, high = shape.min(axis=0), shape.max(axis=0)
    return Outcome(placed_box(Box((low + high) / 2, (high - low) / 2), shape, scene.vertices).world_from_unit)


def _boxfit(method: str, **settings: str) -> Method:
    """Make a method that fits like `boxfit fit --align free`: clean masks, cameras, start box, refinement, choice."""

    def fit(scene: Scene) -> Outcome:
        fit_settings = FitSettings(method=method, align="free", **settings)
        clean, start = start_of(scene, fit_settings)
        used = [silhouette for silhouette in clean if silhouette.view not in start.left_out]
        steps = refine(used, start, fit_settings)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                refined: Refined = end.value
                break
        bounds = start.bounds_of(refined.box)
        undetermined = len(undetermined_axes(refined.box, bounds))
        chosen = refined.choice.chosen if refined.choice else None
        return Outcome(refined.box.world_from_unit, refined.box, bounds, undetermined, chosen)

    return fit


def start_of(scene: Scene, settings: FitSettings) -> tuple[tuple[Silhouette, ...], StartBox]:
    """Clean masks and mend cameras like `boxfit fit`, and find the start box."""
    calibration = calibrate([_cleaned(silhouette) for silhouette in scene.silhouettes], settings.calibrate)
    clean, outlines, error = calibration.silhouettes, calibration.outlines, calibration.common_error
    return clean, start_box(
        clean,
        settings.align,
        seed=settings.seed,
        surface=_surface(scene, clean),
        camera_error=error,
        outlines=outlines,
    )


def _surface(scene: Scene, silhouettes: Sequence[Silhouette]) -> SurfacePoints | None:
    if scene.depths is None:
        return None
    return SurfacePoints(tuple(silhouettes), tuple(map(surface_samples, silhouettes, scene.depths)))


def _cleaned(silhouette: Silhouette) -> Silhouette:
    """Remove specks from a mask, as the readers do."""
    mask, (row, column), _ = clean_mask(silhouette.mask)
    origin = silhouette.origin[0] + row, silhouette.origin[1] + column
    return Silhouette(silhouette.view, silhouette.camera, mask, origin)


METHODS: dict[str, Method] = {
    "reference": _reference,
    "hull": _hull,
    "geometry": _geometry,
    "notebook": _boxfit("notebook", renderer="dibr"),
    "contact": _boxfit("contact"),
    "auto": _boxfit("auto"),
}
"""Methods by name: the notebook's literal loop at 256x256, two yardsticks, and boxfit's three."""
