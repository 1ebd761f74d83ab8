"""Tests of messages in the panel's words."""

import pytest
from boxfit.errors import DatasetError
from boxfit.ui.model.failures import in_words
from boxfit.ui.model.labels import in_labels


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("set mask_shows to object", 'set "Masks show" to object'),
        ("state it (source_up), or mask_shows", 'state it ("Source up axis"), or "Masks show"'),
        ("Z in Isaac Sim (source_up Z, source_units 1)", 'Z in Isaac Sim ("Source up axis" Z, "Source units" 1)'),
        ("leave them out (views, exclude)", 'leave them out ("Views", "Views left out")'),
        ("name the folder that they are in (data)", 'name the folder that they are in ("Folder")'),
        ("an upright box (align up)", 'an upright box ("Alignment" up)'),
    ],
)
def test_message_names_settings_as_the_panel_does(message: str, shown: str) -> None:
    assert in_labels(message) == shown
    assert in_words(DatasetError(message)) == shown


@pytest.mark.parametrize(
    "message",
    [
        "/data/mask_shows/0.png and mask_shows.json: mask_path, masks",
        "its asset (teapot) and views",
        "overwrite (force)",
    ],
)
def test_message_keeps_paths_and_other_words(message: str) -> None:
    assert in_labels(message) == message
