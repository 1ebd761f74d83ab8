"""Where a fit gets its renderer from: this interpreter, or another one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from boxfit.errors import RendererError
from boxfit.geometry.silhouette import Silhouette
from boxfit.remote.client import RendererRemote
from boxfit.remote.process import Worker
from boxfit.render.registry import make_renderer, not_installed, unavailable
from boxfit.render.renderer import Renderer
from boxfit.settings import FitSettings


class RendererProvider:
    """The renderers of one fit after another, within a `with` block, at whose end the other interpreter ends.

    Only `stop` may be called by another thread.

    Attributes:
        pending: Whether `start` has to come before `make`. It takes seconds.
        stopped: Whether `stop` was called.
        python: The other interpreter, once the renderers run there; else None.
        note: Why they do not, although "auto" might have had kaolin from the interpreter that was set; else "".
    """

    def __init__(self, settings: FitSettings) -> None:
        """Begin; nothing is started yet.

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
        """Find out where the renderer runs: here, else in the other interpreter, which is started for that.

        Raises:
            RendererError: If it runs in neither; "auto" takes area then.
        """
        python, name = self._config.python, "kaolin" if self._config.renderer == "auto" else self._config.renderer
        assert python is not None
        self.pending, self._name = False, name
        # What is not installed is known without loading PyTorch.
        lacks_here = not_installed(name) or unavailable(name)
        if lacks_here is None:
            return
        lacks_there = self._start_worker(python, name)
        if lacks_there is None:
            self.python = python
            return
        self._close()
        reasons = f"the renderer {name!r} cannot run here: {lacks_here}; and not in {python}: {lacks_there}"
        if self.stopped or self._config.renderer != "auto":
            raise RendererError(f"{reasons}; or take the renderer area")
        self._name, self.note = "area", f"area was taken: {reasons}"

    def make(self, silhouettes: Sequence[Silhouette]) -> Renderer:
        """Make the renderer for a set of silhouettes; the one made before is used no more.

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
        return RendererRemote(self._worker, settings, silhouettes)

    def stop(self) -> None:
        """End the other interpreter; what waits for it raises `RendererError`."""
        with self._lock:
            self.stopped = True
            if self._worker is not None:
                self._worker.stop()

    def _start_worker(self, python: Path, name: str) -> str | None:
        """Start it; gives why the renderer cannot run there, or None if it can."""
        try:
            with self._lock:
                if self.stopped:
                    return "it was not started any more"
                worker = self._worker = Worker(python)
            worker.greet()
            return worker.unavailable(name)
        except RendererError as error:
            return str(error)

    def _close(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()
