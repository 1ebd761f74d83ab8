"""Question about unsaved changes."""

from __future__ import annotations

from pathlib import Path

from boxfit.errors import BoxfitError
from boxfit.ui.desktop.document import Document
from boxfit.ui.desktop.file_dialog import FileDialog
from boxfit.ui.desktop.modal import ask
from boxfit.usd.stage import stage_file


async def may_lose_changes(document: Document) -> bool:
    """Ask about unsaved changes, and save them if the user wants it; return False for a cancel.

    Identifiers: `unsaved.save`, `unsaved.discard`, `unsaved.cancel`.
    """
    while document.modified:
        file = stage_file(document.stage)
        name = file.name if file else "The new stage"
        answer = await ask(
            "Unsaved changes",
            f"{name} has changes that are not saved.",
            {
                "unsaved.save": "Save" if file else "Save as...",
                "unsaved.discard": "Discard",
                "unsaved.cancel": "Cancel",
            },
        )
        if answer != "unsaved.save":
            return answer == "unsaved.discard"
        path = None if file else await _choose_file()
        if file is None and path is None:
            continue
        try:
            await document.save(path)
        except BoxfitError as error:
            await ask("Not saved", str(error), {"unsaved.failed": "OK"})
    return True


async def _choose_file() -> Path | None:
    chosen: list[Path] = []
    await FileDialog("new stage", "Save the stage as", None, chosen.append).wait()
    return chosen[0] if chosen else None
