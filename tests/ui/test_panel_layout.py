"""The panel's layout: nothing is wider than the panel, and texts are as high as they need to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from boxfit.usd.stage import unnamed_stage

from tests.folders import write_box_views
from tests.hosts import HostInMemory
from tests.stages import generator_stage
from tests.ui.conftest import Screen
from tests.ui.panels import fitted, ready, tell

LONG = "a_folder_with_a_name_that_no_panel_of_this_width_can_hold_in_a_single_line_whatever_it_does"
GROUPS = ("tight-fit", "notebook", "dib-r", "input", "prim")


def shown(widget: Any) -> Iterator[Any]:
    """A widget and all that is shown in it."""
    import omni.ui as ui

    if widget.visible:
        yield widget
        if not (isinstance(widget, ui.CollapsableFrame) and widget.collapsed):
            for child in ui.Inspector.get_children(widget):
                yield from shown(child)


def too_wide(width: float) -> list[str]:
    """What reaches beyond the panel's right border."""
    import omni.ui as ui

    frame = ui.Workspace.get_window("Panel").frame
    found = [one for one in shown(frame) if one.screen_position_x + one.computed_width > width + 0.5]
    return [f"{type(one).__name__} {one.identifier}" for one in found]


def overlapping_texts() -> list[str]:
    """Pairs of labels in the part that scrolls that lie over each other."""
    import omni.ui as ui

    (scrolled,) = (one for one in shown(ui.Workspace.get_window("Panel").frame) if one.identifier == "panel")
    labels = [one for one in shown(scrolled) if isinstance(one, ui.Label) and one.text]
    return [
        f"{one.text} / {other.text}"
        for index, one in enumerate(labels)
        for other in labels[index + 1 :]
        if _overlap(one.screen_position_x, one.computed_width, other.screen_position_x, other.computed_width) > 1
        and _overlap(one.screen_position_y, one.computed_height, other.screen_position_y, other.computed_height) > 1
    ]


def _overlap(begin: float, length: float, other_begin: float, other_length: float) -> float:
    return min(begin + length, other_begin + other_length) - max(begin, other_begin)


@pytest.mark.parametrize("width", [320, 400, 700])
def test_nothing_is_wider_than_the_panel_in_any_state(screen: Screen, tmp_path: Path, width: int) -> None:
    folder = tmp_path / LONG
    folder.mkdir()
    write_box_views(folder / "views", 6, asset=f"{LONG}.usd")
    (folder / "views" / "2_metadata.json").write_text("{", encoding="utf-8")
    stage = generator_stage(folder, "views", "missing")
    host = HostInMemory(unnamed_stage())

    async def story(driver, model) -> None:
        async def check(state: str) -> None:
            await driver.settle(8)
            assert too_wide(width) == [], state
            assert overlapping_texts() == [], state

        await check("no dataset")
        host.replace_stage(stage)
        await ready(driver, model)
        await driver.click("source.warnings")
        for group in GROUPS:
            await driver.click(f"settings.{group}")
        model.settings.enter("prim", f"/World/{LONG}")
        model.settings.enter("epochs", LONG)
        await check("wrong setting")
        model.settings.enter("epochs", "30")
        await driver.click("fit")
        await fitted(driver, model)
        fit = model.fit
        (found,) = fit.outcomes
        fit.outcomes = (replace(found, result=replace(found.result, undetermined=(0, 2), warnings=(LONG, LONG))),)
        fit.changed.emit()
        await check("result")
        await driver.click("source.dataset.1")
        await driver.wait(lambda: model.source.state == "failed")
        await check("failed source")

    tell(screen, host, story, (width, 1000))
