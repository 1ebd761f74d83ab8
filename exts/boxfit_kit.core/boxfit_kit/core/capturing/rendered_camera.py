"""A camera that Replicator renders, with its render product and annotators.

Masks come from `instance_id_segmentation`, which gives the path of the prim at each pixel. So no prim needs a label,
and
none has to be written to the stage: see `boxfit.views.replicator.prim_masks`.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any

import carb.settings
from boxfit.errors import DatasetError, RendererError
from boxfit.geometry.camera import Camera
from boxfit.views.replicator.readiness import has_pixels, is_seen_from

from boxfit_kit.core.capturing.running import to_its_end

MASKS = "instance_id_segmentation"
DEPTH = "distance_to_image_plane"
_ANNOTATORS: dict[str, dict[str, Any] | None] = {
    "camera_params": None,
    MASKS: {"colorize": False},
    "rgb": None,
    DEPTH: None,
}

_SUBFRAMES = 8
"""Renders per image: after a camera was moved, or geometry hidden, the first ones still show the previous state."""

_STEPS = 4
"""Largest number of steps for an image."""

TIMEOUT = "/exts/boxfit_kit.core/captureTimeout"
"""Setting: longest duration of a step, in [s]. Replicator waits forever if nothing is rendered."""


def _replicator() -> Any:
    """Import Replicator, which an app may not have."""
    import omni.replicator.core

    return omni.replicator.core


class RenderedCamera:
    """A camera prim with its own render product, as a context manager."""

    def __init__(self, camera: str, resolution: tuple[int, int]) -> None:
        """Store the arguments.

        Args:
            camera: Path of the camera prim.
            resolution: (height, width) of the image.
        """
        self._camera, self._resolution = camera, resolution
        self._annotators: dict[str, Any] = {}
        self._made = ExitStack()

    async def __aenter__(self) -> RenderedCamera:
        """Make the render product and attach the annotators; on an error everything is removed."""
        rep = _replicator()
        with ExitStack() as made:
            height, width = self._resolution
            # Without force_new, an existing product of the same camera and size would be reused, and destroyed.
            product = rep.create.render_product(self._camera, (width, height), force_new=True)
            made.callback(product.destroy)
            for name, options in _ANNOTATORS.items():
                annotator = rep.AnnotatorRegistry.get_annotator(name, init_params=options)
                annotator.attach(product)
                made.callback(annotator.detach)
                self._annotators[name] = annotator
            self._made = made.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop Replicator in any state, then remove the annotators and the render product."""
        with self._made:
            # Waiting for completion would not end after a cancellation during its start; stopping does.
            await to_its_end(_replicator().orchestrator.stop_async())

    async def render(self, place: Camera | None = None) -> dict[str, Any]:
        """Render an image.

        Args:
            place: Camera that the prim was moved to, or None if it was not moved.

        Returns:
            Data of the annotators, by name; their own arrays, which the next image overwrites.

        Raises:
            DatasetError: If there is no image after some steps.
            RendererError: If a step does not end.
        """
        orchestrator, limit = _replicator().orchestrator, float(carb.settings.get_settings().get(TIMEOUT))
        found: dict[str, Any] = {}
        for _ in range(_STEPS):
            step = orchestrator.step_async(rt_subframes=_SUBFRAMES, delta_time=0.0, pause_timeline=False)
            try:
                await asyncio.wait_for(step, limit)
            except asyncio.TimeoutError:
                raise RendererError(
                    f"the renderer has given no image of {self._camera} within {limit:g} s: see Kit's log, or allow "
                    f"more time with the setting {TIMEOUT}"
                ) from None
            found = {name: annotator.get_data() for name, annotator in self._annotators.items()}
            if has_pixels(found, MASKS) and (place is None or is_seen_from(found, place)):
                break
        if not has_pixels(found, MASKS):
            raise DatasetError(f"the renderer gave no image of {self._camera} in {_STEPS} steps: see Kit's log")
        return found
