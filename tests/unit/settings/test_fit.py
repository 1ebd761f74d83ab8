from dataclasses import fields
from pathlib import Path

import pytest
from boxfit.errors import FitError
from boxfit.settings import FitSettings


def test_defaults_are_the_notebooks_hyperparameters():
    settings = FitSettings()
    assert (settings.batch_size, settings.notebook_learning_rate, settings.epochs) == (2, 5e-2, 30)
    assert (settings.scheduler_step, settings.scheduler_gamma) == (5, 0.5)
    assert (settings.overlap, settings.occupancy, settings.notebook_half_extent) == (1.0, 0.05, 0.75)


def test_python_may_be_a_text():
    assert FitSettings(python="/opt/python") == FitSettings(python=Path("/opt/python"))  # type: ignore[arg-type]


def test_every_setting_has_a_help_text_and_choices_where_words_are_chosen():
    for setting in fields(FitSettings):
        assert setting.metadata["help"].endswith("."), setting.name
    choices = {setting.name: setting.metadata["choices"] for setting in fields(FitSettings)}
    assert choices["method"] == ("auto", "contact", "tight", "notebook")
    assert choices["renderer"] == ("auto", "area", "dibr", "kaolin")
    assert choices["align"] == ("auto", "free", "up", "axes")
    assert choices["extent"] == ("likely", "certain", "proven")


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("method", "loose", "method is 'loose': choose one of auto, contact, tight, notebook"),
        ("epochs", 0, "epochs is 0: give a number of at least 1"),
        ("batch_size", -2, "batch_size is -2: give a number of at least 1"),
        ("sigmainv", 0.0, "sigmainv is 0.0: give a number above 0"),
        ("notebook_learning_rate", float("nan"), "notebook_learning_rate is nan: give a finite number"),
        ("occupancy", -0.1, "occupancy is -0.1: give a number of at least 0"),
        ("seed", 10**23, f"seed is {10**23}: give a number of at most 9.22337e+18"),
        ("notebook_learning_rate", 1e308, "notebook_learning_rate is 1e+308: give a number of at most 1e+09"),
        ("max_steps", 10**400, f"max_steps is {10**400}: give a number of at most 1e+06"),
    ],
)
def test_make_with_a_value_out_of_range_fails_with_its_name(setting, value, message):
    with pytest.raises(FitError) as caught:
        FitSettings(**{setting: value})
    assert str(caught.value) == message
