"""Contents of the installed package: every file that the library needs, one version everywhere, light requirements."""

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import requires, version
from pathlib import Path

import boxfit
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = Path(boxfit.__file__).parent


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names in a wheel built from a copy of the sources."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "source", copy / "source", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", "dist", "."]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = (copy / "dist").glob("boxfit-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_build_wheel_holds_every_file_of_the_package_and_the_licence(wheel_names: list[str]) -> None:
    files = {path.relative_to(PACKAGE.parent).as_posix() for path in PACKAGE.rglob("*") if path.is_file()}
    files = {name for name in files if "__pycache__" not in name}
    assert files <= set(wheel_names)
    assert {"boxfit/py.typed", "boxfit/session/report.schema.json"} <= files
    assert {Path(name).name for name in wheel_names} >= {"LICENSE", "NOTICE"}


def test_build_wheel_holds_nothing_else(wheel_names: list[str]) -> None:
    assert {name.split("/")[0] for name in wheel_names} == {"boxfit", f"boxfit-{boxfit.__version__}.dist-info"}


def test_state_version_installed_package_and_module_agree() -> None:
    assert version("boxfit") == boxfit.__version__


def test_declare_requirements_base_install_has_neither_torch_nor_kaolin() -> None:
    declared = requires("boxfit") or []
    base = {line.split(">")[0] for line in declared if "extra ==" not in line}
    assert base == {"numpy", "scipy", "pillow", "usd-core", "tyro", "rich"}
    assert not any(line.startswith("kaolin") for line in declared)


def test_pin_oldest_versions_equal_the_lower_bounds() -> None:
    pins = (ROOT / "tests" / "oldest-versions.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in pins if "==" in line)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[(.*?)\]", project, re.DOTALL | re.MULTILINE)
    assert block
    bounds = dict(re.findall(r'"([\w-]+)>=([\d.]+)"', block[1]))

    def parts(text: str) -> list[int]:
        numbers = [int(number) for number in text.split(".")]
        return numbers + [0] * (3 - len(numbers))

    assert {name: parts(low) for name, low in pinned.items()} == {name: parts(low) for name, low in bounds.items()}
