"""A fit under way: its worker, the settings that it began with, and what has been heard of it."""

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
    """A fit from its start to its end; settings that are changed meanwhile are for the next one.

    Attributes:
        worker: Computes.
        session: What it fits.
        prim: How the boxes are to be written.
        read: What had been read when it began, before the user's choice among it.
        view: How far it is.
        box: The box so far, in the dataset's world, or None before there is one.
        losses: Of the object that is fitted, since its current stage began.
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
        """Its masks and cameras, once they are read."""
        return self.session.source.known_observations(self.labelled)

    def hear(self) -> bool:
        """Take in what the worker has done since the last call; gives whether that was anything."""
        heard = False
        for progress in self.worker.take_progress():
            heard, now = True, time.perf_counter()
            if progress.stage == "masks":
                self.box, self.losses = None, []
            elif progress.stage not in (self.view.stage, "result"):
                self.losses = []
            self._pace.hear(progress, now)
            self.view = self._pace.view(now)
            self.box = progress.box or self.box
            if progress.loss is not None and progress.stage != "result":
                self.losses.append(progress.loss)
        return heard
