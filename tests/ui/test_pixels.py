"""Tests of the check of screenshots: it finds what a user could not read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def unseen(ui: Any) -> None:
    ui.Label("unseen", style={"color": 0xFF303030})


def scrolled(ui: Any) -> None:
    with ui.ScrollingFrame(height=40), ui.VStack(height=0):
        for number in range(9):
            ui.Label(f"line {number}", height=20)


def clipped(ui: Any) -> None:
    with ui.HStack(), ui.Frame(width=30, horizontal_clipping=True):
        ui.Label("clipped", width=80)


def overlapping(ui: Any) -> None:
    with ui.ZStack():
        ui.Label("over")
        ui.Label("under")


def plain(ui: Any) -> None:
    with ui.HStack(height=24):
        ui.Label("plain")
        ui.Button("button")


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (unseen, ["Label 'unseen': no ink"]),
        (scrolled, []),
        (clipped, ["Label 'clipped': clipped"]),
        (overlapping, ["Label 'over' over Label 'under'"]),
        (plain, []),
    ],
)
async def test_faults_of_a_picture_are_found(
    driver, tmp_path: Path, build: Callable[[Any], None], expected: list[str]
) -> None:
    import omni.ui as ui

    from tests.ui.pixels import faults

    window = ui.Window("faults", width=400, height=300, position_x=0, position_y=0)
    with window.frame, ui.ZStack():
        ui.Rectangle(style={"background_color": 0xFF303030})
        build(ui)
    await driver.settle(5)
    assert await faults(driver, tmp_path / "faults.png") == expected
