"""The documents: their links lead somewhere, and the constants that they name have these values."""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.similarity import move_box
from boxfit.geometry.units import WorldUnits, target_from_source_world
from boxfit.usd.cube import read_box, write_box
from boxfit.usd.provenance import DOCUMENTATION
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_from_disk

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("exts/*/docs/*.md")])


def links(text: str) -> list[str]:
    """Targets of links and images, outside of code."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'<img[^>]* src="([^"]+)"', text)


def anchors(text: str) -> set[str]:
    """Names that the headings have as targets."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_follow_links_of_a_document_to_files_and_headings(document: Path) -> None:
    for link in links(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+://", link):
            continue
        file, _, anchor = link.partition("#")
        target = document.parent / file if file else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def test_prim_document_lists_every_attribute() -> None:
    text = (ROOT / "docs" / "prim.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`boxfit:.*?) \|", text, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`boxfit:([\w:]+)`", row)} == set(DOCUMENTATION)


def test_prim_document_references_a_box_into_a_stage_with_other_units_and_another_up_axis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (script,) = re.findall(r"```python\n(from pxr .*?)```", (ROOT / "docs" / "prim.md").read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    box, units, other = Box(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])), WorldUnits("Z", 1.0), WorldUnits()
    stage = new_stage(tmp_path / "box.usda", other)
    write_box(stage, "/World/Box", box)
    save_stage(stage)
    save_stage(new_stage(tmp_path / "scene.usda", units))
    exec(script, {})
    found, _ = read_box(open_from_disk(tmp_path / "scene.usda"), "/World/Fitted/Boxes/Box")
    expected, _ = move_box(box, target_from_source_world(units, other))
    assert np.allclose(np.sort(found.corners, axis=0), np.sort(expected.corners, axis=0))


def test_method_document_names_constants_with_their_values() -> None:
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)\.([A-Z_]+)` \| (\d[^|]*)", text, re.MULTILINE)
    assert len(rows) > 5
    for module, name, value in rows:
        constant = getattr(importlib.import_module(f"boxfit.{module}"), name)
        values = constant if isinstance(constant, tuple) else (constant,)
        assert values == tuple(map(float, re.findall(r"\d[\d.]*", value))), name
