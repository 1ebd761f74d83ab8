"""Atomic saving of a stage's root layer, to its file or a new one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from pxr import Ar, Sdf, Tf, Usd, UsdUtils

from boxfit.errors import StageError
from boxfit.files import relative_posix
from boxfit.usd.cube import find_boxes
from boxfit.usd.provenance import NAMESPACE
from boxfit.usd.stage import check_writable, failure_reason, stage_file


def save_stage(stage: Usd.Stage, siblings: Sequence[Sdf.Layer] = ()) -> Path:
    """Save a stage's root layer, and no other layer of it.

    All layers are written to drafts before any file is replaced, so a file is never written in part.

    Args:
        stage: Stage with a file.
        siblings: New layers that the root layer refers to, saved with it.

    Returns:
        The file of the root layer.

    Raises:
        StageError: If the stage has no file, or it cannot be written.
    """
    file = stage_file(stage)
    if file is None:
        raise StageError("the stage has no file yet: save it under a name first")
    _save_layers([(layer, Path(layer.realPath)) for layer in (*siblings, stage.GetRootLayer())])
    return file


def _save_layers(layers: Sequence[tuple[Sdf.Layer, Path]]) -> None:
    """Save layers to files, all or none.

    Args:
        layers: Layers and their files; layers that refer to others come after these.

    Raises:
        StageError: If a layer cannot be written.
    """
    for _, path in layers:
        check_writable(path)
    drafts: list[tuple[Path, Path]] = []
    try:
        for layer, path in layers:
            drafts.append((path.with_name(f".{path.stem}.{uuid4().hex}{path.suffix}"), path))
            _export(layer, *drafts[-1])
        for draft, path in drafts:
            draft.replace(path)
    except (OSError, Tf.ErrorException) as error:
        raise StageError(f"{drafts[-1][1]} cannot be written ({failure_reason(error)})") from error
    finally:
        for draft, _ in drafts:
            draft.unlink(missing_ok=True)


def _export(layer: Sdf.Layer, draft: Path, path: Path) -> None:
    """Write a layer to a draft, with the format and permissions of the file that it will replace."""
    if not layer.Export(draft.as_posix(), args=_format_arguments(path)):
        raise StageError(f"{path} cannot be written: USD could not export the layer")
    if path.exists():
        shutil.copymode(path, draft)


def _format_arguments(path: Path) -> dict[str, str]:
    """Return arguments that keep the text or binary format of a `.usd` file; USD's default is binary."""
    if path.suffix == ".usd" and path.exists():
        with path.open("rb") as file:
            return {"format": "usdc" if file.read(8) == b"PXR-USDC" else "usda"}
    return {}


def save_stage_as(stage: Usd.Stage, path: str | os.PathLike[str]) -> Path:
    """Save a copy of a stage's root layer to a file, without changing the open stage.

    Relative asset paths, and the `source` attributes of boxes, are rewritten to name the same files from the new file.

    Args:
        stage: Stage with or without a file.
        path: File to write; an existing file is replaced.

    Returns:
        The file.

    Raises:
        StageError: If it cannot be written, is another layer of the stage, or the root layer refers to a layer that
            is in memory only.
    """
    file, path = stage_file(stage), Path(path).resolve()
    check_writable(path)
    if file == path:
        return save_stage(stage)
    others = (Path(layer.realPath) for layer in stage.GetUsedLayers() if layer.realPath)
    if path in others:
        raise StageError(f"{path} is a layer of the open stage: name another file")
    root = stage.GetRootLayer()
    copy = Sdf.Layer.CreateAnonymous(path.suffix)
    copy.TransferContent(root)
    UsdUtils.ModifyAssetPaths(copy, lambda asset: _as_seen_from(path.parent, root, asset))
    for box in find_boxes(stage):
        source = copy.GetAttributeAtPath(f"{box}.{NAMESPACE}:source")
        if source and source.default:
            source.default = relative_posix((file or path).parent / source.default, path.parent)
    _save_layers([(copy, path)])
    return path


def _as_seen_from(folder: Path, root: Sdf.Layer, asset: str) -> str:
    """Rewrite an asset path of a layer so that it names the same file from another folder."""
    if Sdf.Layer.IsAnonymousLayerIdentifier(asset):
        raise StageError(f"the stage refers to the layer {asset}, which is in memory only: save that layer first")
    inner = ""
    if Ar.IsPackageRelativePath(asset):
        asset, inner = Ar.SplitPackageRelativePathOuter(asset)
    file = Path(_resolved(root, asset))
    # URIs, paths found along a search path, and paths that are not found do not depend on the folder.
    if file.is_absolute() and not Path(asset).is_absolute():
        relative = relative_posix(file, folder)
        asset = relative if relative.startswith("../") or Path(relative).is_absolute() else f"./{relative}"
    return Ar.JoinPackageRelativePath([asset, inner]) if inner else asset


def _resolved(root: Sdf.Layer, asset: str) -> str:
    """Resolve an asset path of a layer."""
    if len(urlsplit(asset).scheme) > 1:  # A single letter is a Windows drive.
        return asset
    # Paths in a layer without a file are relative to the current folder.
    return Ar.GetResolver().Resolve(asset).GetPathString() if root.anonymous else root.ComputeAbsolutePath(asset)
