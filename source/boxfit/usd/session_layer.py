"""A temporary sublayer of a stage's session layer, for cameras and visibility during a capture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType

from pxr import Gf, Sdf, Usd, UsdGeom, UsdLux

from boxfit.geometry.camera import Camera
from boxfit.usd.convert import gf_from_matrix
from boxfit.usd.instances import find_prims
from boxfit.usd.lens import write_lens

_NEAR, _FAR = 1e-3, 1e6
"""Clipping distances of a camera, in radii of the sphere that it looks at."""


class SessionLayer:
    """Context with temporary cameras and hidden geometry.

    All changes are in a sublayer of the session layer: removing it restores the stage exactly, and keeps changes
    that others have made since. The changes are never saved, and do not make the stage dirty.
    """

    def __init__(self, stage: Usd.Stage) -> None:
        """Create the layer; the stage is not changed yet."""
        self._stage = stage
        self._layer = Sdf.Layer.CreateAnonymous("boxfit")

    def __enter__(self) -> SessionLayer:
        """Add the layer to the session layer."""
        self._stage.GetSessionLayer().subLayerPaths.insert(0, self._layer.identifier)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove the layer."""
        paths = self._stage.GetSessionLayer().subLayerPaths
        try:
            # Clear first: up to USD 25.02, removing a layer with content recomposes the whole stage.
            self._layer.Clear()
        finally:
            if self._layer.identifier in paths:
                paths.remove(self._layer.identifier)

    def make_camera(self, radius: float) -> str:
        """Make a camera prim with a unique name, not placed yet.

        Args:
            radius: Radius of the sphere that it will look at, in stage units.

        Returns:
            Path of the prim.
        """
        path, number = "/BoxfitCapture", 2
        while self._stage.GetPrimAtPath(path):
            path, number = f"/BoxfitCapture{number}", number + 1
        with Usd.EditContext(self._stage, self._layer):
            prim = UsdGeom.Camera.Define(self._stage, path)
            prim.CreateClippingRangeAttr(Gf.Vec2f(_NEAR * radius, _FAR * radius))
        return path

    def place_camera(self, path: str, camera: Camera) -> None:
        """Write a camera's pose and intrinsics to a camera prim.

        Args:
            path: Path from `make_camera`.
            camera: Camera in the stage's world.
        """
        prim = UsdGeom.Camera(self._stage.GetPrimAtPath(path))
        with Usd.EditContext(self._stage, self._layer):
            write_lens(prim, camera)
            prim.MakeMatrixXform().Set(gf_from_matrix(camera.world_from_camera))

    def hide(self, paths: Iterable[str]) -> None:
        """Hide prims and their descendants."""
        with Usd.EditContext(self._stage, self._layer):
            for path in paths:
                _hide(self._stage.GetPrimAtPath(path))

    def hide_all_but(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Hide all geometry except some prims; lights are kept, except those below hidden geometry.

        Nothing can be hidden inside an instance: siblings of a prim there stay visible.

        Args:
            paths: Prims to keep visible, with the prototypes of their point instancers.

        Returns:
            Prims that remain visible because a stronger layer, the session layer itself, overrides this one.
        """
        chosen = {Sdf.Path(path) for path in paths}
        chosen |= {prototype for path in chosen for prototype in _prototypes(self._stage.GetPrimAtPath(path))}
        visible = chosen | {prim.GetPath() for prim in self._stage.Traverse() if _is_needed(prim)}
        above_chosen, above_visible = _above(chosen), _above(visible)
        hidden: list[Usd.Prim] = []

        def visit(prim: Usd.Prim) -> None:
            for child in prim.GetChildren():
                path = child.GetPath()
                # A shape is hidden even if a light or a camera is below it.
                occludes = child.IsA(UsdGeom.Gprim) and path not in above_chosen
                if path in above_visible and not occludes:
                    visit(child)
                elif path not in visible:
                    hidden.extend(_hide(child))

        with Usd.EditContext(self._stage, self._layer):
            visit(self._stage.GetPseudoRoot())
        invisible = UsdGeom.Tokens.invisible
        return tuple(str(prim.GetPath()) for prim in hidden if UsdGeom.Imageable(prim).ComputeVisibility() != invisible)


def _hide(prim: Usd.Prim) -> list[Usd.Prim]:
    """Hide a prim, or its descendants if it is not imageable; return the hidden prims."""
    if shape := UsdGeom.Imageable(prim):
        shape.CreateVisibilityAttr(UsdGeom.Tokens.invisible)
        return [prim]
    return [hidden for child in prim.GetChildren() for hidden in _hide(child)]


def _above(paths: Iterable[Sdf.Path]) -> set[Sdf.Path]:
    return {parent for path in paths for parent in path.GetPrefixes()[:-1]}


def _prototypes(prim: Usd.Prim) -> Iterator[Sdf.Path]:
    """Yield the prototypes of the point instancers in a subtree, which may be anywhere on the stage."""
    for instancer in find_prims(prim, lambda descendant: descendant.IsA(UsdGeom.PointInstancer)):
        yield from UsdGeom.PointInstancer(instancer).GetPrototypesRel().GetForwardedTargets()


def _is_needed(prim: Usd.Prim) -> bool:
    """Return True if a prim is a camera, or a light of any version of the schema."""
    return prim.IsA(UsdGeom.Camera) or prim.HasAPI(UsdLux.LightAPI) or "Light" in prim.GetTypeName()
