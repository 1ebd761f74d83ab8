"""Proxy of a renderer that runs in a worker."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from boxfit.errors import RendererError
from boxfit.geometry.silhouette import Silhouette
from boxfit.remote.messages import Message
from boxfit.remote.packing import AREAS_BYTES, pack_silhouettes, unpack_areas
from boxfit.remote.process import Worker
from boxfit.render.renderer import Areas


class RendererRemote:
    """Renderer in a worker, which has one at a time; see `boxfit.render.renderer.Renderer`.

    Attributes:
        name: Name of the worker's renderer.
    """

    def __init__(self, worker: Worker, settings: Mapping[str, Any], silhouettes: Sequence[Silhouette]) -> None:
        """Make the renderer in a worker.

        Args:
            worker: Worker whose greeting was read.
            settings: Arguments of `boxfit.render.registry.make_renderer` except the silhouettes.
            silhouettes: Views and masks.

        Raises:
            RendererError: If the worker cannot make it.
        """
        self.name: str = settings["name"]
        self._worker = worker
        self._megapixels = np.array([math.prod(silhouette.camera.resolution) / 1e6 for silhouette in silhouettes])
        self._ask("make", settings, pack_silhouettes(silhouettes), np.arange(len(silhouettes)))

    def areas(self, corners: np.ndarray, views: np.ndarray) -> Areas:
        """Compute areas in the worker; see `boxfit.render.renderer.Renderer.areas`.

        Raises:
            RendererError: If the renderer or the worker failed.
        """
        answer = self._ask("areas", {}, (corners, views), views)
        try:
            return unpack_areas(answer.arrays, len(views))
        except ValueError as error:
            raise self._failed(error) from error

    def _ask(self, kind: str, values: Mapping[str, Any], arrays: Sequence[np.ndarray], views: np.ndarray) -> Message:
        megapixels = float(self._megapixels[views].sum())
        try:
            return self._worker.ask(kind, values, arrays, megapixels, AREAS_BYTES * len(views))
        except RendererError as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> RendererError:
        return RendererError(
            f"the renderer {self.name!r} failed in {self._worker.python}: {error}; use the renderer area, which runs "
            f'here, or check what can run there: boxfit doctor --python "{self._worker.python}"'
        )
