import dataclasses

import numpy as np
import pytest
from PIL import Image

from bench import method_document, method_sections
from bench.method_document import BEGIN, END, METHODS, table, with_table
from bench.metrics import Row

AUTO = Row("cube", "boxy", 0, "clean", "auto", volume=0.98, protrusion=1.02, iou=0.9, seconds=0.5, faces_held=6)


def test_table_has_a_line_for_each_method_and_a_column_for_each_class():
    rows = [
        AUTO,
        dataclasses.replace(AUTO, shape="rod", kind="thin", volume=1.07, faces_held=3, certain_holds=True),
        dataclasses.replace(AUTO, method="hull", volume=1.5, faces_held=None),
    ]
    methods, classes = (text.splitlines() for text in table(rows).split("\n\n"))
    assert len(methods) == len(classes) == 2 + len(METHODS)
    assert methods[-1] == "| **boxfit**, `auto` | 2 | 0.045 (0.070) | 1.020 (1.020) | 75.0% | 1 of 1 | 0.50 |"
    assert classes[0] == "| volume - 1, absolute | boxy | thin |"
    assert classes[-1] == "| **boxfit**, `auto` | 0.020 (0.020) | 0.070 (0.070) |"
    assert "| trimesh's box of the visual hull | 0.500 (0.500) |  |" in classes


def test_with_table_replaces_only_what_is_between_the_markers():
    document = f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    once = with_table(document, "| new |")
    assert once == f"before\n\n{BEGIN}\n\n| new |\n\n{END}\n\nafter\n" == with_table(once, "| new |")


def test_measured_takes_the_slow_loop_from_the_baseline_for_the_same_scenes(monkeypatch):
    loop = dataclasses.replace(AUTO, method="reference")
    other = dataclasses.replace(loop, tilt=2)
    monkeypatch.setattr(method_document, "read_baseline", lambda: [AUTO, loop, other])
    monkeypatch.setattr(method_document, "plan", lambda **_: iter([("cube", 0, "clean", [])]))
    monkeypatch.setattr(method_document, "make_scene", lambda *names: names)
    monkeypatch.setattr(method_document, "run", lambda scene, method: (scene, method))
    rows = list(method_document.measured())
    assert rows[:-1] == [(("cube", 0, "clean"), method) for method in METHODS if method != "reference"]
    assert rows[-1] is loop


@pytest.mark.parametrize("name", method_document.PICTURES)
def test_pictures_can_be_drawn_and_are_small(name, tmp_path):
    path = tmp_path / "picture.png"
    method_document.PICTURES[name]().save(path)
    assert path.stat().st_size < 65_536
    with Image.open(path) as picture:
        assert picture.width == 960 and len(picture.getcolors()) > 20


def test_plane_world_of_a_square_has_contacts_that_meet_at_its_corners_and_a_hull_beyond_its_sides():
    square = np.array([[-0.7, -0.7], [0.7, -0.7], [0.7, 0.7], [-0.7, 0.7]])
    world = method_sections.plane_world(square)
    axes = np.eye(3)
    assert (world.support.at_most(axes)[:, :2] > 0.73).all()
    assert world.support.at_least(axes)[:, :2] == pytest.approx(0.7 - world.support.margin, abs=1e-5)
    assert world.support.likely(axes)[:, :2] == pytest.approx(0.7, abs=0.3 * method_sections.PIXEL)


def test_plane_world_of_a_disc_is_likely_to_end_between_the_bounds():
    angle = np.linspace(0, 2 * np.pi, 200)
    world = method_sections.plane_world(0.7 * np.column_stack([np.cos(angle), np.sin(angle)]))
    least, likely, most = (
        reach(np.eye(3))[:, :2] for reach in (world.support.at_least, world.support.likely, world.support.at_most)
    )
    assert world.support.views == len(method_sections.CAMERAS)
    assert (least < 0.7).all() and (likely > least + world.support.margin).all() and (most > 0.7).all()
    assert np.abs(likely - 0.7).max() < 0.05
