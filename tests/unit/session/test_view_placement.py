"""Import of a dataset's views to an open stage as cameras, in a single undoable edit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.geometry.units import WorldUnits
from boxfit.session.reading import read_source, survey_stage
from boxfit.session.source import Source, SourceWorld
from boxfit.session.view_placement import PlacedViews, ViewsImport
from boxfit.usd.stage import unnamed_stage
from pxr import Usd, UsdGeom

from tests.folders import write_box_views
from tests.stages import generator_stage, stage_text
from tests.transforms_files import shots_around, write_nerfstudio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_box_views(tmp_path / "views", 4)
    return tmp_path / "views"


def place_views(stage: Usd.Stage, source: Source, path: str = "/World/Views") -> PlacedViews:
    views = ViewsImport(stage, source, path)
    views.save_images()
    return views.place(stage)


def test_place_views_writes_cameras_and_undo_takes_exactly_them_away(folder: Path, tmp_path: Path) -> None:
    stage = generator_stage(tmp_path / "open")
    before = stage_text(stage)
    placed = place_views(stage, read_source(folder))
    after = stage_text(stage)
    assert placed.cameras == tuple(f"/World/Views/View_{index}" for index in range(4))
    UsdGeom.Sphere.Define(stage, "/World/Later")
    placed.edit.undo()
    assert not stage.GetPrimAtPath("/World/Views")
    assert stage.GetPrimAtPath("/World/Later")
    stage.RemovePrim("/World/Later")
    assert stage_text(stage) == before
    placed.edit.redo()
    assert stage_text(stage) == after


def test_place_views_of_a_lens_with_distortion_saves_what_a_pinhole_camera_sees(tmp_path: Path) -> None:
    shots = shots_around(4, distortion={"k1": -0.35, "k2": 0.1, "p1": 0.004})
    write_nerfstudio(tmp_path / "scene", shots, depth=True)
    stage = generator_stage(tmp_path / "open", units=WorldUnits("Y", 1.0))
    place_views(stage, read_source(tmp_path / "scene"))
    for view, shot in zip(survey_stage(stage).read().dataset.views, shots, strict=True):
        height, width = view.camera.resolution
        assert (width, height) > (shot.width, shot.height) and set(view.paths) == {"semantic", "rgb", "depth_linear"}
        (cx, cy) = view.camera.principal
        pinhole = replace(shot, width=width, height=height, cx=cx, cy=cy, distortion={})
        # Of the pixels at the outline, some centres lie beside the nearest pixel of the lens's image.
        differs = (view.semantic() == 1) != pinhole.mask()
        assert np.count_nonzero(differs) < 0.02 * np.count_nonzero(pinhole.mask())
        inside = pinhole.mask() & ~differs
        assert (view.rgb()[inside] == 128).all()
        np.testing.assert_allclose(view.depth()[inside], pinhole.depth()[inside], rtol=0.03)
        lens = replace(shot, width=width, height=height, cx=cx, cy=cy)
        assert np.count_nonzero(lens.mask() != pinhole.mask()) > 2 * np.count_nonzero(differs)


def test_place_views_again_updates_those_that_are_there(folder: Path, tmp_path: Path) -> None:
    stage = generator_stage(tmp_path / "open")
    place_views(stage, read_source(folder))
    first = stage_text(stage)
    stage.GetPrimAtPath("/World/Views/View_1").GetAttribute("focalLength").Set(1.0)
    changed = stage_text(stage)
    placed = place_views(stage, read_source(folder))
    assert stage_text(stage) == first
    placed.edit.undo()
    assert stage_text(stage) == changed


@pytest.mark.parametrize(
    ("world", "scale", "turned"),
    [(SourceWorld("Y", 0.01), 1.0, False), (SourceWorld("Y", 1.0), 100.0, False), (SourceWorld("Z", 0.01), 1.0, True)],
)
def test_place_views_of_another_world_puts_the_cameras_into_the_stages(
    folder: Path, tmp_path: Path, world: SourceWorld, scale: float, turned: bool
) -> None:
    stage = generator_stage(tmp_path / "open", units=WorldUnits("Y", 0.01))
    source = replace(read_source(folder), world=world)
    placed = place_views(stage, source)
    views = stage.GetPrimAtPath("/World/Views")
    assert UsdGeom.Xformable(views).GetOrderedXformOps() == [] or scale != 1 or turned
    cache = UsdGeom.XformCache()
    for path, view in zip(placed.cameras, source.dataset.views, strict=True):
        position = np.array(cache.GetLocalToWorldTransform(stage.GetPrimAtPath(path)).ExtractTranslation())
        x, y, z = scale * np.linalg.inv(view.camera.camera_from_world)[:3, 3]
        np.testing.assert_allclose(position, (x, z, -y) if turned else (x, y, z), rtol=1e-6)


def test_place_views_below_a_moved_parent_keeps_them_where_they_are(folder: Path, tmp_path: Path) -> None:
    stage = generator_stage(tmp_path / "open")
    UsdGeom.XformCommonAPI(stage.GetPrimAtPath("/World")).SetTranslate((5, 0, 0))
    before = stage_text(stage)
    source = read_source(folder)
    placed = place_views(stage, source)
    dataset = survey_stage(stage).read().dataset
    for view, original in zip(dataset.views, source.dataset.views, strict=True):
        np.testing.assert_allclose(view.camera.camera_from_world, original.camera.camera_from_world, atol=1e-6)
    placed.edit.undo()
    assert stage_text(stage) == before


def test_place_views_over_something_else_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    stage = generator_stage(tmp_path / "open")
    UsdGeom.Xform.Define(stage, "/World/Views/View_2")
    before = stage_text(stage)
    with pytest.raises(StageError, match="View_2 already exists and is not a view"):
        place_views(stage, read_source(folder))
    assert stage_text(stage) == before


def test_place_views_under_a_prim_of_another_transform_asks_for_another_path(folder: Path, tmp_path: Path) -> None:
    stage = generator_stage(tmp_path / "open")
    UsdGeom.XformCommonAPI(UsdGeom.Xform.Define(stage, "/World/Views")).SetTranslate((0, 1, 0))
    with pytest.raises(StageError, match="/World/Views already exists"):
        place_views(stage, read_source(folder))


@pytest.mark.parametrize("path", ["Views", "/World/Views/", "", "/World/Ball/Views"])
def test_place_views_at_an_impossible_path_is_refused(folder: Path, tmp_path: Path, path: str) -> None:
    stage = generator_stage(tmp_path / "open")
    UsdGeom.Sphere.Define(stage, "/World/Ball")
    with pytest.raises(StageError):
        place_views(stage, read_source(folder), path)


def test_place_views_on_a_stage_without_a_file_asks_to_save_it(folder: Path) -> None:
    with pytest.raises(StageError, match="save it under a name first"):
        place_views(unnamed_stage(), read_source(folder))
