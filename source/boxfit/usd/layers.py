"""Layers of a stage: their files, missing layers, and USD's diagnostics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pxr import Ar, Sdf, Usd, UsdUtils


@contextmanager
def without_diagnostics() -> Iterator[None]:
    """Suppress USD's warnings on stderr; errors are still raised."""
    delegate = UsdUtils.CoalescingDiagnosticDelegate()
    try:
        yield
    finally:
        delegate.TakeUncoalescedDiagnostics()


def layer_files(stage: Usd.Stage) -> tuple[Path, ...]:
    """List the files that a stage was composed from."""
    return tuple(sorted(Path(layer.realPath) for layer in stage.GetUsedLayers() if layer.realPath))


def missing_layers(stage: Usd.Stage) -> list[str]:
    """List the sublayers, references and payloads of a stage's own layers that USD cannot find or read.

    Returns:
        Asset paths as authored, each once.
    """
    missing: dict[str, None] = {}
    for layer in stage.GetLayerStack(includeSessionLayers=False):
        for path in layer.GetCompositionAssetDependencies():
            absolute = layer.ComputeAbsolutePath(path)
            # A sublayer is always loaded; a reference may not be, as in a variant that is not selected.
            loaded = path not in layer.subLayerPaths or Sdf.Layer.Find(absolute)
            if not (loaded and Ar.GetResolver().Resolve(absolute)):
                missing[path] = None
    return list(missing)
