"""Tests that run in Kit, by `repo test` or from the Extensions window. Kit finds what is imported here."""

from boxfit_kit.core.tests.test_capture import TestCapture
from boxfit_kit.core.tests.test_core import TestCore

__all__ = ["TestCapture", "TestCore"]
