"""Tests of the reasons why the panel's window cannot run: texts and order."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError

import pytest
from boxfit.ui.desktop import availability
from boxfit.ui.desktop.availability import unavailable_reason


def fail(error: Exception):
    def call(*_: object) -> None:
        raise error

    return call


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Simulate a machine that has everything."""
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(availability, "version", lambda name: "0.3.0")
    monkeypatch.setattr(availability, "count_devices", lambda: 1)
    monkeypatch.setenv("DISPLAY", ":0")
    return monkeypatch


def test_why_unavailable_with_everything_there_is_none(able: pytest.MonkeyPatch) -> None:
    assert unavailable_reason() is None


@pytest.mark.parametrize(
    ("lacks", "says"),
    [
        (lambda able: able.setattr(sys, "version_info", (3, 11, 9, "final", 0)), "needs Python 3.12"),
        (lambda able: able.setattr(sys, "platform", "win32"), "on Linux x86-64"),
        (lambda able: able.setattr(platform, "machine", lambda: "aarch64"), "x86-64"),
        (lambda able: able.setattr(platform, "libc_ver", lambda: ("glibc", "2.34")), "with glibc 2.34"),
        (lambda able: able.setattr(platform, "libc_ver", lambda: ("", "")), "with another C library"),
        (lambda able: able.setattr(availability, "version", fail(PackageNotFoundError())), '".[panel]"'),
        (lambda able: able.setattr(availability, "count_devices", fail(OSError())), "libvulkan1"),
        (lambda able: able.setattr(availability, "count_devices", lambda: 0), "mesa-vulkan-drivers"),
        (lambda able: able.delenv("DISPLAY"), "--screenshot"),
    ],
)
def test_why_unavailable_names_what_is_missing_and_the_remedy(able: pytest.MonkeyPatch, lacks, says: str) -> None:
    able.delenv("WAYLAND_DISPLAY", raising=False)
    lacks(able)
    assert says in (unavailable_reason() or "")


def test_why_unavailable_on_another_platform_speaks_of_nothing_else(able: pytest.MonkeyPatch) -> None:
    able.setattr(platform, "system", lambda: "Windows")
    able.setattr(sys, "platform", "win32")
    able.setattr(availability, "version", fail(PackageNotFoundError()))
    able.setattr(availability, "count_devices", fail(OSError()))
    able.delenv("DISPLAY")
    reason = unavailable_reason() or ""
    assert "on Windows" in reason
    assert not any(word in reason for word in ("ovui", "Vulkan", "display"))


def test_why_unavailable_with_wayland_needs_no_x_display(able: pytest.MonkeyPatch) -> None:
    able.delenv("DISPLAY")
    able.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert unavailable_reason() is None


def test_why_unavailable_for_a_screenshot_needs_no_display(able: pytest.MonkeyPatch) -> None:
    able.delenv("DISPLAY")
    able.delenv("WAYLAND_DISPLAY", raising=False)
    assert unavailable_reason(display=False) is None


def test_count_devices_without_a_loader_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability.ctypes, "CDLL", fail(OSError("no such file")))
    with pytest.raises(OSError, match="no such file"):
        availability.count_devices()
