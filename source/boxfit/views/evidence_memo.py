"""Masks that were read are kept: the panel looks at them, and the fit uses them."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from boxfit.views.dataset import Target
from boxfit.views.silhouettes import Evidence, silhouettes


class EvidenceMemo:
    """The evidence of targets, read once each and kept for as long as the target is; any thread may ask."""

    def __init__(self) -> None:
        self._found: WeakKeyDictionary[Target, Evidence] = WeakKeyDictionary()
        self._reading = threading.Lock()

    def read(self, target: Target) -> Evidence:
        """Read a target's masks, unless that has been done; who asks meanwhile waits.

        Raises:
            DatasetError: As `silhouettes`; asked again, it tries again.
        """
        with self._reading:
            found = self._found.get(target)
            if found is None:
                found = self._found[target] = silhouettes(target)
            return found

    def known(self, target: Target) -> Evidence | None:
        """What was read of a target before, or None; does not wait."""
        return self._found.get(target)
