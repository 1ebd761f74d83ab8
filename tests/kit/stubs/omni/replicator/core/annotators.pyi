"""Source: the API page of omni.replicator 1.12.16, and scripts/annotators.py of omni.replicator.core 1.12.27."""

from typing import Any

from omni.replicator.core.create import HydraTexture

class Annotator:
    def attach(self, render_products: str | HydraTexture | list[str | HydraTexture]) -> Annotator: ...
    def detach(self, render_products: str | HydraTexture | list[str | HydraTexture] | None = None) -> Annotator: ...
    def get_data(self, device: str | None = None, do_array_copy: bool = False) -> Any: ...

class AnnotatorRegistry:
    @classmethod
    def get_annotator(
        cls,
        name: str,
        init_params: dict[str, Any] | None = None,
        render_product_idxs: list[int] | None = None,
        device: str | None = None,
        do_array_copy: bool = True,
    ) -> Annotator: ...
