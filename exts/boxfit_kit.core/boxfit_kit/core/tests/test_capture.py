"""Tests of the capture in Kit itself; skipped where Replicator is not enabled."""

from __future__ import annotations

import asyncio
import unittest

import omni.kit.app
import omni.kit.test
import omni.timeline
import omni.usd
from pxr import Gf, Usd, UsdGeom

import boxfit_kit.core

CUBE = "/World/Cube"
SIZE = (2.0, 1.0, 0.6)


class TestCapture(omni.kit.test.AsyncTestCase):
    """Views of a cube of known size."""

    async def setUp(self) -> None:
        """Make a stage with a scaled cube, and select the cube."""
        manager = omni.kit.app.get_app().get_extension_manager()
        if not manager.is_extension_enabled("omni.replicator.core"):
            raise unittest.SkipTest("omni.replicator.core is not enabled")
        self._context = omni.usd.get_context()
        ok, error = await self._context.new_stage_async()
        self.assertTrue(ok, error)
        cube = UsdGeom.Cube.Define(self._stage, CUBE)
        cube.CreateSizeAttr(1.0)
        cube.AddTranslateOp().Set(Gf.Vec3d(3, 4, 5))
        cube.AddScaleOp().Set(Gf.Vec3f(*SIZE))
        self._context.get_selection().set_selected_prim_paths([CUBE], True)

    async def tearDown(self) -> None:
        """Close the stage."""
        await self._context.close_stage_async()

    @property
    def _stage(self) -> Usd.Stage:
        stage = self._context.get_stage()
        assert stage is not None
        return stage

    def _products_and_cameras(self) -> list[str]:
        kinds = ("RenderProduct", "Camera")
        return [str(prim.GetPath()) for prim in self._stage.TraverseAll() if prim.GetTypeName() in kinds]

    async def test_capture_then_fit_finds_the_cube(self) -> None:
        """Check size and position to a few pixels, and that the user's state is restored."""
        before = self._products_and_cameras()
        source = await boxfit_kit.core.capture(view_count=12, image_width=256, image_height=256)
        self.assertEqual(len(source.dataset.views), 12)
        (result,) = await boxfit_kit.core.fit(source, write=False)
        for found, true in zip(sorted(result.box.size), sorted(SIZE), strict=True):
            self.assertAlmostEqual(found, true, delta=0.08)
        for found, true in zip(result.box.centre, (3, 4, 5), strict=True):
            self.assertAlmostEqual(found, true, delta=0.08)
        self.assertEqual(self._products_and_cameras(), before)
        self.assertEqual(list(self._context.get_selection().get_selected_prim_paths()), [CUBE])
        self.assertFalse(omni.timeline.get_timeline_interface().is_playing())

    async def test_cancel_leaves_nothing_behind(self) -> None:
        """Check that the user's state is restored after a cancelled capture."""
        before = self._products_and_cameras()
        task = asyncio.ensure_future(boxfit_kit.core.capture(view_count=12, image_width=256, image_height=256))
        for _ in range(20):
            await omni.kit.app.get_app().next_update_async()
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertEqual(self._products_and_cameras(), before)
        self.assertEqual(list(self._context.get_selection().get_selected_prim_paths()), [CUBE])
