"""The real omni.ui inside the real Kit: the toolkit of the package ovui, off screen, its frames drawn by Kit's updates.

The toolkit lies outside site-packages, in the folder `ovui` of the environment: its own `omni/__init__.py` would hide
the kernel's packages.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import time
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

import carb.eventdispatcher
import omni.ext
import omni.kit.app

LIBRARY = Path(__file__).resolve().parents[4] / "source" / "boxfit" / "ui" / "desktop"
"""Folder of the desktop window's modules, which are read as files: Kit has not found the library yet."""

FOLDER = Path(sys.prefix) / "ovui" / "omni"

drawing = True
"""True if updates draw; tests that look at no pixels are faster without."""

FRAMES_PER_SECOND = 120
"""Fast for the tests, and slow enough that clicks in a 3D view are seen: they are not at full speed."""

SIZE = (1280, 1000)
"""Of the screen in [px]."""


class _Finder:
    """Finds the toolkit's two packages, whatever the path of the package `omni` is just now."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        folder = FOLDER / name.removeprefix("omni.")
        if name not in ("omni.ui", "omni.ui_scene"):
            return None
        return spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])


def _import_toolkit() -> None:
    """Import it all at once; where it finds `carb`, it takes itself for Kit's own omni.ui, which has more parts."""
    if _Finder not in sys.meta_path:
        sys.meta_path.append(_Finder)
    find_spec = importlib.util.find_spec
    importlib.util.find_spec = lambda name, package=None: None if name == "carb" else find_spec(name, package)
    try:
        importlib.import_module("omni.ui")
    finally:
        importlib.util.find_spec = find_spec


def _load(name: str) -> ModuleType:
    spec = spec_from_file_location(f"ovui_in_kit_{name}", LIBRARY / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


os.environ.update(OMNIUI_HEADLESS="1", OMNIUI_LAVAPIPE="1")
_load("libcuda").ensure_libcuda()
_import_toolkit()


def _draw() -> None:
    """Draw a frame, and wait until it is time for the next update."""
    from omni.ui import standalone

    begun = time.perf_counter()
    standalone._tick_one_frame()
    time.sleep(max(0.0, 1 / FRAMES_PER_SECOND - (time.perf_counter() - begun)))


class Extension(omni.ext.IExt):
    def on_startup(self, ext_id: str) -> None:
        import omni.ui as ui
        from omni.ui import standalone, testing

        ui.init("Kit", *SIZE)
        _load("native").forget_window_places()
        standalone.set_software_cursor(False)
        # The helpers would draw frames of their own.
        testing.next_frame = ui.next_frame
        self._drawing = carb.eventdispatcher.get_eventdispatcher().observe_event(
            event_name=omni.kit.app.GLOBAL_EVENT_POST_UPDATE,
            on_event=lambda _: _draw() if drawing else None,
            observer_name="omni.ui",
        )

    def on_shutdown(self) -> None:
        import omni.ui as ui

        self._drawing = None
        ui.shutdown()
