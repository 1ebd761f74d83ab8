"""The layers that a stage is made of: their files, those that are missing, and what USD says about that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pxr import Ar, Sdf, Usd, UsdUtils


@contextmanager
def without_diagnostics() -> Iterator[None]:
    """Keep USD's warnings off stderr; its errors are raised as ever."""
    delegate = UsdUtils.CoalescingDiagnosticDelegate()
    try:
        yield
    finally:
        delegate.TakeUncoalescedDiagnostics()


def layer_files(stage: Usd.Stage) -> tuple[Path, ...]:
    """Files that a stage was composed from."""
    return tuple(sorted(Path(layer.realPath) for layer in stage.GetUsedLayers() if layer.realPath))


def missing_layers(stage: Usd.Stage) -> list[str]:
    """What the stage's own layers name as sublayer, reference or payload and USD cannot find, or cannot read as one.

    Returns:
        Asset paths as they are written, each once.
    """
    missing: dict[str, None] = {}
    for layer in stage.GetLayerStack(includeSessionLayers=False):
        for path in layer.GetCompositionAssetDependencies():
            place = layer.ComputeAbsolutePath(path)
            # A sublayer is always loaded; a reference need not be, as in a variant that is not selected.
            loaded = path not in layer.subLayerPaths or Sdf.Layer.Find(place)
            if not (loaded and Ar.GetResolver().Resolve(place)):
                missing[path] = None
    return list(missing)
