"""Search for prims on a stage whose nested instances may hold more prims than can ever be visited one by one."""

from __future__ import annotations

from collections.abc import Callable

from pxr import Sdf, Usd

from boxfit.errors import StageError

MOST_IN_INSTANCES = 10_000
"""Largest number of prims within instances that are read one by one."""

DEEPEST = 50
"""Largest number of instances within each other: USD takes minutes for the pose of one prim in hundreds of them."""


class ManyInstancesError(StageError):
    """Error for more prims within instances than are read one by one."""


def find_prims(
    root: Usd.Prim,
    test: Callable[[Usd.Prim], bool],
    *,
    is_leaf: Callable[[Usd.Prim], bool] = lambda prim: False,
    most: int = MOST_IN_INSTANCES,
) -> list[Usd.Prim]:
    """Find the prims of a subtree that pass a test, also those within instances, in the order of the prims.

    A prototype is searched once, however many instances it has: the test gets the prototype's own prims.

    Args:
        root: Root of the subtree, or a stage's pseudo-root.
        test: Returns True for the prims to find.
        is_leaf: Returns True for prims that nothing is searched below.
        most: Largest number of prims to find within instances.

    Raises:
        ManyInstancesError: If there are more, or the instances are nested more deeply than `DEEPEST`.
    """
    known: dict[Sdf.Path, list[Sdf.Path]] = {}
    too_many = ManyInstancesError(
        f"{root.GetStage().GetRootLayer().GetDisplayName()}: the instances below {root.GetPath()} hold more than "
        f"{most:,} prims to read, or are nested too deeply: deactivate those that are not needed"
    )

    def search(top: Usd.Prim, depth: int) -> list[Sdf.Path]:
        found, within = [], 0
        prims = iter(Usd.PrimRange(top))
        for prim in prims:
            path = prim.GetPath()
            if not prim.IsPrototype() and test(prim):  # The root of a prototype stands for the instances themselves.
                found.append(path)
            if is_leaf(prim):
                prims.PruneChildren()
            elif prim.IsInstance():
                prototype = prim.GetPrototype().GetPath()
                if depth > DEEPEST:
                    raise too_many
                if prototype not in known:
                    known[prototype] = search(prim.GetPrototype(), depth + 1)
                found += [inside.ReplacePrefix(prototype, path) for inside in known[prototype]]
                within += len(known[prototype])
                if within > most:
                    raise too_many
        return found

    start = root.GetPrimInPrototype() if root.IsInstanceProxy() else root
    paths = (path.ReplacePrefix(start.GetPath(), root.GetPath()) for path in search(start, 1))
    return [root.GetStage().GetPrimAtPath(path) for path in paths]
