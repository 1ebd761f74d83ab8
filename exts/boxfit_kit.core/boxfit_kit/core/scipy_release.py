"""SciPy releases by the Python and NumPy versions of Kit."""

from __future__ import annotations

import re
from dataclasses import dataclass

Version = tuple[int, ...]

OLDEST_SCIPY = (1, 10, 1)
"""Oldest SciPy that pyproject.toml allows."""


@dataclass(frozen=True)
class ScipyRelease:
    """A release with the version ranges that it supports, each without its upper end.

    Attributes:
        version: Of SciPy.
        python: Versions of Python that its wheels are for.
        numpy: Versions of NumPy that its metadata allows.
    """

    version: str
    python: tuple[Version, Version]
    numpy: tuple[Version, Version]


RELEASES = (
    # The last for Python 3.10, so that one release does for every Kit from 106 (Python 3.10, NumPy 1.26) to 110
    # (Python 3.12, NumPy 2.3).
    ScipyRelease("1.15.3", ((3, 10), (3, 14)), ((1, 23, 5), (2, 5))),
    # For future Kits: 1.15 was not built for NumPy 2.5.
    ScipyRelease("1.17.1", ((3, 11), (3, 15)), ((2, 5), (2, 7))),
)


def scipy_release(python: Version, numpy: Version) -> str | None:
    """Return the release for a Python and a NumPy, or None if none is known."""
    for release in RELEASES:
        if release.python[0] <= python < release.python[1] and release.numpy[0] <= numpy < release.numpy[1]:
            return release.version
    return None


def numbers_of(version: str) -> Version:
    """Return the leading numbers of a version: "2.0.0rc1" gives (2, 0, 0)."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(number) for number in found[0].split(".")) if found else ()
