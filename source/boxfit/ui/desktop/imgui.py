"""Keep omni.ui from leaving a file in the current folder.

The library below omni.ui, Dear ImGui, writes where windows stood to `imgui.ini` in whatever folder is the current one.
omni.ui has no switch for this, so the name of that file is cleared where ImGui keeps it.

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
    """Write no `imgui.ini`; to be called after `ui.init` and before the first frame. No other version is touched."""
    library = ctypes.CDLL(str(Path(ui.__file__).with_name("libimgui.so")))
    version, io = library._ZN5ImGui10GetVersionEv, library._ZN5ImGui5GetIOEv
    version.restype, io.restype = ctypes.c_char_p, ctypes.c_void_p
    if version() == _VERSION:
        ctypes.c_void_p.from_address(io() + _INI_FILENAME).value = None
