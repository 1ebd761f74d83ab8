"""The tutorials run as they are written, and the messages that the documents quote are the real ones."""

import ast
import re
import shlex
import sys
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
from boxfit.__main__ import main

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
IN_KIT = re.compile(r"^\s*import (omni|boxfit_kit)", re.MULTILINE)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of the commands and the Python of a page, but for what runs in Kit alone."""
    found = re.findall(r"^```(console|python)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [(language, text) for language, text in found if not IN_KIT.search(text)]


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda path: path.stem)
def test_tutorial_runs_and_prints_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, str(page), "exec"), names)
            continue
        for command in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, *shown = command.splitlines()
            program, *arguments = shlex.split(line)
            assert program == "boxfit" and main(arguments) == 0, line
            printed = "".join(capfd.readouterr())
            for expected in shown:
                assert expected.strip() in printed, line


def test_scripts_for_isaac_sim_label_only_what_they_name_and_look_from_above_the_floor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = (ROOT / "docs" / "tutorials" / "isaac_sim.md").read_text(encoding="utf-8")
    blocks_of_python = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    scripts = [text for text in blocks_of_python if "BasicWriter" in text]
    assert len(scripts) == 2
    for script in scripts:
        isaac, omni = MagicMock(), MagicMock()
        modules = {
            "isaacsim": isaac,
            "omni": omni,
            "omni.usd": omni.usd,
            "omni.replicator": omni.replicator,
            "omni.replicator.core": omni.replicator.core,
        }
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)
        names: dict[str, Any] = {}
        exec(compile(script, "isaac_sim.md", "exec"), names)
        rep = omni.replicator.core
        prims = names.get("LABELS") or {names["OBJECT"]: names["LABEL"]}
        for call, prim in zip(rep.get.prims.call_args_list, prims, strict=True):
            stage = (prim, prim.lower(), f"{prim}/Mesh", f"{prim}_02", f"{prim}2", "/World")
            found = [path for path in stage if re.search(call.kwargs["path_pattern"], path, re.IGNORECASE)]
            assert set(found) == {prim, prim.lower()}
        positions = np.array(rep.distribution.sequence.call_args.args[0])
        assert positions.shape == (names["VIEWS"], 3) and positions[:, 2].min() > names["FLOOR"]
        np.testing.assert_allclose(np.linalg.norm(positions - names["CENTRE"], axis=1), names["DISTANCE"])
        writer = rep.WriterRegistry.get.return_value
        written = writer.initialize.call_args.kwargs
        assert written["camera_params"] and written["instance_segmentation"] and writer.attach.called
        if isaac.SimulationApp.called:
            assert rep.orchestrator.step.call_count == names["VIEWS"]
            assert isaac.SimulationApp.return_value.close.called


def messages() -> str:
    """All texts of the library and the extensions, with `...` for their fields."""
    texts = []
    for file in [*ROOT.glob("source/boxfit/**/*.py"), *ROOT.glob("exts/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [each.value if isinstance(each, ast.Constant) else "..." for each in node.values]
                texts.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return "\n".join(texts)


def test_troubleshooting_quotes_messages_that_exist() -> None:
    corpus, missing = messages(), []
    rows = re.findall(
        r"^\| (`.*?`) \|", (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(rows) > 50
    for quoted in (text for row in rows for text in re.findall(r"`([^`]+)`", row)):
        missing += [quoted for part in quoted.split("...") if part.strip(" (") not in corpus]
    assert not missing


def test_tutorials_quote_messages_that_exist() -> None:
    corpus, missing, count = messages(), [], 0
    for page in TUTORIALS:
        table = page.read_text(encoding="utf-8").partition("## When something is wrong")[2]
        for quoted in (
            text
            for row in re.findall(r"^\| (\*.*?) \|", table, re.MULTILINE)
            for text in re.findall(r"\*([^*]+)\*", row)
        ):
            words = re.sub(r"\d+( of \d+)?( views)?( \([\d, ]+\))?", "...", quoted)
            missing += [quoted for part in words.split("...") if part.strip(" ,") not in corpus]
            count += 1
    assert count > 10 and not missing
