"""`inspect`, `sample` and `doctor`."""

import json
from pathlib import Path

from boxfit.sample import make_sample

from tests.cli.conftest import Run


def test_inspect_folder_shows_views_labels_and_cameras(views: Path, run: Run) -> None:
    outcome = run("inspect", views)
    assert outcome.code == 0
    for text in ("128 x 72 (8 views)", "box.usd", "id 1", "all around", "semantic (8)"):
        assert text in outcome.out, text


def test_inspect_json_lists_problems_of_views(views: Path, run: Run) -> None:
    (views / "3_semantic.npy").write_bytes(b"no array")
    inspection = json.loads(run("inspect", views, "--json").out)
    assert inspection["views"] == 7
    assert [problem["where"] for problem in inspection["problems"]] == ["view 3"]
    label = {"id": 1, "name": "1", "class": "1", "prim": None, "sensor": "semantic", "named_by": "id"}
    assert inspection["objects"][0]["label"] == label


def test_inspect_stage_names_the_preset_and_its_folder(tmp_path: Path, run: Run) -> None:
    stage = make_sample(tmp_path / "sample", views=4, resolution=(64, 64))
    inspection = json.loads(run("inspect", stage, "--json").out)
    assert inspection["out_dir"].endswith("sample/views")
    assert inspection["asset_prim"] and inspection["up_axis"] == "Y"
    assert inspection["objects"][0]["label"]["named_by"] == "bbox_2d"


def test_sample_makes_a_stage_that_fit_accepts(tmp_path: Path, run: Run, monkeypatch) -> None:
    monkeypatch.setattr("boxfit.sample.make_sample", lambda folder: make_sample(folder, views=8, resolution=(96, 96)))
    assert run("sample", tmp_path / "sample").code == 0
    stage = tmp_path / "sample" / "scene.usda"
    report = json.loads(run("fit", stage, "--output", tmp_path / "box.usda", "--json").out)
    references = {comparison["reference"]: comparison for comparison in report["objects"][0]["comparisons"]}
    assert set(references) == {"bbox_3d", "geometry"}
    assert 0.8 < references["geometry"]["volume_ratio"] < 1.2


def test_fit_into_the_source_stage_puts_the_box_beside_the_asset(tmp_path: Path, run: Run) -> None:
    scene = make_sample(tmp_path / "sample", views=8, resolution=(96, 96))
    preset = scene.with_name("preset.usda").read_bytes()
    report = json.loads(run("fit", scene, "--into", scene, "--frame", "asset", "--prim", "/World/Found", "--json").out)
    assert report["objects"][0]["prim"]["path"] == "/World/visualize/Asset/Rig/Found/Box"
    assert scene.with_name("preset.usda").read_bytes() == preset


def test_doctor_names_every_renderer_and_a_remedy_for_what_is_missing(run: Run) -> None:
    checks = {check["name"]: check for check in json.loads(run("doctor", "--json").out)}
    assert checks["renderer area"]["state"] == "ok"
    assert {"Python", "numpy", "usd-core", "torch", "renderer dibr", "renderer kaolin", "panel"} <= set(checks)
    for check in checks.values():
        assert check["state"] == "ok" or check["remedy"], check


def test_doctor_prints_remedies_whole(run: Run, monkeypatch) -> None:
    reason = "PyTorch [cuda] is missing"
    monkeypatch.setattr("boxfit.cli.doctor.find_spec", lambda name: None)
    monkeypatch.setattr("boxfit.render.registry.unavailable_reason", lambda name: reason)
    monkeypatch.setattr("boxfit.cli.doctor.unavailable_reason", lambda display=True: 'pip install -e ".[panel]"')
    outcome = run("doctor")
    assert outcome.code == 0
    assert "boxfit[" not in outcome.out and "[cuda]" in outcome.out
    assert any('pip install -e ".[panel]"' in check["remedy"] for check in json.loads(run("doctor", "--json").out))
