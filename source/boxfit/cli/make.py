"""Commands `import` and `sample`, which make a dataset for `fit`."""

from __future__ import annotations

from contextlib import nullcontext

from boxfit.cli.output import tell, write
from boxfit.cli.parser import Import, Sample
from boxfit.cli.progress import progress_display
from boxfit.errors import StageError
from boxfit.files.paths import check_kept
from boxfit.geometry.units import WorldUnits
from boxfit.session.output_stage import check_new_stage
from boxfit.session.reading import read_source
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage
from boxfit.views.camera_prims import write_views
from boxfit.views.new_folder import is_free, set_aside
from boxfit.views.saved_images import holds_saved_images, masks_folder, save_images


def run_import(command: Import) -> int:
    """Write a dataset's views as cameras to a new stage."""
    check_new_stage(command.output, command.force)
    settings = command.reading
    with progress_display():
        source = read_source(command.source, settings).with_overrides(settings)
    check_kept({"--output": command.output}, source.files)
    for problem in source.dataset.problems:
        tell("warning", f"{problem.where}: {problem.what}")
    if source.world.assumed:
        tell("warning", source.world.assumed)
    masks = masks_folder(command.output)
    replaceable = holds_saved_images(masks)
    if not (command.force and replaceable) and any(view.images for view in source.dataset.views) and not is_free(masks):
        remedy = "--force replaces it" if replaceable else "it also holds other files, so move it away"
        raise StageError(
            f"{masks} is there already, and masks would be saved there: {remedy}, or name another --output"
        )
    # With --force, the masks of an earlier import are replaced with its stage; if that fails, nothing is left of them.
    with set_aside(masks) if replaceable else nullcontext():
        dataset = save_images(source.dataset, masks)
        stage = new_stage(command.output, source.world.units(WorldUnits()))
        cameras = write_views(stage, dataset)
        save_stage(stage, new=not command.force)
    write(f"{len(cameras)} views on {command.output}; fit them with: boxfit fit {command.output} --output box.usda\n")
    return 0


def run_sample(command: Sample) -> int:
    """Make a sample dataset, in the Data Generator's format with the stage that names it."""
    from boxfit.sample import make_sample, make_sample_folder

    is_stage = command.format == "data-generator"
    source = make_sample(command.folder) if is_stage else make_sample_folder(command.folder, command.format)
    what = "stage" if is_stage else "folder"
    write(f"sample {what} {source}; fit it with: boxfit fit {source} --output box.usda\n")
    return 0
