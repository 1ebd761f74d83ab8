"""Opening and creation of stages, and their files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pxr import Ar, Kind, Sdf, Tf, Usd, UsdGeom, UsdUtils

from boxfit.errors import StageError
from boxfit.files.paths import place_fault, server_address
from boxfit.geometry.units import WorldUnits

STAGE_SUFFIXES = (".usd", ".usda", ".usdc")

REST_TIME = Usd.TimeCode.EarliestTime()
"""Time at which poses are read: the first time sample if there is one, else the default value."""


@contextmanager
def without_diagnostics() -> Iterator[None]:
    """Suppress USD's warnings on stderr; errors are still raised."""
    delegate = UsdUtils.CoalescingDiagnosticDelegate()
    try:
        yield
    finally:
        delegate.TakeUncoalescedDiagnostics()


def open_stage(path: str | os.PathLike[str]) -> Usd.Stage:
    """Open an existing stage.

    Args:
        path: File in any format that USD reads.

    Raises:
        StageError: If there is no such file, or USD cannot read it as a stage.
    """
    path = Path(path)
    check_name(path)
    with _reading(path):
        if not path.is_file():
            fault = "is a folder" if path.is_dir() else "is no file" if path.exists() else "does not exist"
            raise StageError(f"{path} {fault}: give a {', '.join(STAGE_SUFFIXES)} file")
        layers = _regular_layers(str(path.resolve()))  # Kept, so that USD does not read them again.
        return Usd.Stage.Open(layers[0])


def _regular_layers(root: str) -> list[Sdf.Layer]:
    """Open a layer and those that it refers to, unless one is a device or a pipe, which USD would read without end.

    Layers that are missing or damaged are left to USD, which composes the stage without them.
    """
    layers = [Sdf.Layer.FindOrOpen(root)]
    known = {layers[0].identifier}
    for layer in layers:
        for asset in layer.GetCompositionAssetDependencies():
            place, _ = Sdf.Layer.SplitIdentifier(layer.ComputeAbsolutePath(asset))
            if place in known:
                continue
            known.add(place)
            file = Path(place)
            with suppress(OSError, Tf.ErrorException):
                if file.is_file():
                    if further := Sdf.Layer.FindOrOpen(place):
                        layers.append(further)
                elif file.exists() and not file.is_dir():
                    raise StageError(
                        f"{place}, which {layer.realPath} refers to, is a device or a pipe: put the layer's file "
                        "there, or remove the reference"
                    )
    return layers


def open_from_disk(path: str | os.PathLike[str]) -> Usd.Stage:
    """Open a stage from its files, discarding unsaved changes of layers in memory.

    Args:
        path: File in any format that USD reads.

    Raises:
        StageError: If there is no such file, or USD cannot read it as a stage.
    """
    stage = open_stage(path)
    with _reading(path):
        stage.Reload()
        # Reload() skips layers that were created in this process.
        for layer in stage.GetUsedLayers():
            if layer.dirty and layer.realPath and Path(layer.realPath).is_file():
                layer.TransferContent(Sdf.Layer.OpenAsAnonymous(layer.realPath))
    return stage


@contextmanager
def usd_errors(stage: Usd.Stage) -> Iterator[None]:
    """Turn errors of USD about the content of a stage into a StageError that names it."""
    try:
        yield
    except Tf.ErrorException as error:
        raise StageError(
            f"{stage_place(stage) or 'the open stage'} cannot be used ({failure_reason(error)})"
        ) from error


def update_from_disk(stage: Usd.Stage) -> None:
    """Read the layers of an open stage that another program has saved meanwhile; those with unsaved changes stay.

    Raises:
        StageError: If USD can no longer read a file.
    """
    with _reading(stage.GetRootLayer().realPath):
        Sdf.Layer.ReloadLayers({layer for layer in stage.GetUsedLayers() if not layer.dirty})


@contextmanager
def _reading(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn errors of USD and of the file system into a StageError that names the stage."""
    try:
        with without_diagnostics():
            yield
    except (OSError, Tf.ErrorException) as error:
        raise StageError(f"{path} is not a USD stage that can be read ({failure_reason(error)})") from error


def new_stage(path: str | os.PathLike[str], units: WorldUnits = WorldUnits()) -> Usd.Stage:
    """Create a stage with a default prim; its file is not written before `save_stage`.

    Relative asset paths already resolve from that file. An existing file is replaced when the stage is saved.

    Args:
        path: File to save the stage to.
        units: Up axis and unit to author.

    Raises:
        StageError: If a stage cannot be saved there.
    """
    check_writable(path)
    path = Path(path).resolve()
    return _create(new_layer(path), units)


def unnamed_stage(units: WorldUnits = WorldUnits()) -> Usd.Stage:
    """Create a stage with a default prim and no file yet.

    Args:
        units: Up axis and unit to author.
    """
    return _create(Sdf.Layer.CreateAnonymous(STAGE_SUFFIXES[1]), units)


def _create(layer: Sdf.Layer, units: WorldUnits) -> Usd.Stage:
    # Written before the stage is opened, which would take notice of each change.
    layer.pseudoRoot.SetInfo(UsdGeom.Tokens.upAxis, units.up_axis)
    layer.pseudoRoot.SetInfo(UsdGeom.Tokens.metersPerUnit, units.meters_per_unit)
    world = Sdf.PrimSpec(layer, "World", Sdf.SpecifierDef, "Xform")
    world.kind = Kind.Tokens.group
    layer.defaultPrim = world.name
    return Usd.Stage.Open(layer)


def new_layer(path: Path) -> Sdf.Layer:
    """Create an empty layer for a file; a layer of that file that is in memory is cleared and reused."""
    layer = Sdf.Layer.Find(path.as_posix())
    if layer:
        layer.Clear()
        return layer
    return Sdf.Layer.New(Sdf.FileFormat.FindByExtension(path.suffix), path.as_posix())


def stage_file(stage: Usd.Stage) -> Path | None:
    """Return the local file of a stage's root layer; None if it has no file yet, or is on a server."""
    place = stage_place(stage)
    return Path(place) if place and not server_address(place) else None


def local_file(stage: Usd.Stage, purpose: str) -> Path:
    """Return the local file of a stage's root layer, which is required.

    Args:
        stage: An open stage.
        purpose: Reason for the message, as in "views are named relative to it".

    Raises:
        StageError: If the stage has no file yet, or is on a server.
    """
    file, place = stage_file(stage), stage_place(stage)
    if file is not None:
        return file
    if place:
        raise StageError(f"{server_address(place)} is on a server, and {purpose}: save the stage on this machine first")
    raise StageError(f"the stage has no file yet, and {purpose}: save it under a name first")


def check_editable(stage: Usd.Stage) -> None:
    """Check that a stage's root layer can be changed.

    Raises:
        StageError: If the layer is locked.
    """
    root = stage.GetRootLayer()
    if not root.permissionToEdit:
        raise StageError(f"{root.GetDisplayName()} is locked against changes: unlock this layer, or save it as another")


def stage_place(stage: Usd.Stage) -> str | None:
    """Return the path or server address of a stage's root layer; None if it has no file yet."""
    root = stage.GetRootLayer()
    return root.realPath or None if not root.anonymous else None


def stage_key(stage: Usd.Stage) -> tuple[str, ...]:
    """Return an identifier of an open stage, different from other stages of the same file; does not keep it open."""
    return tuple(layer.identifier for layer in (stage.GetRootLayer(), stage.GetSessionLayer()) if layer)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Check that a stage can be saved to a file, before it is computed.

    Raises:
        StageError: If the suffix is not that of a stage, the folder is missing, or a path is read-only.
    """
    path = Path(path)
    check_name(path)
    if path.suffix not in STAGE_SUFFIXES:
        raise StageError(f"{path} cannot be written: name a {', '.join(STAGE_SUFFIXES)} file")
    try:
        if fault := place_fault(path):
            raise StageError(f"{path} cannot be written: {fault}")
        if path.exists() and not os.access(path, os.W_OK):
            raise StageError(f"{path} cannot be written: it is read-only")
    except OSError as error:
        raise StageError(f"{path} cannot be written ({failure_reason(error)})") from error


def check_name(path: Path) -> None:
    """Check that USD can use the name of a stage's file.

    Raises:
        StageError: If it is not valid Unicode, or USD reads a part of it as arguments of a file format.
    """
    name = str(path)
    if ":SDF_FORMAT_ARGS:" in name or name != name.encode("utf-8", "replace").decode():
        raise StageError(f"{path} is a name that USD cannot use: rename the file or its folder")


def failure_reason(error: Exception) -> str:
    """Extract the reason from an error, without the file; of a USD error, without the position in USD's source."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    try:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    except UnicodeDecodeError:  # USD quotes what it could not read.
        return "it holds text that is not UTF-8"
    return lines[0].rsplit(" : ", 1)[-1].strip("'") if lines else type(error).__name__


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
        for path in filter(None, layer.GetCompositionAssetDependencies()):  # "" stands for references to the same file.
            absolute = layer.ComputeAbsolutePath(path)
            # A sublayer is always loaded; a reference may not be, as in a variant that is not selected.
            loaded = path not in layer.subLayerPaths or Sdf.Layer.Find(absolute)
            if not (loaded and Ar.GetResolver().Resolve(absolute)):
                missing[path] = None
    return list(missing)
