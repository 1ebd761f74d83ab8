"""Consistent ids for the prims and labels in the frames of a scene, whose own ids and colours differ."""

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
    """Ids of labelled prims ("instance") and of labels ("semantic"), in the order of their first frames."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, Semantics | str], int] = {}
        self._meanings: dict[tuple[str, int], Meaning] = {}
        self._names: dict[str, set[str]] = {}
        self._prims: dict[Semantics, set[str]] = {}
        self._repeated: set[Semantics] = set()

    def ids(self, sensor: str, meanings: Mapping[int, Meaning | None]) -> dict[int, int]:
        """Return ids by pixel value, 0 for the background; new prims and labels get the next id.

        Raises:
            DatasetError: If there are too many.
        """
        return {value: 0 if meaning is None else self._id(sensor, meaning) for value, meaning in meanings.items()}

    def labels(self) -> dict[tuple[str, int], Label]:
        """Return all labels by sensor and id.

        The name of a label is its class, or the path of its prim if several prims have the same class. A label in
        semantic images has a prim if a single one carries it.
        """
        carriers = Counter((sensor, meaning.class_name) for (sensor, _), meaning in self._meanings.items())
        named = {}
        for (sensor, number), meaning in self._meanings.items():
            alone = meaning.class_name != "" and carriers[sensor, meaning.class_name] == 1
            name = meaning.class_name if alone or meaning.prim is None else meaning.prim
            prims = self._prims.get(meaning.semantics, ()) if meaning.prim is None else (meaning.prim,)
            prim = next(iter(prims)) if len(prims) == 1 else ""
            named[sensor, number] = Label(number, name, sensor, "labels", meaning.own_class, prim)
        return named

    def note_prims(self, boxes: Iterable[PrimBox]) -> None:
        """Note which prims carry which labels, and which labels several do, as a frame's boxes state them."""
        boxes = list(boxes)
        for box in boxes:
            if box.prim is not None:
                self._prims.setdefault(box.semantics, set()).add(box.prim)
        counts = Counter(box.semantics for box in boxes)
        self._repeated |= {semantics for semantics, count in counts.items() if count > 1}

    def records(self, boxes: Iterable[PrimBox]) -> Iterator[dict[str, Any]]:
        """Yield a frame's boxes as records with the names of their labels.

        Boxes of prims with labelled descendants are left out: they contain the descendants, but the prim's mask does
        not. So are those of a label that several prims have in some frame, if the masks do not tell them apart: the
        only one in another frame may be any of them.
        """
        boxes, labels = list(boxes), self.labels()
        prims = {box.prim for box in boxes if box.prim is not None}
        prims |= {meaning.prim for meaning in self._meanings.values() if meaning.prim is not None}
        for box in boxes:
            if box.prim is not None and any(prim.startswith(f"{box.prim}/") for prim in prims):
                continue
            keys: tuple[tuple[str, Semantics | str], ...] = (("instance", box.prim or ""), ("semantic", box.semantics))
            key = next((key for key in keys if key in self._ids), None)
            is_shared = box.semantics in self._repeated or len(self._prims.get(box.semantics, ())) > 1
            if key is not None and not (key[0] == "semantic" and is_shared):
                yield box.record(labels[key[0], self._ids[key]].name)

    def shared(self, objects: Iterable[LabelledObject]) -> Iterator[Problem]:
        """Yield a problem for each of the objects that is a single label although several prims have it."""
        for labelled in objects:
            label = labelled.label
            prims = sorted(self._prims.get(self._meanings[label.sensor, label.id].semantics, ()))
            if label.sensor == "semantic" and len(prims) > 1:
                some = ", ".join(prims[:2]) + (", ..." if len(prims) > 2 else "")
                yield Problem(
                    f"label {label.name}",
                    f"{len(prims)} prims have it ({some}), which its masks do not tell apart: a box may contain "
                    "several of them; write instance_segmentation too, to get a box for each",
                )

    def renamed(self) -> Iterator[Problem]:
        """Yield a problem for each prim whose label differs between frames: the path may hold different objects."""
        for prim, names in self._names.items():
            if len(names) > 1:
                labels = " in some frames, and ".join(sorted(names))
                yield Problem(
                    f"prim {prim}",
                    f"it is labelled {labels} in others: if these are different objects, fit them separately (views, "
                    "exclude), or write semantic_segmentation too",
                )

    def _id(self, sensor: str, meaning: Meaning) -> int:
        number = self._ids.setdefault((sensor, meaning.identity), len(self._ids) + 1)
        if number > _MOST:
            raise DatasetError(f"there are more than {_MOST} labelled prims: label only those of interest")
        if meaning.prim is not None and meaning.class_name:
            self._names.setdefault(meaning.prim, set()).add(meaning.class_name)
            self._prims.setdefault(meaning.semantics, set()).add(meaning.prim)
        if not self._meanings.setdefault((sensor, number), meaning).semantics:
            self._meanings[sensor, number] = meaning
        return number
