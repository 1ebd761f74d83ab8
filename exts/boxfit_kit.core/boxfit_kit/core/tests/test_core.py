"""Tests of the API and the commands in Kit itself, on a small generated sample."""

from __future__ import annotations

import tempfile
from pathlib import Path

import omni.kit.commands
import omni.kit.test
import omni.kit.undo
import omni.usd
from boxfit.errors import DatasetError
from boxfit.sample import make_sample
from pxr import Usd, UsdGeom

import boxfit_kit.core

PRIM = "/World/BoxFit"


class TestCore(omni.kit.test.AsyncTestCase):
    """The coroutines and commands."""

    async def setUp(self) -> None:
        """Open a sample: a teapot, and the views that its stage names."""
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._context = omni.usd.get_context()
        scene = make_sample(Path(self._folder.name, "sample"), views=8, resolution=(96, 96))
        ok, error = await self._context.open_stage_async(str(scene))
        self.assertTrue(ok, error)
        omni.kit.undo.clear_stack()

    async def tearDown(self) -> None:
        """Close the stage."""
        await self._context.close_stage_async()
        self._folder.cleanup()

    @property
    def _stage(self) -> Usd.Stage:
        stage = self._context.get_stage()
        assert stage is not None
        return stage

    async def test_fit_writes_one_cube_that_undo_takes_back_and_redo_brings(self) -> None:
        """Check that a fit is one undo step."""
        (result,) = await boxfit_kit.core.fit(align="up", prim=PRIM)
        cube = self._stage.GetPrimAtPath(PRIM)
        self.assertTrue(cube.IsA(UsdGeom.Cube))
        self.assertEqual(UsdGeom.Cube(cube).GetSizeAttr().Get(), 1.0)
        self.assertGreater(result.box.volume, 0.0)
        omni.kit.undo.undo()
        self.assertFalse(self._stage.GetPrimAtPath(PRIM))
        omni.kit.undo.redo()
        self.assertTrue(self._stage.GetPrimAtPath(PRIM).IsA(UsdGeom.Cube))

    async def test_fit_of_an_unknown_label_raises_and_writes_nothing(self) -> None:
        """Check that an error is raised as an exception."""
        with self.assertRaises(DatasetError):
            await boxfit_kit.core.fit(label="no such thing")
        self.assertFalse(omni.kit.undo.can_undo())

    async def test_command_creates_a_box_from_results(self) -> None:
        """Check the command by its name."""
        results = await boxfit_kit.core.fit(method="contact", write=False)
        ok, placed = omni.kit.commands.execute("BoxfitCreateBox", results=results)
        self.assertTrue(ok)
        self.assertTrue(self._stage.GetPrimAtPath(placed.prims[0]).IsA(UsdGeom.Cube))

    async def test_import_views_puts_cameras_on_the_stage(self) -> None:
        """Check that the stage then contains its own dataset."""
        cameras = await boxfit_kit.core.import_views(Path(self._folder.name, "sample", "views"))
        self.assertEqual(len(cameras), 8)
        self.assertTrue(self._stage.GetPrimAtPath(cameras[0]).IsA(UsdGeom.Camera))
        omni.kit.undo.undo()
        self.assertFalse(self._stage.GetPrimAtPath(cameras[0]))
