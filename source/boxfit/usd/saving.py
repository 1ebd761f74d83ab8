"""Atomic saving of a stage's root layer, to its file or a new one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import urlsplit

from pxr import Ar, Sdf, Tf, Usd, UsdUtils

from boxfit.errors import StageError
from boxfit.files.drafts import Drafts, FileState
from boxfit.files.paths import relative_posix
from boxfit.usd.cube import find_boxes
from boxfit.usd.provenance import NAMESPACE
from boxfit.usd.stage import check_writable, failure_reason, stage_file


def save_stage(
    stage: Usd.Stage,
    siblings: Sequence[Sdf.Layer] = (),
    *,
    drafts: Drafts | None = None,
    new: bool = False,
    seen: FileState | None = None,
) -> Path:
    """Save a stage's root layer, and no other layer of it.

    Args:
        stage: Stage with a file.
        siblings: New layers that the root layer refers to, saved with it.
        drafts: Files to save the stage together with, when their block ends; None saves it at once.
        new: True if there must be no such file yet.
        seen: State of the file that the stage was read from; it is not saved if another program has written it since.

    Returns:
        The file of the root layer.

    Raises:
        StageError: If the stage has no file, or USD cannot write it.
        OutputError: If the file cannot be replaced.
    """
    file = stage_file(stage)
    if file is None:
        raise StageError("the stage has no file yet: save it under a name first")
    with Drafts() if drafts is None else nullcontext(drafts) as places:
        if drafts is None:
            places.lock(file)
        for layer in siblings:
            _export(layer, places, Path(layer.realPath))
        _export(stage.GetRootLayer(), places, file, new, seen)
    return file


def _export(layer: Sdf.Layer, drafts: Drafts, path: Path, new: bool = False, seen: FileState | None = None) -> None:
    """Write a layer to a draft, in the format of the file that it will replace.

    Raises:
        StageError: If USD cannot write it.
    """
    check_writable(path)
    draft = drafts.add(path, new=new, seen=seen)
    try:
        if not layer.Export(draft.as_posix(), args=_format_arguments(path)):
            raise StageError(f"{path} cannot be written: USD could not export the layer")
    except Tf.ErrorException as error:
        raise StageError(f"{path} cannot be written ({failure_reason(error)})") from error


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
        StageError: If USD cannot write it, it is another layer of the stage, or the root layer refers to a layer that
            is in memory only.
        OutputError: If the file cannot be replaced.
    """
    check_writable(path)
    file, path = stage_file(stage), Path(path).resolve()
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
    with Drafts() as drafts:
        drafts.lock(path)
        _export(copy, drafts, path)
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
