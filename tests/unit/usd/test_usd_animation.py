from itertools import pairwise

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.types import Box
from boxfit.usd.animation import write_course
from boxfit.usd.convert import matrix_from_gf
from boxfit.usd.cube import write_box
from boxfit.usd.frames import AssetFrame
from boxfit.usd.stage import new_stage, open_stage, save_stage
from pxr import Sdf, Usd, UsdGeom


def course_of(count: int) -> list[Box]:
    """Boxes that turn by more than an eighth about two axes while they grow."""
    return [
        Box(
            np.array([0.3 * step, 1.0, 2.0]),
            np.array([1.0, 2.0, 3.0]) * (1 + 0.1 * step),
            np.array([np.cos(0.15 * step), np.sin(0.15 * step), 0.1, 0.0]),
        )
        for step in range(count)
    ]


def write(path, course, time_range=None):
    stage = open_stage(path) if path.exists() else new_stage(path)
    if time_range:
        stage.SetStartTimeCode(time_range[0])
        stage.SetEndTimeCode(time_range[1])
    prim = write_box(stage, "/World/Box", course[-1])
    save_stage(stage, [write_course(stage, prim, course)])


def corners_at(prim, time) -> np.ndarray:
    world = matrix_from_gf(UsdGeom.XformCache(time).GetLocalToWorldTransform(prim))
    unit = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    return unit @ world[:3, :3].T + world[:3, 3]


def test_write_course_shows_every_step_on_a_hidden_sibling(tmp_path):
    course = course_of(8)
    write(tmp_path / "box.usda", course)
    stage = open_stage(tmp_path / "box.usda")
    prim = stage.GetPrimAtPath("/World/Box_course")
    assert UsdGeom.Imageable(prim).ComputeVisibility() == "invisible"
    for time, box in enumerate(course):
        found = corners_at(prim, time)
        for corner in box.corners:
            assert np.linalg.norm(found - corner, axis=1).min() < 1e-4


def test_write_course_never_renames_axes_or_flips_the_quaternion_between_steps(tmp_path):
    write(tmp_path / "box.usda", course_of(12))
    stage = open_stage(tmp_path / "box.usda")
    prim = stage.GetPrimAtPath("/World/Box_course")
    orient, scale = prim.GetAttribute("xformOp:orient"), prim.GetAttribute("xformOp:scale")
    turns = [orient.Get(time) for time in range(12)]
    sizes = np.array([scale.Get(time) for time in range(12)])
    for a, b in pairwise(turns):
        assert a.GetReal() * b.GetReal() + a.GetImaginary() * b.GetImaginary() > 0.9
    assert (np.diff(sizes, axis=0) > 0).all()
    result = stage.GetPrimAtPath("/World/Box")
    assert np.allclose(result.GetAttribute("xformOp:scale").Get(), sizes[-1])


def test_write_course_leaves_the_result_static_and_the_samples_in_their_own_layer(tmp_path):
    write(tmp_path / "box.usda", course_of(8))
    stage = open_stage(tmp_path / "box.usda")
    assert not UsdGeom.Xformable(stage.GetPrimAtPath("/World/Box")).GetTimeSamples()
    assert "timeSamples" not in (tmp_path / "box.usda").read_text(encoding="utf-8")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["box.course.usdc", "box.usda"]


def test_write_course_survives_moving_the_folder(tmp_path):
    (tmp_path / "here").mkdir()
    write(tmp_path / "here" / "box.usda", course_of(4))
    (tmp_path / "here").rename(tmp_path / "there")
    stage = open_stage(tmp_path / "there" / "box.usda")
    assert stage.GetPrimAtPath("/World/Box_course").GetAttribute("xformOp:scale").GetNumTimeSamples() == 4


@pytest.mark.parametrize(
    ("given", "expected"), [(None, (0, 7)), ((1, 250), (1, 250)), ((1, 5), (1, 8)), ((-10, -5), (-10, -3))]
)
def test_write_course_extends_the_time_range_and_never_shrinks_it(tmp_path, given, expected):
    write(tmp_path / "box.usda", course_of(8), given)
    stage = open_stage(tmp_path / "box.usda")
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == expected
    samples = stage.GetPrimAtPath("/World/Box_course").GetAttribute("xformOp:scale").GetTimeSamples()
    assert samples == [expected[0] + step for step in range(8)]


def test_write_course_again_replaces_the_course_and_keeps_that_of_another_box(tmp_path):
    path = tmp_path / "box.usda"
    write(path, course_of(8))
    stage = open_stage(path)
    other = write_box(stage, "/World/Other", course_of(1)[0])
    save_stage(stage, [write_course(stage, other, course_of(5))])
    write(path, course_of(3))
    stage = open_stage(path)
    counts = [
        stage.GetPrimAtPath(f"/World/{name}_course").GetAttribute("xformOp:scale").GetNumTimeSamples()
        for name in ("Box", "Other")
    ]
    assert counts == [3, 5]
    assert stage.GetEndTimeCode() == 7


def test_write_course_in_an_asset_frame_stands_where_the_box_stands(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    course = course_of(3)
    pose = np.diag([2.0, 2.0, 2.0, 1.0])
    prim = write_box(stage, "/World/Clock", course[-1], asset=AssetFrame(pose))
    write_course(stage, prim, course, in_asset_frame=True)
    shown = stage.GetPrimAtPath("/World/Clock/Box_course")
    assert np.allclose(corners_at(shown, 2), corners_at(prim, Usd.TimeCode.Default()), atol=1e-5)


def test_write_course_over_things_of_somebody_else_is_refused(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    prim = write_box(stage, "/World/Box", course_of(1)[0])
    stage.DefinePrim("/World/Box_course", "Xform")
    with pytest.raises(StageError, match="/World/Box_course is a prim that boxfit did not write"):
        write_course(stage, prim, course_of(2))
    stage.RemovePrim("/World/Box_course")
    Sdf.Layer.CreateNew(str(tmp_path / "box.course.usdc")).Save()
    with pytest.raises(StageError, match=r"box\.course\.usdc is in the way"):
        write_course(stage, prim, course_of(2))


def test_write_course_on_a_stage_without_a_file_is_refused():
    stage = Usd.Stage.CreateInMemory()
    with pytest.raises(StageError, match="has no file yet"):
        write_course(stage, write_box(stage, "/Box", course_of(1)[0]), course_of(2))


def test_write_course_of_boxes_whose_paths_read_alike_keeps_both(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    paths = ["/World/A_B", "/World/A/B", "/World/A/B_course_course"]
    for count, path in enumerate(paths, start=2):
        course = course_of(count)
        save_stage(stage, [write_course(stage, write_box(stage, path, course[-1]), course)])
    stage = open_stage(tmp_path / "box.usda")
    counts = [stage.GetAttributeAtPath(f"{path}_course.xformOp:scale").GetNumTimeSamples() for path in paths]
    assert counts == [2, 3, 4]


def test_write_course_makes_a_layer_whose_prims_can_all_be_seen(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    course = course_of(2)
    save_stage(stage, [write_course(stage, write_box(stage, "/World/Boxes/A", course[-1]), course)])
    layer = open_stage(tmp_path / "box.course.usdc")
    assert [str(prim.GetPath()) for prim in layer.Traverse()][-1] == "/Course/World/Boxes/A_course"
