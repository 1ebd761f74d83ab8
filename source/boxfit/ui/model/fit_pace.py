"""Progress and remaining time of a fit, from its progress reports and the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from boxfit.session.results import Progress

_DOING = {
    "torch": "loading PyTorch",
    "masks": "reading the masks",
    "renderer": "starting the renderer",
    "start": "searching for the start box",
    "tight": "fitting silhouettes",
    "notebook": "the notebook's loop",
    "result": "comparing",
}

_FILLED = {
    "auto": {"masks": 0.1, "renderer": 0.1, "start": 0.8, "tight": 1.0, "result": 1.0},
    "tight": {"masks": 0.1, "renderer": 0.1, "start": 0.7, "tight": 1.0, "result": 1.0},
    "contact": {"masks": 0.1, "start": 1.0},
    "notebook": {"masks": 0.02, "renderer": 0.02, "start": 0.1, "notebook": 1.0},
}
"""Share of an object's bar at the end of each stage, by method; stages in their order."""

_SURE = 0.5
"""Seconds of steps that are measured before a remaining time is shown."""


@dataclass(frozen=True)
class FitView:
    """Progress of a running fit.

    Attributes:
        object: Name of the object.
        stage: Current stage: "torch", "masks", "renderer", "start", "tight", "notebook" or "result".
        step: Steps of the stage that are done.
        total: Most of its steps; 0 if unknown.
        share: Done part of the whole fit, in [0, 1].
        seconds_left: Estimated remaining time in [s], or None if unknown.
    """

    object: str
    stage: str
    step: int
    total: int
    share: float
    seconds_left: float | None

    @property
    def doing(self) -> str:
        """Description of the stage."""
        return _DOING[self.stage]


class FitPace:
    """Progress of a fit of several objects.

    Attributes:
        index: Index of the object that is being fitted.
    """

    def __init__(self, names: Sequence[str], method: str, now: float) -> None:
        """Start the clock.

        Args:
            names: Of the objects, in their order.
            method: Of the fit.
            now: Time in [s]; only differences count.
        """
        self.index = 0
        self._names, self._filled = names, _FILLED[method]
        self._begin = self._object_begin = self._first_time = now
        self._stage, self._step, self._total, self._first_step = "masks", 0, 0, 0
        self._started = False

    def update(self, progress: Progress, now: float) -> None:
        """Take a progress report."""
        if progress.stage == "masks":
            # An object without usable masks reports nothing: the next object's report ends its turn.
            index = self._names.index(progress.name, self.index + self._started)
            if index != self.index:
                self._object_begin = now
            self.index, self._started = index, True
            self._stage, self._step, self._total = "start", 0, 0
            return
        if progress.stage != self._stage or self._total == 0:
            self._first_time, self._first_step = now, progress.step
        self._stage, self._step, self._total = progress.stage, progress.step, progress.total

    def view(self, now: float) -> FitView:
        """Return the progress at a time."""
        share = (self.index + self._share()) / len(self._names)
        return FitView(self._names[self.index], self._stage, self._step, self._total, share, self._seconds_left(now))

    def _share(self) -> float:
        """Return the filled share of the object's bar."""
        stages = list(self._filled)
        place = stages.index(self._stage)
        low = self._filled[stages[place - 1]] if place else 0.0
        return low + (self._filled[self._stage] - low) * self._step / max(self._total, 1)

    def _seconds_left(self, now: float) -> float | None:
        """Estimate the time left: this object by the pace of its steps, later ones by the mean time of the earlier
        ones."""
        spent = now - self._object_begin
        earlier = (self._object_begin - self._begin) / self.index if self.index else None
        steps, watched = self._step - self._first_step, now - self._first_time
        if self._stage == "notebook" and steps > 0 and watched > _SURE:
            here = watched / steps * (self._total - self._step)
        elif earlier is not None and now - self._begin > _SURE:
            here = max(earlier - spent, 0.0)
        else:
            return None
        return here + (earlier or spent + here) * (len(self._names) - 1 - self.index)
