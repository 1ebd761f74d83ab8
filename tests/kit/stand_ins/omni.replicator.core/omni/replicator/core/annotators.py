"""Annotators: they give what the last step rendered, in arrays that the next step overwrites."""

from __future__ import annotations

from typing import Any

import numpy as np
from omni.replicator.core.create import HydraTexture

_attached: list[Annotator] = []


class Annotator:
    def __init__(self, name: str, init_params: dict[str, Any] | None) -> None:
        self.name, self.init_params = name, init_params or {}
        self.product: HydraTexture | None = None
        self._held: Any = None

    def attach(self, render_product: HydraTexture) -> Annotator:
        self.product = render_product
        _attached.append(self)
        return self

    def detach(self) -> None:
        _attached.remove(self)
        self.product = None

    def get_data(self) -> Any:
        """Return the data of the last image; before that an empty array."""
        assert self.product is not None, f"{self.name} is attached to nothing"
        if self._held is not None:
            return self._held
        empty = np.zeros(0, dtype=np.uint32)
        plain = self.name in ("rgb", "distance_to_image_plane")
        return empty if plain else {"data": empty, "info": {"idToLabels": {}}}

    def hold(self, value: Any) -> None:
        """Store the data of an image, as the orchestrator does; pixels reuse the memory of the previous image."""
        old, new = (values.get("data") if isinstance(values, dict) else values for values in (self._held, value))
        if isinstance(old, np.ndarray) and isinstance(new, np.ndarray) and old.shape == new.shape:
            old[...] = new
            value = {**value, "data": old} if isinstance(value, dict) else old
        self._held = value


class AnnotatorRegistry:
    @classmethod
    def get_annotator(cls, name: str, init_params: dict[str, Any] | None = None) -> Annotator:
        return Annotator(name, init_params)


def attached() -> list[Annotator]:
    """Return the annotators that a step fills."""
    return list(_attached)


def leftovers() -> list[str]:
    return [f"the annotator {annotator.name} on {annotator.product.path}" for annotator in _attached]
