"""The Box Fit window of Kit: Window > Kaolin > Box Fit."""

from omni.boxfit.window.extension import Extension

__all__ = ["Extension"]
