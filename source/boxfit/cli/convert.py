"""Command `convert`."""

from __future__ import annotations

from dataclasses import replace

from boxfit.cli.output import tell, write
from boxfit.cli.parser import Convert
from boxfit.cli.progress import progress_display
from boxfit.session.session import Session
from boxfit.views.folder import FORMATS
from boxfit.views.new_folder import check_new
from boxfit.views.writers.formats import WRITERS


def run_convert(command: Convert) -> int:
    """Write a dataset as a folder in another format, after warnings of what that does not hold."""
    check_new(command.target)
    with progress_display():
        session = Session(command.source, replace(command.input_settings, format=command.source_format))
    world = session.source.world
    dataset = replace(session.dataset, up_axis=world.up_axis, meters_per_unit=world.meters_per_unit)
    for problem in dataset.problems:
        tell("warning", f"{problem.where}: {problem.what}")
    writer = WRITERS[command.format]
    for loss in writer.losses(dataset):
        tell("warning", f"{FORMATS[command.format].title} does not hold {loss}")
    writer.write(dataset, command.target)
    write(f"{command.target} is written; fit it with: boxfit fit {command.target} --output box.usda\n")
    return 0
