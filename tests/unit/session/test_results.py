import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import boxfit
import numpy as np
import pytest
from boxfit.errors import OutputError, StageError
from boxfit.fitting.refine import Choice
from boxfit.session.report import SCHEMA
from jsonschema import Draft202012Validator

from tests.folders import write_box_views
from tests.unit.session.test_arrays import SCENE


@pytest.fixture(scope="module")
def result() -> boxfit.ObjectResult:
    return boxfit.fit_masks(**SCENE, meters_per_unit=1.0, up="z", name="a <b>")


def test_repr_of_a_result_names_object_size_and_views(result) -> None:
    number = r"[\d.]+"
    size = rf"{number} x {number} x {number} m \(-{number} \+{number}, \?, \+-{number}\)"
    start = rf"<ObjectResult a <b>: {size}, free, all 8 masks covered: open; y only known to be "
    assert re.match(start, repr(result)), repr(result)


def test_repr_of_public_values_and_of_their_parts_is_short(result, tmp_path) -> None:
    write_box_views(tmp_path / "views")
    session = boxfit.Session(tmp_path / "views")
    (progress, *_) = session.fit()
    values = [result, session, progress, boxfit.FitSettings(), boxfit.InputSettings(), boxfit.PrimSettings()]
    values += [boxfit.CaptureSettings(), boxfit.OutputStage(tmp_path / "new.usda", is_new=True), session.dataset]
    values += [getattr(result, name) for name in ("box", "bounds", "world", "start", "calibration", "observations")]
    values += [result.labelled, result.labelled.views[0], result.silhouettes[0], result.silhouettes[0].camera]
    values += [result.history[-1], session.source, result.start.support, result.labelled.label]
    for value in values:
        assert len(repr(value)) <= 200 and "\n" not in repr(value), repr(value)


def test_repr_of_settings_shows_what_differs_from_the_defaults() -> None:
    assert repr(boxfit.FitSettings(align="free", seed=3)) == "FitSettings(align='free', seed=3)"
    assert repr(boxfit.InputSettings()) == "InputSettings()"


def test_repr_of_bounds_gives_the_range_of_each_face() -> None:
    bounds = boxfit.FaceBounds(np.full((3, 2), 1.5), np.full((3, 2), 2.0))
    assert repr(bounds).startswith("FaceBounds(-x 1.5 to 2, +x 1.5 to 2, -y")


class Page(HTMLParser):
    """Texts, tags and sources of pictures of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[str] = []
        self.pictures: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes) -> None:
        if tag == "img":
            self.pictures.append(dict(attributes)["src"])
        else:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.texts.append(data)


def test_html_of_a_result_shows_overlay_ranges_and_warnings(result) -> None:
    page = Page(result._repr_html_())
    text = " ".join(page.texts)
    assert "a <b>" in text and re.search(r"[\d.]+ m [\d.]+ to [\d.]+", text)
    assert all(warning in text for warning in result.warnings)
    assert len(page.pictures) == 1 and page.pictures[0].startswith("data:image/jpeg;base64,/9j/")


def test_html_of_a_result_whose_pictures_are_gone_says_so(tmp_path) -> None:
    cameras = write_box_views(tmp_path)
    from PIL import Image

    for index, camera in enumerate(cameras):
        height, width = camera.resolution
        Image.new("RGB", (width, height)).save(tmp_path / f"{index}_rgb.png")
    (result,) = boxfit.fit(tmp_path)
    for path in tmp_path.glob("*.png"):
        path.unlink()
    page = Page(result._repr_html_())
    assert not page.pictures and "_rgb.png cannot be read" in " ".join(page.texts)


def test_overlay_of_a_result_is_a_picture(result) -> None:
    picture = result.overlay()
    assert picture.width > 256 and len(picture.convert("RGB").getcolors(2**24)) > 3


def test_dict_of_a_result_is_the_entry_of_a_report(result) -> None:
    entry = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    of_object = {**schema, **schema["properties"]["objects"]["items"]}
    of_object = {"$defs": schema.get("$defs", {}), **schema["properties"]["objects"]["items"]}
    Draft202012Validator(of_object).validate(entry)
    assert entry["box"]["centre"] == result.box.centre.tolist() and entry["prim"] is None


def test_save_usd_writes_the_box_and_says_how_to_overwrite(result, tmp_path) -> None:
    from pxr import Usd, UsdGeom

    path = result.save_usd(tmp_path / "box.usda", prim="/World/Found")
    stage = Usd.Stage.Open(str(tmp_path / "box.usda"))
    cube = UsdGeom.Cube(stage.GetPrimAtPath("/World/Found"))
    assert path == "/World/Found" and cube and UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert not cube.GetPrim().GetAttribute("boxfit:source")
    matrix = np.array(UsdGeom.XformCache().GetLocalToWorldTransform(cube.GetPrim())).T
    np.testing.assert_allclose(matrix, result.box.world_from_unit, atol=1e-6)
    with pytest.raises(StageError, match=r"exists: overwrite it \(force\), or name another stage"):
        result.save_usd(tmp_path / "box.usda")
    result.save_usd(tmp_path / "box.usda", force=True)


def test_fit_calls_a_function_with_its_progress(tmp_path) -> None:
    write_box_views(tmp_path)
    seen = []
    boxfit.fit(tmp_path, progress=lambda progress: seen.append(progress.stage))
    assert seen[0] == "masks" and "start" in seen


def test_fit_shows_a_bar(capsys, monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    boxfit.fit_masks(**SCENE, name="crate", progress=True)
    assert "crate" in capsys.readouterr().out


def test_export_of_a_result_and_of_fit_write_the_same_corners(result, tmp_path) -> None:
    result.export("json", tmp_path / "box.json")
    (written,) = json.loads((tmp_path / "box.json").read_text(encoding="utf-8"))["objects"]
    np.testing.assert_allclose(written["corners"], result.box.corners, rtol=1e-12)
    write_box_views(tmp_path / "views")
    (fitted,) = boxfit.fit(
        tmp_path / "views", tmp_path / "box.usda", export=[f"json:{tmp_path / 'fit.json'}"], force=True
    )
    (written,) = json.loads((tmp_path / "fit.json").read_text(encoding="utf-8"))["objects"]
    np.testing.assert_allclose(written["corners"], fitted.box.corners, rtol=1e-12)
    assert (tmp_path / "box.usda").is_file() and fitted.prim


def test_fit_with_an_export_that_cannot_be_written_writes_nothing(tmp_path) -> None:
    write_box_views(tmp_path / "views")
    with pytest.raises(OutputError, match=r"state it \(source_units\)"):
        boxfit.fit(tmp_path / "views", tmp_path / "box.usda", export=f"bop:{tmp_path / 'bop'}")
    assert {path.name for path in tmp_path.iterdir()} == {"views"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"choice": Choice("fit", 0.5, 0.25)}, "differentiable fit with area"),
        ({"choice": Choice("start", 0.5, 0.6, "it is no better")}, "start box, as the fit was not taken"),
        ({"choice": Choice("start", 9.0, None, "it is round"), "renderer": None}, "start box"),
        ({"choice": None, "renderer": None, "method": "contact"}, "start box"),
        ({"choice": None, "renderer": "dibr", "method": "notebook"}, "notebook with dibr"),
    ],
)
def test_result_tells_what_found_the_box(change: dict, words: str, result) -> None:
    assert replace(result, **{"method": "auto", "renderer": "area", **change}).found_by == words
