"""Output to the terminal: names from a dataset as plain text, and a failure of standard output as an error."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from typing import Any

from boxfit.errors import OutputError
from boxfit.settings.naming import as_flags

_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters other than a line end, which a terminal may obey, and surrogates, which have no encoding."""


def printable(text: str) -> str:
    """Escape the characters of a text that are not for printing."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def write(text: str) -> None:
    """Write a text to standard output at once; a reader that has stopped reading gets no more.

    Raises:
        OutputError: If it cannot be written, as on a full disk.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        discard_output()
        raise OutputError(f"standard output cannot be written ({error.strerror or error})") from error


def discard_output() -> None:
    """Discard what is written to standard output from now on, so that Python's final flush cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_json(values: Any) -> None:
    """Write plain values as JSON to standard output.

    Raises:
        OutputError: As `write`.
    """
    ascii_only = sys.stdout.isatty() or (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    write(json.dumps(values, indent=2, allow_nan=False, ensure_ascii=ascii_only) + "\n")


def tell(kind: str, text: str) -> None:
    """Write one line to standard error, with settings as flags; `kind` is "error", "warning" or "note"."""
    with suppress(OSError):
        print(f"boxfit: {kind}:", printable(as_flags(" ".join(text.split()))), file=sys.stderr, flush=True)
