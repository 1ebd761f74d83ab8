"""Tests of the bench on scenes of BOP, on traced blocks with their models."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import DatasetError
from PIL import Image
from rich.console import Console

from bench import bop, cache, truth
from tests.bop_files import Block, pose, shots_around, still, write_models, write_scene

BLOCKS = (
    Block(5, (40, 25, 15), still(40, (0.2, 0.3, 1), (10, 20, 0))),
    Block(9, (20, 24, 30), lambda image: pose(10 + 7 * image, (1, 0, 1), (130, -20, 10)), (3, -4, 5)),
)


@pytest.fixture
def scene(tmp_path, monkeypatch) -> Path:
    """A scene with its models two folders above; truths are sought fast, and not kept in the bench's own cache."""
    monkeypatch.setattr(cache, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(truth, "SEEDS", 100)
    monkeypatch.setattr(truth, "REFINED", 1)
    folder = tmp_path / "dataset" / "test" / "000000"
    write_scene(folder, BLOCKS, shots_around((60, 0, 0), 700, 16))
    write_models(tmp_path / "dataset" / "models", BLOCKS)
    return folder


def test_measure_compares_each_box_with_its_model_in_the_frame_of_the_model(scene):
    rows = bop.measure_scene(scene, bop.find_models(scene))
    assert [(row.name, row.views, row.of, row.truth) for row in rows] == [
        ("obj_000005", 16, 16, "model"),
        ("obj_000009", 16, 16, "model"),
    ]
    for row in rows:
        assert row.error is None and row.volume == pytest.approx(1, abs=0.02) and row.faces_held == 6
        assert row.protrusion == pytest.approx(1, abs=0.02) and row.seconds


def test_measure_a_model_that_is_larger_than_the_object_shows_it(scene, tmp_path):
    write_models(tmp_path / "larger", [replace(BLOCKS[0], half=(48, 30, 15)), BLOCKS[1]])
    larger, same = bop.measure_scene(scene, tmp_path / "larger")
    assert larger.volume == pytest.approx(1 / 1.44, abs=0.02) and larger.protrusion == pytest.approx(1.2, abs=0.02)
    assert larger.faces_held in (2, 3) and same.faces_held == 6


def test_measure_without_a_mesh_takes_the_box_of_models_info(scene):
    models = bop.find_models(scene)
    (models / "obj_000005.ply").unlink()
    rows = bop.measure_scene(scene, models, views="0-9")
    assert [row.truth for row in rows] == ["models_info", "model"] and [row.of for row in rows] == [10, 10]
    assert rows[0].volume == pytest.approx(1, abs=0.03)


def test_measure_an_object_that_cannot_be_fitted_keeps_its_message(scene, capsys):
    for path in (scene / "mask_visib").glob("*_000001.png"):
        Image.fromarray(np.full((200, 240), 255, np.uint8)).save(path)
    fitted, failed = bop.measure_scene(scene, bop.find_models(scene))
    assert fitted.name == "obj_000005" and fitted.error is None
    assert failed.name == "obj_000009" and failed.error and failed.volume is None and failed.of == 16
    assert "covers the whole image" in failed.error
    Console(width=300).print(bop.table([fitted, failed]))
    assert "covers the whole image" in capsys.readouterr().out


def test_find_models_takes_the_nearest_and_says_where_it_looked(scene, tmp_path):
    assert bop.find_models(scene) == tmp_path / "dataset" / "models"
    (tmp_path / "dataset" / "models").rename(tmp_path / "dataset" / "models_eval")
    assert bop.find_models(scene) == tmp_path / "dataset" / "models_eval"
    (tmp_path / "dataset" / "test" / "models").mkdir()
    assert bop.find_models(scene) == tmp_path / "dataset" / "test" / "models"
    (tmp_path / "a" / "b" / "c" / "d").mkdir(parents=True)
    with pytest.raises(DatasetError, match="no folder models or models_eval"):
        bop.find_models(tmp_path / "a" / "b" / "c" / "d")


def test_read_model_gives_the_vertices_in_order_of_instance_names(scene):
    models = bop.find_models(scene)
    for name in ("obj_000009", "obj_000009#2"):
        vertices, truth = bop.read_model(models, name)
        assert truth == "model"
        np.testing.assert_allclose(np.sort(vertices, axis=0), np.sort(BLOCKS[1].vertices, axis=0), atol=1e-6)


@pytest.mark.parametrize("content", [b"ply\nformat ascii 1.0\nend_header\n", b"solid cube", b""])
def test_read_model_that_is_damaged_is_refused_by_its_name(scene, content):
    models = bop.find_models(scene)
    (models / "obj_000005.ply").write_bytes(content)
    with pytest.raises(DatasetError, match="the model of obj_000005 cannot be read"):
        bop.read_model(models, "obj_000005")


@pytest.mark.parametrize("content", ["{}", '{"5": {}}', '{"5": 3}', "["])
def test_read_model_that_models_info_does_not_have_is_refused(scene, content):
    models = bop.find_models(scene)
    (models / "obj_000005.ply").unlink()
    (models / "models_info.json").write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError):
        bop.read_model(models, "obj_000005")


def test_main_prints_the_table_with_medians_or_json(scene, capsys):
    assert bop.main([str(scene)]) == 0
    text = capsys.readouterr().out
    assert "obj_000005" in text and "16 of 16" in text and "median of 2" in text and "12 of 12" in text
    assert bop.main([str(scene), "--json", "--views", "0-9"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["obj_000005", "obj_000009"] and rows[0]["of"] == 10


def test_main_with_a_folder_that_is_no_scene_prints_the_reason(tmp_path, capsys):
    assert bop.main([str(tmp_path), "--models", str(tmp_path)]) == 1
    assert "scene_camera.json" in capsys.readouterr().err
