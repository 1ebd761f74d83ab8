"""Files and folders that the user chooses in Kit's own dialogs, on this machine or on a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boxfit.ui.host import Picked

STAGES = [("*.usd, *.usda, *.usdc, *.usdz", "USD stages"), ("*.*", "All files")]
NEW_STAGES = [(".usda", "USD as text"), (".usdc", "USD in binary form"), (".usd", "USD")]


def choose(what: Picked, title: str, start: str | None, chosen: Callable[[str], None]) -> bool:
    """Open the dialog.

    Args:
        what: What may be chosen.
        title: What the choice is for.
        start: Address of the folder to begin in, or None.
        chosen: Called with the address that was chosen; not at all where the user cancels.

    Returns:
        False where Kit has no such dialog, as without a screen.
    """
    # A folder is only begun in, not taken for the name of a file, where its address ends in a slash.
    begin = f"{start.rstrip('/')}/" if start else None
    if what == "new stage":
        return _choose_new(title, begin, chosen)
    return _choose_existing(what == "folder", title, begin, chosen)


def _choose_existing(folder: bool, title: str, begin: str | None, chosen: Callable[[str], None]) -> bool:
    import omni.kit.window.file_importer

    importer = omni.kit.window.file_importer.get_file_importer()
    if importer is None:
        return False

    def imported(filename: str, dirname: str, selections: list[str]) -> None:
        if folder:
            address = selections[0] if selections else _joined(dirname, filename)
        else:
            address = _joined(dirname, filename) if filename else next(iter(selections), "")
        if address:
            chosen(address)

    importer.show_window(
        title=title,
        show_only_folders=folder,
        file_extension_types=None if folder else STAGES,
        import_button_label="Choose" if folder else "Open",
        import_handler=imported,
        filename_url=begin,
    )
    return True


def _choose_new(title: str, begin: str | None, chosen: Callable[[str], None]) -> bool:
    import omni.kit.window.file_exporter

    exporter = omni.kit.window.file_exporter.get_file_exporter()
    if exporter is None:
        return False

    def exported(filename: str, dirname: str, extension: str = "", selections: list[str] | None = None) -> None:
        if filename:
            chosen(_joined(dirname, filename if filename.endswith(extension) else f"{filename}{extension}"))

    exporter.show_window(
        title=title,
        file_extension_types=NEW_STAGES,
        export_button_label="Save",
        export_handler=exported,
        filename_url=begin,
    )
    return True


def _joined(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if name else folder.rstrip("/") or folder
