"""Output of native code, which is kept from the user's terminal and available for error texts."""

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
    """Captured output."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @property
    def last(self) -> str:
        """Last line of the output, or ""."""
        ctypes.CDLL(None).fflush(None)
        self._file.seek(0)
        lines = self._file.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


@contextmanager
def native_messages() -> Iterator[NativeMessages]:
    """Capture everything that is printed to standard output within the block, also by Python."""
    sys.stdout.flush()
    terminal = os.dup(_STDOUT)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), _STDOUT)
        try:
            yield NativeMessages(file)
        finally:
            sys.stdout.flush()
            # Native code has its own buffer, which would reach the terminal later.
            ctypes.CDLL(None).fflush(None)
            os.dup2(terminal, _STDOUT)
            os.close(terminal)
