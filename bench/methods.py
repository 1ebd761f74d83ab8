"""The methods that the bench compares, each from silhouettes to an outcome."""

from __future__ import annotations

from collections.abc import Callable

from boxfit.fit.config import FitConfig
from boxfit.fit.loop import fit_notebook, fit_tight
from boxfit.fit.selection import Judge, split_views
from boxfit.render.area import RendererArea
from boxfit.render.dibr import RendererDibr
from boxfit.start.start_box import start_box
from boxfit.types import Silhouette

from bench.metrics import Outcome
from bench.notebook_reference import fit_notebook_literally, shrink

Silhouettes = tuple[Silhouette, ...]

REFERENCE_SIZE = 256
"""Edge of the images that the notebook's literal loop is given, in [px]."""


def _reference(silhouettes: Silhouettes) -> Outcome:
    factor = silhouettes[0].camera.resolution[1] // REFERENCE_SIZE
    return Outcome(fit_notebook_literally([shrink(silhouette, factor) for silhouette in silhouettes]))


def _notebook(silhouettes: Silhouettes) -> Outcome:
    *_, last = fit_notebook(silhouettes, RendererDibr(silhouettes), None, FitConfig(method="notebook"))
    return Outcome(last.box.world_from_unit, last.box)


def _contact(silhouettes: Silhouettes) -> Outcome:
    start = start_box(silhouettes)
    return Outcome(start.box.world_from_unit, start.box, start.bounds, len(start.undetermined))


def _tight(silhouettes: Silhouettes) -> Outcome:
    start = start_box(silhouettes)
    fitted, judging = split_views(len(silhouettes))
    views = [silhouettes[view] for view in fitted]
    *_, last = fit_tight(views, RendererArea(views), start, FitConfig())
    judge = Judge([silhouettes[view] for view in judging], start.hull)
    undetermined = len(start.undetermined)
    if judge(last.box).total < judge(start.box).total:
        bounds = start.bounds_of(last.box)
        return Outcome(last.box.world_from_unit, last.box, bounds, undetermined, "fit")
    return Outcome(start.box.world_from_unit, start.box, start.bounds, undetermined, "start")


METHODS: dict[str, Callable[[Silhouettes], Outcome]] = {
    "reference": _reference,
    "notebook": _notebook,
    "contact": _contact,
    "tight": _tight,
}
"""Methods by name: the notebook's literal loop at 256x256, and boxfit's three."""
