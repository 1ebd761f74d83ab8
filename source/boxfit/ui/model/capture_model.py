"""Model of the capture of views from the open stage: inputs, progress and errors."""

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
    """The capture of views, where the host supports it.

    Attributes:
        changed: Emitted when anything below has changed.
        label: Class label of the prims to capture, or "" for the selected ones.
        folder: Folder that the views are also written to, or "" for none.
        done: Views that are made.
        total: Views to make; 0 while unknown.
        error: Error text of the last capture, or "".
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
        """True if the host can capture views."""
        return self._host.capture is not None

    @property
    def running(self) -> bool:
        """True while a capture is running."""
        return self._task is not None and not self._task.done()

    @property
    def blocked_reason(self) -> str | None:
        """Reason why no capture can be started now, or None if one can."""
        return NO_STAGE if self._host.stage is None else self._settings.capture_error

    @property
    def unavailable_reason(self) -> str | None:
        """Reason why the renderer cannot capture now, or None; it may be resolved by the time that a capture starts."""
        return self._host.capture.unavailable_reason if self._host.capture is not None and not self.running else None

    def name_label(self, text: str) -> None:
        """Set the class label of the prims to capture; an empty text means the selected prims."""
        self.label = text.strip()
        self.changed.emit()

    def name_folder(self, text: str) -> None:
        """Set the folder that the views are also written to; an empty text means none."""
        self.folder = text.strip()
        self.changed.emit()

    def start(self) -> None:
        """Start a capture, whose views become the dataset."""
        if self.running or self.blocked_reason is not None:
            return
        self.done = self.total = 0
        self.error = ""
        self._task = self._host.start(self._capture())
        self.changed.emit()

    def cancel(self) -> None:
        """Cancel the capture; the stage and the dataset read before stay unchanged."""
        if self._task is not None:
            self._task.cancel()

    def destroy(self) -> None:
        """Cancel the capture."""
        self.cancel()

    async def _capture(self) -> None:
        assert self._host.capture is not None
        folder = Path(self.folder).expanduser() if self.folder else None
        try:
            await self._host.provide_requirements()
            source = await self._host.capture.capture(
                self._settings.capture, self.label or None, folder=folder, on_progress=self._on_progress
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

    def _on_progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        self._host.show_progress(done / total, "Capturing views")
        self.changed.emit()
