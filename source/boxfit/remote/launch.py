"""What it takes to start another Python interpreter: its file, and the environment that it is given."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from boxfit.errors import RendererError

OLDEST_PYTHON = (3, 10)

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
"""What it runs."""

_OURS = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONEXECUTABLE",
    "PYTHONNOUSERSITE",
    "PYTHONPLATLIBDIR",
    "__PYVENV_LAUNCHER__",
)
"""Environment variables that say where this interpreter finds its library. Applications that embed Python set them."""

_APPLICATION = ("CARB_APP_PATH", "ISAAC_PATH", "EXP_PATH")
"""Those by which Omniverse applications name their folders."""

_LIBRARIES = ("LD_PRELOAD", "LD_LIBRARY_PATH")
"""Lists that they put their own libraries into; what the user has there, the other interpreter may need."""

_CONDA_DLLS = ("", r"Library\mingw-w64\bin", r"Library\usr\bin", r"Library\bin", "Scripts")
"""Folders of a conda environment on Windows that its activation puts on the path: its packages' DLLs are there."""


def find_program(python: Path) -> str:
    """The file to run.

    Args:
        python: What a user named: a path, or a name on the search path; quotes around it say nothing.

    Raises:
        RendererError: If there is none.
    """
    named = str(python).strip().strip("\"'")
    try:
        python = Path(named).expanduser()
    except RuntimeError as error:
        raise RendererError(f"{error}: name a Python interpreter by its whole path") from error
    try:
        if found := shutil.which(str(python)):
            return found
        if python.is_dir():
            inside = "Scripts\\python.exe" if os.name == "nt" else "bin/python"
            raise RendererError(f"it is a folder: name the interpreter itself, such as {python / inside}")
        if python.exists():
            raise RendererError("it is a file that cannot be run: name a Python interpreter")
    except ValueError:  # No path may hold such a character.
        pass
    raise RendererError("there is no such file: name a Python interpreter")


def environment_for(program: str, environment: Mapping[str, str], windows: bool = os.name == "nt") -> dict[str, str]:
    """The environment to start an interpreter in: this one, without what is meant for this interpreter alone.

    Args:
        program: File of the interpreter.
        environment: Of this process.
        windows: Whether this is Windows.
    """
    given = {name: value for name, value in environment.items() if name not in _OURS}
    own = [os.path.normcase(given[name]) for name in _APPLICATION if given.get(name)]
    for name in _LIBRARIES:
        if name in given:
            kept = [place for place in given[name].split(os.pathsep) if not _lies_in(place, own)]
            given[name] = os.pathsep.join(kept)
            if not kept:
                del given[name]
    folder = Path(program).parent
    if windows and (folder / "conda-meta").is_dir():
        given["PATH"] = os.pathsep.join([*(str(folder / place) for place in _CONDA_DLLS), given.get("PATH", "")])
    return given


def _lies_in(place: str, folders: list[str]) -> bool:
    return any(os.path.normcase(place).startswith(folder) for folder in folders)
