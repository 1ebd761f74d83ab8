"""A layer of its own in a stage's session, for what is on the stage for a while: gone afterwards without a trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType

from pxr import Gf, Sdf, Usd, UsdGeom, UsdLux

from boxfit.geometry.camera import Camera
from boxfit.usd.convert import gf_from_matrix
from boxfit.usd.lens import write_lens

_NEAR, _FAR = 1e-3, 1e6
"""Clipping distances of a camera, in radii of what it looks at."""


class SessionLayer:
    """Cameras that are made, and geometry that is hidden, until the block ends.

    What is written lies in a sublayer of the session layer, so that taking it away restores both the session and the
    stage exactly, whatever else was written to them meanwhile. Nothing of it is ever saved, or makes the stage dirty.
    """

    def __init__(self, stage: Usd.Stage) -> None:
        """Change nothing yet."""
        self._stage = stage
        self._layer = Sdf.Layer.CreateAnonymous("boxfit")

    def __enter__(self) -> SessionLayer:
        """Put the layer into the session."""
        self._stage.GetSessionLayer().subLayerPaths.insert(0, self._layer.identifier)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take it out again."""
        paths = self._stage.GetSessionLayer().subLayerPaths
        try:
            # First: up to USD 25.02 the whole stage is composed anew for a layer that goes and holds something.
            self._layer.Clear()
        finally:
            if self._layer.identifier in paths:
                paths.remove(self._layer.identifier)

    def make_camera(self, radius: float) -> str:
        """Make a camera prim, not placed yet, under a name that nothing else has.

        Args:
            radius: Of what it is going to look at, in stage units.

        Returns:
            Its path.
        """
        path, number = "/BoxfitCapture", 2
        while self._stage.GetPrimAtPath(path):
            path, number = f"/BoxfitCapture{number}", number + 1
        with Usd.EditContext(self._stage, self._layer):
            prim = UsdGeom.Camera.Define(self._stage, path)
            prim.CreateClippingRangeAttr(Gf.Vec2f(_NEAR * radius, _FAR * radius))
        return path

    def place_camera(self, path: str, camera: Camera) -> None:
        """Make a camera prim the given camera.

        Args:
            path: As `make_camera` gave it.
            camera: In the stage's world.
        """
        prim = UsdGeom.Camera(self._stage.GetPrimAtPath(path))
        with Usd.EditContext(self._stage, self._layer):
            write_lens(prim, camera)
            prim.MakeMatrixXform().Set(gf_from_matrix(camera.world_from_camera))

    def hide(self, paths: Iterable[str]) -> None:
        """Hide prims and all below them."""
        with Usd.EditContext(self._stage, self._layer):
            for path in paths:
                _hide(self._stage.GetPrimAtPath(path))

    def hide_all_but(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Hide all geometry outside of some prims; lights stay lit, but for those that are part of such geometry.

        Inside of an instance nothing can be hidden: what stands beside a prim there stays.

        Args:
            paths: What stays in sight, with what it shows instances of.

        Returns:
            What was to be hidden, and is not: a layer that is stronger than this one, the session's, shows it.
        """
        chosen = {Sdf.Path(path) for path in paths}
        chosen |= {prototype for path in chosen for prototype in _prototypes(self._stage.GetPrimAtPath(path))}
        kept = chosen | {prim.GetPath() for prim in self._stage.Traverse() if _is_needed(prim)}
        above_chosen, above = (_above(some) for some in (chosen, kept))
        hidden: list[Usd.Prim] = []

        def visit(prim: Usd.Prim) -> None:
            for child in prim.GetChildren():
                path = child.GetPath()
                # A shape with a light or a camera below it would stand in the way like any other.
                in_the_way = child.IsA(UsdGeom.Gprim) and path not in above_chosen
                if path in above and not in_the_way:
                    visit(child)
                elif path not in kept:
                    hidden.extend(_hide(child))

        with Usd.EditContext(self._stage, self._layer):
            visit(self._stage.GetPseudoRoot())
        invisible = UsdGeom.Tokens.invisible
        return tuple(str(prim.GetPath()) for prim in hidden if UsdGeom.Imageable(prim).ComputeVisibility() != invisible)


def _hide(prim: Usd.Prim) -> list[Usd.Prim]:
    """Hide a prim; gives what was hidden for it: itself, or what is below one that cannot be hidden."""
    if shape := UsdGeom.Imageable(prim):
        shape.CreateVisibilityAttr(UsdGeom.Tokens.invisible)
        return [prim]
    return [hidden for child in prim.GetChildren() for hidden in _hide(child)]


def _above(paths: Iterable[Sdf.Path]) -> set[Sdf.Path]:
    return {parent for path in paths for parent in path.GetPrefixes()[:-1]}


def _prototypes(prim: Usd.Prim) -> Iterator[Sdf.Path]:
    """What point instancers in a subtree show, which may stand anywhere."""
    for one in Usd.PrimRange(prim, Usd.TraverseInstanceProxies()):
        if one.IsA(UsdGeom.PointInstancer):
            yield from UsdGeom.PointInstancer(one).GetPrototypesRel().GetForwardedTargets()


def _is_needed(prim: Usd.Prim) -> bool:
    """Whether a prim is a camera or a light, whatever version of the lights' schema it is of."""
    return prim.IsA(UsdGeom.Camera) or prim.HasAPI(UsdLux.LightAPI) or "Light" in prim.GetTypeName()
