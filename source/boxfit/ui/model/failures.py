"""An exception as the panel shows it; a bug is told in the log too, with its traceback."""

from __future__ import annotations

import logging

from boxfit.errors import BoxfitError

_log = logging.getLogger(__name__)


def in_words(error: Exception) -> str:
    """What to show for something that failed.

    Args:
        error: A `BoxfitError` speaks for itself. Anything else is a bug in boxfit, which the log gets whole.
    """
    if isinstance(error, BoxfitError):
        return str(error)
    _log.error("boxfit failed unexpectedly", exc_info=error)
    return f"boxfit failed unexpectedly ({type(error).__name__}: {error}): the log has more, please report it"
