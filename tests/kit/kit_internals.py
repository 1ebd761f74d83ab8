"""What only private modules of Kit's kernel tell and do: a new kernel may have others."""

from __future__ import annotations

import sys
from typing import Any


def instances_of(name: str) -> list[Any]:
    """The `omni.ext.IExt` objects of an extension that is enabled; Kit complains where one is kept."""
    from omni.ext._impl import _internal

    manager = sys.modules["omni.kit.app"].get_app().get_extension_manager()
    extension = _internal._extensions.get(manager.get_enabled_extension_id(name))
    return [instance for instance, _ in extension._started_extensions] if extension else []


def forget_paths() -> None:
    """Have Kit forget which paths were not there: Kit 109 keeps the frames of whoever looked for them, too."""
    from omni.ext._impl import stat_cache

    stat_cache.reset_stat_cache()
