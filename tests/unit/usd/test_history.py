from itertools import pairwise

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.geometry.box import Box
from boxfit.usd.convert import matrix_from_gf
from boxfit.usd.cube import write_box
from boxfit.usd.frames import AssetFrame
from boxfit.usd.history import remove_history, write_history
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_stage
from pxr import Sdf, Usd, UsdGeom


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


def corners_at(prim, time) -> np.ndarray:
    world = matrix_from_gf(UsdGeom.XformCache(time).GetLocalToWorldTransform(prim))
    unit = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    return unit @ world[:3, :3].T + world[:3, 3]


def test_write_history_shows_every_step_on_a_hidden_sibling(tmp_path):
    history = history_of(8)
    write(tmp_path / "box.usda", history)
    stage = open_stage(tmp_path / "box.usda")
    prim = stage.GetPrimAtPath("/World/Box_history")
    assert UsdGeom.Imageable(prim).ComputeVisibility() == "invisible"
    for time, box in enumerate(history):
        found = corners_at(prim, time)
        for corner in box.corners:
            assert np.linalg.norm(found - corner, axis=1).min() < 1e-4


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


def test_write_history_on_a_stage_without_a_file_stays_in_memory():
    stage = Usd.Stage.CreateInMemory()
    write_history(stage, write_box(stage, "/Box", history_of(1)[0]), history_of(2))
    assert stage.GetAttributeAtPath("/Box_history.xformOp:scale").GetNumTimeSamples() == 2


def test_remove_history_takes_what_boxfit_wrote_and_nothing_else(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
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
    other = write_box(stage, "/World/Other", history_of(1)[0])
    write_history(stage, other, history_of(5))
    save_stage(stage)
    write(path, history_of(3))
    stage = open_stage(path)
    counts = [
        stage.GetPrimAtPath(f"/World/{name}_history").GetAttribute("xformOp:scale").GetNumTimeSamples()
        for name in ("Box", "Other")
    ]
    assert counts == [3, 5]
    assert stage.GetEndTimeCode() == 7


def test_write_history_in_an_asset_frame_stands_where_the_box_stands(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    history = history_of(3)
    pose = np.diag([2.0, 2.0, 2.0, 1.0])
    prim = write_box(stage, "/World/Clock", history[-1], asset=AssetFrame(pose))
    write_history(stage, prim, history, in_asset_frame=True)
    shown = stage.GetPrimAtPath("/World/Clock/Box_history")
    assert np.allclose(corners_at(shown, 2), corners_at(prim, Usd.TimeCode.Default()), atol=1e-5)


def test_write_history_over_things_of_somebody_else_is_refused(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    prim = write_box(stage, "/World/Box", history_of(1)[0])
    stage.DefinePrim("/World/Box_history", "Xform")
    with pytest.raises(StageError, match="/World/Box_history is a prim that boxfit did not write"):
        write_history(stage, prim, history_of(2))


def test_write_history_of_boxes_whose_paths_read_alike_keeps_both(tmp_path):
    stage = new_stage(tmp_path / "box.usda")
    paths = ["/World/A_B", "/World/A/B"]
    for count, path in enumerate(paths, start=2):
        history = history_of(count)
        write_history(stage, write_box(stage, path, history[-1]), history)
    counts = [stage.GetAttributeAtPath(f"{path}_history.xformOp:scale").GetNumTimeSamples() for path in paths]
    assert counts == [2, 3]
