"""Errors of boxfit, and the wording of their messages.

Every message names the file or view, what was found, and what to do. The command line prints it as one line and
exits with 1; anything else that escapes is a bug in boxfit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence


class BoxfitError(Exception):
    """Base of every error that a user of boxfit can cause and mend."""


class DatasetError(BoxfitError):
    """A dataset's files are missing, unreadable or contradict each other."""


class CameraError(BoxfitError):
    """A camera cannot be used: not a pinhole, singular, or not finite."""


class StageError(BoxfitError):
    """A USD stage cannot be opened, does not fit its purpose, or cannot be written."""


class FitError(BoxfitError):
    """The views do not determine a box."""


class RendererError(BoxfitError):
    """A renderer cannot run here; the message says what is missing and how to get it."""


class OutputError(BoxfitError):
    """A file beside the stage cannot be written."""


class RequirementError(BoxfitError):
    """A package that boxfit needs is missing and was not installed; the message says how to get it."""


class PanelError(BoxfitError):
    """The panel cannot be shown here; the message says what is missing and how to get it."""


def list_names(names: Sequence[str], limit: int = 10) -> str:
    """Names for a message: numbers that follow each other as a range (`0-23`), and cut after some parts."""
    parts = list(_ranges(names))
    left = sum(count for _, count in parts[limit:])
    return ", ".join(text for text, _ in parts[:limit]) + (f" and {left} more" if left else "")


def count_views(names: Sequence[str], count: int) -> str:
    """How many of the views are meant, and which: `3 of 24 views (0, 4, 7)`, or `all 24 views`."""
    return f"all {count} views" if len(names) == count else f"{len(names)} of {count} views ({list_names(names)})"


def _ranges(names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Parts of the list, and how many names each stands for; two that follow each other are no range yet."""
    run: list[str] = []
    for name in [*names, ""]:
        if run and not _follows(run[-1], name):
            if len(run) > 2:
                yield f"{run[0]}-{run[-1]}", len(run)
            else:
                yield from ((one, 1) for one in run)
            run = []
        run.append(name)


def _follows(name: str, other: str) -> bool:
    return name.isdecimal() and other.isdecimal() and int(other) == int(name) + 1
