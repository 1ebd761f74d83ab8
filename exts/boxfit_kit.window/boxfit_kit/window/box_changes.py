"""Detection of stage edits that concern boxes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

from boxfit.usd.provenance import NAMESPACE, is_from_boxfit
from pxr import Sdf, Tf, Usd, UsdGeom

_UNIT = UsdGeom.Tokens.metersPerUnit

Change = Literal["edited", "moved"]


class _Edit(NamedTuple):
    """Changed paths of a notice, which is gone when it has been handled."""

    resynced: list[Sdf.Path]
    changed: list[Sdf.Path]
    is_of_unit: bool


class BoxChanges:
    """Subscription to the edits of a stage.

    Args:
        stage: The stage.
        boxes: Returns the paths of the known boxes.
        wake: Called after an edit, so that `take` is called later: this happens on the thread that edits, in the middle
            of the edit, where nothing may be read or drawn.
    """

    def __init__(self, stage: Usd.Stage, boxes: Callable[[], Iterable[str]], wake: Callable[[], None]) -> None:
        self._boxes, self._wake = boxes, wake
        self._edits: deque[_Edit] = deque()
        self._paths: tuple[str, ...] = ()
        self._known: set[Sdf.Path] = set()
        self._watch: Any = Tf.Notice.Register(Usd.Notice.ObjectsChanged, self._changed, stage)

    def destroy(self) -> None:
        """Unsubscribe."""
        if self._watch is not None:
            self._watch.Revoke()
            self._watch = None

    def forget(self) -> None:
        """Drop the edits so far, after everything has been read again."""
        self._edits.clear()

    def take(self, stage: Usd.Stage) -> Change | None:
        """Return the effect on boxes of all edits since the last call.

        Args:
            stage: The stage.

        Returns:
            "edited" where boxes may have been added or removed, "moved" where known boxes may have changed their place,
            visibility or unit, else None.
        """
        known, moved = self._known_prims(), False
        while self._edits:
            edit = self._edits.popleft()
            if any(_may_add_or_remove(stage, path, known) for path in edit.resynced):
                self.forget()
                return "edited"
            moved = (
                moved or edit.is_of_unit or any(path.GetPrimPath() in known for path in edit.resynced + edit.changed)
            )
        return "moved" if moved and known else None

    def _changed(self, notice: Usd.Notice.ObjectsChanged, stage: Usd.Stage) -> None:
        is_of_unit = _UNIT in notice.GetChangedFields(Sdf.Path.absoluteRootPath)
        self._edits.append(_Edit(notice.GetResyncedPaths(), notice.GetChangedInfoOnlyPaths(), is_of_unit))
        self._wake()

    def _known_prims(self) -> set[Sdf.Path]:
        """Return the prims of the known boxes and their ancestors."""
        paths = tuple(self._boxes())
        if paths != self._paths:
            self._paths = paths
            self._known = {prefix for box in paths for prefix in Sdf.Path(box).GetPrefixes()}
        return self._known


def _may_add_or_remove(stage: Usd.Stage, path: Sdf.Path, known: set[Sdf.Path]) -> bool:
    """Return True if a box may have been added or removed at a recomposed path."""
    if path.IsPropertyPath():
        # A prim becomes a box by attributes that are written after its creation.
        return path.name.startswith(f"{NAMESPACE}:") and path.GetPrimPath() not in known
    if path in known or path.IsAbsoluteRootPath():
        return True
    prim = stage.GetPrimAtPath(path)
    return bool(prim) and any(is_from_boxfit(descendant) for descendant in Usd.PrimRange(prim))
