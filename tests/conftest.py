"""Fixtures for all tests, and skips that fail where BOXFIT_REQUIRE names what is missing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.interpreters import OtherPython

# The same examples in every run: a test that fails here fails everywhere. A shared machine's pace is no failure.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

REQUIRED = {word.strip() for word in os.environ.get("BOXFIT_REQUIRE", "").split(",") if word.strip()}


PICTURES = Path(os.environ["BOXFIT_PICTURES"]).resolve() if os.environ.get("BOXFIT_PICTURES") else None
"""Folder for pictures, or None. Resolved at import, as some tests change the current folder before they take one."""


def skip_or_fail(need: str, reason: str, whole_file: bool = False) -> None:
    """Skip the test, or the file that is imported, or fail where the run says that it has what the test needs."""
    if need in REQUIRED:
        pytest.fail(f"BOXFIT_REQUIRE names {need!r}, but {reason}")
    pytest.skip(reason, allow_module_level=whole_file)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the reference data that the repository does not carry."""
    folder = Path(os.environ.get("BOXFIT_SHARED", Path(__file__).parents[1] / ".." / "shared")).resolve()
    if not (folder / "data").is_dir():
        skip_or_fail("shared", f"the reference data is not at {folder} (set BOXFIT_SHARED)")
    return folder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Folder for pictures to look at: that of BOXFIT_PICTURES, or a temporary one."""
    folder = PICTURES or tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def path_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make a method of Path, or "os.scandir", raise an error, by default that of a folder without access."""

    def fail(method: str, error: OSError | None = None) -> None:
        def refuse(*_: object) -> None:
            raise error or PermissionError(13, "Permission denied")

        monkeypatch.setattr(method if "." in method else f"pathlib.Path.{method}", refuse)

    return fail


@pytest.fixture
def other(tmp_path: Path) -> OtherPython:
    """Another Python interpreter, with NumPy."""
    return OtherPython(tmp_path / "other")


@pytest.fixture
def no_torch_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send what needs PyTorch to the other interpreter, even if this one has it."""
    monkeypatch.setattr(
        "boxfit.session.renderer_provider.not_installed_reason",
        lambda name: None if name == "area" else "PyTorch is not installed",
    )


@pytest.fixture(scope="session")
def torch_module():
    """The torch package."""
    try:
        import torch
    except ImportError:
        skip_or_fail("torch", "torch is not installed (pip install torch)")
    return torch
