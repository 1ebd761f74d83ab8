"""Nothing of omni.ui is checked here: its calls run on the real one in tests/ui and tests/kit."""

from typing import Any

def __getattr__(name: str) -> Any: ...
