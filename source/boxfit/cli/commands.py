"""Dispatch to the commands, whose modules are imported on demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from boxfit.cli.parser import AnyCommand, Batch, Convert, Doctor, Fit, Import, Inspect, Panel, Sample
from boxfit.files.interruption import uninterrupted


def run(command: AnyCommand) -> int:
    """Run a command, and return its exit code.

    Raises:
        BoxfitError: Raised by the command.
    """
    # USD swallows an interruption while it loads its modules, and is of no use afterwards.
    with uninterrupted():
        function = _function_of(command)
    return function(command)


def _function_of(command: AnyCommand) -> Callable[[Any], int]:
    """Import the function that runs a command."""
    match command:
        case Fit():
            from boxfit.cli.fit import run_fit as function
        case Batch():
            from boxfit.cli.batch import run_batches as function
        case Inspect():
            from boxfit.cli.inspect import run_inspect as function
        case Import():
            from boxfit.cli.make import run_import as function
        case Convert():
            from boxfit.cli.convert import run_convert as function
        case Sample():
            from boxfit.cli.make import run_sample as function
        case Panel():
            from boxfit.cli.panel import run_panel as function
        case Doctor():
            from boxfit.cli.doctor import run_doctor as function
    return function
