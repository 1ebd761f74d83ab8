"""Stand-in for `omni.kit.pipapi`, without the network: a test says what an index offers.

The folder of what was installed gets onto `sys.path`, at its end, with the first call and not before. Signature and
behaviour: the manual page of omni.kit.pipapi.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

environment: Path | None = None
"""Folder that packages are installed to; set by a test."""

offered: dict[str, dict[str, str]] = {}
"""Packages of the online index: by requirement, the text of each file."""

calls: list[dict[str, Any]] = []
"""Every call of `install`, in order."""


def install(
    package: str,
    module: str | None = None,
    ignore_import_check: bool = False,
    ignore_cache: bool = False,
    use_online_index: bool = True,
    surpress_output: bool = False,
    extra_args: Sequence[str] | None = None,
) -> bool:
    import carb.settings

    calls.append({"package": package, "online": use_online_index, "extra_args": list(extra_args or ())})
    assert environment is not None, "a test that installs says where"
    if str(environment) not in sys.path:
        sys.path.append(str(environment))
    *_flags, requirement = package.split()
    # With flags in front, it looks for a module of that whole text.
    name = module or package.split("==")[0]
    if not ignore_import_check and _imports(name):
        return True
    allowed = carb.settings.get_settings().get("/exts/omni.kit.pipapi/allowOnlineIndex")
    if not use_online_index or allowed is False or requirement not in offered:
        return False
    for path, text in offered[requirement].items():
        (environment / path).parent.mkdir(parents=True, exist_ok=True)
        (environment / path).write_text(text, encoding="utf-8")
    importlib.invalidate_caches()
    return ignore_import_check or _imports(name)


def _imports(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
