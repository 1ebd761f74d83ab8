"""Whether Kit's kernel is there and may be used; without it the tests that need it are skipped."""

from __future__ import annotations

import importlib.util
import os

from tests.conftest import skip_or_fail

LICENCE = "OMNI_KIT_ACCEPT_EULA"


def require_kernel() -> None:
    """Skip the file of tests that is imported, where there is no kernel."""
    if reason := unavailable_reason():
        skip_or_fail("kit", reason, whole_file=True)


def unavailable_reason() -> str:
    """Why there is no kernel, and what to do, or ""."""
    if importlib.util.find_spec("omni") is None or importlib.util.find_spec("omni.kit_app") is None:
        return "Kit's kernel is not installed: make kit-environment makes an environment that has it (CONTRIBUTING.md)"
    if os.environ.get(LICENCE, "").lower() not in ("y", "yes", "1"):
        return (
            f"Kit's kernel is under NVIDIA's Omniverse licence agreement (make kit-environment names it): where you "
            f"agree to it, export {LICENCE}=yes"
        )
    return ""
