"""Sources of a batch: the datasets of a tree of folders, or those that a manifest lists; shards of them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from boxfit.batches.job import Task
from boxfit.errors import BoxfitError, DatasetError
from boxfit.session.session import take_settings
from boxfit.settings import FitSettings, InputSettings, PrimSettings
from boxfit.views.folder import is_dataset

_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f]')
_LONGEST_NAME = 150
"""Number of characters of a file name that leaves room for suffixes, within the 255 bytes of most file systems."""

_T = TypeVar("_T")


def find_sources(root: Path, output: Path | None = None, name: str = "auto") -> Iterator[Path]:
    """Yield the datasets of a tree, in the order of their names; a dataset's own folders are not searched.

    Links to folders are not followed, and folders whose names begin with a dot are skipped. A folder that cannot be
    read counts as a dataset, so that it has a record.

    Args:
        root: Folder to search, which may itself be a dataset.
        output: Folder to leave out.
        name: Format of the datasets, a key of `boxfit.views.folder.FORMATS`; "auto" takes any.
    """
    folders = [str(root)]
    while folders:
        folder = folders.pop()
        try:
            if is_dataset(Path(folder), name):
                yield Path(folder)
                continue
            with os.scandir(folder) as found:
                entries = [entry for entry in found if entry.is_dir(follow_symlinks=False) and entry.name[0] != "."]
        except (DatasetError, OSError):
            yield Path(folder)
            continue
        kept = (
            entry for entry in entries if not (output and entry.name == output.name and output.samefile(entry.path))
        )
        folders += sorted((entry.path for entry in kept), reverse=True)


def list_tasks(root: Path, output: Path, settings: Mapping[str, Any], manifest: Path | None = None) -> list[Task]:
    """List the sources of a tree or a manifest with their settings, sorted by name.

    Args:
        root: Folder that sources are relative to.
        output: Folder of the results.
        settings: Settings of all sources, by name.
        manifest: File that lists the sources, or None to search the root.

    Raises:
        BoxfitError: If there is none, a setting is invalid, or the manifest cannot be read.
    """
    if manifest is not None:
        return sorted(read_manifest(manifest, root, settings), key=lambda task: task.source)
    name, common = settings.get("format", "auto"), changed_settings(settings)
    tasks = [Task(name_source(source, root), common) for source in find_sources(root, output, name)]
    if not tasks:
        raise DatasetError(
            f"{root} holds no dataset of a known format, at any depth (links to folders are not followed): name "
            "another folder, or list the sources in a manifest"
        )
    return sorted(tasks, key=lambda task: task.source)


def read_manifest(manifest: Path, root: Path, settings: Mapping[str, Any]) -> list[Task]:
    """Read a manifest: a source a line, as a path or as JSON, {"source": path, setting: value, ...}.

    Empty lines and lines that begin with # are skipped. A path is relative to the root.

    Raises:
        DatasetError: If the file cannot be read, is empty, or a line cannot be used; the message names the line.
    """
    try:
        lines = manifest.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise DatasetError(f"{manifest} cannot be read ({getattr(error, 'strerror', None) or error})") from error
    tasks: dict[str, Task] = {}
    numbers: dict[str, int] = {}
    for number, text in enumerate(map(str.strip, lines), 1):
        if not text or text[0] == "#":
            continue
        try:
            source, own = _parse(text)
            task = Task(name_source(root / source, root), changed_settings({**settings, **own}))
            if task.source in tasks:
                raise DatasetError(f"{source} is in line {numbers[task.source]} already: name each source once")
        except (BoxfitError, ValueError, TypeError) as error:
            raise DatasetError(f"{manifest}, line {number}: {error}") from error
        tasks[task.source], numbers[task.source] = task, number
    if not tasks:
        raise DatasetError(f"{manifest} lists no source: write one a line")
    return list(tasks.values())


def shard(tasks: Sequence[_T], index: int, count: int) -> list[_T]:
    """Return every `count`-th of the tasks, of which the first is number `index`, from 1."""
    return list(tasks[index - 1 :: count])


def name_source(source: Path, root: Path) -> str:
    """Return a source's path relative to the root, with forward slashes; absolute if it is outside."""
    source, root = (Path(os.path.normpath(Path.cwd() / path)) for path in (source, root))
    with suppress(ValueError):
        return source.relative_to(root).as_posix()
    return source.as_posix()


def source_key(source: str, root: Path) -> str:
    """Make the path of a source's files, without suffix, in a folder of the results.

    It is the source's own relative path. What no file name can hold is replaced, and a hash makes the result unique.
    """
    parts = [_UNSAFE.sub("_", part)[:_LONGEST_NAME].rstrip(" .") for part in source.split("/")]
    key = "/".join(part for part in parts if part) or root.resolve().name or "root"
    return key if key == source else f"{key}-{sha256(source.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def changed_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that are not the defaults, as plain values, paths as text.

    Raises:
        BoxfitError: If a value is invalid.
        TypeError: If a setting does not exist.
    """
    return {
        each.name: value.as_posix() if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
        for group in take_settings(settings)
        for each in fields(group)
        if (value := getattr(group, each.name)) != each.default
    }


def _parse(text: str) -> tuple[str, dict[str, Any]]:
    """Read a line of a manifest."""
    if text[0] != "{":
        return text, {}
    values = json.loads(text)
    source = values.pop("source", None)
    if not isinstance(source, str) or not source:
        raise DatasetError('it names no source: write {"source": "path", ...}')
    for name, value in values.items():
        kinds = _KINDS.get(name)
        if kinds is None:
            raise DatasetError(f"no setting is called {name}")
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise DatasetError(f"{name} is {value!r}: give {' or '.join(_NAMES[kind] for kind in kinds)}")
    return source, values


def _kinds(hint: Any) -> tuple[type, ...]:
    """Return the types of JSON values of a setting."""
    if isinstance(hint, type):
        return {float: (float, int), Path: (str,)}.get(hint, (hint,))
    if get_origin(hint) is tuple:
        return (list,)
    kinds = [kind for each in get_args(hint) for kind in ((str,) if isinstance(each, str) else _kinds(each))]
    return tuple(dict.fromkeys(kinds))


_NAMES = {
    **{str: "a text", int: "an integer", float: "a number", list: "a list"},
    **{bool: "true or false", type(None): "null"},
}
_KINDS = {
    name: _kinds(hint)
    for group in (InputSettings, FitSettings, PrimSettings)
    for name, hint in get_type_hints(group).items()
}
"""Types of the JSON values of each setting."""
