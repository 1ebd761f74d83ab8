"""Provider of a fit's renderers, from this interpreter or another one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from boxfit.errors import RendererError
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.registry import make_renderer, not_installed_reason, unavailable_reason
from boxfit.render.renderer import Renderer
from boxfit.settings import FitSettings

if TYPE_CHECKING:
    from boxfit.remote.process import Worker


class RendererProvider:
    """Renderers of successive fits; a context manager that ends the other interpreter.

    Only `stop` may be called by another thread.

    Attributes:
        pending: True if `start`, which takes seconds, must be called before `make`.
        stopped: True if `stop` was called.
        python: The other interpreter, if the renderers run there; else None.
        note: Reason why "auto" chose area although another interpreter was set; else "".
    """

    def __init__(self, settings: FitSettings) -> None:
        """Initialise without starting anything.

        Args:
            settings: Renderer, its settings, and the other interpreter.
        """
        self.python: Path | None = None
        self.note = ""
        self.stopped = False
        self._config = settings
        self._name: str = settings.renderer
        self._worker: Worker | None = None
        self._lock = threading.Lock()
        self.pending = settings.python is not None and settings.renderer != "area" and settings.method != "contact"

    def __enter__(self) -> RendererProvider:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def start(self) -> None:
        """Choose the interpreter of the renderer: this one if possible, else the other, which is started.

        Raises:
            RendererError: If the renderer runs in neither; "auto" uses area instead.
        """
        python, name = self._config.python, "kaolin" if self._config.renderer == "auto" else self._config.renderer
        assert python is not None
        self.pending, self._name = False, name
        # `not_installed_reason` comes first: it does not load PyTorch.
        reason_here = not_installed_reason(name) or unavailable_reason(name)
        if reason_here is None:
            return
        reason_there = self._start_worker(python, name)
        if reason_there is None:
            self.python = python
            return
        self._close()
        reasons = f"the renderer {name!r} cannot run here: {reason_here}; and not in {python}: {reason_there}"
        if self.stopped or self._config.renderer != "auto":
            raise RendererError(f"{reasons}; or use the renderer area")
        self._name, self.note = "area", f"area was used: {reasons}"

    def make(self, silhouettes: Sequence[Silhouette]) -> Renderer:
        """Make the renderer for a set of silhouettes; it replaces the previous one.

        Raises:
            RendererError: If it cannot be made.
        """
        assert not self.pending
        settings = self._config
        settings = {
            "name": self._name,
            "sigmainv": settings.sigmainv,
            "boxlen": settings.boxlen,
            "device": settings.device,
        }
        if self._worker is None:
            return make_renderer(silhouettes=silhouettes, **settings)
        from boxfit.remote.client import RendererRemote

        return RendererRemote(self._worker, settings, silhouettes)

    def stop(self) -> None:
        """End the other interpreter; calls that wait for it raise `RendererError`."""
        with self._lock:
            self.stopped = True
            if self._worker is not None:
                self._worker.stop()

    def _start_worker(self, python: Path, name: str) -> str | None:
        """Start the worker; return the reason why the renderer cannot run there, or None if it can."""
        from boxfit.remote.process import Worker  # Few fits need another interpreter.

        try:
            with self._lock:
                if self.stopped:
                    return "the fit was stopped"
                worker = self._worker = Worker(python)
            worker.greet()
            return worker.unavailable_reason(name)
        except RendererError as error:
            return str(error)

    def _close(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()
