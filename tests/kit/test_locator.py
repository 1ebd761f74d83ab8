"""Tests of the import of the library: from the extension, from the checkout around it, or installed."""

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.kit.files import EXTENSIONS

CORE = "boxfit_kit.core"


def copy_extension(folder: Path) -> Path:
    """Copy the core extension to a separate folder."""
    copy = folder / "somewhere" / "exts" / CORE
    shutil.copytree(EXTENSIONS / CORE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def make_library(folder: Path, version: str = "0.1.0") -> None:
    """Make a minimal package with the library's name."""
    (folder / "boxfit").mkdir(parents=True)
    (folder / "boxfit" / "__init__.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")


def interpret(extension: Path, code: str, installed: Path | None = None) -> str:
    """Run code in an interpreter without a library except `installed`; return its output, or the last line of its
    error."""
    start = f"""
        import sys
        from pathlib import Path
        sys.path[:] = [at for at in sys.path if not (Path(at) / "boxfit").exists() and "site-packages" not in at]
        sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
        sys.path += {[str(installed)] if installed else []}
        sys.path.insert(0, {str(extension / "boxfit_kit" / "core")!r})
        from library import Library
        extension = Path({str(extension)!r})
    """
    code = textwrap.dedent(start) + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def located(extension: Path, *, installed: Path | None = None) -> str:
    """Return folder and version of the library that an extension finds."""
    code = """
        path = list(sys.path)
        library = Library(extension)
        print(library.place, library.version)
        library.close()
        assert not any(name.split(".")[0] == "boxfit" for name in sys.modules)
        assert sys.path == path
    """
    return interpret(extension, code, installed)


def test_locate_takes_the_library_inside_before_that_of_the_checkout_and_an_installed_one_last(
    tmp_path: Path,
) -> None:
    extension, installed = copy_extension(tmp_path), tmp_path / "installed"
    for folder, version in ((installed, "0.3.0"), (tmp_path / "somewhere" / "source", "0.2.0"), (extension, "0.1.0")):
        make_library(folder, version)
        assert located(extension, installed=installed) == f"{folder} {version}"


def test_locate_through_a_link_into_a_checkout_takes_the_checkout(tmp_path: Path) -> None:
    extension = copy_extension(tmp_path)
    make_library(tmp_path / "somewhere" / "source", "0.2.0")
    (tmp_path / "searched").mkdir()
    link = tmp_path / "searched" / CORE
    try:
        link.symlink_to(extension, target_is_directory=True)
    except OSError as error:
        pytest.skip(f"no links can be made here ({error})")
    assert located(link) == f"{tmp_path / 'somewhere' / 'source'} 0.2.0"


def test_locate_without_any_library_says_where_it_was_sought(tmp_path: Path) -> None:
    message = located(copy_extension(tmp_path))
    assert "ModuleNotFoundError" in message
    assert "not in source/boxfit of a checkout" in message
    assert "repo build" in message


def test_start_again_after_the_library_was_replaced_loads_the_new_one(tmp_path: Path) -> None:
    extension = copy_extension(tmp_path)
    make_library(extension, "0.1.0")
    code = """
        library = Library(extension)
        print(library.version)
        library.close()
        (extension / "boxfit" / "__init__.py").write_text('__version__ = "0.2.0-of-another-length"')
        print(Library(extension).version)
    """
    assert interpret(extension, code).split() == ["0.1.0", "0.2.0-of-another-length"]


def test_close_of_a_library_that_a_script_had_loaded_before_leaves_it_loaded(tmp_path: Path) -> None:
    extension = copy_extension(tmp_path)
    make_library(tmp_path / "installed", "0.3.0")
    code = """
        import boxfit
        library = Library(extension)
        library.close()
        print(sys.modules["boxfit"] is boxfit)
    """
    assert interpret(extension, code, tmp_path / "installed") == "True"
