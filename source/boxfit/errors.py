"""Errors of boxfit, and the wording of their messages.

Every message names the file or view, what was found, and what to do. The command line prints it as one line and
exits with 1; anything else that escapes is a bug in boxfit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_LONGEST_LINE = 1000


class BoxfitError(Exception):
    """Base of the errors that a user of boxfit can cause and correct."""


class DatasetError(BoxfitError):
    """Error for a dataset whose files are missing, unreadable or inconsistent."""


class OutOfSightError(DatasetError):
    """Error for a view that does not show an object, which is no fault of the view."""


class CameraError(BoxfitError):
    """Error for a camera that cannot be used: not a pinhole, singular, or not finite."""


class StageError(BoxfitError):
    """Error for a USD stage that cannot be opened, is unsuitable, or cannot be written."""


class FitError(BoxfitError):
    """Error for views that do not determine a box."""


class ContradictionError(DatasetError, FitError):
    """Error for cameras and masks that contradict each other."""


class RendererError(BoxfitError):
    """Error for a renderer that cannot run; the message names what is missing and how to get it."""


class OutputError(BoxfitError):
    """Error for a file that cannot be written."""


class RequirementError(BoxfitError):
    """Error for a missing required package that was not installed; the message names how to get it."""


class PanelError(BoxfitError):
    """Error for a panel that cannot be shown; the message names what is missing and how to get it."""


def one_line(text: str) -> str:
    """Make a text of another program fit for a message: one line of printable characters, at most `_LONGEST_LINE`."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text[:_LONGEST_LINE])
    return " ".join(printable.split())


def list_names(names: Sequence[str], limit: int = 10) -> str:
    """List names for a message: consecutive numbers as a range (`0-23`, `Left/0-23`), cut after `limit` parts."""
    parts = list(_ranges(names))
    omitted = sum(count for _, count in parts[limit:])
    return ", ".join(text for text, _ in parts[:limit]) + (f" and {omitted} more" if omitted else "")


def count_views(names: Sequence[str], count: int) -> str:
    """Count and list views for a message: `3 of 24 views (0, 4, 7)`, or `all 24 views`."""
    return f"all {count} views" if len(names) == count else f"{len(names)} of {count} views ({list_names(names)})"


def _ranges(names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield the parts of the list with their numbers of names; a range has at least three names."""
    run: list[str] = []
    for name in [*names, ""]:
        if run and not _follows(run[-1], name):
            if len(run) > 2:
                yield f"{run[0]}-{run[-1].rpartition('/')[2]}", len(run)
            else:
                yield from ((single, 1) for single in run)
            run = []
        run.append(name)


def _follows(name: str, other: str) -> bool:
    (folder, _, number), (other_folder, _, next_number) = name.rpartition("/"), other.rpartition("/")
    if folder != other_folder or not (number.isdecimal() and next_number.isdecimal()):
        return False
    return int(next_number) == int(number) + 1
