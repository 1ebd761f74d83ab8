"""Native code below omni.ui: its output, kept from the user's terminal for error texts; its state file; its input."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import omni.ui as ui

_STDOUT = 1

_IMGUI_VERSION = b"1.92.7"
_INI_FILENAME = 32
"""Offset of `ImGuiIO::IniFilename` in that version, in bytes: two flags, two sizes and two times come before it."""


_FIRST_KEY, _MOST_KEY, _LAST_KEY = 512, 1024, b"MouseWheelY"
"""Number of the first key, a number beyond the last, and the last one's name.

https://github.com/ocornut/imgui/blob/v1.92.7/imgui.h (ImGuiKey)
"""


class NativeMessages:
    """Captured output."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @property
    def last(self) -> str:
        """Last line of the output, or ""."""
        ctypes.CDLL(None).fflush(None)
        self._file.seek(0)
        lines = self._file.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


@contextmanager
def native_messages() -> Iterator[NativeMessages]:
    """Capture everything that is printed to standard output within the block, also by Python."""
    sys.stdout.flush()
    terminal = os.dup(_STDOUT)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), _STDOUT)
        try:
            yield NativeMessages(file)
        finally:
            sys.stdout.flush()
            # Native code has its own buffer, which would reach the terminal later.
            ctypes.CDLL(None).fflush(None)
            os.dup2(terminal, _STDOUT)
            os.close(terminal)


def forget_window_places() -> None:
    """Keep Dear ImGui from writing window positions to `imgui.ini` in the current folder.

    omni.ui has no setting for this, so the file name in ImGui's state is cleared, whose place is that of one version;
    for others it does nothing. Call it after `ui.init` and before the first frame.

    https://github.com/ocornut/imgui/blob/v1.92.7/imgui.h (ImGuiIO)
    """
    library = _imgui()
    version, io = library._ZN5ImGui10GetVersionEv, library._ZN5ImGui5GetIOEv
    version.restype, io.restype = ctypes.c_char_p, ctypes.c_void_p
    if version() == _IMGUI_VERSION:
        ctypes.c_void_p.from_address(io() + _INI_FILENAME).value = None


class NativeInput:
    """Mouse and keys of the open screen, by Dear ImGui, in which mouse buttons and the wheel are keys as well."""

    def __init__(self) -> None:
        library = _imgui()
        self._mouse = library._ZN5ImGui11GetMousePosEv
        self._mouse.restype = _Point
        self._is_down, name = library._ZN5ImGui9IsKeyDownE8ImGuiKey, library._ZN5ImGui10GetKeyNameE8ImGuiKey
        self._is_down.restype, name.restype = ctypes.c_bool, ctypes.c_char_p
        self._keys = range(_FIRST_KEY, next(key for key in range(_FIRST_KEY, _MOST_KEY) if name(key) == _LAST_KEY) + 1)

    @property
    def mouse(self) -> tuple[float, float]:
        """Position of the mouse, in [px]."""
        place = self._mouse()
        return place.x, place.y

    @property
    def any_key(self) -> bool:
        """True while a key or a mouse button is down, or the wheel is turned."""
        return any(map(self._is_down, self._keys))


class _Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_float), ("y", ctypes.c_float))


def _imgui() -> ctypes.CDLL:
    return ctypes.CDLL(str(Path(str(ui.__file__)).with_name("libimgui.so")))
