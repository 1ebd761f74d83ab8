"""Fit of a session in a thread of its own, with progress for the main thread."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from queue import Empty, SimpleQueue

from boxfit.render.registry import needs_torch, not_installed_reason
from boxfit.session.background import Frames, Job, import_alone
from boxfit.session.comparisons import Comparison, compare
from boxfit.session.results import ObjectResult, Progress
from boxfit.session.session import Session
from boxfit.settings import FitSettings


@dataclass(frozen=True, eq=False)
class Outcome:
    """Fitted object with its comparisons."""

    result: ObjectResult
    comparisons: tuple[Comparison, ...]

    @cached_property
    def losses(self) -> list[float]:
        """Losses of the history's last stage; losses of different stages are not comparable."""
        steps = [step for step in self.result.history if step.stage != "result"]
        return [step.loss for step in steps if step.stage == steps[-1].stage]


def loads_torch(settings: FitSettings) -> bool:
    """Return True if a fit would be the first to import PyTorch, which its thread must not do; see `import_alone`."""
    # If the renderer runs in another Python, nothing is imported here.
    elsewhere = settings.python is not None and not_installed_reason(settings.renderer) is not None
    needed = settings.method != "contact" and needs_torch(settings.renderer) and not elsewhere
    return needed and "torch" not in sys.modules


class FitWorker:
    """Fit of every object of a session in a thread. The threads share only a queue and the stop flag.

    Attributes:
        session: Session to fit; its results are complete once the thread has ended.
        stopped: True if `stop` was called.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.stopped = False
        self._progress: SimpleQueue[Progress] = SimpleQueue()
        self._job: Job[tuple[Outcome, ...]] | None = None

    async def follow(self, frames: Frames, on_frame: Callable[[], object]) -> tuple[Outcome, ...]:
        """Start the thread, and await its end frame by frame; cancelling the awaiting task stops the fit.

        Args:
            frames: Source of frames.
            on_frame: Called at each frame, and once more at the end, to call `take_progress`.

        Returns:
            The outcomes, none if the fit was stopped.

        Raises:
            BoxfitError: Raised by the fit.
        """
        try:
            if loads_torch(self.session.fit_settings):
                await import_alone(frames, "torch", lambda: self.stopped)
            self.start()
            while not self.done:
                on_frame()
                await frames.next_frame()
        except BaseException:
            self.stop()
            raise
        on_frame()
        return self.result()

    def start(self) -> None:
        """Start the thread."""
        self._job = Job("fit", self._work)

    @property
    def done(self) -> bool:
        """True if the thread has ended."""
        return self._job is not None and self._job.done

    def take_progress(self) -> Iterator[Progress]:
        """Yield the progress events since the last call, in order."""
        while True:
            try:
                yield self._progress.get_nowait()
            except Empty:
                return

    def stop(self) -> None:
        """Make the thread end after its current step, or at once if the step runs in another interpreter."""
        self.stopped = True
        self.session.stop()

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread, at most for the given time."""
        if self._job is not None:
            self._job.join(seconds)

    def result(self) -> tuple[Outcome, ...]:
        """Return the outcomes, none if the fit was stopped, or raise the fit's exception."""
        assert self._job is not None
        return self._job.result()

    def _work(self) -> tuple[Outcome, ...]:
        if self.stopped:
            return ()
        for progress in self.session.fit():
            if self.stopped:
                return ()
            self._progress.put(progress)
        geometry = self.session.source.geometry
        return tuple(Outcome(result, tuple(compare(result, geometry))) for result in self.session.results)
