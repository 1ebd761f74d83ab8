"""The tests inside of the extensions, which are written for Kit's own runner: here they run on the stand-ins."""

import importlib
import unittest

from tests.kit.conftest import Kit


def test_tests_of_the_core_extension_pass_on_the_stand_ins(kit: Kit) -> None:
    kit.start("boxfit_kit.core")
    module = importlib.import_module("boxfit_kit.core.tests")
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    assert suite.countTestCases() >= 4
    result = unittest.TestResult()
    suite.run(result)
    assert not result.errors and not result.failures, [*result.errors, *result.failures]
    assert not kit.errors
