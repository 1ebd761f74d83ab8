"""Results of the last complete fit, the outcome that is shown, and its prims on the stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from boxfit.session.fit_worker import Outcome
from boxfit.session.placement import Placed
from boxfit.session.session import Session
from boxfit.session.source import Source
from boxfit.session.wording import unit_of
from boxfit.ui.model.fit_run import FitRun
from boxfit.ui.model.labels import in_labels
from boxfit.ui.model.signal import Signal
from boxfit.views.dataset import Problem

if TYPE_CHECKING:
    from boxfit.fitting.loop import FitStep  # Needs SciPy, which may be missing before the first fit.


class Findings:
    """The boxes of a fit; a failed or cancelled fit leaves those of the previous fit.

    Attributes:
        changed: Emitted when anything below has changed.
        outcomes: Objects that the last complete fit fitted.
        failures: Objects that it could not fit, with the reasons.
        index: Index of the shown outcome.
        history_step: Index of the shown step of its history, or None for the result.
        placed: Prims written for the outcomes, with warnings; None if none was written.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self._forget()

    @property
    def outcome(self) -> Outcome | None:
        """The outcome that is shown."""
        return self.outcomes[self.index] if self.outcomes else None

    @property
    def prim(self) -> str | None:
        """Path of the prim of the shown outcome, or None where none was written."""
        return self.placed.prims[self.index] if self.placed else None

    @property
    def is_unwritten(self) -> bool:
        """True if the found boxes could not be written to the stage."""
        return bool(self.outcomes) and self.placed is None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of the shown outcome, then those of the fit as a whole; not what its verdict tells."""
        own = _warnings(self.outcome) if self.outcome else ()
        failed = (f"{problem.where} has no box: {problem.what}" for problem in self.failures)
        return tuple(map(in_labels, (*own, *failed, *(self.placed.warnings if self.placed else ()))))

    @property
    def warning_count(self) -> int:
        """Number of warnings of all outcomes and of the fit as a whole."""
        others = (_warnings(outcome) for outcome in self.outcomes if outcome is not self.outcome)
        return len(self.warnings) + sum(map(len, others))

    @property
    def found_in(self) -> Source | None:
        """Source that the outcomes were fitted to, or None without outcomes."""
        return self._session.source if self._session is not None else None

    @property
    def history(self) -> Sequence[FitStep]:
        """Steps that led to the shown outcome; the last step's box is the result."""
        return self.outcome.result.history if self.outcome else ()

    def look_at(self, index: int) -> None:
        """Show another outcome."""
        if 0 <= index < len(self.outcomes) and index != self.index:
            self.index, self.history_step = index, None
            self.changed.emit()

    def look_at_step(self, step: int | None) -> None:
        """Show a step of the outcome's history, or the result."""
        if step != self.history_step and (step is None or 0 <= step < len(self.history)):
            self.history_step = step
            self.changed.emit()

    def _forget(self) -> None:
        """Clear the results."""
        self.outcomes: tuple[Outcome, ...] = ()
        self.failures: tuple[Problem, ...] = ()
        self.placed: Placed | None = None
        self.index = 0
        self.history_step: int | None = None
        self._session: Session | None = None
        self._read: Source | None = None

    def _keep(self, run: FitRun, outcomes: tuple[Outcome, ...]) -> None:
        """Store the results of a fit, not yet written; the object that was shown stays selected if it is among them."""
        names = [outcome.result.name for outcome in outcomes]
        before = self.outcome.result.name if self.outcome else None
        self.outcomes, self.failures, self.placed = outcomes, tuple(run.session.failures), None
        self.index, self.history_step = names.index(before) if before in names else 0, None
        self._session, self._read = run.session, run.read


def _warnings(outcome: Outcome) -> tuple[str, ...]:
    """Return the warnings of an outcome without the ranges of its open sides, which the verdict tells."""
    unit = unit_of(outcome.result.world.meters_per_unit)
    ranges = {side.text(unit) for side in outcome.result.open_sides}
    return tuple(warning for warning in outcome.result.warnings if warning not in ranges)
