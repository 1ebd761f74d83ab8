"""Tests that run in Kit, by `repo test` or from the Extensions window, which collects imported tests."""

from boxfit_kit.core.tests.test_capture import TestCapture
from boxfit_kit.core.tests.test_core import TestCore

__all__ = ["TestCapture", "TestCore"]
