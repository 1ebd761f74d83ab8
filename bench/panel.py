"""Frame times of the panel's window during a fit, and the slowdown of the fit. Needs omni.ui, but no display.

python -m bench.panel
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from boxfit.errors import PanelError
from boxfit.sample import make_sample
from boxfit.session.session import Session
from boxfit.ui.desktop.availability import unavailable_reason
from boxfit.ui.desktop.libcuda import ensure_libcuda
from boxfit.ui.model.panel_model import PanelModel
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from boxfit.ui.desktop.standalone import HostStandalone  # omni.ui cannot be imported before `ensure_libcuda`.

REPEATS = 5
SIZE = (1280, 800)
LONGEST_FRAME = 0.060
MOST_SLOWED = 1.5
FRAMES_AFTER = 5
"""Number of frames measured after a fit, in which its box is written and its result shown."""

METHODS = {"auto": {}, "notebook": {"renderer": "area"}}


@dataclass(frozen=True)
class Run:
    """Times of a fit, alone and then in the window.

    Attributes:
        alone: Seconds of the fit without a window.
        beside: Seconds of the same fit in the window's worker.
        frames: Lengths of the frames from the click to the end of the fit, in [s].
        after: Lengths of the frames that write and show the result, in [s].
    """

    alone: float
    beside: float
    frames: list[float]
    after: list[float]


def main() -> None:
    """Measure and print."""
    if reason := unavailable_reason(display=False):
        raise SystemExit(f"the panel cannot run here: {reason}")
    os.environ["OMNIUI_HEADLESS"] = "1"
    ensure_libcuda()
    table = Table("fit of 24 views of 512x512", "alone [s]", "in the window [s]", "ratio", "limit", box=SIMPLE_HEAD)
    for name in ("frames", "longest [ms]", "limit", "with the result [ms]"):
        table.add_column(name)
    with tempfile.TemporaryDirectory() as folder:
        stage = make_sample(Path(folder) / "sample")
        os.environ["BOXFIT_CONFIG"] = str(Path(folder) / "config")
        for method, settings in METHODS.items():
            _row(table, method, asyncio.run(_measure(stage, {"method": method, **settings})))
    Console(width=140).print(table)


def _row(table: Table, method: str, runs: list[Run]) -> None:
    alone, beside = (statistics.median(getattr(run, name) for run in runs) for name in ("alone", "beside"))
    ratio = statistics.median(run.beside / run.alone for run in runs)
    table.add_row(
        method,
        f"{alone:.3f}",
        f"{beside:.3f}",
        f"{ratio:.2f}",
        f"{MOST_SLOWED}",
        str(sum(len(run.frames) for run in runs)),
        f"{1e3 * max(max(run.frames) for run in runs):.0f}",
        f"{1e3 * LONGEST_FRAME:.0f}",
        f"{1e3 * max(max(run.after) for run in runs):.0f}",
    )


async def _measure(stage: Path, settings: dict[str, str]) -> list[Run]:
    """Measure fits of the same views, alone and in a window, after a warm-up of each."""
    from boxfit.ui.desktop.preferences import Preferences
    from boxfit.ui.desktop.standalone import HostStandalone

    host = HostStandalone(Preferences())
    await host.open(stage)
    model = PanelModel(host)
    for name, value in settings.items():
        model.settings.change(name, value)
    runs = [await _both(host, model) for _ in range(REPEATS + 1)]
    model.destroy()
    return runs[1:]


async def _both(host: HostStandalone, model: PanelModel) -> Run:
    import omni.ui as ui
    from boxfit.ui.desktop.native import forget_window_places
    from boxfit.ui.desktop.standalone import FRAMES_PER_SECOND, TITLE
    from boxfit.ui.desktop.window import WindowStandalone

    alone = _alone(model) if model.source.source is not None else float("nan")
    ui.init(TITLE, *SIZE, max_fps=FRAMES_PER_SECOND)
    forget_window_places()
    pump = asyncio.ensure_future(ui.run_async())
    await ui.next_frame()
    window = WindowStandalone(model, host)
    counting = asyncio.ensure_future(host.count_frames())
    while host.busy:
        await ui.next_frame()
    model.fit.fit()
    frames = await _frames(lambda: model.fit.running)
    left = iter(range(FRAMES_AFTER))
    after = await _frames(lambda: next(left, None) is not None)
    if model.fit.phase != "done":
        raise PanelError(f"the fit ended as {model.fit.phase}: {model.fit.error}")
    beside = sum(sum(outcome.result.seconds.values()) for outcome in model.fit.outcomes)
    while host.busy:
        await ui.next_frame()
    counting.cancel()
    window.destroy()
    await ui.next_frame()
    ui.shutdown()
    await pump
    return Run(alone, beside, frames, after)


def _alone(model: PanelModel) -> float:
    source = model.source.source
    assert source is not None
    session = Session(source, model.settings.input, model.settings.fit)
    for _ in session.fit():
        pass
    return sum(sum(result.seconds.values()) for result in session.results)


async def _frames(more: Callable[[], object]) -> list[float]:
    """Measure the lengths of frames while `more` returns a true value."""
    import omni.ui as ui

    lengths, last = [], time.perf_counter()
    while more():
        await ui.next_frame()
        now = time.perf_counter()
        lengths.append(now - last)
        last = now
    return lengths


if __name__ == "__main__":
    main()
