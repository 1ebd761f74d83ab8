"""Values that are kept between runs, in a file of the user's configuration folder."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from boxfit.errors import OutputError
from boxfit.files.drafts import Drafts

FILE_NAME = "panel.json"


def config_folder() -> Path:
    """Return the configuration folder: BOXFIT_CONFIG, else the folder `boxfit` in the system's configuration folder.

    Linux: https://specifications.freedesktop.org/basedir-spec/latest/
    """
    if folder := os.environ.get("BOXFIT_CONFIG"):
        return Path(folder)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "boxfit"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "boxfit"
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    # The specification says to ignore a relative path.
    return (Path(folder) if Path(folder).is_absolute() else Path.home() / ".config") / "boxfit"


class Preferences:
    """Groups of plain values, read once, and written as a whole at each change.

    Attributes:
        path: The file.
        problem: Error in the file and how it was handled; or None.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or config_folder() / FILE_NAME
        self.problem: str | None = None
        self._groups: dict[str, dict[str, Any]] = {}
        try:
            self._groups = _read(self.path)
        except FileNotFoundError:
            pass
        except OSError as error:
            self.problem = f"{self.path} cannot be read ({error.strerror}): the settings are those of a first run"
        except ValueError as error:
            self.problem = f"{self.path} is damaged ({error}): the settings are those of a first run{self._set_aside()}"

    def group(self, name: str) -> Mapping[str, Any]:
        """Return the values of a group; empty if nothing was stored."""
        return dict(self._groups.get(name, {}))

    def store(self, name: str, values: Mapping[str, Any]) -> None:
        """Replace the values of a group, also on disk.

        Args:
            name: Of the group.
            values: Texts, numbers, truth values, None, and lists and mappings of these.

        Raises:
            OutputError: If the file cannot be written; the values hold for this run.
        """
        if self._groups.get(name) == dict(values):
            return
        self._groups[name] = dict(values)
        text = json.dumps(self._groups, indent=2, ensure_ascii=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written ({error.strerror})") from error
        with Drafts() as drafts:
            drafts.add(self.path).write_text(text, encoding="utf-8")

    def _set_aside(self) -> str:
        """Keep the damaged file under another name, so that nothing is lost; return a message."""
        kept = self.path.with_suffix(".damaged.json")
        try:
            self.path.replace(kept)
        except OSError:
            return ""
        return f", and the file is now {kept.name}"


def _read(path: Path) -> dict[str, dict[str, Any]]:
    groups = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(groups, dict) or not all(isinstance(values, dict) for values in groups.values()):
        raise ValueError("it holds no groups of settings")
    return groups
