"""Type check of the extensions' code against public typings of Kit, which are not in this repository."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import skip_or_fail
from tests.kit.files import EXTENSIONS, ROOT
from tests.kit.typings import find_typings, lay_out

WRONG = """
import carb.settings
import omni.client
import omni.kit.app
import omni.kit.commands
import omni.kit.pipapi
import omni.usd


async def wrong() -> None:
    omni.kit.app.get_app().next_update_async()
    omni.kit.app.get_app().get_extension_manager().get_extension_folder("a")
    carb.settings.get_settings().set_default("/path")
    omni.usd.get_context().get_stage().GetRootLayer()
    omni.usd.get_context().get_selection().set_selected_paths([])
    omni.kit.commands.execute()
    omni.kit.pipapi.install("scipy", suppress_output=True)
    await omni.client.list_folder_async("omniverse://server/folder")
"""
"""Function with a wrong name or argument in each line."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the extensions in a folder with the typings, ready for pyright."""
    folder = os.environ.get("BOXFIT_TYPINGS")
    if not folder:
        skip_or_fail("typings", "BOXFIT_TYPINGS names no clone of the public typings (see CONTRIBUTING.md)")
    tree = tmp_path_factory.mktemp("types") / "tree"
    lay_out(find_typings(Path(folder)), sorted(EXTENSIONS.glob("boxfit_kit.*")), tree)
    return tree


def check(tree: Path, include: str) -> list[str]:
    """Return pyright's findings, one per line."""
    settings = {
        "include": [include],
        "stubPath": str(tree),
        "extraPaths": [str(ROOT / "source")],
        "pythonVersion": "3.10",
        "typeCheckingMode": "standard",
        "reportMissingModuleSource": False,
        # The generator wrote `name: str = None` for optional arguments.
        "strictParameterNoneValue": False,
    }
    (tree / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run([*command, "-p", str(tree)], capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["summary"]["filesAnalyzed"] > 0
    return [
        f"{Path(finding['file']).relative_to(tree)}:{finding['range']['start']['line'] + 1}: "
        + " ".join(finding["message"].split())
        for finding in found["generalDiagnostics"]
        if finding["severity"] == "error"
    ]


def test_extensions_use_kit_as_its_typings_say(tree: Path) -> None:
    found = check(tree, "boxfit_kit")
    assert not found, "\n".join(found)


def test_typings_find_a_wrong_name_or_argument_in_every_line(tree: Path) -> None:
    (tree / "wrong.py").write_text(WRONG, encoding="utf-8")
    wrong = {number for number, line in enumerate(WRONG.splitlines(), 1) if line.startswith("    ")}
    found = {int(line.split(":")[1]) for line in check(tree, "wrong.py")}
    assert found == wrong
