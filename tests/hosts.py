"""Host without widgets, for tests of the models on real stages."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from boxfit.ui.desktop.document import Document
from boxfit.ui.host import Saved
from boxfit.ui.model.panel_model import PanelModel
from boxfit.usd.stage import stage_file

FRAME = 0.002
"""Seconds between two frames: short, as nothing is drawn."""


class HostInMemory(Document):
    """Implements `boxfit.ui.host.Host`.

    Attributes:
        framed: Prims that `frame` was called with, in order.
        picks: Calls of `pick`: what, title, start and callback, in order.
        notices: Notifications, with True for errors, in order.
        progress: Progress shown outside the panel, in order.
        stored: Settings that were kept for the next run.
        tasks: Everything that was started.
    """

    def __init__(self, stage: Any = None, stored: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.take(stage)
        self.framed: list[tuple[str, ...]] = []
        self.picks: list[tuple[str, str, Path | None, Callable[[Path], object]]] = []
        self.notices: list[tuple[str, bool]] = []
        self.progress: list[tuple[float | None, str]] = []
        self.stored: dict[str, Any] = dict(stored or {})
        self.tasks: list[asyncio.Task[None]] = []

    def replace_stage(self, stage: Any) -> None:
        """Replace the open stage by another stage, or by none."""
        self.take(stage)
        self._events.emit("opened" if stage is not None else "closed")

    def move_boxes(self) -> None:
        """Emit the event of moved boxes, without a change."""
        self._events.emit("moved")

    def touch_stage(self) -> None:
        """Emit the event of a changed stage."""
        self._events.emit("edited")

    def frame(self, paths: Sequence[str]) -> None:
        self.framed.append(tuple(paths))

    def pick(self, what: str, title: str, start: Path | None, on_picked: Callable[[Path], object]) -> None:
        self.picks.append((what, title, start, on_picked))

    def save_as(self, saved: Saved) -> None:
        start = stage_file(self.stage)
        folder = start.parent if start else None
        self.pick("new stage", "Save the stage as", folder, lambda path: self.start(self.save_under(path, saved)))

    def show_progress(self, share: float | None, text: str = "") -> None:
        self.progress.append((share, text))

    def notify(self, text: str, *, wrong: bool = False) -> None:
        self.notices.append((text, wrong))

    def load_settings(self) -> Mapping[str, Any]:
        return self.stored

    def store_settings(self, settings: Mapping[str, Any]) -> None:
        # Only values that can be written to a file can be stored.
        self.stored = json.loads(json.dumps(dict(settings), allow_nan=False))

    def start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.append(task)
        return task

    async def next_frame(self) -> None:
        await asyncio.sleep(FRAME)


def run(story: Callable[[PanelModel], Coroutine[Any, Any, None]], host: HostInMemory, limit_s: float = 240.0) -> None:
    """Build a model, run a scenario with it, and destroy it; fail if a started task has raised.

    Args:
        story: Called with the model.
        host: Host of the model.
        limit_s: Time limit of the scenario, in [s].
    """

    async def main() -> None:
        model = PanelModel(host)
        try:
            await asyncio.wait_for(story(model), limit_s)
        finally:
            model.destroy()
            ends = await asyncio.gather(*host.tasks, return_exceptions=True)
        errors = [end for end in ends if isinstance(end, Exception)]
        if errors:
            raise errors[0]

    asyncio.run(main())


async def until(condition: Callable[[], object], limit_s: float = 120.0) -> None:
    """Draw frames until a condition holds; fail if it never does."""

    async def wait() -> None:
        while not condition():
            await asyncio.sleep(FRAME)

    await asyncio.wait_for(wait(), limit_s)
