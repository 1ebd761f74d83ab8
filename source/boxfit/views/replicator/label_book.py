"""One numbering of what the frames of a scene show, whatever ids and colours each frame gave it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from boxfit.errors import DatasetError
from boxfit.usd.label import Label
from boxfit.views.dataset import LabelledObject, Problem
from boxfit.views.replicator.boxes import PrimBox
from boxfit.views.replicator.labels import Meaning, Semantics

_MOST = np.iinfo(np.uint16).max


class LabelBook:
    """Ids of labelled prims ("instance") and of labels ("semantic"), in the order in which frames show them."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, Semantics | str], int] = {}
        self._meanings: dict[tuple[str, int], Meaning] = {}
        self._names: dict[str, set[str]] = {}

    def ids(self, sensor: str, meanings: Mapping[int, Meaning | None]) -> dict[int, int]:
        """Ids by pixel value, 0 for what is no object; what was not seen before gets the next one.

        Raises:
            DatasetError: If there are too many.
        """
        return {value: 0 if meaning is None else self._id(sensor, meaning) for value, meaning in meanings.items()}

    def labels(self) -> dict[tuple[str, int], Label]:
        """All of them, by sensor and id.

        A label's name is the class. Of several prims of one class, it is the prim's path.
        """
        carriers = Counter((sensor, meaning.class_name) for (sensor, _), meaning in self._meanings.items())
        named = {}
        for (sensor, number), meaning in self._meanings.items():
            alone = meaning.class_name != "" and carriers[sensor, meaning.class_name] == 1
            name = meaning.class_name if alone or meaning.prim is None else meaning.prim
            named[sensor, number] = Label(number, name, sensor, "labels")
        return named

    def records(self, boxes: Iterable[PrimBox]) -> Iterator[dict[str, Any]]:
        """A frame's boxes as records under the names of their labels.

        The box of a prim that labelled prims are parts of is left out: it holds them too, but the prim's mask does
        not.
        """
        boxes, labels = list(boxes), self.labels()
        prims = {box.prim for box in boxes if box.prim is not None}
        prims |= {meaning.prim for meaning in self._meanings.values() if meaning.prim is not None}
        for box in boxes:
            if box.prim is not None and any(prim.startswith(f"{box.prim}/") for prim in prims):
                continue
            keys: tuple[tuple[str, Semantics | str], ...] = (("instance", box.prim or ""), ("semantic", box.semantics))
            key = next((key for key in keys if key in self._ids), None)
            if key is not None:
                yield box.record(labels[key[0], self._ids[key]].name)

    def shared(self, objects: Iterable[LabelledObject], boxes: Iterable[PrimBox]) -> Iterator[Problem]:
        """Labels that are to get one box although several prims carry them.

        Args:
            objects: Objects that were found.
            boxes: Those of all frames.
        """
        carriers: dict[Semantics, set[str]] = {}
        for box in boxes:
            if box.prim is not None:
                carriers.setdefault(box.semantics, set()).add(box.prim)
        for labelled in objects:
            label = labelled.label
            prims = sorted(carriers.get(self._meanings[label.sensor, label.id].semantics, ()))
            if label.sensor == "semantic" and len(prims) > 1:
                yield Problem(
                    f"label {label.name}",
                    f"{len(prims)} prims carry it ({prims[0]}, {prims[1]}{', ...' if len(prims) > 2 else ''}), and one "
                    "box will hold them all: write instance_segmentation too, to get a box for each",
                )

    def renamed(self) -> Iterator[Problem]:
        """Prims that some frames call otherwise than others: another thing may have stood under that path."""
        for prim, names in self._names.items():
            if len(names) > 1:
                called = " in some frames, and ".join(sorted(names))
                yield Problem(
                    f"prim {prim}",
                    f"it is called {called} in others: if these are several things, fit them one at a time (views, "
                    "exclude), or write semantic_segmentation too",
                )

    def _id(self, sensor: str, meaning: Meaning) -> int:
        number = self._ids.setdefault((sensor, meaning.identity), len(self._ids) + 1)
        if number > _MOST:
            raise DatasetError(f"there are more than {_MOST} labelled prims: label only those of interest")
        if meaning.prim is not None and meaning.class_name:
            self._names.setdefault(meaning.prim, set()).add(meaning.class_name)
        if not self._meanings.setdefault((sensor, number), meaning).semantics:
            self._meanings[sensor, number] = meaning
        return number
