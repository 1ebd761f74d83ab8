"""Wrong flags, all told alike: one line on stderr that ends in where to read on, and exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import NoReturn

_HELP_INDENT = 8
"""tyro indents the help texts that it repeats by this much or more."""


def refuse(reason: str, prog: str) -> NoReturn:
    """End with exit code 2.

    Args:
        reason: What is wrong.
        prog: The program, and its command where that is known.
    """
    print(f"boxfit: error: {reason} (see {prog} --help)", file=sys.stderr)
    raise SystemExit(2)


@contextmanager
def refusals(prog: str) -> Iterator[None]:
    """Tell what tyro refuses within the block as `refuse` does, not in boxes."""
    told = StringIO()
    try:
        with redirect_stderr(told):
            yield
    except SystemExit as stop:
        if stop.code:
            refuse(_plain(told.getvalue()), prog)
        raise
    print(told.getvalue(), end="", file=sys.stderr)


def _plain(boxed: str) -> str:
    """The text in tyro's boxes as one line, without the help texts of flags and of where to find more."""
    parts: list[list[str]] = [[]]
    for line in boxed.splitlines():
        inside = line.strip().strip("│|")
        if not line.strip().startswith(("│", "|")):
            continue
        if not inside.strip(" ─-"):
            parts.append([])
        elif len(inside) - len(inside.lstrip()) <= _HELP_INDENT:
            parts[-1].append(inside.strip())
    told = [" ".join(part) for part in parts if part and "helptext" not in part[0]]
    return "; ".join(told).rstrip(".") or " ".join(boxed.split())
