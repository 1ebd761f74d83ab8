"""Tests of the window in Kit itself, on a small generated sample."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import omni.kit.test
import omni.kit.undo
import omni.usd
from boxfit.sample import make_sample
from boxfit.usd.cube import find_boxes
from omni.kit import ui_test
from pxr import Usd, UsdGeom

TITLE = "Box Fit"
ENTRY = "Window/Kaolin/Box Fit"
LIMIT_S = 30.0
ATTEMPTS = 3
UPDATES_TO_SETTLE, UPDATES_TO_SHOW = 10, 60


class TestWindow(omni.kit.test.AsyncTestCase):
    """The window from its menu entry to the file that is saved."""

    async def setUp(self) -> None:
        """Open a sample: a teapot, and the views that its stage names."""
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._context = omni.usd.get_context()
        self._scene = make_sample(Path(self._folder.name, "sample"), views=8, resolution=(96, 96))
        await self._open()
        omni.kit.undo.clear_stack()

    async def tearDown(self) -> None:
        """Hide the window, and close the stage."""
        if self._find("undo"):
            await self._click_menu(shows=False)
        await ui_test.wait_n_updates(5)
        await self._context.close_stage_async()
        self._folder.cleanup()

    async def test_menu_shows_the_window_and_hides_it_again(self) -> None:
        """Check that the window is made when it is first shown."""
        self.assertIsNone(self._find("fit"))
        await self._click_menu(shows=True)
        await self._click_menu(shows=False)

    async def test_fit_undo_redo_save_and_open_again(self) -> None:
        """Check that a fit is one undo step of Kit, and that the saved file contains the box."""
        await self._show()
        await self._click("fit")
        await self._wait(lambda: find_boxes(self._stage))
        (path,) = find_boxes(self._stage)
        self.assertTrue(self._stage.GetPrimAtPath(path).IsA(UsdGeom.Cube))
        self.assertEqual(list(self._context.get_selection().get_selected_prim_paths()), [path])
        omni.kit.undo.undo()
        self.assertEqual(find_boxes(self._stage), [])
        omni.kit.undo.redo()
        self.assertEqual(find_boxes(self._stage), [path])
        await self._wait(lambda: self._widget("save").enabled)
        await self._click("save")
        await self._wait(lambda: not self._context.has_pending_edit())
        await self._context.close_stage_async()
        await self._open()
        self.assertEqual(find_boxes(self._stage), [path])

    async def test_undo_in_the_panel_is_that_of_kit(self) -> None:
        """Check that the buttons follow Kit's undo stack."""
        await self._show()
        await self._click("fit")
        await self._wait(lambda: find_boxes(self._stage) and self._widget("undo").enabled)
        await self._click("undo")
        self.assertEqual(find_boxes(self._stage), [])
        await self._wait(lambda: self._widget("redo").enabled)
        await self._click("redo")
        self.assertEqual(len(find_boxes(self._stage)), 1)

    async def test_window_that_is_closed_while_a_fit_runs_lets_it_end(self) -> None:
        """Check that the box is written without a window."""
        await self._show()
        await self._click("fit")
        await self._click_menu(shows=False)
        await self._wait(lambda: find_boxes(self._stage))

    @property
    def _stage(self) -> Usd.Stage:
        stage = self._context.get_stage()
        assert stage is not None
        return stage

    async def _open(self) -> None:
        ok, error = await self._context.open_stage_async(str(self._scene))
        self.assertTrue(ok, error)

    async def _show(self) -> None:
        """Show the window, and wait for the dataset."""
        await self._click_menu(shows=True)
        await self._wait(lambda: self._find("fit") and self._widget("fit").enabled)

    async def _click_menu(self, *, shows: bool) -> None:
        """Click the entry; a click soon after the menu was redrawn can get lost."""
        for _ in range(ATTEMPTS):
            await ui_test.wait_n_updates(UPDATES_TO_SETTLE)
            if bool(self._find("undo")) == shows:
                return
            await ui_test.menu_click(ENTRY)
            for _ in range(UPDATES_TO_SHOW):
                if bool(self._find("undo")) == shows:
                    return
                await ui_test.wait_n_updates(1)
        self.fail(f"{ENTRY} was clicked, and the window is {'not shown' if shows else 'still shown'}")

    async def _click(self, identifier: str) -> None:
        found = self._find(identifier)
        assert found is not None, f"{identifier} is not shown"
        await found.click()

    async def _wait(self, until: Callable[[], Any]) -> None:
        """Wait for updates until a condition holds."""
        end = time.monotonic() + LIMIT_S
        while not until():
            self.assertLess(time.monotonic(), end, "what was waited for did not come about")
            await ui_test.wait_n_updates(2)

    def _find(self, identifier: str) -> Any:
        return ui_test.find(f"{TITLE}//Frame/**/Button[*].identifier=='{identifier}'")

    def _widget(self, identifier: str) -> Any:
        return self._find(identifier).widget
