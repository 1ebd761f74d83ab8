"""Files and folders that the user chooses in Kit's own dialog, on this machine or on a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import omni.kit.window.file_importer
from boxfit.ui.controls.weak_calls import weakly

if TYPE_CHECKING:
    from boxfit.ui.host import Picked

STAGES = [("*.usd, *.usda, *.usdc, *.usdz", "USD stages"), ("*.*", "All files")]

Chosen = Callable[[str], None]


class FileChoice:
    """Kit's dialog, of which there is one for everybody."""

    def __init__(self) -> None:
        self._importer: Any = None
        self._dialog: Any = None
        self._chosen: Chosen | None = None

    def choose(self, what: Picked, title: str, start: str | None, chosen: Chosen) -> bool:
        """Open the dialog.

        Args:
            what: What may be chosen.
            title: What the choice is for.
            start: Address of the folder to begin in, or None.
            chosen: Called with the address that was chosen; not at all where the user cancels.

        Returns:
            False where Kit has no such dialog, as without a screen.
        """
        self._importer = omni.kit.window.file_importer.get_file_importer()
        if self._importer is None:
            return False
        self._chosen = chosen
        folder = what == "folder"
        self._importer.show_window(
            title=title,
            show_only_folders=folder,
            file_extension_types=None if folder else STAGES,
            import_button_label="Choose" if folder else "Open",
            # Kit keeps what it would have called, also where the user cancels.
            import_handler=weakly(self._folder_chosen if folder else self._stage_chosen),
            # A folder is only begun in, not taken for the name of a file, where its address ends in a slash.
            filename_url=f"{start.rstrip('/')}/" if start else None,
            # Otherwise a name that does not exist would be let through.
            should_validate=not folder,
        )
        self._dialog = self._importer.get_dialog()
        return True

    def destroy(self) -> None:
        """Close the dialog where nothing has been chosen yet; a choice that comes later is dropped."""
        if self._chosen is not None:
            self._chosen = None
            # A cancelled one calls nobody, and there may be somebody else's by now.
            if self._importer.get_dialog() is self._dialog and self._importer.is_window_visible:
                self._importer.hide_window()
        self._importer = self._dialog = None

    def _folder_chosen(self, filename: str, dirname: str, selections: list[str]) -> None:
        self._answer(selections[0] if selections else _joined(dirname, filename))

    def _stage_chosen(self, filename: str, dirname: str, selections: list[str]) -> None:
        self._answer(_joined(dirname, filename) if filename else next(iter(selections), ""))

    def _answer(self, address: str) -> None:
        chosen, self._chosen = self._chosen, None
        if address and chosen is not None:
            chosen(address)


def _joined(folder: str, name: str) -> str:
    """The address of a name in a folder; a user may type a whole address for a name."""
    if ":/" in name or ":\\" in name or name.startswith(("/", "\\\\")):
        return name
    return f"{folder.rstrip('/')}/{name}" if name else folder.rstrip("/") or folder
