"""Renewal of what is made from the records of a batch while the run goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from boxfit.errors import BoxfitError

PAUSE = 60.0
"""Least time between two renewals, in [s]."""

_SHARE = 0.05
"""Largest share of the time that a renewal takes, which grows with the number of records."""


class Renewal:
    """Caller of a function now and then, in a thread, so that workers never wait for it; a context manager.

    What fails is left to the end of the run, which does the same and says why it cannot.
    """

    def __init__(self, publish: Callable[[], None]) -> None:
        """Initialise without starting anything.

        Args:
            publish: Function that writes the summary.
        """
        self._publish = publish
        self._next = time.monotonic() + PAUSE
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Renewal:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Wait for a renewal that goes on, unless the run ends by an error."""
        if self._thread is not None and kind is None:
            self._thread.join()

    def renew_if_due(self) -> None:
        """Begin to call the function, if the last call was long enough ago; to call when there are new records."""
        if time.monotonic() < self._next or (self._thread is not None and self._thread.is_alive()):
            return
        self._thread = threading.Thread(target=self._renew, name="boxfit-summary", daemon=True)
        self._thread.start()

    def _renew(self) -> None:
        begin = time.monotonic()
        with suppress(BoxfitError, OSError):
            self._publish()
        end = time.monotonic()
        self._next = end + max(PAUSE, (end - begin) / _SHARE)
