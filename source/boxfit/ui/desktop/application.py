"""The desktop window from start to end, and pictures of it. omni.ui must be importable; see `libcuda`."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import omni.ui as ui
from omni.ui import _ui, standalone

from boxfit.errors import OutputError, PanelError
from boxfit.files.drafts import Drafts
from boxfit.ui.desktop.native import forget_window_places, native_messages
from boxfit.ui.desktop.pace import pace_frames
from boxfit.ui.desktop.preferences import Preferences
from boxfit.ui.desktop.standalone import FRAMES_PER_SECOND, TITLE, HostStandalone
from boxfit.ui.desktop.unsaved import may_lose_changes
from boxfit.ui.desktop.window import WindowStandalone
from boxfit.ui.model.panel_model import PanelModel

PICTURE_WITHIN = 120.0
"""Longest wait of a picture for the data, in [s]."""

_FRAMES_TO_SETTLE = 10


def show_window(source: Path | None, size: tuple[int, int]) -> None:
    """Show the window until the user closes it.

    Args:
        source: Stage to open, folder of views or its JSON file; None begins with an empty stage.
        size: Width and height in [px].

    Raises:
        BoxfitError: If the source or a window cannot be opened.
    """
    asyncio.run(_show(source, size))


def make_picture(source: Path | None, size: tuple[int, int], scale: float, picture: Path) -> None:
    """Write a picture of the window to a file, once the source's data has been read. No display is needed.

    Args:
        source: As for `show_window`.
        size: Width and height of the picture in [px].
        scale: Magnifies everything: at 2 there is room for half as much.
        picture: PNG file to write.

    Raises:
        BoxfitError: If the source cannot be opened, nothing can be drawn, or the file cannot be written.
    """
    os.environ["OMNIUI_HEADLESS"] = "1"
    asyncio.run(_draw(source, size, scale, picture))


async def _show(source: Path | None, size: tuple[int, int]) -> None:
    host, model = await _begin(source)
    try:
        async with _screen(size) as frames, _window(host, model), _paced(host):
            await frames
            size = _size()
        # The close button closes the window at once. With unsaved changes it opens again, with the question.
        leave = not host.modified
        while not leave:
            async with _screen(size) as frames, _window(host, model), _paced(host):
                leave = await _ask_to_leave(host, frames)
                size = _size()
    finally:
        model.destroy()


def _size() -> tuple[int, int]:
    """Return the size of the window as the user left it."""
    return int(ui.Workspace.get_main_window_width()), int(ui.Workspace.get_main_window_height())


async def _ask_to_leave(host: HostStandalone, frames: asyncio.Future[None]) -> bool:
    """Ask before unsaved changes are lost, drawing frames meanwhile; return True to leave."""
    asking = asyncio.ensure_future(may_lose_changes(host))
    await asyncio.wait((asking, frames), return_when=asyncio.FIRST_COMPLETED)
    if asking.done() and asking.result():
        return True
    asking.cancel()
    await frames
    return not host.modified


async def _draw(source: Path | None, size: tuple[int, int], scale: float, picture: Path) -> None:
    host, model = await _begin(source)
    try:
        async with _screen(size), _window(host, model, scale):
            standalone.set_software_cursor(False)
            end = time.monotonic() + PICTURE_WITHIN
            while host.busy and time.monotonic() < end:
                await ui.next_frame()
            for _ in range(_FRAMES_TO_SETTLE):
                await ui.next_frame()
            with Drafts() as drafts:
                _ui._schedule_screenshot(str(drafts.add(picture)))
                while not _ui._poll_screenshot_done():
                    await ui.next_frame()
                if not _ui._get_screenshot_result()["success"]:
                    raise OutputError(f"{picture} cannot be written: name a .png file in a folder that exists")
    finally:
        model.destroy()


async def _begin(source: Path | None) -> tuple[HostStandalone, PanelModel]:
    """Return the host and the model of the window, before anything is drawn."""
    preferences = Preferences()
    if preferences.problem:
        print(f"boxfit: warning: {preferences.problem}", file=sys.stderr)
    host = HostStandalone(preferences)
    views = source is not None and (source.is_dir() or source.suffix.lower() == ".json")
    if source is not None and not views:
        await host.open(source)
    model = PanelModel(host)
    if views:
        model.source.name_folder(str(source))
    return host, model


@asynccontextmanager
async def _screen(size: tuple[int, int]) -> AsyncIterator[asyncio.Future[None]]:
    """Open a screen, and yield the task that draws its frames, which ends when the user closes the window."""
    with native_messages() as messages:
        try:
            ui.init(TITLE, *size, max_fps=FRAMES_PER_SECOND)
        except RuntimeError as error:
            raise PanelError(f"no window can be opened here ({messages.last or error})") from error
        forget_window_places()
        frames = asyncio.ensure_future(ui.run_async())
        try:
            await ui.next_frame()
            yield frames
        finally:
            ui.shutdown()
            await frames


@asynccontextmanager
async def _paced(host: HostStandalone) -> AsyncIterator[None]:
    """Draw few frames while the user does nothing and nothing runs."""
    pacing = asyncio.ensure_future(pace_frames(host))
    try:
        yield
    finally:
        pacing.cancel()


@asynccontextmanager
async def _window(host: HostStandalone, model: PanelModel, scale: float = 1.0) -> AsyncIterator[WindowStandalone]:
    window = WindowStandalone(model, host, scale)
    counting = asyncio.ensure_future(host.count_frames())
    try:
        yield window
    finally:
        counting.cancel()
        window.destroy()
