"""Error texts for the panel; unexpected errors are also logged with their traceback."""

from __future__ import annotations

import logging

from boxfit.errors import BoxfitError
from boxfit.ui.model.labels import in_labels

_log = logging.getLogger(__name__)


def in_words(error: Exception) -> str:
    """Return the message of a `BoxfitError` in the panel's words; any other error is a bug in boxfit, and is logged."""
    if isinstance(error, BoxfitError):
        return in_labels(str(error))
    _log.error("boxfit failed unexpectedly", exc_info=error)
    return f"boxfit failed unexpectedly ({type(error).__name__}: {error}): see the log, and please report it"
