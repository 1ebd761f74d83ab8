"""Capturing views from the open stage: what is asked for, how far it is, and what went wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

from boxfit.ui.host import Host, Task
from boxfit.ui.model.failures import in_words
from boxfit.ui.model.settings_model import SettingsModel
from boxfit.ui.model.signal import Signal
from boxfit.ui.model.source_model import SourceModel

NO_STAGE = "open a stage to capture from"


class CaptureModel:
    """Capturing views, where the program around the panel can.

    Attributes:
        changed: Emitted when anything below has changed.
        label: Class label of the prims to capture, or "" for the selected ones.
        folder: Where the views are written to as well, or "" for nowhere.
        done: Views that are made.
        total: Views to make; 0 while it is not known.
        error: What went wrong with the last capture, in words, or "".
    """

    def __init__(self, host: Host, settings: SettingsModel, source: SourceModel) -> None:
        self.changed = Signal()
        self.label = ""
        self.folder = ""
        self.done = self.total = 0
        self.error = ""
        self._host, self._settings, self._source = host, settings, source
        self._task: Task | None = None

    @property
    def is_offered(self) -> bool:
        """Whether views can be captured here at all."""
        return self._host.capture is not None

    @property
    def running(self) -> bool:
        """Whether a capture is under way."""
        return self._task is not None and not self._task.done()

    @property
    def blocked_reason(self) -> str | None:
        """Why no capture can be started now, or None if one can."""
        return NO_STAGE if self._host.stage is None else self._settings.capture_error

    @property
    def lack(self) -> str | None:
        """What the program lacks for a capture now, or None; it may have it by the time that one is started."""
        return self._host.capture.unavailable_reason if self._host.capture is not None and not self.running else None

    def name_label(self, text: str) -> None:
        """Capture the prims that carry a class label; an empty text means the selected ones."""
        self.label = text.strip()
        self.changed.emit()

    def name_folder(self, text: str) -> None:
        """Write the views to a folder as well; an empty text means nowhere."""
        self.folder = text.strip()
        self.changed.emit()

    def start(self) -> None:
        """Capture, and take the views as the dataset."""
        if self.running or self.blocked_reason is not None:
            return
        self.done = self.total = 0
        self.error = ""
        self._task = self._host.start(self._capture())
        self.changed.emit()

    def cancel(self) -> None:
        """Stop; the stage, and what was read before, stay as they were."""
        if self._task is not None:
            self._task.cancel()

    def destroy(self) -> None:
        """Stop, and tell nobody any more."""
        self.cancel()

    async def _capture(self) -> None:
        assert self._host.capture is not None
        folder = Path(self.folder).expanduser() if self.folder else None
        try:
            await self._host.provide_requirements()
            source = await self._host.capture.capture(
                self._settings.capture, self.label or None, folder=folder, on_progress=self._tell
            )
        except asyncio.CancelledError:
            source = None
        except Exception as error:
            source, self.error = None, in_words(error)
            self._host.notify(f"Capturing failed: {self.error}", wrong=True)
        finally:
            self._task = None
            self._host.show_progress(None)
        if source is not None:
            self._source.take(source)
        self.changed.emit()

    def _tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        self._host.show_progress(done / total, "Capturing views")
        self.changed.emit()
