"""Executable and environment of another Python interpreter."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from boxfit.errors import RendererError

OLDEST_PYTHON = (3, 10)

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
"""Script that the other interpreter runs."""

_OURS = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONEXECUTABLE",
    "PYTHONNOUSERSITE",
    "PYTHONPLATLIBDIR",
    "__PYVENV_LAUNCHER__",
)
"""Environment variables of this interpreter's own paths. Applications that embed Python set them."""

_APPLICATION = ("CARB_APP_PATH", "ISAAC_PATH", "EXP_PATH")
"""Environment variables of the folders of Omniverse applications."""

_LIBRARIES = ("LD_PRELOAD", "LD_LIBRARY_PATH")
"""Lists to which applications add their libraries; the user's entries are kept for the other interpreter."""

_CONDA_DLLS = ("", r"Library\mingw-w64\bin", r"Library\usr\bin", r"Library\bin", "Scripts")
"""Folders with DLLs that activating a conda environment on Windows adds to the path."""


def find_program(python: Path) -> str:
    """Find the executable of an interpreter.

    Args:
        python: A path, or a name on the search path; quotes around it are ignored.

    Raises:
        RendererError: If there is no such executable.
    """
    named = str(python).strip().strip("\"'")
    try:
        python = Path(named).expanduser()
    except RuntimeError as error:
        raise RendererError(f"{error}: name a Python interpreter by its whole path") from error
    try:
        if program := shutil.which(str(python)):
            return program
        if python.is_dir():
            inside = "Scripts\\python.exe" if os.name == "nt" else "bin/python"
            raise RendererError(f"it is a folder: name the interpreter itself, such as {python / inside}")
        if python.exists():
            raise RendererError("it is not an executable file: name a Python interpreter")
    except ValueError:  # Raised for characters that no path may contain.
        pass
    raise RendererError("there is no such file: name a Python interpreter")


def environment_for(program: str, environment: Mapping[str, str], windows: bool = os.name == "nt") -> dict[str, str]:
    """Return the environment for another interpreter: this one, without variables meant for this interpreter only.

    Args:
        program: Executable of the interpreter.
        environment: Environment of this process.
        windows: True on Windows.
    """
    result = {name: value for name, value in environment.items() if name not in _OURS}
    own = tuple(os.path.normcase(result[name]) for name in _APPLICATION if result.get(name))
    for name in _LIBRARIES:
        if name in result:
            users = [path for path in result[name].split(os.pathsep) if not os.path.normcase(path).startswith(own)]
            result[name] = os.pathsep.join(users)
            if not users:
                del result[name]
    folder = Path(program).parent
    if windows and (folder / "conda-meta").is_dir():
        result["PATH"] = os.pathsep.join([*(str(folder / name) for name in _CONDA_DLLS), result.get("PATH", "")])
    return result
