"""Box Fit without a window: undoable commands, and coroutines for scripts.

results = await boxfit_kit.core.fit(label="cube", align="up")
"""

from boxfit_kit.core.api import fit, import_views
from boxfit_kit.core.capturing import capture
from boxfit_kit.core.extension import Extension

__all__ = ["Extension", "capture", "fit", "import_views"]
