"""Uses of private modules of Kit's kernel, which may change with its version."""

from __future__ import annotations

import sys
from typing import Any


def instances_of(name: str) -> list[Any]:
    """Return the `omni.ext.IExt` objects of an enabled extension; Kit warns if one is kept."""
    from omni.ext._impl import _internal

    manager = sys.modules["omni.kit.app"].get_app().get_extension_manager()
    extension = _internal._extensions.get(manager.get_enabled_extension_id(name))
    return [instance for instance, _ in extension._started_extensions] if extension else []


def forget_paths() -> None:
    """Clear Kit's cache of missing paths, in which Kit 109 keeps stack frames, too."""
    from omni.ext._impl import stat_cache

    stat_cache.reset_stat_cache()
