"""The desktop window with its host and model, for stories."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.edits import AddCube


class Desk:
    """The window with its host and model."""

    def __init__(self, file: Path | None, scale: float = 1.0) -> None:
        self.file, self.scale = file, scale

    async def __aenter__(self):
        from boxfit.ui.desktop.preferences import Preferences
        from boxfit.ui.desktop.standalone import HostStandalone
        from boxfit.ui.desktop.window import WindowStandalone
        from boxfit.ui.model.panel_model import PanelModel

        self.host = HostStandalone(Preferences())
        if self.file:
            await self.host.open(self.file)
        self.model = PanelModel(self.host)
        self.window = WindowStandalone(self.model, self.host, self.scale)
        self.counting = asyncio.ensure_future(self.host.count_frames())
        return self

    async def __aexit__(self, *_):
        self.model.destroy()
        self.counting.cancel()
        self.window.destroy()

    def add(self, name: str) -> None:
        self.host.perform(f"Add {name}", lambda: AddCube(self.host.stage, name))

    @property
    def names(self) -> list[str]:
        return [prim.GetName() for prim in self.host.stage.GetPrimAtPath("/World").GetChildren()]
