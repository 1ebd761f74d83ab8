"""Tests of edits and events that come on another thread: the panel's state changes on the main thread only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.geometry.box import Box
from boxfit.usd.cube import write_box
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage
from pxr import UsdGeom

from tests.hosts import until
from tests.kit.kit_fixture import Kit

BOX = Box(np.zeros(3), np.ones(3))


@pytest.fixture(autouse=True)
def file(kit: Kit, tmp_path: Path) -> Path:
    """Open a stage with a box, and return its file."""
    stage = new_stage(tmp_path / "scene.usda")
    write_box(stage, "/World/Box", BOX)
    kit.open(save_stage(stage))
    return tmp_path / "scene.usda"


def elsewhere(work: Callable[[], object]) -> None:
    """Run a function in another thread to its end; raise what it raises."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def told(host: Any) -> list[tuple[str, bool]]:
    """Return the events of the stage, with True for the main thread; the panel's boxes can be read there only."""
    told: list[tuple[str, bool]] = []
    main = threading.current_thread()

    def boxes() -> tuple[str, ...]:
        assert threading.current_thread() is main
        return ("/World/Box",)

    host.boxes = boxes
    host.watch_stage(lambda event: told.append((event, threading.current_thread() is main)))
    host.selected.subscribe(lambda: told.append(("selected", threading.current_thread() is main)))
    return told


async def test_edits_of_another_thread_are_told_on_the_main_thread(
    host: Any, kit: Kit, told: list[tuple[str, bool]]
) -> None:
    stage = host.stage
    elsewhere(lambda: UsdGeom.Xformable(stage.GetPrimAtPath("/World")).AddTranslateOp().Set((1, 0, 0)))
    assert told == []
    await until(lambda: ("moved", True) in told)
    elsewhere(lambda: write_box(stage, "/World/Other", BOX))
    assert ("edited", True) not in told
    await until(lambda: ("edited", True) in told)
    assert all(is_main for _, is_main in told) and not kit.errors


async def test_stage_events_of_another_thread_are_told_on_the_main_thread(
    host: Any, kit: Kit, told: list[tuple[str, bool]]
) -> None:
    import carb.eventdispatcher
    import omni.usd

    def dispatch() -> None:
        kind = omni.usd.StageEventType.SELECTION_CHANGED
        carb.eventdispatcher.get_eventdispatcher().dispatch_event(kit.context.stage_event_name(kind))

    elsewhere(dispatch)
    assert told == []
    await until(lambda: ("selected", True) in told)
    assert all(is_main for _, is_main in told) and not kit.errors


async def test_error_of_a_listener_is_logged_and_does_not_reach_kits_dispatcher(host: Any, kit: Kit) -> None:
    def fail(event: str) -> None:
        raise ZeroDivisionError("of all things")

    end = host.watch_stage(fail)
    assert (await kit.context.save_stage_async())[0]
    end()
    assert "[boxfit_kit.core]" in kit.errors[-1] and "ZeroDivisionError: of all things" in kit.errors[-1]


async def test_save_in_which_kit_raises_is_a_stage_error(host: Any, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> Any:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(kit.context, "save_stage_async", fail)
    with pytest.raises(StageError, match=r"scene\.usda cannot be saved \(RuntimeError: the disk is full\)"):
        await host.save()
