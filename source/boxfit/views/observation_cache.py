"""Masks that were read are kept: the panel looks at them, and the fit uses them."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from boxfit.views.dataset import LabelledObject
from boxfit.views.silhouettes import Observations, silhouettes


class ObservationCache:
    """The observations of objects, read once each and kept for as long as the object is; any thread may ask."""

    def __init__(self) -> None:
        self._found: WeakKeyDictionary[LabelledObject, Observations] = WeakKeyDictionary()
        self._reading = threading.Lock()

    def read(self, labelled: LabelledObject) -> Observations:
        """Read a labelled's masks, unless that has been done; who asks meanwhile waits.

        Raises:
            DatasetError: As `silhouettes`; asked again, it tries again.
        """
        with self._reading:
            found = self._found.get(labelled)
            if found is None:
                found = self._found[labelled] = silhouettes(labelled)
            return found

    def known(self, labelled: LabelledObject) -> Observations | None:
        """What was read of a labelled before, or None; does not wait."""
        return self._found.get(labelled)
