"""Render products."""

from __future__ import annotations

from typing import Any

import carb.settings
import omni.usd
from pxr import Usd

_PIXELS = "/omni/replicator/totalRenderProductPixels"

_products: list[HydraTexture] = []


class _Updates:
    def set_updates_enabled(self, enabled: bool) -> None: ...


class HydraTexture:
    """A render product: a prim in the session layer, until it is destroyed."""

    def __init__(self, camera: str, resolution: tuple[int, int], name: str) -> None:
        self.camera, self.resolution = camera, resolution
        self.hydra_texture = _Updates()
        self.image: Any = None
        self._stage = omni.usd.get_context().get_stage()
        self.path = f"/Render/OmniverseKit/HydraTextures/{name}"
        with Usd.EditContext(self._stage, self._stage.GetSessionLayer()):
            self._stage.DefinePrim(self.path, "RenderProduct").CreateRelationship("camera").SetTargets([camera])

    def destroy(self) -> None:
        _products.remove(self)
        with Usd.EditContext(self._stage, self._stage.GetSessionLayer()):
            self._stage.RemovePrim(self.path)


def render_product(
    camera: str, resolution: tuple[int, int], force_new: bool = False, name: str | None = None
) -> HydraTexture:
    """Size as (width, height). Without `force_new` one that somebody has for that camera and size is shared."""
    shared = [product for product in _products if (product.camera, product.resolution) == (camera, resolution)]
    if shared and not force_new:
        return shared[0]
    settings = carb.settings.get_settings()
    # Nothing takes this back when the product is destroyed.
    settings.set(_PIXELS, resolution[0] * resolution[1])
    product = HydraTexture(camera, resolution, f"{name or 'Replicator'}_{len(_products)}")
    _products.append(product)
    return product


def leftovers() -> list[str]:
    return [f"the render product {product.path}" for product in _products]
