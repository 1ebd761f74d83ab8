"""Tests that run in Kit, by `repo test` or from the Extensions window. Kit finds what is imported here."""

from boxfit_kit.window.tests.test_window import TestWindow

__all__ = ["TestWindow"]
