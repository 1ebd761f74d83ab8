"""Box Fit without a window: undoable commands, and functions for scripts to await.

results = await omni.boxfit.core.fit(label="cube", align="up")
"""

from omni.boxfit.core.api import fit, import_views
from omni.boxfit.core.capturing import capture
from omni.boxfit.core.extension import Extension

__all__ = ["Extension", "capture", "fit", "import_views"]
