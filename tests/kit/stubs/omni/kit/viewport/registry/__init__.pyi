"""Parts of omni.kit.viewport.registry that boxfit uses; the typings have its name only.

Source: uses in isaac-sim/IsaacSim (source/extensions/isaacsim.robot.schema.ui) and in
NVIDIA-Omniverse/kit-extension-sample-ui-scene; the factory is given one dictionary.
"""

from collections.abc import Callable
from typing import Any

class RegisterScene:
    def __init__(self, factory: Callable[[dict[str, Any]], Any], factory_id: str | None = None) -> None: ...
    def destroy(self) -> None: ...
