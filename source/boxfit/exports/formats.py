"""The formats that boxes can be exported in, and the writing of several files together.

A writer is imported when it is used: the command line lists the formats without NumPy.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from boxfit.errors import OutputError
from boxfit.files.drafts import Drafts
from boxfit.files.paths import check_files, place_fault

if TYPE_CHECKING:
    from boxfit.session.results import ObjectResult
    from boxfit.session.source import SourceWorld


class Made(NamedTuple):
    """Files of an export, before they are written.

    Attributes:
        files: Contents by path.
        notes: Messages for the user: what the files cannot hold.
    """

    files: Mapping[Path, bytes]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Export:
    """A format of boxes.

    Attributes:
        summary: Content of the files, for the help.
        writer: Module and function, which takes the results and the path, and returns `Made`; it raises OutputError if
            the format cannot hold the boxes.
        is_metric: True if its lengths are in metres or millimetres.
        names: Names of its files, if the path is a folder; None if it is a JSON file.
    """

    summary: str
    writer: str
    is_metric: bool = False
    names: tuple[str, ...] | None = None


_REPLICATOR = ("bounding_box_3d_0000.npy", "bounding_box_3d_labels_0000.json", "bounding_box_3d_prim_paths_0000.json")
_BOP = ("models_info.json", "scene_gt.json", "scene_camera.json")

EXPORTS: dict[str, Export] = {
    "json": Export("corners, axes and bounds", "plain:write_plain"),
    "replicator": Export("bounding_box_3d, a folder", "replicator:write_replicator", names=_REPLICATOR),
    "bop": Export("models_info and poses, a folder", "bop:write_bop", is_metric=True, names=_BOP),
    "objectron": Export("keypoints", "objectron:write_objectron", is_metric=True),
    "nerfstudio": Export("crop box of ns-export", "crops:write_nerfstudio"),
    "splat": Export("crop box of Gaussian splats", "crops:write_splat"),
    "coco3d": Export("as of Omni3D", "coco3d:write_coco3d", is_metric=True),
    "kitti": Export("label_2, a folder", "kitti:write_kitti", is_metric=True, names=()),
}
"""Formats by name."""


def parse_export(text: str) -> tuple[str, Path]:
    """Split `FORMAT:PATH` at the first colon.

    Raises:
        OutputError: If there is no such format, or no path.
    """
    name, _, path = text.partition(":")
    if name not in EXPORTS or not path:
        raise OutputError(f"{text!r} is no FORMAT:PATH, such as json:boxes.json; formats are {', '.join(EXPORTS)}")
    return name, Path(path)


def known_files(requests: Sequence[tuple[str, Path]]) -> dict[str, Path]:
    """Return the files of exports that do not depend on the views, by the option that names them."""
    files = {}
    for name, path in requests:
        names = EXPORTS[name].names
        for file in [path] if names is None else [path / each for each in names]:
            files[_option(name, path, file)] = file
    return files


def check_exports(requests: Sequence[tuple[str, Path]], force: bool) -> None:
    """Check before any work that files can be written at their places.

    Args:
        requests: Format and path of each export.
        force: True if files may be replaced.

    Raises:
        OutputError: If a folder is missing or read-only, a path is not of the kind of its format, or a file exists.
    """
    for name, path in requests:
        if EXPORTS[name].names is None:
            if path.suffix.lower() != ".json":
                raise _refused(name, path, "it is a .json file")
            check_files([path], force)
        elif path.is_dir():
            check_files(list(known_files([(name, path)]).values()), force)
        elif fault := "it is a folder, and there is a file" if path.exists() else place_fault(path):
            raise _refused(name, path, fault)


def check_units(requests: Sequence[tuple[str, Path]], world: SourceWorld) -> None:
    """Check before any fit that the unit is known that metric formats need.

    Raises:
        OutputError: If it is not.
    """
    for name, path in requests:
        if EXPORTS[name].is_metric and world.meters_per_unit is None:
            raise _refused(
                name,
                path,
                "its lengths are metric and the unit is unknown: state it (source_units), or meters_per_unit of arrays",
            )


def write_exports(
    requests: Sequence[tuple[str, Path]], results: Sequence[ObjectResult], drafts: Drafts, force: bool
) -> tuple[dict[str, Path], list[str]]:
    """Write boxes in other formats.

    Args:
        requests: Format and path of each export: a JSON file, or a new or existing folder.
        results: Fitted objects; the units of each are those of its world.
        drafts: Files to put in place together, when their block ends.
        force: True if files may be replaced.

    Returns:
        Every file by a description of the option that names it, and notes for the user.

    Raises:
        OutputError: If a format cannot hold the boxes, or a file exists or cannot be written.
    """
    written: dict[str, Path] = {}
    notes = []
    check_exports(requests, force)
    for result in results:
        check_units(requests, result.world)
    for name, path in requests:
        module, _, function = EXPORTS[name].writer.partition(":")
        try:
            made: Made = getattr(import_module(f"boxfit.exports.{module}"), function)(results, path)
        except OutputError as error:
            raise _refused(name, path, str(error)) from error
        for file, content in made.files.items():
            if EXPORTS[name].names is not None and file.exists() and any(_is_beside(each, file) for each in results):
                raise _refused(name, path, f"{file.name} is in the dataset's folder, and may be its own: name another")
            drafts.make_folder(file.parent)
            check_files([file], force)
            drafts.add(file, new=not force).write_bytes(content)
            written[_option(name, path, file)] = file
        notes += [f"{name}: {note}" for note in made.notes]
    return written, notes


def export_boxes(
    results: Sequence[ObjectResult], name: str, path: str | os.PathLike[str], force: bool = False
) -> list[str]:
    """Write boxes in another format.

    Args:
        results: Fitted objects.
        name: Format, a key of `EXPORTS`.
        path: JSON file, or folder, as the format has it.
        force: Overwrite files that exist.

    Returns:
        Notes on what the files cannot hold.

    Raises:
        OutputError: If there is no such format, it cannot hold the boxes, or a file exists or cannot be written.
    """
    with Drafts() as drafts:
        return write_exports([parse_export(f"{name}:{os.fspath(path)}")], results, drafts, force)[1]


def _is_beside(result: ObjectResult, file: Path) -> bool:
    """Return True if a file is in the folder that an object was read from."""
    source = result.source
    return source is not None and file.parent.samefile(source if source.is_dir() else source.parent)


def _option(name: str, path: Path, file: Path) -> str:
    return f"--export {name}:{path}" + (f" ({file.name})" if file != path else "")


def _refused(name: str, path: Path, reason: str) -> OutputError:
    return OutputError(f"{path} cannot be written in the format {name}: {reason}")
