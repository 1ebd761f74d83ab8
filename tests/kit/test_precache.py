"""Test of the app that `repo build` generates to download extensions, made by NVIDIA's own tool from the kernel."""

from __future__ import annotations

import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from string import Template
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.kit.files import EXTENSIONS, OWN, ROOT, STAND_INS, read_kit_file, tomllib
from tests.kit.kit_process import KitProcess

QUIT = """
    async def story():
        return 3

    begin(story)
"""

FOR_TESTS = ("omni.kit.test", "omni.kit.ui_test", "omni.replicator.core")


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return `precache_exts`, with a stand-in for the missing `repo`."""
    import omni.kit_app

    man, utils, packman = ModuleType("omni.repo.man"), ModuleType("omni.repo.man.utils"), ModuleType("packmanapi")
    man.get_platform_file_mapping = lambda host: {"root": str(ROOT), "platform": host}  # type: ignore[attr-defined]
    man.get_toml_module = lambda: SimpleNamespace(load=lambda path: read_kit_file(Path(path)))  # type: ignore[attr-defined]
    man.clean_folders = lambda folders: [shutil.rmtree(folder, True) for folder in folders]  # type: ignore[attr-defined]
    utils.ci_message = print  # type: ignore[attr-defined]
    repo = ModuleType("omni.repo")
    repo.man = man  # type: ignore[attr-defined]
    named = {"omni.repo": repo, "omni.repo.man": man, "omni.repo.man.utils": utils, "packmanapi": packman}
    for name, module in named.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(sys.modules["omni"], "repo", repo, raising=False)
    file = Path(omni.kit_app.__file__).parent / "dev" / "tools" / "repoman" / "precache_exts.py"
    spec = spec_from_file_location("precache_exts", file)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_app_needs_nothing_that_only_tests_need(tool: Any, tmp_path: Path) -> None:
    config = tomllib.loads((ROOT / "repo.toml").read_text(encoding="utf-8"))["repo_precache_exts"]
    app = Template(config["generated_app_path"]).safe_substitute(root=tmp_path)
    # The checkout's own app is not changed.
    options = SimpleNamespace(config="release", update=None, clean=True)
    tool.run({**config, "apps": [], "generated_app_path": app}, options, str(ROOT), "linux-x86_64")
    assert set(OWN) == set(read_kit_file(Path(app))["dependencies"])

    # A registry without them, and the real solver.
    registry = tmp_path / "registry"
    registry.mkdir()
    for extension in STAND_INS.iterdir():
        if extension.name not in FOR_TESTS:
            (registry / extension.name).symlink_to(extension, target_is_directory=True)
    ended = KitProcess(tmp_path).run(app, script=QUIT, searched=(registry, EXTENSIONS))
    assert ended.code == 3 and not ended.said("Error"), ended.printed
