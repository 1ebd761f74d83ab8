"""Tests of Kit before 107, with event streams, which the current kernel still has, in place of named events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.kit_fixture import Kit


async def test_stage_events_of_a_context_without_names_come_by_its_stream(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.start("boxfit_kit.core")
    from boxfit_kit.core.stage_events import StageEvents

    told: list[str] = []
    monkeypatch.delattr("omni.usd.UsdContext.stage_event_name")
    events = StageEvents(kit.context, {name: lambda name=name: told.append(name) for name in ("OPENED", "CLOSED")})
    await kit.context.new_stage_async()
    await kit.context.close_stage_async()
    events.destroy()
    await kit.context.new_stage_async()
    assert told == ["OPENED", "CLOSED"]


async def test_progress_without_queued_events_goes_to_the_message_bus(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.start("boxfit_kit.window")
    import carb.events
    import omni.kit.app

    from boxfit_kit.window.status_bar import show_progress

    sent: list[Any] = []
    bar = "omni.kit.window.status_bar"
    monkeypatch.delattr("omni.kit.app.queue_event")
    stream = omni.kit.app.get_app().get_message_bus_event_stream()
    watches = [
        stream.create_subscription_to_pop_by_type(
            carb.events.type_from_string(f"{bar}@{name}"), lambda event: sent.append(event.payload.get_dict())
        )
        for name in ("progress", "activity")
    ]
    show_progress(0.25, "teapot: tightening")
    for _ in range(3):
        await omni.kit.app.get_app().next_update_async()
    watches.clear()
    assert sent == [{"progress": 0.25}, {"text": "teapot: tightening"}]
