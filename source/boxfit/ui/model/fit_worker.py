"""A session that fits in a thread of its own, and what the main thread hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from boxfit.references import Comparison, compare
from boxfit.results import ObjectResult, Progress
from boxfit.session import Session
from boxfit.ui.model.background import Job


@dataclass(frozen=True, eq=False)
class Outcome:
    """A fitted object, and what it can be compared with."""

    result: ObjectResult
    comparisons: tuple[Comparison, ...]


class FitWorker:
    """Fits every object of a session. The two threads share nothing but a queue, and the wish to stop.

    Attributes:
        session: What is fitted; its results are complete once the thread has ended.
        stopped: Whether it was asked to end early.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.stopped = False
        self._news: SimpleQueue[Progress] = SimpleQueue()
        self._job: Job[tuple[Outcome, ...]] | None = None

    def start(self) -> None:
        """Start the thread."""
        self._job = Job("fit", self._work)

    @property
    def done(self) -> bool:
        """Whether the thread has ended."""
        return self._job is not None and self._job.done

    def news(self) -> Iterator[Progress]:
        """What was done since the last call, in order."""
        while True:
            try:
                yield self._news.get_nowait()
            except Empty:
                return

    def stop(self) -> None:
        """Ask the thread to end after the step that it is at."""
        self.stopped = True

    def join(self, seconds: float) -> None:
        """Wait for the thread, but no longer than this."""
        if self._job is not None:
            self._job.join(seconds)

    def result(self) -> tuple[Outcome, ...]:
        """What was found, nothing if it was stopped; what the fit raised is raised here."""
        assert self._job is not None
        return self._job.result()

    def _work(self) -> tuple[Outcome, ...]:
        if self.stopped:
            return ()
        for progress in self.session.fit():
            if self.stopped:
                return ()
            self._news.put(progress)
        geometry = self.session.source.geometry
        return tuple(Outcome(one, tuple(compare(one, geometry))) for one in self.session.results)
