"""What the last complete fit found, which part of it is looked at, and where it stands on the stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from boxfit.session.fit_worker import Outcome
from boxfit.session.placement import Placed
from boxfit.session.session import Session
from boxfit.session.source import Source
from boxfit.ui.model.fit_run import FitRun
from boxfit.ui.model.signal import Signal
from boxfit.views.dataset import Problem

if TYPE_CHECKING:
    from boxfit.fitting.loop import FitStep  # Needs SciPy, which may be missing until something is fitted.


class Findings:
    """The boxes of a fit; a fit that fails or is cancelled leaves those of the one before.

    Attributes:
        changed: Emitted when anything below has changed.
        outcomes: Objects that the last complete fit fitted.
        failures: Objects that it could not fit, and why.
        index: Which outcome is looked at.
        history_step: Which step of its history is looked at, or None for the result.
        placed: Prims that were written for the outcomes, and warnings about them; None where none was.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self._forget()

    @property
    def outcome(self) -> Outcome | None:
        """The outcome that is looked at."""
        return self.outcomes[self.index] if self.outcomes else None

    @property
    def prim(self) -> str | None:
        """Path of the prim of the outcome that is looked at, or None where none was written."""
        return self.placed.prims[self.index] if self.placed else None

    @property
    def is_unwritten(self) -> bool:
        """Whether boxes were found that could not be written to the stage."""
        return bool(self.outcomes) and self.placed is None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to be wary of: in the outcome that is looked at, then in the fit as a whole."""
        own = self.outcome.result.warnings if self.outcome else ()
        failed = (f"{problem.where} has no box: {problem.what}" for problem in self.failures)
        return (*own, *failed, *(self.placed.warnings if self.placed else ()))

    @property
    def warning_count(self) -> int:
        """How many warnings there are, those of the outcomes that are not looked at too."""
        others = (one.result.warnings for one in self.outcomes if one is not self.outcome)
        return len(self.warnings) + sum(map(len, others))

    @property
    def found_in(self) -> Source | None:
        """What the outcomes were fitted to, or None without any."""
        return self._session.source if self._session is not None else None

    @property
    def history(self) -> Sequence[FitStep]:
        """The steps that led to the outcome that is looked at, the last one's box being the result."""
        return self.outcome.result.history if self.outcome else ()

    def look_at(self, index: int) -> None:
        """Look at another outcome."""
        if 0 <= index < len(self.outcomes) and index != self.index:
            self.index, self.history_step = index, None
            self.changed.emit()

    def look_at_step(self, step: int | None) -> None:
        """Look at a step of the outcome's history, or at the result again."""
        if step != self.history_step and (step is None or 0 <= step < len(self.history)):
            self.history_step = step
            self.changed.emit()

    def _forget(self) -> None:
        """Nothing has been found yet."""
        self.outcomes: tuple[Outcome, ...] = ()
        self.failures: tuple[Problem, ...] = ()
        self.placed: Placed | None = None
        self.index = 0
        self.history_step: int | None = None
        self._session: Session | None = None
        self._read: Source | None = None

    def _keep(self, run: FitRun, outcomes: tuple[Outcome, ...]) -> None:
        """Take what a fit has found, not yet written; the object that was looked at still is, if it is there."""
        names = [one.result.name for one in outcomes]
        before = self.outcome.result.name if self.outcome else None
        self.outcomes, self.failures, self.placed = outcomes, tuple(run.session.failures), None
        self.index, self.history_step = names.index(before) if before in names else 0, None
        self._session, self._read = run.session, run.read
