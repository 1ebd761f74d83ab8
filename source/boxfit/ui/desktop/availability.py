"""Check whether the desktop window can be shown, with a one-sentence reason and remedy if not."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

PYTHON = (3, 12)
GLIBC = (2, 35)
"""Version of glibc that the toolkit's wheel needs; no other wheel exists."""

_VK_SUCCESS = 0


def unavailable_reason(display: bool = True) -> str | None:
    """Return the reason why the desktop window cannot be shown, or None if it can.

    The platform is checked first: without the toolkit no driver helps.

    Args:
        display: True if a display is needed; a screenshot is rendered without a display.
    """
    return _platform_lacks() or _toolkit_lacks() or _vulkan_lacks() or (_display_lacks() if display else None)


def _platform_lacks() -> str | None:
    name, glibc = platform.libc_ver()
    here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    is_linux = sys.platform == "linux" and platform.machine() == "x86_64"
    if is_linux and not (name == "glibc" and tuple(map(int, glibc.split(".")[:2])) >= GLIBC):
        here += f" with {f'glibc {glibc}' if name == 'glibc' else 'another C library'}"
    elif is_linux and sys.version_info[:2] == PYTHON:
        return None
    return (
        f"the panel's window needs Python 3.12 on Linux x86-64 with glibc 2.35 or later, and this is {here}: run it "
        "there, or use the command line, which does the same here"
    )


def _toolkit_lacks() -> str | None:
    try:
        version("ovui")
    except PackageNotFoundError:
        return 'the panel\'s window needs the package ovui, which is not installed: pip install -e ".[panel]"'
    return None


def _vulkan_lacks() -> str | None:
    try:
        found = count_devices()
    except OSError:
        return "the panel's window needs the Vulkan loader, libvulkan.so.1 (Debian, Ubuntu: apt install libvulkan1)"
    if found == 0:
        return (
            "the panel's window needs a Vulkan driver: install that of the graphics card, or the one in software "
            "(Debian, Ubuntu: apt install mesa-vulkan-drivers)"
        )
    return None


def _display_lacks() -> str | None:
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return None
    return (
        "there is no display for the panel's window (neither DISPLAY nor WAYLAND_DISPLAY is set): "
        "use --screenshot to render without one"
    )


class _InstanceCreateInfo(ctypes.Structure):
    """`VkInstanceCreateInfo`; all zero but for its type, it requests no extensions.

    https://registry.khronos.org/vulkan/specs/latest/html/
    """

    _fields_ = (
        ("type", ctypes.c_int32),
        ("next", ctypes.c_void_p),
        ("flags", ctypes.c_uint32),
        ("application", ctypes.c_void_p),
        ("layer_count", ctypes.c_uint32),
        ("layers", ctypes.c_void_p),
        ("extension_count", ctypes.c_uint32),
        ("extensions", ctypes.c_void_p),
    )


def count_devices() -> int:
    """Count the Vulkan devices, software devices included; without a driver there are none.

    Raises:
        OSError: If there is no Vulkan loader.
    """
    vulkan = ctypes.CDLL("libvulkan.so.1")
    instance, count = ctypes.c_void_p(), ctypes.c_uint32()
    wanted = _InstanceCreateInfo(type=1)
    if vulkan.vkCreateInstance(ctypes.byref(wanted), None, ctypes.byref(instance)) != _VK_SUCCESS:
        return 0
    try:
        if vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), None) != _VK_SUCCESS:
            return 0
        return count.value
    finally:
        vulkan.vkDestroyInstance(instance, None)
