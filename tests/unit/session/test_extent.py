"""Extents of a result: likely, certain and proven, in result, report and prim."""

import json
from dataclasses import replace
from pathlib import Path

import boxfit
import jsonschema
import numpy as np
import pytest
from boxfit.draw.pictures import curve_picture, overlay_picture, save_animation
from boxfit.session.report import SCHEMA, make_report
from boxfit.session.results import ObjectResult
from boxfit.session.session import Session
from boxfit.settings import FitSettings, InputSettings
from boxfit.usd.cube import read_box
from PIL import Image
from pxr import Usd

from tests.folders import box_mask, cameras_around, metadata_of, write_box_views, write_view

EXTENTS = ("proven", "likely", "certain")


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four views, all from above."""
    folder = tmp_path_factory.mktemp("few") / "views"
    for index, camera in enumerate(camera for camera in cameras_around(24) if camera.forward[1] < -0.7):
        write_view(folder, index, metadata_of(camera), semantic=box_mask(camera))
    return folder


@pytest.fixture(scope="module")
def results(few: Path) -> dict[str, ObjectResult]:
    """Result of each extent."""
    return {extent: boxfit.fit(few, extent=extent, align="axes", max_steps=3)[0] for extent in EXTENTS}


def test_fit_of_another_extent_has_the_same_boxes_and_returns_the_one_that_is_asked_for(results) -> None:
    for extent, result in results.items():
        assert result.extent == extent and tuple(result.boxes) == EXTENTS
        for name, box in results["likely"].boxes.items():
            np.testing.assert_allclose(result.boxes[name].corners, box.corners)
        np.testing.assert_allclose(result.box.corners, result.boxes[extent].corners)
        assert result.history[-1].box.corners == pytest.approx(result.box.corners)
        np.testing.assert_array_equal(result.likely.corners, result.boxes["likely"].corners)
    volumes = [results[extent].box.volume for extent in EXTENTS]
    assert volumes[0] < 0.9 * volumes[1] and volumes[1] < 0.9 * volumes[2]


def test_bounds_of_any_extent_hold_its_faces_and_are_in_the_same_places(results) -> None:
    faces = []
    for result in results.values():
        half, along = result.box.half_extents[:, None], result.box.to_local(np.zeros(3))[:, None] * [-1, 1]
        assert (result.bounds.inner <= half).all() and (half <= result.bounds.outer).all()
        faces.append(np.stack([result.bounds.inner, result.bounds.outer]) - along)
    np.testing.assert_allclose(faces[0], faces[1])
    np.testing.assert_allclose(faces[2], faces[1])


def test_open_sides_lead_the_warnings_whatever_the_extent(results) -> None:
    for result in results.values():
        assert result.open_sides == results["likely"].open_sides
        texts = [side.text() for side in result.open_sides]
        assert any("nothing sees it from below" in text for text in texts)
        assert list(result.warnings[: len(texts)]) == texts


def test_coverage_is_that_of_the_box_that_is_returned(results) -> None:
    proven, likely, certain = (min(view.coverage for view in results[extent].views) for extent in EXTENTS)
    assert proven < likely < certain == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("frame", ["world", "asset"])
def test_prim_of_any_extent_gives_the_other_boxes_back(few: Path, tmp_path: Path, extent: str, frame: str) -> None:
    flags = {"extent": extent, "align": "axes", "method": "contact", "frame": frame, "prim": "/World/Box"}
    (result,) = boxfit.fit(few, output=tmp_path / "box.usda", **flags)
    stage = Usd.Stage.Open(str(tmp_path / "box.usda"))
    prim = stage.GetPrimAtPath(result.prim)
    attributes = {name: prim.GetAttribute(f"boxfit:{name}").Get() for name in ("extent", "alignment")}
    assert attributes == {"extent": extent, "alignment": "axes"}
    # docs/prim.md: a box's faces from the distances, in the axes of the prim and the units of its parent.
    matrix = np.array(prim.GetAttribute("xformOp:scale").Get())
    box, _ = read_box(stage, result.prim)
    unit = box.size / matrix
    for name, distances in (("proven", "inner"), ("likely", "likely"), ("certain", "outer")):
        faces = np.array(prim.GetAttribute(f"boxfit:bounds:{distances}").Get()).reshape(3, 2) * unit[:, None]
        centre = box.centre + box.rotation @ (faces[:, 1] - faces[:, 0]) / 2
        np.testing.assert_allclose(np.sort(faces.sum(axis=1)), np.sort(result.boxes[name].size), rtol=1e-6)
        np.testing.assert_allclose(centre, result.boxes[name].centre, atol=1e-6)


def test_report_has_ranges_boxes_extent_and_alignment(few: Path) -> None:
    session = Session(few, InputSettings(source_units=0.01, source_up="Y"), FitSettings(extent="certain", max_steps=3))
    assert list(session.fit())
    report = make_report(session)
    jsonschema.validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))
    (result,), (entry,) = session.results, report["objects"]
    for name, box in result.boxes.items():
        assert entry["boxes"][name] == {"centre": box.centre.tolist(), "size": box.size.tolist()}
    assert entry["box"]["size"] == entry["boxes"]["certain"]["size"] and entry["extent"] == "certain"
    texts = entry["ranges"]
    assert texts and texts == entry["warnings"][: len(texts)] and all(" cm along " in text for text in texts)
    assert entry["alignment"] == {"chosen": result.start.align, "volumes": dict(result.start.volumes)}
    assert set(entry["alignment"]["volumes"]) == {"axes", "up", "free"} and entry["uses_depth"] is False


def test_notebook_ignores_extent_and_alignment(tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 8)
    session = Session(tmp_path / "views", fit_settings=FitSettings(method="notebook", extent="certain", epochs=1))
    assert list(session.fit())
    (result,) = session.results
    assert (result.extent, result.alignment) == ("likely", "free") and result.box is result.likely
    assert replace(result, start=replace(result.start, align="up")).alignment == "free"
    assert make_report(session)["objects"][0]["alignment"] == {"chosen": "free", "volumes": {}}


def test_pictures_of_another_extent_end_at_its_box(results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = []
    for extent in ("likely", "certain"):
        save_animation(results[extent], tmp_path / f"{extent}.gif")
        with Image.open(tmp_path / f"{extent}.gif") as gif:
            frames.append(gif.n_frames)
    likely = results["likely"].history
    assert frames[1] == frames[0] + (likely[-1].stage != "result")
    assert curve_picture(results["certain"]).width > 400
    calls: list[tuple] = []
    monkeypatch.setattr("boxfit.draw.pictures.overlay_sheet", lambda *arguments: calls.append(arguments))
    overlay_picture(results["certain"])
    assert calls[0][1] is results["certain"].box and "(certain box)" in calls[0][2]
