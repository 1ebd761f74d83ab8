"""A session that fits in a thread of its own, and what the main thread hears of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from queue import Empty, SimpleQueue

from boxfit.render.registry import needs_torch, not_installed
from boxfit.session.background import Frames, Job, import_alone
from boxfit.session.comparisons import Comparison, compare
from boxfit.session.results import ObjectResult, Progress
from boxfit.session.session import Session
from boxfit.settings import FitSettings


@dataclass(frozen=True, eq=False)
class Outcome:
    """A fitted object, and what it can be compared with."""

    result: ObjectResult
    comparisons: tuple[Comparison, ...]

    @cached_property
    def losses(self) -> list[float]:
        """Of the steps of the history's last stage; those of different stages cannot be compared."""
        steps = [step for step in self.result.history if step.stage != "result"]
        return [step.loss for step in steps if step.stage == steps[-1].stage]


def loads_torch(settings: FitSettings) -> bool:
    """Whether a fit would be the first to import PyTorch, which must not happen in its thread; see `import_alone`."""
    # Where another Python takes over what is not installed here, nothing is loaded for it.
    elsewhere = settings.python is not None and not_installed(settings.renderer) is not None
    needed = settings.method != "contact" and needs_torch(settings.renderer) and not elsewhere
    return needed and "torch" not in sys.modules


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

    async def follow(self, frames: Frames, heard: Callable[[], object]) -> tuple[Outcome, ...]:
        """Start the thread, and wait for its end frame by frame; where whoever waits is cancelled, it is told to stop.

        Args:
            frames: Whose frames to wait for.
            heard: Called each frame, and once more at the end, to take in the `news`.

        Returns:
            What was found, nothing if it was stopped.

        Raises:
            BoxfitError: What the fit raised.
        """
        try:
            if loads_torch(self.session.fit_settings):
                await import_alone(frames, "torch", lambda: self.stopped)
            self.start()
            while not self.done:
                heard()
                await frames.next_frame()
        except BaseException:
            self.stop()
            raise
        heard()
        return self.result()

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
        """Ask the thread to end after the step that it is at, at once where another interpreter does the step."""
        self.stopped = True
        self.session.stop()

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
