"""Stand-in for `omni.kit.window.file_exporter`. Signatures: its typings in work-r-labs/isaacsim_typings_5."""

from __future__ import annotations

from typing import Any


class FileExporterExtension:
    def __init__(self) -> None:
        self.shown: dict[str, Any] | None = None

    def show_window(
        self,
        title: str | None = None,
        width: int = 1080,
        height: int = 450,
        show_only_collections: Any = None,
        show_only_folders: bool = False,
        file_postfix_options: Any = None,
        file_extension_types: Any = None,
        export_button_label: str = "Export",
        export_handler: Any = None,
        filename_url: str | None = None,
        **options: Any,
    ) -> None:
        self.shown = {"title": title, "start": filename_url, "done": export_handler}

    def apply(self, filename: str, dirname: str, extension: str) -> None:
        """What the user chooses, for tests; a folder's name ends in a slash."""
        assert self.shown is not None, "no dialog is open"
        shown, self.shown = self.shown, None
        shown["done"](filename, dirname, extension, [])


_exporter = FileExporterExtension()


def get_file_exporter() -> FileExporterExtension | None:
    return _exporter
