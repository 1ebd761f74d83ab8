"""Tests of the files of `repo build`, for complete lists and existing paths. `repo build` needs NVIDIA's packages."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import boxfit
import pytest

from tests.kit.files import ROOT
from tests.kit.files import read_kit_file as toml

EXTENSIONS = sorted(path.parents[1] for path in (ROOT / "exts").glob("*/config/extension.toml"))
CORE = ROOT / "exts" / "boxfit_kit.core"
APP = ROOT / "source" / "apps" / "boxfit_kit.app.kit"
STAND_INS = Path(__file__).parent / "premake"


def lua(path: Path) -> str:
    """Return a Lua file without its comments."""
    return re.sub(r"--.*", "", path.read_text(encoding="utf-8"))


def links(extension: Path) -> dict[str, str]:
    """Return the links of a premake5.lua in the built extension: name -> target."""
    pairs = re.findall(r'\{ "([^"]+)", ext\.target_dir \.\. "/([^"]+)" \}', lua(extension / "premake5.lua"))
    return {name: source for source, name in pairs}


def test_build_takes_every_extension_and_app() -> None:
    text = lua(ROOT / "premake5.lua")
    assert len(EXTENSIONS) == 2
    # The loop comes after setup_all, which defines the functions of the extensions' files.
    assert text.index("kit.setup_all(") < text.index('os.matchdirs(root .. "/exts/*")') < text.index("include(folder)")
    apps = {path.name for path in (ROOT / "source" / "apps").glob("*.kit")}
    assert set(re.findall(r'define_app\("([^"]+)"\)', text)) == apps == {APP.name}


@pytest.mark.parametrize("extension", EXTENSIONS, ids=lambda path: path.name)
def test_build_links_every_folder_of_an_extension(extension: Path) -> None:
    text = lua(extension / "premake5.lua")
    assert text.index("get_current_extension_info()") < text.index("project_ext(ext)") < text.index("prebuild_link")
    own = {name for name, source in links(extension).items() if name == source}
    folders = {path.name for path in extension.iterdir() if path.is_dir() and any(path.rglob("*.*"))}
    assert own == folders - {"config"}  # which project_ext links


def test_build_puts_the_library_and_what_pip_fetched_into_the_core_extension_alone() -> None:
    foreign = {name: source for name, source in links(CORE).items() if name != source}
    prebundle = toml(CORE / "pip.toml")["dependency"][0]["target"]
    assert foreign == {
        "boxfit": "%{root}/source/boxfit",
        "pip_prebundle": "%{root}/" + (CORE / prebundle).resolve().relative_to(ROOT).as_posix(),
    }
    assert (ROOT / "source" / "boxfit" / "__init__.py").is_file()
    others = [links(extension).items() for extension in EXTENSIONS if extension != CORE]
    assert all(name == source for pairs in others for name, source in pairs)


def test_build_fetches_scipy_alone_and_no_older_than_the_library_needs() -> None:
    (dependency,) = toml(CORE / "pip.toml")["dependency"]
    ((name, version),) = (package.split("==") for package in dependency["packages"])
    oldest = re.search(r'"scipy>=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert oldest and name == "scipy"
    # Installed from a search path, the extension installs the same release.
    releases = CORE / "boxfit_kit" / "core" / "scipy_release.py"
    assert f'ScipyRelease("{version}"' in releases.read_text(encoding="utf-8")
    assert [int(part) for part in version.split(".")] >= [int(part) for part in oldest[1].split(".")]
    # A second numpy beside Kit's would not load.
    assert dependency["install_dependencies"] is False


def test_configure_repo_names_files_that_are_there() -> None:
    config = toml(ROOT / "repo.toml")
    fetched, precached = config["repo_build"]["fetch"]["pip"], config["repo_precache_exts"]
    paths = [*fetched["files_to_pull"], *precached["ext_folders"], *precached["apps"]]
    paths.append(config["repo"]["folders"]["version_file"])
    for path in paths:
        assert Path(path.replace("${root}", str(ROOT))).exists(), path
    assert "${root}/exts" in precached["ext_folders"]
    assert precached["apps"] == [f"${{root}}/{APP.relative_to(ROOT).as_posix()}"]


def test_state_version_app_agrees_with_the_library() -> None:
    assert toml(APP)["package"]["version"] == boxfit.__version__


def test_start_app_brings_both_extensions_and_all_that_they_use_but_replicator() -> None:
    app = toml(APP)
    enabled = dict(app["dependencies"])
    for extension in EXTENSIONS:
        needed = toml(extension / "config" / "extension.toml")["dependencies"]
        optional = {name for name, options in needed.items() if options.get("optional")}
        assert optional - {"omni.replicator.core"} <= set(app["dependencies"])
        if extension.name in app["dependencies"]:
            enabled.update(needed)
    assert {extension.name for extension in EXTENSIONS} <= set(enabled)
    # Viewports use it if it exists: without it the scenes over them do not follow the camera.
    assert "omni.kit.viewport.scene_camera_model" in enabled
    assert app["settings"]["exts"]["boxfit_kit.window"]["openOnStartup"] is True
    assert "${app}/../exts" in app["settings"]["app"]["exts"]["folders"]["++"]


def test_run_premake_makes_a_project_of_each_extension_and_of_the_app(tmp_path: Path) -> None:
    premake = shutil.which("premake5")
    if premake is None:
        pytest.skip("premake5 is not installed")
    # Copies, because premake writes beside its input.
    shutil.copy(ROOT / "premake5.lua", tmp_path)
    for name in ("exts", "source"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copytree(STAND_INS / "_repo", tmp_path / "_repo")
    environment = {"PREMAKE_PATH": str(STAND_INS)}
    done = subprocess.run([premake, "gmake2"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line.split(" ") for line in done.stdout.splitlines()]
    assert [line[1] for line in told if line[0] == "extension"] == [extension.name for extension in EXTENSIONS]
    assert [line[1] for line in told if line[0] == "app"] == [APP.name]
    missing = [line[1] for line in told if line[0] == "link" and line[2] == "missing"]
    # pip's packages exist before premake runs.
    assert [Path(path).name for path in missing] == ["boxfit_pip_prebundle"]
