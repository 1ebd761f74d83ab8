"""A folder without views: the only dataset or stage in it is taken, and several are named."""

import shutil
from pathlib import Path

import pytest
from boxfit.errors import DatasetError
from boxfit.sample import make_sample
from boxfit.session.reading import read_source, sources_in
from boxfit.settings import InputSettings
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage
from boxfit.views.camera_prims import write_views

from tests.folders import write_box_views


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a sample: a stage, its preset in a sublayer, its asset, and the views that the preset names."""
    return make_sample(tmp_path_factory.mktemp("made") / "sample").parent


def test_read_folder_with_one_dataset_in_it_takes_that_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "run" / "logs").mkdir(parents=True)
    write_box_views(tmp_path / "run" / "out", 4)
    source = read_source(tmp_path / "run")
    assert source.path == tmp_path / "run" / "out" and len(source.dataset.views) == 4
    assert source.dataset.problems[0].where == str(tmp_path / "run")
    assert source.dataset.problems[0].what == "it holds no views itself: out in it is taken"
    assert not read_source(tmp_path / "run" / "out").dataset.problems


def test_read_folder_of_a_stage_and_the_views_that_it_names_takes_the_stage(scene: Path) -> None:
    source = read_source(scene)
    assert source.path == scene / "scene.usda" and source.world.meters_per_unit == 0.01
    assert "scene.usda in it is taken" in source.dataset.problems[0].what


def test_read_folder_of_a_stage_with_cameras_that_name_its_masks_takes_the_stage(tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 4)
    stage = new_stage(tmp_path / "cameras.usda")
    write_views(stage, read_source(tmp_path / "views").dataset)
    save_stage(stage)
    assert read_source(tmp_path).path == tmp_path / "cameras.usda"


def test_read_folder_with_several_datasets_in_it_names_them(tmp_path: Path, scene: Path) -> None:
    shutil.copytree(scene, tmp_path / "scene", ignore=shutil.ignore_patterns("views"))
    for name in ("first", "second"):
        write_box_views(tmp_path / "scene" / name, 3)
    with pytest.raises(DatasetError, match=r"holds no views itself, but scene\.usda, first, second in it do: name one"):
        read_source(tmp_path / "scene")


def test_read_folder_with_nothing_in_it_or_of_another_format_is_refused_as_before(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    write_box_views(tmp_path / "run" / "out", 4)
    with pytest.raises(DatasetError, match="scene_camera"):
        read_source(tmp_path / "run", InputSettings(format="bop"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "broken.usda").write_text("no stage")
    with pytest.raises(DatasetError, match=r"holds no views \(it holds broken.usda\)"):
        read_source(tmp_path / "empty")


def test_list_sources_among_many_stages_opens_none(tmp_path: Path, scene: Path) -> None:
    shutil.copytree(scene, tmp_path / "scene")
    for index in range(20):
        (tmp_path / "scene" / f"asset_{index}.usda").write_text("#usda 1.0\n")
    assert sources_in(tmp_path / "scene", [tmp_path / "scene" / "views"]) == [tmp_path / "scene" / "views"]
