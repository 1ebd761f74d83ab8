"""The Box Fit window of Kit: Window > Kaolin > Box Fit."""

from boxfit_kit.window.extension import Extension

__all__ = ["Extension"]
