"""Dispatch to the commands, whose modules are imported on demand."""

from __future__ import annotations

from boxfit.cli.parser import AnyCommand, Batch, Convert, Doctor, Fit, Import, Inspect, Panel, Sample


def run(command: AnyCommand) -> int:
    """Run a command, and return its exit code.

    Raises:
        BoxfitError: Raised by the command.
    """
    match command:
        case Fit():
            from boxfit.cli.fit import run_fit

            return run_fit(command)
        case Batch():
            from boxfit.cli.batch import run_batches

            return run_batches(command)
        case Inspect():
            from boxfit.cli.inspect import run_inspect

            return run_inspect(command)
        case Import():
            from boxfit.cli.make import run_import

            return run_import(command)
        case Convert():
            from boxfit.cli.convert import run_convert

            return run_convert(command)
        case Sample():
            from boxfit.cli.make import run_sample

            return run_sample(command)
        case Panel():
            from boxfit.cli.panel import run_panel

            return run_panel(command)
        case Doctor():
            from boxfit.cli.doctor import run_doctor

            return run_doctor(command)
