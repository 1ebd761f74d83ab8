"""Tests of settings: display, input, storage and errors."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from boxfit.settings import CaptureSettings, FitSettings, InputSettings, PrimSettings
from boxfit.ui.model.settings_model import OF_ONE_DATASET, SettingsModel

from tests.hosts import HostInMemory

OTHER_VALUES: dict[str, Any] = {
    "format": "colmap",
    "masks": Path("masks"),
    "mask_shows": "background",
    "label": "clock",
    "skip": "floor",
    "merge": "mug",
    "split": True,
    "asset": "clock.usd",
    "views": "0-9,12",
    "exclude": "3",
    "data": Path("renders"),
    "source_up": "Z",
    "source_units": 0.123456789012345,
    "camera_convention": "opencv-w2c",
    "method": "notebook",
    "renderer": "dibr",
    "align": "up",
    "extent": "certain",
    "calibrate": "poses",
    "depth": "off",
    "floor": -0.25,
    "seed": 7,
    "max_steps": 1000,
    "notebook_start": "contact",
    "notebook_half_extent": 30.0,
    "notebook_learning_rate": 1 / 3,
    "batch_size": 4,
    "epochs": 100,
    "scheduler_step": 6,
    "scheduler_gamma": 0.25,
    "overlap": 0.0,
    "occupancy": 1e9,
    "sigmainv": 12345.6789,
    "boxlen": 0.03,
    "device": "cuda:1",
    "python": Path("elsewhere/python"),
    "prim": "/World/Found",
    "frame": "asset",
    "rotation": "xyz",
    "purpose": "guide",
    "collider": True,
    "semantic_label": "teapot",
    "reset_xform_stack": True,
    "animation": True,
    "cameras": "stage",
    "view_count": 9,
    "elevation_from": -12.5,
    "elevation_to": 60.0,
    "distance": 2.5,
    "image_width": 640,
    "image_height": 480,
    "isolate": False,
}

KEPT = ("data", "format", "masks", "mask_shows", "python")
"""Settings that a reset leaves alone."""


def test_settings_are_all_fields_of_all_groups_with_their_help() -> None:
    model = SettingsModel(HostInMemory())
    fields = [
        field
        for group in (InputSettings, FitSettings, PrimSettings, CaptureSettings)
        for field in dataclasses.fields(group)
    ]
    assert list(model.settings) == [field.name for field in fields] == list(OTHER_VALUES)
    for field in fields:
        setting = model.settings[field.name]
        assert (setting.help, setting.default) == (field.metadata["help"], field.default)
        assert setting.label[0].isupper() and "_" not in setting.label


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("method", "choice"),
        ("source_up", "choice"),
        ("purpose", "choice"),
        ("animation", "switch"),
        ("seed", "integer"),
        ("notebook_learning_rate", "number"),
        ("source_units", "number"),
        ("label", "text"),
        ("data", "text"),
        ("prim", "text"),
        ("device", "text"),
        ("python", "text"),
    ],
)
def test_kind_of_a_setting_follows_its_type(name: str, kind: str) -> None:
    assert SettingsModel(HostInMemory()).settings[name].kind == kind


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_enter_the_text_that_is_shown_gives_the_value_back(name: str) -> None:
    model, value = SettingsModel(HostInMemory()), OTHER_VALUES[name]
    assert model.change(name, value) and model.value(name) == value
    shown = model.text(name)
    assert model.change(name, model.settings[name].default) and model.is_default
    assert model.enter(name, shown)
    assert model.value(name) == value and type(model.value(name)) is type(value)
    assert model.is_default == (name in KEPT)


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_enter_the_text_of_a_default_gives_the_default_back(name: str) -> None:
    model = SettingsModel(HostInMemory())
    shown = model.text(name)
    assert model.change(name, OTHER_VALUES[name]) and model.enter(name, shown)
    assert model.value(name) == model.settings[name].default


def test_values_are_kept_for_the_next_run_but_for_those_of_one_dataset() -> None:
    host = HostInMemory()
    model = SettingsModel(host)
    for name, value in OTHER_VALUES.items():
        model.change(name, value)
    again = SettingsModel(host)
    for name, value in OTHER_VALUES.items():
        assert again.value(name) == (again.settings[name].default if name in OF_ONE_DATASET else value)
    assert again.notes == () and not set(host.stored) & set(OF_ONE_DATASET)


@pytest.mark.parametrize(
    ("name", "stored", "told"),
    [
        ("max_steps", "many", "\"Max steps\" is 'many': it takes an integer"),
        ("max_steps", True, "it takes an integer"),
        ("max_steps", None, "it takes an integer"),
        ("max_steps", 0, "at least 1"),
        ("notebook_learning_rate", [1], "it takes a number"),
        ("notebook_learning_rate", float("nan"), "finite"),
        ("method", "magic", "choose one of auto, contact, tight, notebook"),
        ("method", {}, "it takes one of its choices"),
        ("animation", 1, "it takes true or false"),
        ("device", None, "it takes a text"),
    ],
)
def test_stored_value_that_is_damaged_is_noted_and_its_default_taken(name: str, stored: Any, told: str) -> None:
    model = SettingsModel(HostInMemory(stored={name: stored, "align": "up"}))
    (note,) = model.notes
    assert told in note and note.endswith(f"; used instead: {model.text(name)}")
    assert model.value(name) == model.settings[name].default and model.value("align") == "up"


def test_stored_names_that_are_unknown_or_of_one_dataset_are_left_alone() -> None:
    model = SettingsModel(HostInMemory(stored={"of_a_later_version": 1, "prim": "/World/Old", "purpose": None}))
    assert model.notes == () and model.is_default


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("max_steps", "many", "\"Max steps\" is 'many': give an integer"),
        ("max_steps", "2.5", "give an integer"),
        ("max_steps", "", "give an integer"),
        ("max_steps", "0", "give a number of at least 1"),
        ("notebook_learning_rate", "x", "\"Notebook learning rate\" is 'x': give a number"),
        ("notebook_learning_rate", "-1", "above 0"),
        ("notebook_learning_rate", "inf", "finite"),
        ("source_units", "0", "at least 1e-09"),
        ("method", "magic", "choose one of"),
    ],
)
def test_enter_what_a_setting_does_not_take_says_so_and_keeps_the_old_value(name: str, text: str, told: str) -> None:
    model, told_of = SettingsModel(HostInMemory()), []
    model.changed.subscribe(lambda: told_of.append(1))
    assert not model.enter(name, text)
    assert told in model.errors[name] and "\n" not in model.errors[name] and told_of
    assert model.value(name) == model.settings[name].default and not model.is_default
    assert model.enter(name, model.text(name))
    assert model.errors == {} and model.is_default


def test_change_to_what_it_is_already_tells_nobody() -> None:
    host = HostInMemory()
    model, told_of = SettingsModel(host), []
    model.changed.subscribe(lambda: told_of.append(1))
    assert model.change("align", "auto") and model.enter("seed", " 0 ")
    assert told_of == [] and host.stored == {}


def test_reset_puts_back_all_but_how_the_folder_is_read_and_the_other_python_and_keeps_that_for_the_next_run() -> None:
    host = HostInMemory(stored={"align": "nonsense"})
    model = SettingsModel(host)
    for name, value in OTHER_VALUES.items():
        model.change(name, value)
    model.enter("seed", "x")
    assert model.notes
    model.reset()
    assert model.is_default and model.errors == {} and model.notes == ()
    assert all(model.value(name) == OTHER_VALUES[name] for name in KEPT)
    again = SettingsModel(host)
    assert again.is_default and again.value("python") == OTHER_VALUES["python"]


def test_forget_dataset_keeps_the_other_settings() -> None:
    model = SettingsModel(HostInMemory())
    for name, value in OTHER_VALUES.items():
        model.change(name, value)
    model.errors["views"] = "wrong"
    model.forget_dataset()
    for name, value in OTHER_VALUES.items():
        assert model.value(name) == (model.settings[name].default if name in OF_ONE_DATASET else value)
    assert model.errors == {}


def test_name_another_folder_forgets_how_the_last_one_was_read_and_tells_once() -> None:
    model, told_of = SettingsModel(HostInMemory()), []
    for name in ("format", "masks", "mask_shows", "views"):
        model.change(name, OTHER_VALUES[name])
    model.enter("format", "nonsense")
    model.changed.subscribe(lambda: told_of.append(1))
    model.name_folder(Path("views"))
    assert model.input == InputSettings(data=Path("views"), views=OTHER_VALUES["views"])
    assert model.errors == {} and told_of == [1]


def test_enter_a_path_from_home_takes_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    model = SettingsModel(HostInMemory())
    assert model.enter("masks", "~/masks") and model.value("masks") == tmp_path / "masks"
    assert model.enter("masks", "~nobody_of_this_name/masks")
    assert model.value("masks") == Path("~nobody_of_this_name/masks")


def test_rule_out_says_why_until_it_is_taken_back() -> None:
    model, told_of = SettingsModel(HostInMemory()), []
    model.changed.subscribe(lambda: told_of.append(1))
    model.rule_out("renderer", {"kaolin": "no CUDA", "area": None})
    assert (model.reason("renderer", "kaolin"), model.reason("renderer", "area")) == ("no CUDA", None)
    model.rule_out("renderer", {"kaolin": None})
    assert model.reason("renderer", "kaolin") is None and len(told_of) == 2
    model.rule_out("renderer", {"kaolin": None})
    assert len(told_of) == 2


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("sigmainv", 7000.0, "7000"),
        ("notebook_learning_rate", 0.00005, "5e-05"),
        ("prim", None, ""),
        ("purpose", None, "(default)"),
    ],
)
def test_text_is_as_short_as_it_can_be(name: str, value: Any, text: str) -> None:
    model = SettingsModel(HostInMemory())
    model.change(name, value)
    assert model.text(name) == text


def test_choice_that_may_stay_open_offers_that_first() -> None:
    model = SettingsModel(HostInMemory())
    assert model.settings["source_up"].choices == ("(default)", "Y", "Z")
    assert model.text("source_up") == "(default)" and model.settings["method"].choices == (
        "auto",
        "contact",
        "tight",
        "notebook",
    )
