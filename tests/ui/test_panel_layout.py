"""Tests of the panel's layout: no widget is wider than the panel, and labels have their full height."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from boxfit.session.open_sides import OpenSide
from boxfit.usd.stage import unnamed_stage

from tests.folders import write_box_views
from tests.hosts import HostInMemory
from tests.stages import generator_stage
from tests.ui.panels import fit, ready
from tests.unit.ui.stories import on_stage

LONG = "a_folder_with_a_name_that_no_panel_of_this_width_can_hold_in_a_single_line_whatever_it_does"
GROUPS = ("differentiable-fit", "notebook", "dib-r", "input", "prim")


def shown(widget: Any) -> Iterator[Any]:
    """Yield a widget and all shown widgets in it."""
    import omni.ui as ui

    if widget.visible:
        yield widget
        if not (isinstance(widget, ui.CollapsableFrame) and widget.collapsed):
            for child in ui.Inspector.get_children(widget):
                yield from shown(child)


def too_wide(width: float) -> list[str]:
    """Return the widgets beyond the panel's right border."""
    import omni.ui as ui

    frame = ui.Workspace.get_window("Panel").frame
    found = [widget for widget in shown(frame) if widget.screen_position_x + widget.computed_width > width + 0.5]
    return [f"{type(widget).__name__} {widget.identifier}" for widget in found]


def overlapping_texts() -> list[str]:
    """Return pairs of overlapping labels in the scrolling part."""
    import omni.ui as ui

    (scrolled,) = (widget for widget in shown(ui.Workspace.get_window("Panel").frame) if widget.identifier == "panel")
    labels = [label for label in shown(scrolled) if isinstance(label, ui.Label) and label.text]
    return [
        f"{label.text} / {other.text}"
        for index, label in enumerate(labels)
        for other in labels[index + 1 :]
        if _overlap(label.screen_position_x, label.computed_width, other.screen_position_x, other.computed_width) > 1
        and _overlap(label.screen_position_y, label.computed_height, other.screen_position_y, other.computed_height) > 1
    ]


def _overlap(begin: float, length: float, other_begin: float, other_length: float) -> float:
    return min(begin + length, other_begin + other_length) - max(begin, other_begin)


@pytest.mark.parametrize("size", [(320, 1000), (400, 1000), (700, 1000)])
@on_stage(lambda folder: unnamed_stage())
async def test_nothing_is_wider_than_the_panel_in_any_state(
    driver, model, host: HostInMemory, tmp_path: Path, size: tuple[int, int]
) -> None:
    folder = tmp_path / LONG
    folder.mkdir()
    write_box_views(folder / "views", 6, asset=f"{LONG}.usd")
    (folder / "views" / "2_metadata.json").write_text("{", encoding="utf-8")
    stage = generator_stage(folder, "views", "missing")

    async def check(state: str) -> None:
        await driver.settle(8)
        assert too_wide(size[0]) == [], state
        assert overlapping_texts() == [], state

    await check("no dataset")
    host.replace_stage(stage)
    await ready(driver, model)
    await driver.click("source.warnings")
    await driver.click("settings.advanced")
    await driver.click("source.details")
    for group in GROUPS:
        await driver.click(f"settings.{group}")
    model.settings.enter("prim", f"/World/{LONG}")
    model.settings.enter("epochs", LONG)
    await check("wrong setting")
    model.settings.enter("epochs", "30")
    await fit(driver, model)
    (found,) = model.fit.outcomes
    sides = tuple(OpenSide(axis, 0.0, 123456.0, "no view shows its -x side edge-on") for axis in (0, 2))
    result = replace(found.result, open_sides=sides, warnings=(LONG, LONG))
    model.fit.outcomes = (replace(found, result=result),)
    model.fit.changed.emit()
    await check("result")
    await driver.click("source.dataset.1")
    await driver.wait(lambda: model.source.state == "failed")
    await check("failed source")
    model.source.name_folder(str(folder))
    await driver.wait(lambda: model.source.state == "failed")
    model.settings.enter("masks", LONG)
    assert driver.exists("setting.mask_shows.background")
    await check("refused folder")
