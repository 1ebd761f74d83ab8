"""Import of the boxfit library from the extension, from the checkout around it, or from an installed package."""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path

PREBUNDLE = "pip_prebundle"
"""Folder of a built extension with packages that Kit may not have."""


unavailable_reason = ""
"""Reason why the library could not be loaded, or ""."""


def need_library() -> None:
    """Raise an error if the library could not be loaded.

    Raises:
        ModuleNotFoundError: If it is missing; the message says where it was searched and what to do. The library's own
            errors are not available then.
    """
    if unavailable_reason:
        raise ModuleNotFoundError(unavailable_reason, name="boxfit")


def library_folder(extension: Path) -> Path | None:
    """Return the folder to put on `sys.path` for the library that belongs to an extension.

    Args:
        extension: Folder of the extension: built or published, it holds the library; in a checkout, the library is in
            `../../source`.

    Returns:
        None where only an installed package can help.
    """
    # The extension may be a symbolic link into a checkout.
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
        """Import the library that belongs to the folder of an extension.

        Raises:
            ModuleNotFoundError: If it is missing or cannot be imported; all changes are reverted.
        """
        self._was_loaded = "boxfit" in sys.modules
        self._entries: list[str] = []
        folder = library_folder(extension)
        if folder is not None:
            self._entries.append(str(folder))
            sys.path.insert(0, self._entries[-1])
        if (extension / PREBUNDLE).is_dir():
            # At the end: Kit's own packages have priority.
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
        except Exception as error:  # A damaged or incompatible package may raise any error.
            self._withdraw()
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise ModuleNotFoundError(f"the library boxfit cannot be imported ({reason}): install it again") from error
        self.place = Path(str(package.__file__)).parents[1]
        self.version = str(package.__version__)

    def close(self) -> None:
        """Remove the library from `sys.path` and unload it, so that the next start loads it again.

        Modules of the extensions that Kit has not unloaded are unloaded too: they would keep using the old library.
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
