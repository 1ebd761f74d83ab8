"""Stand-in for `omni.kit.window.file_importer`, whose dialog there is once for everybody.

Behaviour: omni.kit.window.file_importer 1.1, which public repositories hold copies of. Signatures: its typings in
work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from typing import Any

from omni.kit.async_engine import run_coroutine


class FileImporterExtension:
    def __init__(self) -> None:
        self.shown: dict[str, Any] | None = None

    def show_window(
        self,
        title: str | None = None,
        show_only_folders: bool = False,
        import_handler: Any = None,
        filename_url: str | None = None,
        **options: Any,
    ) -> None:
        """Open the dialog in place of an open one, whose callback is not called."""
        self.shown = {"title": title, "folders": show_only_folders, "start": filename_url, "done": import_handler}

    def hide_window(self) -> None:
        """Close the dialog without a call of the callback, as after a cancel."""
        self.shown = None

    def get_dialog(self) -> object | None:
        return self.shown

    @property
    def is_window_visible(self) -> bool:
        return self.shown is not None

    def apply(self, filename: str, dirname: str, selections: list[str] | None = None) -> None:
        """Choose, for tests; a folder's name may end in a slash.

        The handler is called an update later, and even if the dialog has been taken away meanwhile.
        """
        assert self.shown is not None, "no dialog is open"
        dialog = self.shown

        async def finish() -> None:
            if self.shown is dialog:
                self.shown = None
            if dialog["done"] is not None:
                dialog["done"](filename, dirname, selections=selections or [])

        run_coroutine(finish())


_importer = FileImporterExtension()


def get_file_importer() -> FileImporterExtension | None:
    return _importer


def leftovers() -> list[str]:
    return [f"the dialog {_importer.shown['title']}"] if _importer and _importer.shown else []
