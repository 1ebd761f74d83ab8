"""One camera that Replicator renders: its render product, and the annotators on it.

Masks are those of `instance_id_segmentation`: which prim each pixel shows, by its path. So no prim needs a label, and
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
_ANNOTATORS: dict[str, dict[str, Any] | None] = {"camera_params": None, MASKS: {"colorize": False}, "rgb": None}

_SUBFRAMES = 8
"""Renders per image: after a camera was moved, or geometry hidden, the first ones still show traces of before."""

_STEPS = 4
"""Steps that an image may take until it is there."""

TIMEOUT = "/exts/boxfit_kit.core/captureTimeout"
"""Setting: seconds that a step may take. Replicator waits without an end where nothing is rendered."""


def _replicator() -> Any:
    """Replicator, which an app need not have."""
    import omni.replicator.core

    return omni.replicator.core


class RenderedCamera:
    """A camera prim with a render product of its own, until the block ends."""

    def __init__(self, camera: str, resolution: tuple[int, int]) -> None:
        """Make nothing yet.

        Args:
            camera: Path of the camera prim.
            resolution: (height, width) of the image.
        """
        self._camera, self._resolution = camera, resolution
        self._annotators: dict[str, Any] = {}
        self._made = ExitStack()

    async def __aenter__(self) -> RenderedCamera:
        """Make the render product and attach the annotators; where that fails, nothing of it stays."""
        rep = _replicator()
        with ExitStack() as made:
            height, width = self._resolution
            # Without force_new somebody else's product of the same camera and size would be taken, and destroyed.
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
        """Stop Replicator, whatever step it was in, then take away the annotators and the render product."""
        with self._made:
            # Waiting for its completion would not end where it was cancelled while it starts: stopping does.
            await to_its_end(_replicator().orchestrator.stop_async())

    async def render(self, place: Camera | None = None) -> dict[str, Any]:
        """Render an image.

        Args:
            place: Where the camera prim was moved to, or None where nobody moved it.

        Returns:
            What the annotators gave, by name; their own arrays, which the next image overwrites.

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
                    f"the renderer has given no image of {self._camera} within {limit:g} s: see Kit's log, or allow it "
                    f"more with the setting {TIMEOUT}"
                ) from None
            found = {name: annotator.get_data() for name, annotator in self._annotators.items()}
            if has_pixels(found, MASKS) and (place is None or is_seen_from(found, place)):
                break
        if not has_pixels(found, MASKS):
            raise DatasetError(f"the renderer gave no image of {self._camera} in {_STEPS} steps: see Kit's log")
        return found
