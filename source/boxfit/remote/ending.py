"""Description of a process' end: its exit code and the last lines that it printed."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import IO

from boxfit.errors import one_line

_BYTES = 8000
"""Number of last bytes of the output to keep."""

_LAST_LINES, _LINE = 3, 300
"""Number of lines of the output in an error, and of characters in each."""

_log = logging.getLogger(__name__)


class LastOutput:
    """End of what a process prints, read in a thread so that the pipe never blocks."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        """Start the thread.

        Args:
            stream: The process' stderr; closed when it ends.
            name: Name of the process, for the log.
        """
        self._stream, self._name = stream, name
        self._kept = b""
        self._thread = threading.Thread(target=self._read, name="boxfit worker's stderr", daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the end of the output, at most for the given time: a child of the process may hold it open."""
        self._thread.join(seconds)

    def lines(self) -> str:
        """Return the last lines for a message, and log all that was kept."""
        self.log()
        lines = [line[:_LINE] for text in self._text().splitlines() if (line := one_line(text))]
        return f" and printed: {' / '.join(lines[-_LAST_LINES:])}" if lines else ""

    def log(self) -> None:
        """Log what was kept."""
        if text := self._text().strip():
            _log.info("%s printed:\n%s", self._name, text)

    def _read(self) -> None:
        with self._stream as stream:
            while chunk := os.read(stream.fileno(), 4096):
                self._kept = (self._kept + chunk)[-_BYTES:]

    def _text(self) -> str:
        return self._kept.decode("utf-8", "replace")


def describe_exit(code: int) -> str:
    """Describe an exit code."""
    if code == -getattr(signal, "SIGKILL", 0):
        return "it was killed by SIGKILL, as the system does when memory runs out"
    if code < 0:
        try:
            return f"it crashed with {signal.Signals(-code).name}"
        except ValueError:
            return f"it crashed with signal {-code}"
    # On Windows, the exit code of a crash is the exception's status, such as 0xC0000005.
    return f"it crashed with status 0x{code:08X}" if code > 0xFFFF else f"it ended with exit code {code}"
