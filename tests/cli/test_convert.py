"""`convert`, and `sample` in every format."""

import json
from pathlib import Path

import numpy as np
import pytest
from boxfit.sample import make_sample_folder
from boxfit.views.folder import read_folder
from boxfit.views.writers.formats import WRITERS

from tests.basic_writer import PAIR
from tests.cli.conftest import Run, contents
from tests.plain_files import write_plain_boxes

OTHERS = [name for name in WRITERS if name != "data-generator"]


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Make a dataset of two objects, with a principal point beside the middle of the image."""
    write_plain_boxes(tmp_path / "pair", 6, prims=PAIR, labels={"1": "crate", "2": "tin"}, up_axis="Z")
    file = tmp_path / "pair" / "boxfit.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    for view in content["views"]:
        view["K"][0][2] += 2
    file.write_text(json.dumps(content), encoding="utf-8")
    return tmp_path / "pair"


def test_convert_warns_of_what_is_not_held_and_writes_a_folder_that_fit_accepts(
    pair: Path, tmp_path: Path, run: Run
) -> None:
    before = contents(pair)
    outcome = run(
        "convert", pair, tmp_path / "out", "--format", "transforms", "--label", "tin", "--source-units", 0.001
    )
    assert (outcome.code, contents(pair)) == (0, before)
    assert f"boxfit fit {tmp_path / 'out'} --output box.usda" in outcome.out
    assert outcome.err.splitlines() == [
        "boxfit: warning: transforms.json does not hold the name tin: that of the folder is read instead",
        "boxfit: warning: transforms.json does not hold the unit: state it when you read the folder "
        "(--source-units 0.001)",
        "boxfit: warning: transforms.json does not hold the up axis: state it when you read the folder (--source-up Z)",
    ]
    assert run("fit", tmp_path / "out", "--output", tmp_path / "box.usda").code == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("data-generator", "holds only square pixels and a centred principal point"),
        ("colmap", "COLMAP holds one object a folder, and there are crate, tin: choose one of them (--label)"),
    ],
)
def test_convert_to_a_format_that_cannot_hold_it_refuses(
    pair: Path, tmp_path: Path, run: Run, name: str, message: str
) -> None:
    outcome = run("convert", pair, tmp_path / "out", "--format", name)
    assert outcome.code == 1 and message in outcome.err and len(outcome.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_convert_into_a_folder_that_holds_something_refuses(pair: Path, run: Run) -> None:
    outcome = run("convert", pair, pair, "--format", "plain")
    assert outcome.code == 1 and "is not an empty folder: choose a new folder" in outcome.err


def test_convert_reports_views_that_cannot_be_read(pair: Path, tmp_path: Path, run: Run) -> None:
    (pair / "masks" / "3.png").write_bytes(b"no image")
    outcome = run("convert", pair, tmp_path / "out", "--format", "plain", "--source-format", "plain")
    assert outcome.code == 0 and "boxfit: warning: view 3: 3.png is not an image" in outcome.err
    assert [view.name for view in read_folder(tmp_path / "out").views] == ["0", "1", "2", "4", "5"]


def test_convert_chosen_views_and_another_convention(pair: Path, tmp_path: Path, run: Run) -> None:
    flags = "--views", "0-2", "--camera-convention", "opengl-c2w"
    assert run("convert", pair, tmp_path / "out", "--format", "plain", *flags).code == 0
    for view, other in zip(read_folder(tmp_path / "out").views, read_folder(pair).views, strict=False):
        # The poses of the file are taken for those of cameras that look along -Z with +Y up.
        expected = np.diag([1.0, -1.0, -1.0, 1.0]) @ other.camera.camera_from_world
        np.testing.assert_allclose(view.camera.camera_from_world, expected, atol=1e-12)


def test_convert_without_a_format_is_a_wrong_flag(pair: Path, tmp_path: Path, run: Run) -> None:
    assert run("convert", pair, tmp_path / "out").code == 2
    assert run("convert", pair, tmp_path / "out", "--format", "auto").code == 2


@pytest.mark.parametrize("name", OTHERS)
def test_sample_makes_every_format(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def make_small(folder: Path, format_name: str) -> Path:
        return make_sample_folder(folder, format_name, views=6, resolution=(96, 96))

    monkeypatch.setattr("boxfit.sample.make_sample_folder", make_small)
    outcome = run("sample", tmp_path / "teapot", "--format", name)
    assert (outcome.code, outcome.err) == (0, "")
    assert f"boxfit fit {tmp_path / 'teapot'} --output box.usda" in outcome.out
    dataset = read_folder(tmp_path / "teapot")
    assert (dataset.format, dataset.problems, len(dataset.views)) == (name, (), 6)
    assert dataset.objects[0].label.name == ("obj_000001" if name == "bop" else "teapot")
    assert dataset.views[0].rgb().std() > 10 and dataset.views[0].has_depth == (name != "colmap")


def test_sample_of_bop_has_a_model_whose_points_its_masks_show(tmp_path: Path) -> None:
    folder = make_sample_folder(tmp_path / "teapot", "bop", views=4, resolution=(96, 128))
    info = json.loads((folder / "models" / "models_info.json").read_text(encoding="utf-8"))["1"]
    lines = (folder / "models" / "obj_000001.ply").read_text(encoding="ascii").splitlines()
    start, count = lines.index("end_header") + 1, int(lines[2].split()[-1])
    points = np.array([[float(value) for value in line.split()] for line in lines[start : start + count]])
    np.testing.assert_allclose([info[f"min_{axis}"] for axis in "xyz"], points.min(axis=0))
    np.testing.assert_allclose([info[f"size_{axis}"] for axis in "xyz"], np.ptp(points, axis=0))
    distances = np.linalg.norm(points[::7, None] - points[None], axis=-1)
    assert distances.max() <= info["diameter"] <= 1.02 * distances.max()
    for view in read_folder(folder).views:
        rows, columns = np.nonzero(view.semantic())
        pixels = view.camera.project(points)
        low, high = np.array([columns.min(), rows.min()]), np.array([columns.max(), rows.max()]) + 1
        assert np.abs([pixels.min(axis=0) - low, pixels.max(axis=0) - high]).max() < 1.5


def test_sample_into_a_folder_that_holds_something_refuses(tmp_path: Path, run: Run) -> None:
    (tmp_path / "kept").write_text("", encoding="utf-8")
    outcome = run("sample", tmp_path, "--format", "plain")
    assert outcome.code == 1 and "is not an empty folder" in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_convert_is_not_left_half_written_where_an_image_cannot_be_read(pair: Path, tmp_path: Path, run: Run) -> None:
    file = pair / "boxfit.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["views"][4]["rgb"] = "gone.png"
    file.write_text(json.dumps(content), encoding="utf-8")
    outcome = run("convert", pair, tmp_path / "new" / "out", "--format", "plain")
    assert outcome.code == 1 and "gone.png" in outcome.err
    assert not list((tmp_path / "new").iterdir())
