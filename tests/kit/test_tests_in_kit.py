"""Runs of the tests inside the extensions, which are written for Kit's own runner, in Kit's loop."""

from __future__ import annotations

import importlib
import unittest

import pytest

from tests.kit.kit_fixture import Kit
from tests.kit.kit_screen import WINDOW, KitScreen


async def pass_all(extension: str, count: int) -> None:
    """Run the tests of an enabled extension; skipped ones count as failed."""
    from omni.kit.test import cases_in, run_case

    cases = cases_in(importlib.import_module(f"{extension}.tests"))
    assert len(cases) == count
    for case in cases:
        await run_case(case)


async def test_tests_of_the_core_extension_pass(kit: Kit) -> None:
    for name in ("omni.kit.test", "omni.replicator.core", "boxfit_kit.core"):
        kit.start(name)
    await pass_all("boxfit_kit.core", 6)
    assert not kit.errors


async def test_tests_of_capturing_are_skipped_without_replicator(kit: Kit) -> None:
    for name in ("omni.kit.test", "boxfit_kit.core"):
        kit.start(name)
    with pytest.raises(unittest.SkipTest, match=r"omni\.replicator\.core is not enabled"):
        await pass_all("boxfit_kit.core", 6)


async def test_tests_of_the_window_extension_pass(kit_screen: KitScreen) -> None:
    for name in ("omni.kit.test", WINDOW):
        kit_screen.kit.start(name)
    await pass_all(WINDOW, 4)
