"""A change of a stage for tests of what is around it."""

from typing import Any

from pxr import UsdGeom


class AddCube:
    """Adds a cube of a name to the world."""

    def __init__(self, stage: Any, name: str) -> None:
        self.stage, self.path = stage, f"/World/{name}"
        self.redo()

    @property
    def edit(self) -> "AddCube":
        return self

    def undo(self) -> None:
        self.stage.RemovePrim(self.path)

    def redo(self) -> None:
        UsdGeom.Cube.Define(self.stage, self.path)
