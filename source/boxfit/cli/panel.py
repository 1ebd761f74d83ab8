"""Command `panel`."""

from __future__ import annotations

from boxfit.cli.output import write
from boxfit.cli.parser import Panel
from boxfit.errors import DatasetError, PanelError
from boxfit.files.paths import check_files
from boxfit.ui.desktop.availability import unavailable_reason
from boxfit.ui.desktop.libcuda import ensure_libcuda


def run_panel(command: Panel) -> int:
    """Show the window until it is closed, or write a screenshot of it.

    Raises:
        BoxfitError: If the window cannot run here, or the source cannot be opened.
    """
    picture = command.screenshot
    if reason := unavailable_reason(display=picture is None):
        raise PanelError(reason)
    if command.source is not None and not command.source.exists():
        raise DatasetError(f"{command.source} does not exist: name a stage, a folder of views or its JSON file")
    if picture is not None:
        if picture.suffix != ".png":
            raise PanelError(f"{picture} cannot be written: name a .png file")
        check_files([picture], command.force)
    ensure_libcuda()
    # Imported after `ensure_libcuda`: omni.ui needs the driver or its replacement.
    from boxfit.ui.desktop.application import make_picture, show_window

    if picture is None:
        show_window(command.source, command.size)
    else:
        make_picture(command.source, command.size, command.scale, picture)
        write(f"screenshot {picture}\n")
    return 0
