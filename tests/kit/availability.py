"""Availability of Kit's kernel, without which the tests that need it are skipped."""

from __future__ import annotations

import importlib.util
import os

from tests.conftest import skip_or_fail

LICENCE = "OMNI_KIT_ACCEPT_EULA"


def require_kernel() -> None:
    """Skip the importing test file if there is no kernel."""
    if reason := unavailable_reason():
        skip_or_fail("kit", reason, whole_file=True)


def unavailable_reason() -> str:
    """Return the reason why there is no kernel, with what to do, or ""."""
    if importlib.util.find_spec("omni") is None or importlib.util.find_spec("omni.kit_app") is None:
        return "Kit's kernel is not installed: make kit-environment makes an environment that has it (CONTRIBUTING.md)"
    if os.environ.get(LICENCE, "").lower() not in ("y", "yes", "1"):
        return (
            f"Kit's kernel is under NVIDIA's Omniverse licence agreement (make kit-environment names it): where you "
            f"agree to it, export {LICENCE}=yes"
        )
    return ""
