"""Calibration on the command line: what is said of it, and the cameras that are written."""

import json
from dataclasses import replace
from pathlib import Path

import boxfit
import numpy as np
import pytest
from boxfit.geometry.camera import Camera
from boxfit.session.reading import read_source
from pxr import Usd, UsdGeom

from bench.cameras import render_mask
from tests.basic_writer import write_box_frames
from tests.cli.conftest import Run, contents
from tests.cli.test_fit_command import check_report
from tests.folders import ASSET_POSE, box_mask, cameras_around, metadata_of, write_view
from tests.scenes import BOX, BOX_FACES

SIZE = (192, 256)
SHIFT = (4.0, -3.0)


def write_shifted_views(folder: Path, moves: bool = False, count: int = 10) -> list[Camera]:
    """Write views by cameras whose principal point the format cannot state; the asset may turn between them."""
    cameras = []
    for index, camera in enumerate(cameras_around(count, resolution=SIZE)):
        cameras.append(replace(camera, principal=tuple(np.add(camera.principal, SHIFT))))
        motion = np.eye(4)
        if moves:
            angle = 0.3 * index
            motion[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        mask = render_mask(BOX.corners @ motion[:3, :3].T, BOX_FACES, cameras[-1]).astype(np.int32)
        write_view(folder, index, metadata_of(camera, pose=motion @ ASSET_POSE), semantic=mask)
    return cameras


@pytest.fixture
def shifted(tmp_path: Path) -> Path:
    """Make views by cameras that have lost their principal point."""
    write_shifted_views(tmp_path / "shifted")
    return tmp_path / "shifted"


def test_fit_of_a_lost_principal_point_mends_it_and_says_so(shifted: Path, tmp_path: Path, run: Run) -> None:
    outcome = run("fit", shifted, "--output", tmp_path / "box.usda", "--json", "--quiet")
    assert outcome.code == 0, outcome.err
    (entry,) = check_report(outcome.out)["objects"]
    found = entry["calibration"]
    assert found["changed"] and found["scatter"]["after"] < 0.4 < 1 < found["scatter"]["before"]
    assert np.allclose(found["principal_shift"], SHIFT, atol=0.2) and len(found["views"]) == 10
    assert np.allclose(np.sort(entry["box"]["size"]), np.sort(BOX.size), rtol=0.03)
    assert (
        "the cameras contradicted the masks by" in outcome.err and "mended: principal point moved by (" in outcome.err
    )


def test_fit_with_calibration_off_takes_the_cameras_as_given(shifted: Path, tmp_path: Path, run: Run) -> None:
    outcome = run("fit", shifted, "--output", tmp_path / "box.usda", "--json", "--quiet", "--calibrate", "off")
    assert outcome.code == 1 and "cameras and masks contradict each other" in outcome.err


def test_inspect_shows_the_scatter_of_the_given_cameras(shifted: Path, views: Path, run: Run) -> None:
    wrong, exact = (json.loads(run("inspect", folder, "--json").out)["objects"][0] for folder in (shifted, views))
    assert wrong["scatter"] > 1 > 0.4 > exact["scatter"]
    assert "common tangents of its masks disagree by" in run("inspect", shifted).out


@pytest.mark.parametrize("moves", [False, True])
def test_write_cameras_writes_a_stage_that_is_read_as_the_mended_views(tmp_path: Path, run: Run, moves: bool) -> None:
    cameras = write_shifted_views(tmp_path / "views", moves)
    flags = ["--output", tmp_path / "box.usda", "--write-cameras", tmp_path / "cameras.usda", "--method", "contact"]
    outcome = run("fit", tmp_path / "views", *flags)
    assert outcome.code == 0, outcome.err
    assert f"wrote {tmp_path / 'cameras.usda'}: the cameras of the views\n" in outcome.out
    written = read_source(tmp_path / "cameras.usda").dataset
    assert [view.name for view in written.views] == [str(index) for index in range(10)]
    for view, true in zip(written.views, cameras, strict=True):
        assert np.allclose(view.camera.principal, true.principal, atol=0.2)
        assert np.allclose(view.camera.project(BOX.corners), true.project(BOX.corners), atol=0.3)

    (result,) = boxfit.fit(tmp_path / "views", method="contact")
    (again,) = boxfit.fit(tmp_path / "cameras.usda", method="contact")
    assert result.calibration.changed and not again.calibration.changed
    for view in again.silhouettes:
        mended = result.calibration.cameras[view.view]
        # USD stores lenses in single precision.
        assert np.allclose(view.camera.project(BOX.corners), mended.project(BOX.corners), atol=1e-3)
    assert np.allclose(again.box.size, result.box.size, rtol=1e-3)


def test_write_cameras_of_exact_views_writes_them_as_given(views: Path, tmp_path: Path, run: Run) -> None:
    target = tmp_path / "cameras.usda"
    assert run("fit", views, "--output", tmp_path / "box.usda", "--write-cameras", target).code == 0
    for new, old in zip(read_source(target).dataset.views, read_source(views).dataset.views, strict=True):
        assert np.allclose(new.camera.camera_from_world, old.camera.camera_from_world)


def test_write_cameras_of_masks_without_files_writes_cameras_alone(tmp_path: Path, run: Run) -> None:
    write_box_frames(tmp_path / "frames", 8)
    target = tmp_path / "cameras.usda"
    outcome = run("fit", tmp_path / "frames", "--output", tmp_path / "box.usda", "--write-cameras", target)
    assert outcome.code == 0, outcome.err
    stage = Usd.Stage.Open(str(target))
    cameras = [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Camera)]
    assert len(cameras) == 8 and not any(prim.HasAttribute("boxfit:mask") for prim in cameras)


def test_write_cameras_of_several_objects_is_refused_before_any_fit(tmp_path: Path, run: Run) -> None:
    for index, camera in enumerate(cameras_around(4)):
        mask = box_mask(camera)
        mask[mask.shape[0] // 2 :] *= 2
        write_view(tmp_path / "views", index, metadata_of(camera), semantic=mask)
    flags = ["--output", tmp_path / "box.usda", "--write-cameras", tmp_path / "cameras.usda"]
    outcome = run("fit", tmp_path / "views", *flags)
    assert outcome.code == 1 and "--write-cameras writes the cameras of one object" in outcome.err
    assert not (tmp_path / "box.usda").exists()


@pytest.mark.parametrize("name", ["cameras.json", "box.usda", "there.usda"])
def test_write_cameras_to_a_place_that_is_taken_or_no_stage_is_refused(
    views: Path, tmp_path: Path, run: Run, name: str
) -> None:
    (tmp_path / "there.usda").write_text("mine", encoding="utf-8")
    before = contents(tmp_path)
    outcome = run("fit", views, "--output", tmp_path / "box.usda", "--write-cameras", tmp_path / name)
    assert outcome.code == 1 and name in outcome.err and "masks" not in outcome.err
    assert contents(tmp_path) == before
