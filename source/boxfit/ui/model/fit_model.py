"""A fit from the click to the box on the stage, and what it found."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from boxfit.fitting.loop import FitStep
from boxfit.placement import Placed, place_boxes
from boxfit.render.registry import needs_torch
from boxfit.session import Session
from boxfit.source import Source
from boxfit.types import Box
from boxfit.ui.host import Edit, Host, Task
from boxfit.ui.model.background import import_alone
from boxfit.ui.model.failures import in_words
from boxfit.ui.model.fit_pace import FitView
from boxfit.ui.model.fit_run import FitRun
from boxfit.ui.model.fit_worker import Outcome
from boxfit.ui.model.settings_model import SettingsModel
from boxfit.ui.model.signal import Signal
from boxfit.ui.model.source_model import SourceModel
from boxfit.views.dataset import Problem, Target
from boxfit.views.silhouettes import Evidence

Phase = Literal["idle", "fitting", "stopping", "done", "cancelled", "failed"]

EDIT_LABEL = "Fit a box"

REPLACED = "The stage was closed or replaced while the fit ran: nothing was written. Open it and fit again."

_ENDS_WITHIN = 5.0
"""Seconds that closing the panel waits for the worker: a step takes milliseconds, the search for the start box up to
a second."""


class FitModel:
    """The fit of the ticked objects.

    Attributes:
        changed: Emitted when anything below has changed, at most once a frame while a fit runs.
        phase: "idle" before the first fit, "fitting", "stopping" (Cancel was clicked), then "done", "cancelled" or
            "failed".
        error: What went wrong, in words, or "".
        outcomes: Objects that the last complete fit fitted.
        failures: Objects that it could not fit, and why.
        index: Which outcome is looked at.
        course_step: Which step of its course is looked at, or None for the result.
        placed: Prims that were written for the outcomes, and warnings about them; None where none was.
        found_in: What the outcomes were fitted to, or None without any.
    """

    def __init__(self, host: Host, settings: SettingsModel, source: SourceModel) -> None:
        self.changed = Signal()
        self.phase: Phase = "idle"
        self.error = ""
        self._forget()
        self._host, self._settings, self._sources = host, settings, source
        self._run: FitRun | None = None
        self._replaced = False
        self._task: Task | None = None

    @property
    def running(self) -> bool:
        """Whether a fit is under way."""
        return self.phase in ("fitting", "stopping")

    @property
    def view(self) -> FitView | None:
        """How far a running fit is, or None."""
        return self._run.view if self._run is not None and self.running else None

    @property
    def box(self) -> Box | None:
        """The box so far of the object that is being fitted, in the dataset's world, or None."""
        return self._run.box if self._run is not None and self.running else None

    @property
    def losses(self) -> list[float]:
        """Of the object that is being fitted, since its current stage began; of the last one once a fit has ended."""
        return self._run.losses if self._run is not None else []

    @property
    def hindrance(self) -> str | None:
        """Why no fit can be started now, or None if one can."""
        if self.running:
            return "a fit is running"
        if self._sources.state != "ready":
            return self._sources.message or "the dataset is being read"
        if not self._sources.ticked:
            return "tick at least one object"
        return next(iter(self._settings.errors.values()), None)

    @property
    def outcome(self) -> Outcome | None:
        """The outcome that is looked at."""
        return self.outcomes[self.index] if self.outcomes else None

    @property
    def prim(self) -> str | None:
        """Path of the prim of the outcome that is looked at, or None where none was written."""
        return self.placed.prims[self.index] if self.placed else None

    @property
    def is_current(self) -> bool:
        """Whether the outcomes are of what the panel has read now, and not of what it had read before."""
        return self._read is self._sources.source

    @property
    def target(self) -> Target | None:
        """The object that is being fitted, else that of the outcome."""
        if self._run is not None and self.running:
            return self._run.target
        return self.outcome.result.target if self.outcome else None

    @property
    def evidence(self) -> Evidence | None:
        """Masks and cameras of `target`, once they are read."""
        if self._run is not None and self.running:
            return self._run.evidence
        return self.outcome.result.evidence if self.outcome else None

    @property
    def source(self) -> Source | None:
        """What is being fitted, else what the outcomes were fitted to."""
        return self._run.session.source if self._run is not None and self.running else self.found_in

    @property
    def course(self) -> Sequence[FitStep]:
        """The steps that led to the outcome that is looked at, the last one's box being the result."""
        return self.outcome.result.course if self.outcome else ()

    @property
    def shown_box(self) -> Box | None:
        """The box to draw, in the dataset's world: so far, of the step that is looked at, or the result."""
        if self.running or self.outcome is None:
            return self.box
        return self.outcome.result.box if self.course_step is None else self.course[self.course_step].box

    def fit(self) -> None:
        """Fit the ticked objects, then write their boxes to the stage; nothing happens where there is a hindrance."""
        source = self._sources.source
        if self.hindrance is not None or source is None:
            return
        self.error, self.course_step, self._run, self._replaced = "", None, None, False
        try:
            chosen = replace(source, dataset=replace(source.dataset, targets=self._sources.ticked))
            session = Session(chosen, self._settings.input, self._settings.config)
        except Exception as error:
            self._end("failed", in_words(error))
            return
        self._run = FitRun(session, self._settings.prim, source)
        self.phase = "fitting"
        self._host.show_progress(0.0, "Fitting")
        self.changed.emit()
        self._task = self._host.start(self._follow(self._run))

    def cancel(self) -> None:
        """Stop the fit; the stage stays as it was, and so do the outcomes of the fit before."""
        if self._run is not None and self.phase == "fitting":
            self._run.worker.stop()
            self.phase = "stopping"
            self.changed.emit()

    def look_at(self, index: int) -> None:
        """Look at another outcome."""
        if 0 <= index < len(self.outcomes) and index != self.index:
            self.index, self.course_step = index, None
            self.changed.emit()

    def look_at_step(self, step: int | None) -> None:
        """Look at a step of the outcome's course, or at the result again."""
        if step != self.course_step and (step is None or 0 <= step < len(self.course)):
            self.course_step = step
            self.changed.emit()

    def stage_replaced(self) -> None:
        """The stage was closed, or another one opened: what was found belongs to the one before."""
        self._forget()
        if self._run is not None and self.running:
            self._replaced = True
            self._run.worker.stop()
            self.phase = "stopping"
        else:
            self.phase, self.error, self._run = "idle", "", None
        self.changed.emit()

    def destroy(self) -> None:
        """End the worker, and wait for it."""
        if self._task is not None:
            self._task.cancel()
        if self._run is not None and self.running:
            self._run.worker.stop()
            self._run.worker.join(_ENDS_WITHIN)
            self._host.show_progress(None)

    def _forget(self) -> None:
        """Nothing has been found yet."""
        self.outcomes: tuple[Outcome, ...] = ()
        self.failures: tuple[Problem, ...] = ()
        self.placed: Placed | None = None
        self.index = 0
        self.course_step: int | None = None
        self.found_in: Source | None = None
        self._read: Source | None = None

    async def _follow(self, run: FitRun) -> None:
        """Show what the worker does, then write what it found."""
        config = run.session.config
        if config.method != "contact" and needs_torch(config.renderer) and "torch" not in sys.modules:
            run.view = replace(run.view, stage="torch")
            self.changed.emit()
            await self._host.next_frame()
            await import_alone(self._host, "torch")
        run.worker.start()
        while not run.worker.done:
            if run.hear():
                self._host.show_progress(run.view.share, f"{run.view.object}: {run.view.doing}")
                self.changed.emit()
            await self._host.next_frame()
        run.hear()
        self._host.show_progress(None)
        try:
            outcomes = run.worker.result()
            if self._replaced:
                self._end("failed", REPLACED)
            elif run.worker.stopped:
                self._end("cancelled")
            else:
                self._write(run, outcomes)
                self._end("done")
        except Exception as error:
            self._end("failed", in_words(error))

    def _write(self, run: FitRun, outcomes: tuple[Outcome, ...]) -> None:
        """Write the boxes to the stage in one step that can be undone; select and frame them."""
        session = run.session
        written: list[Placed] = []

        def place() -> Edit:
            placed = place_boxes(self._host.stage, session.results, session.source.world, run.prim)
            written.append(placed)
            return placed.edit

        self._host.perform(EDIT_LABEL, place)
        before = self.outcome.result.name if self.outcome else None
        names = [one.result.name for one in outcomes]
        (self.placed,) = written
        self.outcomes, self.failures = outcomes, tuple(session.failures)
        self.index = names.index(before) if before in names else 0
        self.course_step, self.found_in, self._read = None, session.source, run.read
        self._host.select(self.placed.prims)
        self._host.frame(self.placed.prims)

    def _end(self, phase: Phase, error: str = "") -> None:
        self.phase, self.error = phase, error
        self.changed.emit()
