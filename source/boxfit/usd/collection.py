"""Stage that holds other stages by reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pxr import Sdf, Tf, UsdGeom

from boxfit._version import __version__
from boxfit.errors import StageError
from boxfit.files.drafts import Drafts
from boxfit.files.paths import relative_posix
from boxfit.geometry.units import WorldUnits, target_from_source_world
from boxfit.usd.convert import gf_from_matrix
from boxfit.usd.stage import check_writable, failure_reason

_MARK = "boxfit:collection"
"""Key in the layer's metadata by which a collection is known, with the version that wrote it."""


class Member(NamedTuple):
    """A stage to refer to.

    Attributes:
        name: Name for its prim; made valid and unique.
        stage: Its file, whose default prim is referred to.
        units: Its up axis and unit.
    """

    name: str
    stage: Path
    units: WorldUnits


def check_collection(path: Path) -> None:
    """Check that a collection can be written: to a new file, or in place of an earlier collection.

    Raises:
        StageError: If the file is something else, or cannot be written.
    """
    check_writable(path)
    if not path.exists():
        return
    try:
        mark = Sdf.Layer.OpenAsAnonymous(str(path.resolve()), metadataOnly=True).customLayerData.get(_MARK)
    except Tf.ErrorException:
        mark = None
    if mark is None:
        raise StageError(f"{path} exists, and is no stage of an earlier collection: name another file (collect)")


def write_collection(path: Path, members: Iterable[Member]) -> None:
    """Write a stage with an Xform below /World for each of some stages, converted to the units of the first.

    The stages are not opened.

    Args:
        path: File to write; an earlier collection is replaced.
        members: At least one.

    Raises:
        StageError: If USD cannot write it.
        OutputError: If the file cannot be replaced.
    """
    members = list(members)
    units, names, repeats = members[0].units, set(), Counter[str]()
    layer = Sdf.Layer.CreateAnonymous(path.suffix)
    with Sdf.ChangeBlock():
        world = Sdf.PrimSpec(layer, "World", Sdf.SpecifierDef, "Xform")
        for member in members:
            base = name = Tf.MakeValidIdentifier(member.name)
            while name in names:
                repeats[base] += 1
                name = f"{base}_{repeats[base] + 1}"
            names.add(name)
            prim = Sdf.PrimSpec(world, name, Sdf.SpecifierDef, "Xform")
            relative = relative_posix(member.stage, path.parent)
            prim.referenceList.Prepend(Sdf.Reference(relative if relative[0] in "./" else f"./{relative}"))
            if member.units != units:
                matrix = Sdf.AttributeSpec(prim, "xformOp:transform", Sdf.ValueTypeNames.Matrix4d)
                matrix.default = gf_from_matrix(target_from_source_world(units, member.units))
                order = Sdf.AttributeSpec(prim, "xformOpOrder", Sdf.ValueTypeNames.TokenArray, Sdf.VariabilityUniform)
                order.default = ["xformOp:transform"]
        layer.defaultPrim = world.name
        layer.pseudoRoot.SetInfo(UsdGeom.Tokens.upAxis, units.up_axis)
        layer.pseudoRoot.SetInfo(UsdGeom.Tokens.metersPerUnit, units.meters_per_unit)
        layer.customLayerData = {_MARK: __version__}
    with Drafts() as drafts:
        try:
            if not layer.Export(drafts.add(path).as_posix()):
                raise StageError(f"{path} cannot be written: USD could not export the layer")
        except Tf.ErrorException as error:
            raise StageError(f"{path} cannot be written ({failure_reason(error)})") from error
