"""Choice of files and folders in Kit's own dialog, on this machine or on a server."""

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
    """Kit's file dialog, which all extensions share."""

    def __init__(self) -> None:
        self._importer: Any = None
        self._dialog: Any = None
        self._on_chosen: Chosen | None = None

    def choose(self, what: Picked, title: str, start: str | None, on_chosen: Chosen) -> bool:
        """Open the dialog; return False if Kit has none, as without a screen.

        Args:
            what: Kind of item to choose.
            title: Title of the dialog.
            start: Address of the folder to begin in, or None.
            on_chosen: Called with the chosen address; not called if the user cancels.
        """
        self._importer = omni.kit.window.file_importer.get_file_importer()
        if self._importer is None:
            return False
        self._on_chosen = on_chosen
        folder = what == "folder"
        self._importer.show_window(
            title=title,
            show_only_folders=folder,
            file_extension_types=None if folder else STAGES,
            import_button_label="Choose" if folder else "Open",
            # Kit keeps the callback, also if the user cancels.
            import_handler=weakly(self._folder_chosen if folder else self._stage_chosen),
            # An address with a slash at its end is a folder to begin in, not a file name.
            filename_url=f"{start.rstrip('/')}/" if start else None,
            # Otherwise Kit accepts a name that does not exist.
            should_validate=not folder,
        )
        self._dialog = self._importer.get_dialog()
        return True

    def destroy(self) -> None:
        """Close an unanswered dialog; a later choice is dropped."""
        if self._on_chosen is not None:
            self._on_chosen = None
            # A cancelled dialog calls nothing, and another extension may have opened it since.
            if self._importer.get_dialog() is self._dialog and self._importer.is_window_visible:
                self._importer.hide_window()
        self._importer = self._dialog = None

    def _folder_chosen(self, filename: str, dirname: str, selections: list[str]) -> None:
        self._answer(selections[0] if selections else _joined(dirname, filename))

    def _stage_chosen(self, filename: str, dirname: str, selections: list[str]) -> None:
        self._answer(_joined(dirname, filename) if filename else next(iter(selections), ""))

    def _answer(self, address: str) -> None:
        on_chosen, self._on_chosen = self._on_chosen, None
        if address and on_chosen is not None:
            on_chosen(address)


def _joined(folder: str, name: str) -> str:
    """Join a folder's address and a name; the user may have typed a whole address for the name."""
    if ":/" in name or ":\\" in name or name.startswith(("/", "\\\\")):
        return name
    return f"{folder.rstrip('/')}/{name}" if name else folder.rstrip("/") or folder
