"""What native code prints to standard output: kept from the user's terminal, and at hand where it explains an error."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_STDOUT = 1


class NativeMessages:
    """What was printed so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @property
    def last(self) -> str:
        """The last line, or ""."""
        ctypes.CDLL(None).fflush(None)
        self._file.seek(0)
        lines = self._file.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


@contextmanager
def native_messages() -> Iterator[NativeMessages]:
    """Hold back what is printed to standard output within the block, Python's own prints included."""
    sys.stdout.flush()
    terminal = os.dup(_STDOUT)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), _STDOUT)
        try:
            yield NativeMessages(file)
        finally:
            sys.stdout.flush()
            # Native code has a buffer of its own, which would reach the terminal later.
            ctypes.CDLL(None).fflush(None)
            os.dup2(terminal, _STDOUT)
            os.close(terminal)
