"""How far a fit is, and how long it will take: from what it tells, and the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from boxfit.session.results import Progress

_DOING = {
    "torch": "loading PyTorch",
    "masks": "reading the masks",
    "renderer": "starting the renderer",
    "start": "searching the start box",
    "tight": "tightening",
    "notebook": "the notebook's loop",
    "result": "comparing",
}

_FILLED = {
    "tight": {"masks": 0.1, "renderer": 0.1, "start": 0.4, "tight": 1.0, "result": 1.0},
    "contact": {"masks": 0.1, "start": 1.0},
    "notebook": {"masks": 0.02, "renderer": 0.02, "start": 0.1, "notebook": 1.0},
}
"""How full an object's bar is at the end of each stage, by method; stages in their order."""

_SURE = 0.5
"""Seconds of steps that are watched before it is said how long the rest takes."""


@dataclass(frozen=True)
class FitView:
    """How far a running fit is.

    Attributes:
        object: Name of the object.
        stage: What is being done: "torch", "masks", "renderer", "start", "tight", "notebook" or "result".
        step: Steps of the stage that are done.
        total: Steps that it has; 0 where that is not known.
        share: Of the whole fit, in [0, 1].
        seconds_left: As far as that can be told, else None.
    """

    object: str
    stage: str
    step: int
    total: int
    share: float
    seconds_left: float | None

    @property
    def doing(self) -> str:
        """The stage in words."""
        return _DOING[self.stage]


class FitPace:
    """Follows a fit of several objects.

    Attributes:
        index: Which object is being fitted.
    """

    def __init__(self, names: Sequence[str], method: str, now: float) -> None:
        """Begin.

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

    def hear(self, progress: Progress, now: float) -> None:
        """Take in what the fit has done."""
        if progress.stage == "masks":
            # An object whose masks cannot be used says nothing: its turn is over once the next one speaks.
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
        """How far the fit is."""
        share = (self.index + self._share()) / len(self._names)
        return FitView(self._names[self.index], self._stage, self._step, self._total, share, self._seconds_left(now))

    def _share(self) -> float:
        """How full the object's bar is."""
        stages = list(self._filled)
        place = stages.index(self._stage)
        low = self._filled[stages[place - 1]] if place else 0.0
        return low + (self._filled[self._stage] - low) * self._step / max(self._total, 1)

    def _seconds_left(self, now: float) -> float | None:
        """Of the object by the pace of its steps, of those that follow by the time that one has taken so far."""
        spent = now - self._object_begin
        earlier = (self._object_begin - self._begin) / self.index if self.index else None
        steps, watched = self._step - self._first_step, now - self._first_time
        if self._stage in ("tight", "notebook") and steps > 0 and watched > _SURE:
            here = watched / steps * (self._total - self._step)
        elif earlier is not None and now - self._begin > _SURE:
            here = max(earlier - spent, 0.0)
        else:
            return None
        return here + (earlier or spent + here) * (len(self._names) - 1 - self.index)
