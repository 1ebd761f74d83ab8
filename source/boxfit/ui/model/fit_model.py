"""A fit from the click on Fit to the box on the stage, and its results."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from boxfit.geometry.box import Box
from boxfit.session.fit_worker import Outcome, loads_torch
from boxfit.session.output_stage import OpenStage
from boxfit.session.placement import place_boxes
from boxfit.session.session import Session
from boxfit.session.source import Source
from boxfit.settings import PrimSettings
from boxfit.ui.host import Host, Task
from boxfit.ui.model.failures import in_words
from boxfit.ui.model.findings import Findings
from boxfit.ui.model.fit_pace import FitView
from boxfit.ui.model.fit_run import FitRun
from boxfit.ui.model.settings_model import SettingsModel
from boxfit.ui.model.source_model import SourceModel
from boxfit.usd.stage import stage_key
from boxfit.views.dataset import LabelledObject
from boxfit.views.silhouettes import Observations

Phase = Literal["idle", "fitting", "stopping", "done", "cancelled", "failed"]

EDIT_LABEL = "Fit a box"

REPLACED = "The stage was closed or replaced while the fit ran: nothing was written. Open it and fit again."

_ENDS_WITHIN = 5.0
"""Longest wait for the worker when the panel closes, in [s]: a step takes milliseconds, the start search up to 1 s."""


class FitModel(Findings):
    """The fit of the ticked objects; `changed` is emitted at most once a frame while it runs.

    Attributes:
        phase: "idle" before the first fit, "fitting", "stopping" (Cancel was clicked), then "done", "cancelled" or
            "failed".
        error: Error text, or "".
    """

    def __init__(self, host: Host, settings: SettingsModel, source: SourceModel) -> None:
        super().__init__()
        self.phase: Phase = "idle"
        self.error = ""
        self._host, self._settings, self._sources = host, settings, source
        self._run: FitRun | None = None
        self._replaced = False
        self._stage: tuple[str, ...] = ()
        self._task: Task | None = None

    @property
    def running(self) -> bool:
        """True while a fit is running."""
        return self.phase in ("fitting", "stopping")

    @property
    def view(self) -> FitView | None:
        """Progress of a running fit, or None."""
        return self._run.view if self._run is not None and self.running else None

    @property
    def box(self) -> Box | None:
        """The current box of the object that is being fitted, in the dataset's world, or None."""
        return self._run.box if self._run is not None and self.running else None

    @property
    def losses(self) -> list[float]:
        """Losses of the running fit since its current stage began, else those of the outcome's last stage."""
        if self._run is not None and self.running:
            return self._run.losses
        return self.outcome.losses if self.outcome else []

    @property
    def blocked_reason(self) -> str | None:
        """Reason why no fit can be started now, or None if one can."""
        if self.running:
            return "a fit is running"
        if self._sources.state != "ready":
            return self._sources.message or "the dataset is being read"
        if not self._sources.ticked:
            return "tick at least one object"
        return self._settings.fit_error

    @property
    def is_current(self) -> bool:
        """True if the outcomes belong to the dataset that is read now."""
        return self._read is self._sources.source

    @property
    def labelled(self) -> LabelledObject | None:
        """The object that is being fitted, else that of the outcome."""
        if self._run is not None and self.running:
            return self._run.labelled
        return self.outcome.result.labelled if self.outcome else None

    @property
    def observations(self) -> Observations | None:
        """Masks and cameras of `labelled`, once they are read."""
        if self._run is not None and self.running:
            return self._run.observations
        return self.outcome.result.observations if self.outcome else None

    @property
    def source(self) -> Source | None:
        """The source that is being fitted, else that of the outcomes."""
        return self._run.session.source if self._run is not None and self.running else self.found_in

    @property
    def shown_box(self) -> Box | None:
        """The box to draw, in the dataset's world: that of the running fit, of the chosen history step, or of the
        result."""
        if self.running or self.outcome is None:
            return self.box
        return self.outcome.result.box if self.history_step is None else self.history[self.history_step].box

    def fit(self) -> None:
        """Fit the ticked objects, then write their boxes to the stage; does nothing while `blocked_reason` is set."""
        source = self._sources.source
        if self.blocked_reason is not None or source is None:
            return
        self.error, self.history_step, self._run, self._replaced = "", None, None, False
        try:
            chosen = replace(source, dataset=replace(source.dataset, objects=self._sources.ticked))
            session = Session(chosen, self._settings.input, self._settings.fit)
            stage, prim = self._host.stage, self._settings.prim
            session.check_write(OpenStage(stage), prim)
        except Exception as error:
            self._end("failed", in_words(error))
            return
        self._run, self._stage = FitRun(session, prim, source), stage_key(stage)
        self.phase = "fitting"
        self._host.show_progress(0.0, "Fitting")
        self.changed.emit()
        self._task = self._host.start(self._follow(self._run))

    def write(self) -> None:
        """Write boxes that could not be written, with the current settings."""
        if self.is_unwritten and not self.running:
            self._write(self._settings.prim)

    def cancel(self) -> None:
        """Stop the fit; the stage and the previous outcomes stay unchanged."""
        if self._run is not None and self.phase == "fitting":
            self._run.worker.stop()
            self.phase = "stopping"
            self.changed.emit()

    def stage_replaced(self) -> None:
        """Clear the results, which belong to the previous stage, and stop a running fit."""
        self._forget()
        if self._run is not None and self.running:
            self._replaced = True
            self._run.worker.stop()
            self.phase = "stopping"
        else:
            if self.phase != "idle":
                self._host.show_progress(None)
            self.phase, self.error, self._run = "idle", "", None
        self.changed.emit()

    def destroy(self) -> None:
        """Stop the worker, and wait for it."""
        if self._task is not None:
            self._task.cancel()
        if self._run is not None and self.running:
            self._run.worker.stop()
            self._run.worker.join(_ENDS_WITHIN)
            self._host.show_progress(None)

    async def _follow(self, run: FitRun) -> None:
        """Run the fit, write its boxes, and notify the user of its end."""
        try:
            outcomes = await self._compute(run)
            if run.worker.stopped:
                self._end("cancelled")
            else:
                self._keep(run, outcomes)
                self._write(run.prim)
        except Exception as error:
            run.worker.stop()
            self._end("failed", in_words(error))
        if self.phase == "done":
            self._host.notify("The fit is done")
        elif self.phase == "failed":
            what = "The box could not be written" if self.is_unwritten else "The fit failed"
            self._host.notify(f"{what}: {self.error}", wrong=True)

    async def _compute(self, run: FitRun) -> tuple[Outcome, ...]:
        """Run the worker to its end, and show its progress."""
        await self._host.provide_requirements()
        if loads_torch(run.session.fit_settings):
            run.view = replace(run.view, stage="torch")
            self.changed.emit()
            await self._host.next_frame()
        return await run.worker.follow(self._host, lambda: self._on_progress(run))

    def _on_progress(self, run: FitRun) -> None:
        if run.poll():
            self._host.show_progress(run.view.share, f"{run.view.object}: {run.view.doing}")
            self.changed.emit()

    def _write(self, settings: PrimSettings) -> None:
        """Write the boxes to the stage in one undoable step; select and frame them."""
        session, results = self._session, [outcome.result for outcome in self.outcomes]
        assert session is not None
        # Another stage may be open before its event has arrived.
        if self._host.stage is None or stage_key(self._host.stage) != self._stage:
            self._end("failed", REPLACED)
            return
        try:
            self.placed = self._host.perform(
                EDIT_LABEL,
                lambda: place_boxes(
                    self._host.stage, results, session.source.world, settings, objects=session.dataset.objects
                ),
            )
        except Exception as error:
            self._end("failed", in_words(error))
            return
        self._end("done")
        try:
            self._host.select(self.placed.prims)
            self._host.frame(self.placed.prims)
        except Exception as error:  # The box is there all the same.
            in_words(error)

    def _end(self, phase: Phase, error: str = "") -> None:
        self.phase, self.error = ("failed", REPLACED) if self._replaced else (phase, error)
        self._host.show_progress(None)
        self.changed.emit()
