"""Sdist and wheel: every file that the library needs and no other, one version everywhere, light requirements."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from importlib.metadata import requires, version
from pathlib import Path

import boxfit
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = Path(boxfit.__file__).parent
NAME = f"usd_boxfit-{boxfit.__version__}"


def run(*command: object, cwd: Path) -> str:
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, env=outside)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with an sdist, built from a copy of the tree, and the wheel that is built from it."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("source", "docs", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    for name in ("pyproject.toml", "MANIFEST.in", *(path.name for path in ROOT.glob("*.md")), "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, copy)
    for name in ("build/pictures/panel.png", "demo/box.usda", ".venv/pyvenv.cfg"):
        (copy / name).parent.mkdir(parents=True)
        (copy / name).touch()
    run(sys.executable, "-c", "from setuptools.build_meta import build_sdist; build_sdist('dist')", cwd=copy)
    wheel = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", "dist")
    run(sys.executable, *wheel, f"dist/{NAME}.tar.gz", cwd=copy)
    return copy / "dist"


@pytest.fixture(scope="module")
def sdist_names(dist: Path) -> set[str]:
    with tarfile.open(dist / f"{NAME}.tar.gz") as archive:
        return {member.name for member in archive.getmembers() if member.isfile()}


@pytest.fixture(scope="module")
def wheel_names(dist: Path) -> set[str]:
    with zipfile.ZipFile(dist / f"{NAME}-py3-none-any.whl") as archive:
        return set(archive.namelist())


def files_of_the_package() -> set[str]:
    files = {path.relative_to(PACKAGE.parent).as_posix() for path in PACKAGE.rglob("*") if path.is_file()}
    return {name for name in files if "__pycache__" not in name}


def test_build_sdist_holds_the_package_and_its_documents_and_nothing_else(sdist_names: set[str]) -> None:
    documents = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "NOTICE", "MANIFEST.in"}
    made = {name for name in sdist_names if ".egg-info/" in name or Path(name).name in ("PKG-INFO", "setup.cfg")}
    expected = {f"source/{name}" for name in files_of_the_package()} | documents
    assert sdist_names - made == {f"{NAME}/{name}" for name in expected}


def test_build_wheel_holds_every_file_of_the_package_and_the_licence(wheel_names: set[str]) -> None:
    files = files_of_the_package()
    assert files <= wheel_names
    assert {"boxfit/py.typed", "boxfit/session/report.schema.json"} <= files
    assert {Path(name).name for name in wheel_names} >= {"LICENSE", "NOTICE"}


def test_build_wheel_holds_nothing_else(wheel_names: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel_names} == {"boxfit", f"{NAME}.dist-info"}


def test_install_wheel_in_a_clean_environment_makes_a_sample_and_fits_it(dist: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, symlinks=os.name != "nt")
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / Path("python.exe" if os.name == "nt" else "python")
    install = ("-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    run(sys.executable, *install, dist / f"{NAME}-py3-none-any.whl", cwd=tmp_path)
    # The dependencies are those of this environment; as no .pth files are read there, its own boxfit is not found.
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    (site / "dependencies.pth").write_text("\n".join({sysconfig.get_path(kind) for kind in ("purelib", "platlib")}))
    place = "import boxfit, importlib.metadata as m; print(boxfit.__file__, m.version('usd-boxfit'))"
    assert run(python, "-c", place, cwd=tmp_path).split() == [str(site / "boxfit/__init__.py"), boxfit.__version__]
    run(scripts / "boxfit", "sample", "sample", cwd=tmp_path)
    told = run(
        scripts / "boxfit", "fit", "sample/scene.usda", "--output", "box.usda", "--report", "a.json", cwd=tmp_path
    )
    assert "wrote box.usda: /World/teapot_teapot" in told and (tmp_path / "a.json").is_file()


def test_state_version_installed_package_and_module_agree() -> None:
    assert version("usd-boxfit") == boxfit.__version__


def test_state_version_in_the_changelog_or_as_unreleased_with_known_limitations() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = text.split("\n## ")[1]
    assert newest.startswith(("[Unreleased]", f"[{boxfit.__version__}]"))
    assert "### Known limitations\n- " in newest


def test_make_page_of_the_package_every_link_leads_to_the_repository() -> None:
    convert = runpy.run_path(str(ROOT / "docs" / "package_page.py"))["with_absolute_links"]
    page = convert((ROOT / "README.md").read_text(encoding="utf-8"), "https://example.org/boxfit", "v1")
    targets = re.findall(r"\]\(([^)]*)\)", page)
    assert len(targets) > 20 and all(target.startswith(("https://", "#")) for target in targets), targets
    assert "![" not in re.sub(r"!\[[^\]]*\]\(https://example.org/boxfit/raw/v1/docs/images/", "", page)


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("[a](docs/a.md#b)", "[a](https://example.org/blob/v1/docs/a.md#b)"),
        ("![a](docs/a.png)", "![a](https://example.org/raw/v1/docs/a.png)"),
        ("[![a](a.png)](a.md)", "[![a](https://example.org/raw/v1/a.png)](https://example.org/blob/v1/a.md)"),
        ("[`a` b](#c) [d](https://e.org)", "[`a` b](#c) [d](https://e.org)"),
        ("```\n[a](b)\n```", "```\n[a](b)\n```"),
    ],
)
def test_make_page_of_the_package_converts_relative_links_alone(text: str, page: str) -> None:
    convert = runpy.run_path(str(ROOT / "docs" / "package_page.py"))["with_absolute_links"]
    assert convert(text, "https://example.org/", "v1") == page


def test_declare_requirements_base_install_has_neither_torch_nor_kaolin() -> None:
    declared = requires("usd-boxfit") or []
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
