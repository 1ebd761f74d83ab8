"""Cache of the masks of objects, shared by the panel and the fit."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from boxfit.views.dataset import LabelledObject
from boxfit.views.silhouettes import Observations, silhouettes


class ObservationCache:
    """Thread-safe cache of observations, each kept as long as its object."""

    def __init__(self) -> None:
        self._observations: WeakKeyDictionary[LabelledObject, Observations] = WeakKeyDictionary()
        self._reading = threading.Lock()

    def read(self, labelled: LabelledObject) -> Observations:
        """Read an object's masks, or return the cached result; waits for a read in another thread.

        Raises:
            DatasetError: As `silhouettes`; errors are not cached.
        """
        with self._reading:
            observations = self._observations.get(labelled)
            if observations is None:
                observations = self._observations[labelled] = silhouettes(labelled)
            return observations

    def known(self, labelled: LabelledObject) -> Observations | None:
        """Return an object's cached observations, or None, without waiting."""
        return self._observations.get(labelled)
