"""Logic of the file dialog: the entries of a folder that can be chosen, and checks of the choice. Nothing here
draws."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from boxfit.errors import StageError
from boxfit.files.paths import typed_path
from boxfit.usd.stage import STAGE_SUFFIXES, check_writable

Choosable = Literal["folder", "stage", "new stage"]
"""Kind of item to choose: a folder, an existing stage, or a file for a new stage."""

MOST_ENTRIES = 500
"""Largest number of listed entries: more would be slow to draw."""

DEFAULT_SUFFIX = ".usda"


@dataclass(frozen=True)
class Entry:
    """A folder or stage in the current folder."""

    path: Path
    is_folder: bool


class FileChoice:
    """A browse through folders that ends with a choice.

    Attributes:
        what: Kind of item to choose.
        folder: The current folder.
        entries: Its entries, folders first.
        name: Selected or typed file, or "".
        problem: Error text, or "".
        replaces: True if `problem` is that the file exists: accepting the same choice again replaces it.
    """

    def __init__(self, what: Choosable, start: Path | None = None) -> None:
        """Begin in a folder, or in that of a file; in the working directory if it is None or does not exist."""
        self.what: Choosable = what
        self.folder = Path.cwd()
        self.entries: tuple[Entry, ...] = ()
        self.name = ""
        self.problem = ""
        self.replaces = False
        self.go(_nearest_folder(start) if start is not None else self.folder)

    def go(self, folder: Path) -> None:
        """Open a folder; if it cannot be read, `problem` is set and the folder stays the same."""
        self._forget_problem()
        folder = Path(os.path.normpath(self.folder / folder))
        try:
            found = [Entry(path, path.is_dir()) for path in folder.iterdir() if not path.name.startswith(".")]
        except OSError as error:
            self.problem = f"{folder} cannot be read ({error.strerror})"
            return
        files = self.what != "folder"
        shown = [entry for entry in found if entry.is_folder or (files and entry.path.suffix in STAGE_SUFFIXES)]
        shown.sort(key=lambda entry: (not entry.is_folder, entry.path.name.casefold()))
        if len(shown) > MOST_ENTRIES:
            self.problem = f"the first {MOST_ENTRIES} of {len(shown):,} are listed: type the name of another"
        self.folder, self.entries = folder, tuple(shown[:MOST_ENTRIES])
        if not files:
            self.name = ""

    @property
    def path(self) -> Path:
        """The current folder; with the JSON file that was typed in place of a folder of views."""
        return self.folder if self.what != "folder" else self.folder / self.name

    def go_up(self) -> None:
        """Open the parent folder."""
        self.go(self.folder.parent)

    def point_at(self, entry: Entry) -> None:
        """Open a folder, or select a file."""
        if entry.is_folder:
            self.go(entry.path)
        else:
            self.type_name(entry.path.name)

    def type_name(self, name: str) -> None:
        """Set the name of a file in the current folder."""
        self._forget_problem()
        self.name = name.strip()

    def type_path(self, text: str) -> None:
        """Open the folder of a path, and select its file: one that may not exist yet, or of views the JSON file."""
        path = self.folder / typed_path(text.strip())
        if path.is_dir():
            self.go(path)
        elif self.what == "folder" and not (path.suffix.lower() == ".json" and path.is_file()):
            self.problem = f"{path} is no folder"
        else:
            self.go(path.parent)
            if not self.problem:
                self.type_name(path.name)

    def accept(self) -> Path | None:
        """Return the choice; None, with `problem` set, if it cannot be taken."""
        if self.what == "folder":
            return self.path
        if not self.name:
            self.problem = "point at a stage, or type its path" if self.what == "stage" else "type a name for the stage"
            return None
        path = self.folder / self.name
        if path.is_dir():
            self.name = ""
            self.go(path)
            return None
        return self._existing(path) if self.what == "stage" else self._new(path)

    def _existing(self, path: Path) -> Path | None:
        if path.is_file():
            return path
        self.problem = f"{path} does not exist"
        return None

    def _new(self, path: Path) -> Path | None:
        if not path.suffix:
            path = path.with_suffix(DEFAULT_SUFFIX)
        if self.replaces and path == self.folder / self.name:
            return path
        self._forget_problem()
        self.name = path.name
        try:
            check_writable(path)
        except StageError as error:
            self.problem = str(error)
            return None
        if path.exists():
            self.problem, self.replaces = f"{path.name} exists: replace it, or type another name", True
            return None
        return path

    def _forget_problem(self) -> None:
        self.problem, self.replaces = "", False


def _nearest_folder(path: Path) -> Path:
    """Return the path, or its nearest parent that exists."""
    path = path.expanduser().absolute()
    return next((place for place in (path, *path.parents) if place.is_dir()), Path.cwd())
