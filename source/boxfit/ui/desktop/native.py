"""Native code below omni.ui: its output, kept from the user's terminal for error texts, and its state file."""

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
    library = ctypes.CDLL(str(Path(str(ui.__file__)).with_name("libimgui.so")))
    version, io = library._ZN5ImGui10GetVersionEv, library._ZN5ImGui5GetIOEv
    version.restype, io.restype = ctypes.c_char_p, ctypes.c_void_p
    if version() == _IMGUI_VERSION:
        ctypes.c_void_p.from_address(io() + _INI_FILENAME).value = None
