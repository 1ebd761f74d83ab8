"""Helpers of the stories that the tests tell about a panel's model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boxfit.ui.model.panel_model import PanelModel

from tests.folders import write_box_views
from tests.hosts import until
from tests.stages import fill_view, generator_stage, two_object_views
from tests.transforms_files import save_image, shots_around, write_nerfstudio
from tests.unit.ui.conftest import Gate

SHORT = {"max_steps": 5, "align": "axes"}
"""Settings of a short fit."""


def on_stage(*makers: Callable[[Path], Any]) -> pytest.MarkDecorator:
    """Open other stages in the host of a test, one per run; each is made in the test's folder."""
    return pytest.mark.parametrize("make_stage", makers)


def few_and_many(folder: Path) -> Any:
    """Make a stage that names a dataset of 4 views and one of 6."""
    write_box_views(folder / "few", 4)
    write_box_views(folder / "many", 6)
    return generator_stage(folder, "few", "many")


def write_unclear_masks(folder: Path, **fields: Any) -> None:
    """Write a transforms.json whose masks are white around the object, of which the format does not say what it is."""
    shots = shots_around(6, **fields)
    write_nerfstudio(folder, shots)
    for index, shot in enumerate(shots, start=1):
        save_image(folder / "masks" / f"frame_{index:05d}.png", 255 * ~shot.mask())


def two_objects(folder: Path, seen: int | None = None) -> Any:
    """Make a stage that names eight views of two boxes; the second is seen in so many of them, or in all."""
    two_object_views(folder / "views", seen=seen)
    return generator_stage(folder, "views")


def one_of_two(folder: Path) -> Any:
    """Make a stage whose second object is seen in a view, and fills another one: too few for a box."""
    stage = two_objects(folder, seen=1)
    fill_view(folder / "views", 7, 2)
    return stage


async def ready(model: PanelModel) -> None:
    """Wait until a fit can be started."""
    await until(lambda: model.source.state == "ready")


async def fitted(model: PanelModel, **settings: Any) -> None:
    """Fit with some settings as soon as the dataset is there, and wait for the end."""
    await ready(model)
    for name, value in settings.items():
        model.settings.change(name, value)
    assert model.fit.blocked_reason is None
    model.fit.fit()
    await until(lambda: not model.fit.running)


async def held(model: PanelModel, gate: Gate, stage: str) -> None:
    """Start a fit as soon as the dataset is there, and hold it just before it reports a stage."""
    await ready(model)
    gate.close(stage)
    model.fit.fit()
    await until(lambda: gate.reached)


async def ended(model: PanelModel, gate: Gate) -> None:
    """Let a fit that is held go on, and wait for its end."""
    gate.open()
    await until(lambda: not model.fit.running)
