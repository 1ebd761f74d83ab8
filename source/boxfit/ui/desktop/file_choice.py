"""Choosing a file or folder: what a folder holds that can be chosen, and what is wrong with a choice. Nothing draws."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from boxfit.errors import StageError
from boxfit.usd.stage import STAGE_SUFFIXES, check_writable

Choosable = Literal["folder", "stage", "new stage"]
"""A folder, a stage that exists, or a file for a new one."""

MOST_ENTRIES = 500
"""How many are listed: more would be slow to draw, and nobody looks through them."""

DEFAULT_SUFFIX = ".usda"


@dataclass(frozen=True)
class Entry:
    """A folder or stage in the folder that is looked at."""

    path: Path
    is_folder: bool


class FileChoice:
    """A walk through folders that ends with a choice.

    Attributes:
        what: What may be chosen.
        folder: Where the walk is.
        entries: What is there, folders first.
        name: File that was pointed at or typed, or "".
        problem: What is wrong, in words, or "".
        replaces: Whether `problem` is that the file exists: accepting the same choice again replaces it.
    """

    def __init__(self, what: Choosable, start: Path | None = None) -> None:
        """Begin in a folder, or that of a file; in the current one where it is None or does not exist."""
        self.what: Choosable = what
        self.folder = Path.cwd()
        self.entries: tuple[Entry, ...] = ()
        self.name = ""
        self.problem = ""
        self.replaces = False
        self.go(_nearest_folder(start) if start is not None else self.folder)

    def go(self, folder: Path) -> None:
        """Look at a folder; one that cannot be read is a problem, and the walk stays where it is."""
        self._forget_problem()
        folder = Path(os.path.normpath(self.folder / folder))
        try:
            found = [Entry(path, path.is_dir()) for path in folder.iterdir() if not path.name.startswith(".")]
        except OSError as error:
            self.problem = f"{folder} cannot be read ({error.strerror})"
            return
        files = self.what != "folder"
        shown = [one for one in found if one.is_folder or (files and one.path.suffix in STAGE_SUFFIXES)]
        shown.sort(key=lambda one: (not one.is_folder, one.path.name.casefold()))
        if len(shown) > MOST_ENTRIES:
            self.problem = f"the first {MOST_ENTRIES} of {len(shown):,} are listed: type the name of another"
        self.folder, self.entries = folder, tuple(shown[:MOST_ENTRIES])

    def go_up(self) -> None:
        """Look at the folder above."""
        self.go(self.folder.parent)

    def point_at(self, entry: Entry) -> None:
        """Look into a folder, or take a file's name."""
        if entry.is_folder:
            self.go(entry.path)
        else:
            self.type_name(entry.path.name)

    def type_name(self, name: str) -> None:
        """Take a file's name, in the folder that is looked at."""
        self._forget_problem()
        self.name = name.strip()

    def type_path(self, text: str) -> None:
        """Go where a path leads: into a folder, or to a file that is or would be in one."""
        path = self.folder / Path(text.strip()).expanduser()
        if path.is_dir():
            self.go(path)
        elif self.what == "folder":
            self.problem = f"{path} is no folder"
        else:
            self.go(path.parent)
            if not self.problem:
                self.type_name(path.name)

    def accept(self) -> Path | None:
        """The choice; None where there is none, or it cannot be taken, and `problem` says why."""
        if self.what == "folder":
            return self.folder
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
    """The path itself, or the first folder above it that exists."""
    path = path.expanduser().absolute()
    return next((place for place in (path, *path.parents) if place.is_dir()), Path.cwd())
