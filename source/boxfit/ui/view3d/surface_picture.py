"""The shaded surface in the 3D view: a picture that is coarse while the camera moves, and smooth when it rests."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import omni.ui as ui

from boxfit.ui.host import Task
from boxfit.ui.view3d.orbit import Orbit
from boxfit.ui.view3d.shading import Shading, shade

RESTS = 0.15
"""Seconds without a move after which the camera rests."""

SMOOTH = 2
"""Samples that are averaged in each direction when the camera rests; this is drawn in a thread."""

_MOST_PIXELS = 1_000_000
"""Largest number of pixels of the picture, which is scaled to the view."""

_FINE_MESH, _FINEST_MESH = 20_000, 50_000
"""Numbers of triangles above which the picture has fewer pixels while the camera moves."""

Start = Callable[[Coroutine[Any, Any, None]], Task]


class SurfacePicture:
    """A picture of triangles that fills its container. Built inside the current container, a ZStack.

    Args:
        start: Runs a coroutine between the frames.
        changed: Called when another picture is shown.

    Attributes:
        shading: The picture that is shown; None without triangles.
    """

    def __init__(self, start: Start, changed: Callable[[], object]) -> None:
        self.shading: Shading | None = None
        self._start, self._changed = start, changed
        self._triangles = np.zeros((0, 3, 3))
        self._task: Task | None = None
        self._provider = ui.ByteImageProvider()
        self._image = ui.ImageWithProvider(self._provider, fill_policy=ui.IwpFillPolicy.IWP_STRETCH, visible=False)

    def show(self, triangles: np.ndarray) -> None:
        """Take other triangles, shape (n, 3, 3), for the next picture."""
        self._triangles = triangles

    def draw(self, orbit: Orbit, size: tuple[float, float], moving: bool = False) -> None:
        """Draw the triangles as a camera sees them.

        Args:
            orbit: The view's camera.
            size: Width and height of the view in [px].
            moving: True while the camera follows the mouse, which must not wait for a fine picture.
        """
        self.destroy()
        if not len(self._triangles) or min(size) < 1:
            self._take(None)
            return
        scale = min(1.0, math.sqrt(_MOST_PIXELS / (size[0] * size[1])))
        self._take(shade(self._triangles, orbit, size, scale * (self._coarse if moving else 1.0)))
        self._task = self._start(self._smooth(orbit, size, scale, RESTS if moving else 0.0))

    def destroy(self) -> None:
        """Stop drawing a smooth picture."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def _coarse(self) -> float:
        """Size of the picture while the camera moves, as a part of its usual size."""
        count = len(self._triangles)
        return 1 / 2 if count <= _FINE_MESH else 1 / 3 if count <= _FINEST_MESH else 1 / 4

    async def _smooth(self, orbit: Orbit, size: tuple[float, float], scale: float, after: float) -> None:
        await asyncio.sleep(after)
        self._take(await asyncio.to_thread(shade, self._triangles, orbit, size, scale, SMOOTH))

    def _take(self, shading: Shading | None) -> None:
        if shading is None and self.shading is None:
            return
        self.shading = shading
        self._image.visible = shading is not None
        if shading is not None:
            height, width = shading.rgba.shape[:2]
            self._provider.set_data_array(shading.rgba, [width, height])
        self._changed()
