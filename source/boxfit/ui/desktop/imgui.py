"""Keep omni.ui from writing a file to the current folder.

Dear ImGui, the library below omni.ui, writes window positions to `imgui.ini` in the current folder. omni.ui has no
setting for this, so the file name in ImGui's state is cleared.

https://github.com/ocornut/imgui/blob/v1.92.7/imgui.h (ImGuiIO)
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import omni.ui as ui

_VERSION = b"1.92.7"
_INI_FILENAME = 32
"""Offset of `ImGuiIO::IniFilename` in that version, in bytes: two flags, two sizes and two times come before it."""


def forget_window_places() -> None:
    """Disable `imgui.ini`. Call it after `ui.init` and before the first frame; it does nothing for other versions."""
    library = ctypes.CDLL(str(Path(ui.__file__).with_name("libimgui.so")))
    version, io = library._ZN5ImGui10GetVersionEv, library._ZN5ImGui5GetIOEv
    version.restype, io.restype = ctypes.c_char_p, ctypes.c_void_p
    if version() == _VERSION:
        ctypes.c_void_p.from_address(io() + _INI_FILENAME).value = None
