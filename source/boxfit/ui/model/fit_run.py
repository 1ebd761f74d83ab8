"""A running fit: its worker, its settings, and its progress so far."""

from __future__ import annotations

import time

from boxfit.geometry.box import Box
from boxfit.session.fit_worker import FitWorker
from boxfit.session.results import object_name
from boxfit.session.session import Session
from boxfit.session.source import Source
from boxfit.settings import PrimSettings
from boxfit.ui.model.fit_pace import FitPace, FitView
from boxfit.views.dataset import LabelledObject
from boxfit.views.silhouettes import Observations


class FitRun:
    """A fit from its start to its end; later changes of the settings do not affect it.

    Attributes:
        worker: Thread or process that computes.
        session: Data and settings of the fit.
        prim: Settings of the written prims.
        read: Source when the fit began, with all objects.
        view: Progress.
        box: Current box, in the dataset's world, or None.
        losses: Losses of the object that is fitted, since its current stage began.
    """

    def __init__(self, session: Session, prim: PrimSettings, read: Source) -> None:
        self.worker = FitWorker(session)
        self.session, self.prim, self.read = session, prim, read
        self.box: Box | None = None
        self.losses: list[float] = []
        names = [object_name(labelled) for labelled in session.dataset.objects]
        self._pace = FitPace(names, session.fit_settings.method, time.perf_counter())
        self.view: FitView = self._pace.view(time.perf_counter())

    @property
    def labelled(self) -> LabelledObject:
        """The object that is being fitted."""
        return self.session.dataset.objects[self._pace.index]

    @property
    def observations(self) -> Observations | None:
        """Masks and cameras of that object, once they are read."""
        return self.session.source.known_observations(self.labelled)

    def poll(self) -> bool:
        """Process the worker's new progress reports; return True if there were any."""
        changed = False
        for progress in self.worker.take_progress():
            changed, now = True, time.perf_counter()
            if progress.stage == "masks":
                self.box, self.losses = None, []
            elif progress.stage not in (self.view.stage, "result"):
                self.losses = []
            self._pace.update(progress, now)
            self.view = self._pace.view(now)
            self.box = progress.box or self.box
            if progress.loss is not None and progress.stage != "result":
                self.losses.append(progress.loss)
        return changed
