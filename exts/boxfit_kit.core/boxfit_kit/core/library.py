"""Where the boxfit library is: inside the extension, in the checkout around it, or installed."""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path

PREBUNDLE = "pip_prebundle"
"""Folder of a built extension with the packages that Kit may lack."""


fault = ""
"""Why there is no library, for those who miss it later."""


def need_library() -> None:
    """Go on if there is a library.

    Raises:
        ModuleNotFoundError: If there is none; the message says where it was sought and what to do. The library's own
            errors cannot be raised without it.
    """
    if fault:
        raise ModuleNotFoundError(fault, name="boxfit")


def library_folder(extension: Path) -> Path | None:
    """The folder to put on `sys.path`, so that `import boxfit` finds the library that belongs to an extension.

    Args:
        extension: Folder of the extension: built or published, it holds the library; in a checkout, the library is in
            `../../source`.

    Returns:
        None where only an installed package can help.
    """
    # Someone may have linked the extension from a checkout into a folder that Kit searches.
    for folder in (extension, extension.resolve().parents[1] / "source"):
        if (folder / "boxfit" / "__init__.py").is_file():
            return folder
    return None


class Library:
    """The library on `sys.path`, until it is closed.

    Attributes:
        place: The folder that the package `boxfit` is in.
        version: Its version.
    """

    def __init__(self, extension: Path) -> None:
        """Find the library.

        Args:
            extension: Folder of the extension.

        Raises:
            ModuleNotFoundError: If there is none, or it cannot be imported; nothing is left of the attempt.
        """
        self._was_loaded = "boxfit" in sys.modules
        self._entries: list[str] = []
        folder = library_folder(extension)
        if folder is not None:
            self._entries.append(str(folder))
            sys.path.insert(0, self._entries[-1])
        if (extension / PREBUNDLE).is_dir():
            # At the end: what Kit itself brings goes first.
            self._entries.append(str(extension / PREBUNDLE))
            sys.path.append(self._entries[-1])
        importlib.invalidate_caches()
        if find_spec("boxfit") is None:
            self._withdraw()
            raise ModuleNotFoundError(
                f"the library boxfit is not in {extension / 'boxfit'}, not in source/boxfit of a checkout around it, "
                "and not installed: add the exts folder of a whole checkout to Kit's search paths, or build it with "
                "repo build"
            )
        try:
            package = importlib.import_module("boxfit")
        except Exception as error:  # What is half copied, or made for another Python, raises all sorts of errors.
            self._withdraw()
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise ModuleNotFoundError(f"the library boxfit cannot be imported ({reason}): get it anew") from error
        self.place = Path(str(package.__file__)).parents[1]
        self.version = str(package.__version__)

    def close(self) -> None:
        """Take it off `sys.path`; what was loaded from there is unloaded, so that the next start loads it anew.

        So is what Kit has not unloaded of the extensions, as where a module that is loaded meanwhile keeps it from
        looking: it would go on with the library of before.
        """
        self._withdraw()
        _unload("boxfit_kit")

    def _withdraw(self) -> None:
        if not self._was_loaded:
            _unload("boxfit")
        for entry in self._entries:
            if entry in sys.path:
                sys.path.remove(entry)
        self._entries.clear()


def _unload(package: str) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]
