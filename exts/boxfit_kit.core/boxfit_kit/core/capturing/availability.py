"""Availability of Replicator, which is not a dependency of boxfit."""

from __future__ import annotations

import omni.kit.app

REPLICATOR = "omni.replicator.core"

_FREE = ("STOPPED", "STEPPED")
"""Replicator's states in which nothing else is captured; after single steps it stays in the second."""


def unavailable_reason() -> str | None:
    """Return the reason why no views can be captured now, in a sentence, or None."""
    manager = omni.kit.app.get_app().get_extension_manager()
    if not manager.is_extension_enabled(REPLICATOR):
        return (
            f"capturing needs Replicator: enable the extension {REPLICATOR} in Window > Extensions, or use an app "
            "that has it, such as Isaac Sim"
        )
    import omni.replicator.core as rep

    status = rep.orchestrator.get_status().name
    if status not in _FREE:
        return f"Replicator is busy ({status.lower()}): stop what it is generating, then capture"
    return None
