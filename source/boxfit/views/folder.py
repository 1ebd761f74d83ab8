"""Reader of folders of views in any supported format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from boxfit.errors import DatasetError, list_names
from boxfit.views.data_generator import holds_data_generator, read_data_generator
from boxfit.views.dataset import Dataset, Problem
from boxfit.views.folder_listing import list_folder
from boxfit.views.regular_files import leads_outside
from boxfit.views.replicator.folder import holds_replicator, read_replicator

_FORMATS = (
    "the out_dir of the Data Generator holds 0_metadata.json and 0_semantic.npy, that of Replicator's BasicWriter "
    "camera_params_0000.json and semantic_segmentation_0000.png or instance_segmentation_0000.png"
)


def read_folder(folder: Path, *, class_names: Mapping[int, str] | None = None) -> Dataset:
    """Read a folder of the Data Generator or of Replicator's BasicWriter.

    Args:
        folder: Folder of views.
        class_names: As for `read_data_generator`; not used for BasicWriter, whose files name their labels.

    Raises:
        DatasetError: If the folder is missing, cannot be read, is in neither format or in both, or its dataset cannot
            be used.
    """
    folder = Path(folder)
    generator, replicator = holds_data_generator(folder), holds_replicator(folder)
    if generator and replicator:
        raise DatasetError(f"{folder} holds files of two formats: move one of them away ({_FORMATS})")
    if not generator and not replicator:
        raise DatasetError(_no_views(folder))
    dataset = read_data_generator(folder, class_names=class_names) if generator else read_replicator(folder)
    files = (path for view in dataset.views for _, path in view.files)
    if outside := [path for path in files if leads_outside(path, folder)]:
        names = list_names([path.name for path in outside], 4)
        target = os.path.realpath(outside[0])
        links = Problem(str(folder), f"links lead out of the folder: {names} ({outside[0].name} is {target})")
        return replace(dataset, problems=(*dataset.problems, links))
    return dataset


def _no_views(folder: Path) -> str:
    """Describe the content of a folder without views."""
    paths = list_folder(folder)
    for child in (path for path in paths if path.is_dir()):
        try:
            has_views = holds_data_generator(child) or holds_replicator(child)
        except DatasetError:  # A folder that cannot be read is skipped.
            continue
        if has_views:
            return f"{folder} holds no views, but its folder {child.name} does: name that folder"
    content = f"it holds {list_names([path.name for path in paths], 4)}" if paths else "it is empty"
    return f"{folder} holds no views ({content}): {_FORMATS}"
