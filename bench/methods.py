"""Methods that the bench compares, as functions from a scene to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from boxfit.calibration.calibrate import calibrate
from boxfit.fitting.refine import Refined, refine
from boxfit.geometry.silhouette import Silhouette
from boxfit.geometry.surface import SurfacePoints, surface_samples
from boxfit.settings import FitSettings
from boxfit.start.start_box import start_box, undetermined_axes
from boxfit.views.masks import clean_mask

from bench.metrics import Outcome
from bench.scenes import Scene

Method = Callable[[Scene], Outcome]

REFERENCE_SIZE = 256
"""Edge of the images for the notebook's literal loop, in [px]."""


def _reference(scene: Scene) -> Outcome:
    from bench.notebook_reference import fit_notebook_literally, shrink  # needs torch, unlike the others

    factor = scene.silhouettes[0].camera.resolution[1] // REFERENCE_SIZE
    return Outcome(fit_notebook_literally([shrink(silhouette, factor) for silhouette in scene.silhouettes]))


def _boxfit(method: str, **settings: str) -> Method:
    """Make a method that fits like `boxfit fit --align free`: clean masks, cameras, start box, refinement, choice."""

    def fit(scene: Scene) -> Outcome:
        fit_settings = FitSettings(method=method, align="free", **settings)
        cleaned = [_cleaned(silhouette) for silhouette in scene.silhouettes]
        clean = calibrate(cleaned, fit_settings.calibrate).silhouettes
        start = start_box(clean, seed=fit_settings.seed, surface=_surface(scene, clean))
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


def _surface(scene: Scene, silhouettes: Sequence[Silhouette]) -> SurfacePoints | None:
    if scene.depths is None:
        return None
    depths = {silhouette.view: depth for silhouette, depth in zip(scene.silhouettes, scene.depths, strict=True)}
    samples = (surface_samples(silhouette, depths[silhouette.view]) for silhouette in silhouettes)
    return SurfacePoints(tuple(silhouettes), tuple(samples))


def _cleaned(silhouette: Silhouette) -> Silhouette:
    """Remove specks from a mask, as the readers do."""
    mask, (row, column), _ = clean_mask(silhouette.mask)
    origin = silhouette.origin[0] + row, silhouette.origin[1] + column
    return Silhouette(silhouette.view, silhouette.camera, mask, origin)


METHODS: dict[str, Method] = {
    "reference": _reference,
    "notebook": _boxfit("notebook", renderer="dibr"),
    "contact": _boxfit("contact"),
    "tight": _boxfit("tight"),
}
"""Methods by name: the notebook's literal loop at 256x256, and boxfit's three."""
