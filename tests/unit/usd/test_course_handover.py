import os
from pathlib import Path

import numpy as np
import pytest
from boxfit.types import Box
from boxfit.usd.animation import write_course
from boxfit.usd.course_file import course_file
from boxfit.usd.course_handover import adopt_course, leave_course
from boxfit.usd.cube import write_box
from boxfit.usd.saving import save_course, save_with_courses
from boxfit.usd.stage import new_stage, open_from_disk, save_stage
from pxr import Usd

BOX = Box(np.zeros(3), np.array([1.0, 2.0, 3.0]))


def samples(stage: Usd.Stage) -> int:
    scale = stage.GetAttributeAtPath("/World/Box_course.xformOp:scale")
    return scale.GetNumTimeSamples() if scale else 0


def recorded(file: Path, steps: int = 3) -> Usd.Stage:
    """A stage with a box and its course, which are in memory only."""
    stage = new_stage(file)
    save_stage(stage)
    write_course(stage, write_box(stage, "/World/Box", BOX), [BOX] * steps)
    return stage


@pytest.mark.parametrize("place", ["copy.usda", "there/copy.usda", "there/box.usda"])
@pytest.mark.parametrize("reference", ["as it was", "to the old place"])
def test_adopt_course_that_was_never_saved_gives_the_new_stage_its_own(tmp_path: Path, place: str, reference: str):
    stage, target = recorded(tmp_path / "box.usda"), tmp_path / place
    (tmp_path / "there").mkdir()
    text = stage.GetRootLayer().ExportToString()
    if reference == "to the old place":
        text = text.replace("./box.course.usdc", f"./{os.path.relpath(tmp_path / 'box.course.usdc', target.parent)}")
    left = leave_course(stage)
    del stage
    target.write_text(text, encoding="utf-8")
    opened = Usd.Stage.Open(str(target))
    assert samples(opened) == 0 and left is not None
    assert adopt_course(opened, left)
    assert samples(opened) == 3 and opened.GetRootLayer().dirty
    opened.GetRootLayer().Save()
    save_course(opened)
    del opened
    assert samples(open_from_disk(target)) == 3 and course_file(target).is_file()
    assert not course_file(tmp_path / "box.usda").exists()


def test_adopt_course_that_the_new_stage_finds_on_disk_changes_nothing(tmp_path: Path) -> None:
    stage, target = recorded(tmp_path / "box.usda"), tmp_path / "copy.usda"
    save_with_courses(stage)
    left = leave_course(stage)
    stage.GetRootLayer().Export(str(target))
    del stage
    opened = Usd.Stage.Open(str(target))
    assert left is not None and adopt_course(opened, left)
    assert samples(opened) == 3 and not opened.GetRootLayer().dirty


def test_adopt_course_of_a_stage_that_is_opened_again_leaves_what_is_on_disk(tmp_path: Path) -> None:
    stage = recorded(tmp_path / "box.usda")
    save_with_courses(stage)
    write_course(stage, stage.GetPrimAtPath("/World/Box"), [BOX] * 7)
    left = leave_course(stage)
    del stage
    opened = open_from_disk(tmp_path / "box.usda")
    assert left is not None and adopt_course(opened, left)
    assert samples(opened) == 3


def test_adopt_course_by_an_earlier_copy_of_the_stage_leaves_that_alone(tmp_path: Path) -> None:
    stage, target = recorded(tmp_path / "box.usda"), tmp_path / "copy.usda"
    stage.GetRootLayer().Export(str(target))
    os.utime(target, (1e9, 1e9))
    left = leave_course(stage)
    del stage
    opened = Usd.Stage.Open(str(target))
    assert left is not None and adopt_course(opened, left)
    assert samples(opened) == 0 and not opened.GetRootLayer().dirty


def test_leave_course_of_a_stage_without_one_is_none(tmp_path: Path) -> None:
    assert leave_course(new_stage(tmp_path / "box.usda")) is None
    assert leave_course(Usd.Stage.CreateInMemory()) is None
