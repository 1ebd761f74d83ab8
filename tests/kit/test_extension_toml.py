"""Tests of each extension's metadata: versions, paths, dependencies, settings."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import boxfit
import pytest
from PIL import Image

from tests.kit.files import EXTENSIONS, ROOT, read_toml

NAMES = sorted(folder.name for folder in EXTENSIONS.glob("boxfit_kit.*"))

OF_THE_KERNEL = ("carb", "omni.ext", "omni.kit.app")
"""Modules that exist in every Kit."""

GIVEN_BY = {
    "boxfit": "boxfit_kit.core",
    "numpy": "omni.kit.pip_archive",
    "PIL": "omni.kit.pip_archive",
    "omni.kit.undo": "omni.kit.commands",
    "omni.ui.scene": "omni.ui.scene",
    "pxr": "omni.usd",
}
"""Modules whose name differs from that of their extension."""


def files_of(name: str) -> list[Path]:
    """Return the Python files of an extension, except its tests, whose needs are under [[test]]."""
    files = (EXTENSIONS / name / "boxfit_kit").rglob("*.py")
    return [file for file in files if "tests" not in file.parts]


def imports_of(file: Path, *, at_once: bool = False) -> Iterator[str]:
    """Yield the modules that a file imports; with `at_once` only those at its top level."""

    def walk(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if at_once and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            yield from walk(child)

    return walk(ast.parse(file.read_text(encoding="utf-8")))


def extension_of(module: str, known: set[str]) -> str | None:
    """Return the extension with a module; None for Kit's kernel and Python, "" if there is none."""
    within = [module.rsplit(".", cut)[0] for cut in range(module.count(".") + 1)]
    for name in within:
        if name in OF_THE_KERNEL:
            return None
        if name in GIVEN_BY:
            return GIVEN_BY[name]
        if name in known:
            return name
    return "" if module.split(".")[0] == "omni" else None


@pytest.mark.parametrize("name", NAMES)
def test_version_of_the_extension_is_the_librarys(name: str) -> None:
    assert read_toml(EXTENSIONS / name)["package"]["version"] == boxfit.__version__
    assert (ROOT / "VERSION.md").read_text(encoding="utf-8").strip() == boxfit.__version__
    changelog = (EXTENSIONS / name / "docs" / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[([^\]]+)\]", changelog, re.MULTILINE)
    assert versions[0] in (boxfit.__version__, "Unreleased")


@pytest.mark.parametrize("name", NAMES)
def test_files_that_the_package_names_are_there(name: str) -> None:
    toml = read_toml(EXTENSIONS / name)
    for key in ("readme", "changelog", "icon", "preview_image"):
        assert (EXTENSIONS / name / toml["package"][key]).is_file(), key
    for page in toml["documentation"]["pages"]:
        assert (EXTENSIONS / name / page).is_file(), page
    with Image.open(EXTENSIONS / name / toml["package"]["icon"]) as icon:
        assert icon.size == (256, 256) and icon.mode == "RGBA"
    with Image.open(EXTENSIONS / name / toml["package"]["preview_image"]) as preview:
        assert preview.width >= 600 and preview.height >= 300


@pytest.mark.parametrize("name", NAMES)
def test_modules_that_kit_imports_are_there_and_no_folder_is_named(name: str) -> None:
    for entry in read_toml(EXTENSIONS / name)["python"]["module"]:
        assert set(entry) == {"name"}, "Kit fails on a path that one of the layouts lacks"
        assert (EXTENSIONS / name / Path(*entry["name"].split(".")) / "__init__.py").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_folders_that_extensions_share_hold_no_init_file(name: str) -> None:
    assert not (EXTENSIONS / name / "boxfit_kit" / "__init__.py").exists()


@pytest.mark.parametrize("name", NAMES)
def test_every_module_of_kit_that_is_imported_comes_with_a_dependency(name: str) -> None:
    dependencies = set(read_toml(EXTENSIONS / name)["dependencies"]) | {name}
    for other in dependencies & set(NAMES):
        dependencies |= set(read_toml(EXTENSIONS / other)["dependencies"])
    for file in files_of(name):
        for module in imports_of(file):
            given_by = extension_of(module, dependencies)
            assert given_by is None or given_by in dependencies, f"{file.name} imports {module}"


@pytest.mark.parametrize("name", NAMES)
def test_optional_dependencies_are_imported_in_functions_alone(name: str) -> None:
    toml = read_toml(EXTENSIONS / name)
    optional = {other for other, options in toml["dependencies"].items() if options.get("optional")}
    for file in files_of(name):
        for module in imports_of(file, at_once=True):
            assert extension_of(module, set(toml["dependencies"])) not in optional, f"{file.name} imports {module}"


@pytest.mark.parametrize("name", NAMES)
def test_every_dependency_is_used(name: str) -> None:
    dependencies = set(read_toml(EXTENSIONS / name)["dependencies"])
    # Events have the names of the extensions that receive them.
    text = "".join(file.read_text(encoding="utf-8") for file in files_of(name))
    files = [*files_of(name), *Path(boxfit.__file__).parent.rglob("*.py")]
    used = {extension_of(module, dependencies) for file in files for module in imports_of(file)}
    assert not {name for name in dependencies - used if f'"{name}' not in text}


def test_replicator_is_optional_and_nothing_brings_a_second_usd() -> None:
    core = read_toml(EXTENSIONS / "boxfit_kit.core")
    assert core["dependencies"]["omni.replicator.core"] == {"optional": True}
    for name in NAMES:
        assert "usd-core" not in (EXTENSIONS / name / "config" / "extension.toml").read_text(encoding="utf-8")
    assert "usd" not in (EXTENSIONS / "boxfit_kit.core" / "pip.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_a_comment_and_is_read(name: str) -> None:
    lines = (EXTENSIONS / name / "config" / "extension.toml").read_text(encoding="utf-8").splitlines()
    text = "".join(file.read_text(encoding="utf-8") for file in files_of(name))
    settings = [number for number, line in enumerate(lines) if re.match(r'(persistent\.)?exts\."', line)]
    assert settings
    for number in settings:
        assert lines[number - 1].startswith("#"), lines[number]
        key = lines[number].split("=")[0].strip().rpartition(".")[2]
        assert re.search(rf"/{key}\b", text), f"nobody reads {key}"


@pytest.mark.parametrize("name", NAMES)
def test_tests_inside_the_extension_are_found_by_kit(name: str) -> None:
    (module,) = (entry["name"] for entry in read_toml(EXTENSIONS / name)["python"]["module"])
    folder = EXTENSIONS / name / Path(*module.split(".")) / "tests"
    imported = (folder / "__init__.py").read_text(encoding="utf-8")
    for file in folder.glob("test_*.py"):
        assert file.stem in imported, f"Kit finds only what {folder.name}/__init__.py imports"
