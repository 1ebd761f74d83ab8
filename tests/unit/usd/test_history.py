from itertools import pairwise

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.geometry.box import Box
from boxfit.usd.cube import write_box
from boxfit.usd.frames import AssetFrame
from boxfit.usd.history import remove_history, write_history
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_stage
from pxr import Sdf, UsdGeom

from tests.unit.usd.conftest import assert_same_corners, world_corners


def history_of(count: int) -> list[Box]:
    """Make growing boxes that turn by more than 45 degrees about two axes."""
    return [
        Box(
            np.array([0.3 * step, 1.0, 2.0]),
            np.array([1.0, 2.0, 3.0]) * (1 + 0.1 * step),
            np.array([np.cos(0.15 * step), np.sin(0.15 * step), 0.1, 0.0]),
        )
        for step in range(count)
    ]


def write(path, history, time_range=None):
    stage = open_stage(path) if path.exists() else new_stage(path)
    if time_range:
        stage.SetStartTimeCode(time_range[0])
        stage.SetEndTimeCode(time_range[1])
    prim = write_box(stage, "/World/Box", history[-1])
    write_history(stage, prim, history)
    save_stage(stage)


def count_steps(stage, path):
    return stage.GetAttributeAtPath(f"{path}_history.xformOp:scale").GetNumTimeSamples()


def test_write_history_shows_every_step_on_a_hidden_sibling(tmp_path):
    history = history_of(8)
    write(tmp_path / "box.usda", history)
    stage = open_stage(tmp_path / "box.usda")
    prim = stage.GetPrimAtPath("/World/Box_history")
    assert UsdGeom.Imageable(prim).ComputeVisibility() == "invisible"
    for time, box in enumerate(history):
        assert_same_corners(world_corners(prim, time), box.corners)


def test_write_history_leaves_the_result_static_and_writes_to_the_root_layer_alone(tmp_path):
    (tmp_path / "scene.usda").write_text("#usda 1.0\n", encoding="utf-8")
    stage = new_stage(tmp_path / "box.usda")
    stage.GetRootLayer().subLayerPaths.append("./scene.usda")
    stage.SetEditTarget(Sdf.Layer.FindOrOpen(str(tmp_path / "scene.usda")))
    write_history(stage, write_box(stage, "/World/Box", history_of(1)[0]), history_of(8))
    save_stage(stage)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["box.usda", "scene.usda"]
    assert not Sdf.Layer.Find(str(tmp_path / "scene.usda")).dirty
    stage = open_stage(tmp_path / "box.usda")
    assert not UsdGeom.Xformable(stage.GetPrimAtPath("/World/Box")).GetTimeSamples()


def test_remove_history_takes_what_boxfit_wrote_and_nothing_else(stage):
    prim = write_box(stage, "/World/Box", history_of(1)[0])
    write_history(stage, prim, history_of(2))
    remove_history(stage, prim)
    assert not stage.GetPrimAtPath("/World/Box_history")
    stage.DefinePrim("/World/Box_history", "Xform")
    remove_history(stage, prim)
    assert stage.GetPrimAtPath("/World/Box_history")


def test_write_history_never_renames_axes_or_flips_the_quaternion_between_steps(tmp_path):
    write(tmp_path / "box.usda", history_of(12))
    stage = open_stage(tmp_path / "box.usda")
    prim = stage.GetPrimAtPath("/World/Box_history")
    orient, scale = prim.GetAttribute("xformOp:orient"), prim.GetAttribute("xformOp:scale")
    turns = [orient.Get(time) for time in range(12)]
    sizes = np.array([scale.Get(time) for time in range(12)])
    for a, b in pairwise(turns):
        assert a.GetReal() * b.GetReal() + a.GetImaginary() * b.GetImaginary() > 0.9
    assert (np.diff(sizes, axis=0) > 0).all()
    result = stage.GetPrimAtPath("/World/Box")
    assert np.allclose(result.GetAttribute("xformOp:scale").Get(), sizes[-1])


@pytest.mark.parametrize(
    ("given", "expected"), [(None, (0, 7)), ((1, 250), (1, 250)), ((1, 5), (1, 8)), ((-10, -5), (-10, -3))]
)
def test_write_history_extends_the_time_range_and_never_shrinks_it(tmp_path, given, expected):
    write(tmp_path / "box.usda", history_of(8), given)
    stage = open_stage(tmp_path / "box.usda")
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == expected
    samples = stage.GetPrimAtPath("/World/Box_history").GetAttribute("xformOp:scale").GetTimeSamples()
    assert samples == [expected[0] + step for step in range(8)]


def test_write_history_again_replaces_the_course_and_keeps_that_of_another_box(tmp_path):
    path = tmp_path / "box.usda"
    write(path, history_of(8))
    stage = open_stage(path)
    other = write_box(stage, "/World_Box", history_of(1)[0])
    write_history(stage, other, history_of(5))
    save_stage(stage)
    write(path, history_of(3))
    stage = open_stage(path)
    assert (count_steps(stage, "/World/Box"), count_steps(stage, "/World_Box")) == (3, 5)
    assert stage.GetEndTimeCode() == 7


def test_write_history_in_an_asset_frame_stands_where_the_box_stands(stage):
    history = history_of(3)
    pose = np.diag([2.0, 2.0, 2.0, 1.0])
    prim = write_box(stage, "/World/Clock", history[-1], asset=AssetFrame(pose))
    write_history(stage, prim, history, in_asset_frame=True)
    shown = stage.GetPrimAtPath("/World/Clock/Box_history")
    assert np.allclose(world_corners(shown, 2), world_corners(prim), atol=1e-5)
    assert count_steps(stage, "/World/Clock/Box") == 3


def test_write_history_over_things_of_somebody_else_is_refused(stage):
    prim = write_box(stage, "/World/Box", history_of(1)[0])
    stage.DefinePrim("/World/Box_history", "Xform")
    with pytest.raises(StageError, match="/World/Box_history is a prim that boxfit did not write"):
        write_history(stage, prim, history_of(2))
