"""Tests that run in Kit, by `repo test` or from the Extensions window, which collects imported tests."""

from boxfit_kit.window.tests.test_window import TestWindow

__all__ = ["TestWindow"]
