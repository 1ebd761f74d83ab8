"""The methods that the bench compares, each from silhouettes to an outcome."""

from __future__ import annotations

from collections.abc import Callable

from boxfit.fitting.config import FitConfig
from boxfit.fitting.improve import Improved, improve
from boxfit.start.start_box import start_box, undetermined_axes
from boxfit.types import Silhouette
from boxfit.views.masks import clean_mask

from bench.metrics import Outcome
from bench.notebook_reference import fit_notebook_literally, shrink

Silhouettes = tuple[Silhouette, ...]
Method = Callable[[Silhouettes], Outcome]

REFERENCE_SIZE = 256
"""Edge of the images that the notebook's literal loop is given, in [px]."""


def _reference(silhouettes: Silhouettes) -> Outcome:
    factor = silhouettes[0].camera.resolution[1] // REFERENCE_SIZE
    return Outcome(fit_notebook_literally([shrink(silhouette, factor) for silhouette in silhouettes]))


def _boxfit(method: str, **settings: str) -> Method:
    """A method as `boxfit fit` runs it: masks cleaned, start box, improvement, choice."""

    def fit(silhouettes: Silhouettes) -> Outcome:
        clean = [_cleaned(silhouette) for silhouette in silhouettes]
        config = FitConfig(method=method, **settings)
        start = start_box(clean, seed=config.seed)
        steps = improve([silhouette for silhouette in clean if silhouette.view not in start.left_out], start, config)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                improved: Improved = end.value
                break
        bounds = start.bounds_of(improved.box)
        undetermined = len(undetermined_axes(improved.box, bounds))
        chosen = improved.choice.chosen if improved.choice else None
        return Outcome(improved.box.world_from_unit, improved.box, bounds, undetermined, chosen)

    return fit


def _cleaned(silhouette: Silhouette) -> Silhouette:
    """The mask without specks, as the readers hand it on."""
    mask, (row, column) = clean_mask(silhouette.mask)
    origin = silhouette.origin[0] + row, silhouette.origin[1] + column
    return Silhouette(silhouette.view, silhouette.camera, mask, origin)


METHODS: dict[str, Method] = {
    "reference": _reference,
    "notebook": _boxfit("notebook", renderer="dibr"),
    "contact": _boxfit("contact"),
    "tight": _boxfit("tight"),
}
"""Methods by name: the notebook's literal loop at 256x256, and boxfit's three."""
