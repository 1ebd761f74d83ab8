"""Small trees of datasets, and an executor that fits in this process."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from boxfit.batches.job import Job, Record, Task
from boxfit.batches.worker import fit_one

from tests.folders import box_mask, cameras_around, metadata_of, write_box_views, write_view

QUICK = {"method": "contact"}


class Inline:
    """Executor without processes, which counts what it was given."""

    def __init__(self) -> None:
        self.fitted: list[str] = []

    def run(self, tasks: Iterable[Task], job: Job) -> Iterator[tuple[Task, list[Record]]]:
        self.fitted = []
        for task in tasks:
            records = fit_one(task, job)
            self.fitted += [task.source] if records else []
            yield task, records


def write_two_objects(folder: Path) -> None:
    """Write a box as object 1, and as object 2 one of its pixels, which determines nothing."""
    for index, camera in enumerate(cameras_around(4)):
        mask = box_mask(camera)
        rows, columns = np.nonzero(mask[..., 0])
        mask[rows[0], columns[0]] = 2
        write_view(folder, index, metadata_of(camera), semantic=mask)


@pytest.fixture
def inline() -> Inline:
    return Inline()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make four datasets at two depths."""
    root = tmp_path / "tree"
    for name in ("a", "b/c", "b/d", "e"):
        (root / name).mkdir(parents=True)
        write_box_views(root / name, 4)
    return root


@pytest.fixture
def job(tree: Path, tmp_path: Path) -> Job:
    output = tmp_path / "out"
    output.mkdir()
    return Job(tree, output, thumbnails=False)
