"""Stand-in for `omni.kit.test`: test cases whose `setUp`, `tearDown` and tests are coroutines, run in Kit's loop.

Signatures: typings/omni/kit/test/async_unittest.pyi of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable
from typing import Any


class AsyncTestCase(unittest.TestCase):
    """Test case whose functions may be coroutine functions, awaited by `run_case`."""


async def run_case(case: unittest.TestCase) -> None:
    """Run one test; what it raises is raised on.

    Raises:
        unittest.SkipTest: If it says that it cannot run here.
    """
    await _call(case.setUp)
    try:
        await _call(getattr(case, case._testMethodName))
    finally:
        await _call(case.tearDown)
        case.doCleanups()


def cases_in(module: Any) -> list[unittest.TestCase]:
    """Every test of a module, in order."""
    return [case for suite in unittest.defaultTestLoader.loadTestsFromModule(module) for case in suite]


async def _call(function: Callable[[], Any]) -> None:
    result = function()
    if inspect.isawaitable(result):
        await result
