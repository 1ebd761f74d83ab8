"""Hash of a source's files: every change of a name, a size or a time shows, and nothing else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from boxfit.batches.inputs import hash_inputs, places_elsewhere
from boxfit.sample import make_sample
from boxfit.session.reading import read_source

from tests.folders import write_box_views


def touch(path: Path) -> None:
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 1))


CHANGES: dict[str, Callable[[Path], object]] = {
    "time": lambda folder: touch(folder / "0_metadata.json"),
    "size": lambda folder: (folder / "deep" / "note.txt").write_text("longer"),
    "name": lambda folder: (folder / "1_semantic.npy").rename(folder / "1_instance.npy"),
    "new": lambda folder: (folder / "deep" / "new").touch(),
    "gone": lambda folder: (folder / "3_metadata.json").unlink(),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_box_views(tmp_path / "views")
    (tmp_path / "views" / "deep").mkdir()
    (tmp_path / "views" / "deep" / "note.txt").write_text("note")
    return tmp_path / "views"


@pytest.mark.parametrize("change", CHANGES)
def test_hash_changes_with_the_files(folder: Path, change: str) -> None:
    output = folder / "results"
    output.mkdir()
    before = hash_inputs(folder, [], output)
    (output / "new").touch()
    assert hash_inputs(folder, [], output) == before
    CHANGES[change](folder)
    assert hash_inputs(folder, [], output) != before


def test_hash_counts_the_files_of_folders_outside_but_none_deeper(folder: Path, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    (masks / "deeper").mkdir(parents=True)
    before = hash_inputs(folder, [masks], tmp_path / "out")
    (masks / "deeper" / "new").touch()
    assert hash_inputs(folder, [masks], tmp_path / "out") == before
    (masks / "new").touch()
    assert hash_inputs(folder, [masks], tmp_path / "out") != before != hash_inputs(folder, [], tmp_path / "out")


def test_hash_of_links_follows_them_and_survives_loops(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (folder / "loop").symlink_to(folder / "loop")
    (tmp_path / "elsewhere" / "back").symlink_to(folder, target_is_directory=True)
    before = hash_inputs(folder, [], tmp_path / "out")
    (tmp_path / "elsewhere" / "new").touch()
    assert hash_inputs(folder, [], tmp_path / "out") != before


def test_hash_of_a_source_that_is_missing_changes_when_it_comes(tmp_path: Path) -> None:
    before = hash_inputs(tmp_path / "scene.usda", [tmp_path / "views"], tmp_path / "out")
    (tmp_path / "scene.usda").touch()
    with_scene = hash_inputs(tmp_path / "scene.usda", [tmp_path / "views"], tmp_path / "out")
    (tmp_path / "views").mkdir()
    assert len({before, with_scene, hash_inputs(tmp_path / "scene.usda", [tmp_path / "views"], tmp_path / "out")}) == 3


def test_places_elsewhere_are_folders_of_views_and_layers(folder: Path, tmp_path: Path) -> None:
    scene = make_sample(tmp_path / "sample")
    places = places_elsewhere(read_source(scene))
    assert scene.parent / "views" in places and scene not in places and scene.parent not in places
    assert places_elsewhere(read_source(folder)) == []
