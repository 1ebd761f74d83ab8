"""Which edits of the stage concern boxes: noted while they happen, told at the next update."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from boxfit.usd.provenance import NAMESPACE, is_from_boxfit
from pxr import Sdf, Tf, Usd, UsdGeom

_UNIT = UsdGeom.Tokens.metersPerUnit

Change = Literal["edited", "moved"]


class BoxChanges:
    """Watches one stage. A notice comes in the middle of an edit, so that nothing is read or drawn there.

    Args:
        stage: What to watch.
        boxes: Gives the paths of the boxes that are known.
        note: Called with "edited" where boxes may have come or gone, with "moved" where those that are known may stand
            elsewhere, be hidden or shown, or be measured in another unit.
    """

    def __init__(self, stage: Usd.Stage, boxes: Callable[[], Iterable[str]], note: Callable[[Change], None]) -> None:
        self._boxes, self._note = boxes, note
        self._paths: tuple[str, ...] = ()
        self._known: set[Sdf.Path] = set()
        self._watch: Any = Tf.Notice.Register(Usd.Notice.ObjectsChanged, self._changed, stage)

    def destroy(self) -> None:
        """Watch no more."""
        if self._watch is not None:
            self._watch.Revoke()
            self._watch = None

    def _changed(self, notice: Usd.Notice.ObjectsChanged, stage: Usd.Stage) -> None:
        known, resynced = self._known_prims(), notice.GetResyncedPaths()
        if any(_may_bring_or_take(stage, path, known) for path in resynced):
            self._note("edited")
        elif known and (
            any(path.GetPrimPath() in known for path in (*resynced, *notice.GetChangedInfoOnlyPaths()))
            or _UNIT in notice.GetChangedFields(Sdf.Path.absoluteRootPath)
        ):
            self._note("moved")

    def _known_prims(self) -> set[Sdf.Path]:
        """The boxes that are known, and all that is above them but the stage itself."""
        paths = tuple(self._boxes())
        if paths != self._paths:
            self._paths = paths
            self._known = {prefix for box in paths for prefix in Sdf.Path(box).GetPrefixes()}
        return self._known


def _may_bring_or_take(stage: Usd.Stage, path: Sdf.Path, known: set[Sdf.Path]) -> bool:
    """Whether a box may have come or gone with something that was composed anew."""
    if path.IsPropertyPath():
        # A prim becomes a box by what is written to it after it was made.
        return path.name.startswith(f"{NAMESPACE}:") and path.GetPrimPath() not in known
    if path in known or path.IsAbsoluteRootPath():
        return True
    prim = stage.GetPrimAtPath(path)
    return bool(prim) and any(is_from_boxfit(one) for one in Usd.PrimRange(prim))
