"""Sources from open stages: the survey on the main thread, and reading on any thread."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.sample import make_sample
from boxfit.session.reading import read_source, survey_stage
from boxfit.session.session import Session
from boxfit.session.source import SourceWorld
from boxfit.settings import FitSettings, InputSettings
from boxfit.usd.meshes import read_triangles
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_stage
from boxfit.views.stage import find_datasets
from pxr import Sdf, Usd

from tests.folders import write_box_views


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return make_sample(tmp_path / "sample", views=4, resolution=(64, 64))


def test_survey_of_a_stage_read_on_another_thread_is_the_source_of_its_file(sample: Path) -> None:
    expected = read_source(sample)
    survey = survey_stage(open_stage(sample))
    with ThreadPoolExecutor(1) as threads:
        source = threads.submit(survey.read).result()
    assert source.path == sample and source.path.is_absolute()
    assert (source.world, source.facts, source.layers) == (expected.world, expected.facts, expected.layers)
    assert [view.name for view in source.dataset.views] == [view.name for view in expected.dataset.views]
    assert source.geometry is not None and expected.geometry is not None
    assert np.array_equal(source.geometry, expected.geometry)


def test_survey_takes_the_geometry_in_the_assets_frame(sample: Path) -> None:
    stage = open_stage(sample)
    source = survey_stage(stage).read()
    assert source.facts is not None and source.geometry is not None
    points = read_triangles(stage, str(source.facts.asset_prim)).reshape(-1, 3)
    pose = source.dataset.views[0].world_from_asset
    assert pose is not None
    placed = source.geometry @ pose[:3, :3].T + pose[:3, 3]
    assert np.allclose(placed.min(axis=0), points.min(axis=0)) and np.allclose(placed.max(axis=0), points.max(axis=0))


def test_survey_holds_no_usd_object(sample: Path) -> None:
    stage = open_stage(sample)
    root = stage.GetRootLayer().identifier
    survey = survey_stage(stage)
    del stage
    assert Sdf.Layer.Find(root) is None
    assert len(survey.read().dataset.views) == 4


def test_survey_with_a_dataset_that_was_found_reads_that_one(tmp_path: Path, sample: Path) -> None:
    write_box_views(tmp_path / "other", 3)
    stage = open_stage(sample)
    (stage_dataset,) = find_datasets(stage, data_folder=tmp_path / "other")
    assert len(survey_stage(stage, stage_dataset=stage_dataset).read().dataset.views) == 3


def test_survey_of_a_stage_without_a_file_is_from_the_folder(tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 3)
    source = survey_stage(Usd.Stage.CreateInMemory(), tmp_path / "views").read()
    assert source.path == tmp_path / "views"
    assert source.world == SourceWorld("Y", 0.01)


def test_survey_of_a_stage_that_names_nothing_and_lacks_a_layer_names_both(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "scene.usda")
    stage.GetRootLayer().subLayerPaths.append("./gone.usda")
    save_stage(stage)
    with pytest.raises(
        DatasetError, match=r"names no dataset.*; scene\.usda may lack it because it names \./gone\.usda"
    ):
        survey_stage(stage)


def test_session_of_a_source_that_was_read_reads_nothing_again_and_follows_its_settings(tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 8)
    source = read_source(tmp_path / "views")
    session = Session(source, InputSettings(source_up="Z", views="0-5"), FitSettings(method="contact"))
    assert session.source.dataset is source.dataset
    assert session.source.world == SourceWorld("Z", None)
    assert len(session.dataset.views) == 6
    assert Session(source).source.world == SourceWorld()
    assert list(session.fit()) and len(session.results) == 1
