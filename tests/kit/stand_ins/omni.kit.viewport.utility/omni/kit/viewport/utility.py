"""Stand-in for `omni.kit.viewport.utility`.

Behaviour: omni.kit.viewport.utility 2.0, which public repositories hold copies of. Signatures: its typings in
work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from typing import Any


def get_active_viewport(usd_context_name: str = "") -> Any | None:
    from omni.kit.viewport.window import windows

    found = [window.viewport_api for window in windows.all if window.viewport_api.usd_context_name == usd_context_name]
    return found[-1] if found else None
