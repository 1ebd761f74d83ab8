"""Detection of stage edits that concern boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from boxfit.usd.provenance import NAMESPACE, is_from_boxfit
from pxr import Sdf, Tf, Usd, UsdGeom

_UNIT = UsdGeom.Tokens.metersPerUnit

Change = Literal["edited", "moved"]


class BoxChanges:
    """Subscription to the edits of a stage. The callback runs in the middle of an edit: it must not read or draw.

    Args:
        stage: The stage.
        boxes: Returns the paths of the known boxes.
        note: Called with "edited" where boxes may have been added or removed, with "moved" where known boxes may have
            changed their place, visibility or unit.
    """

    def __init__(self, stage: Usd.Stage, boxes: Callable[[], Iterable[str]], note: Callable[[Change], None]) -> None:
        self._boxes, self._note = boxes, note
        self._paths: tuple[str, ...] = ()
        self._known: set[Sdf.Path] = set()
        self._watch: Any = Tf.Notice.Register(Usd.Notice.ObjectsChanged, self._changed, stage)

    def destroy(self) -> None:
        """Unsubscribe."""
        if self._watch is not None:
            self._watch.Revoke()
            self._watch = None

    def _changed(self, notice: Usd.Notice.ObjectsChanged, stage: Usd.Stage) -> None:
        known, resynced = self._known_prims(), notice.GetResyncedPaths()
        if any(_may_add_or_remove(stage, path, known) for path in resynced):
            self._note("edited")
        elif known and (
            any(path.GetPrimPath() in known for path in (*resynced, *notice.GetChangedInfoOnlyPaths()))
            or _UNIT in notice.GetChangedFields(Sdf.Path.absoluteRootPath)
        ):
            self._note("moved")

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
