"""Stand-in for `omni.kit.window.file_importer`. Signatures: its typings in work-r-labs/isaacsim_typings_5."""

from __future__ import annotations

from typing import Any


class FileImporterExtension:
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
        file_filter_handler: Any = None,
        import_button_label: str = "Import",
        import_handler: Any = None,
        filename_url: str | None = None,
        **options: Any,
    ) -> None:
        self.shown = {"title": title, "folders": show_only_folders, "start": filename_url, "done": import_handler}

    def hide_window(self) -> None:
        self.shown = None

    @property
    def is_window_visible(self) -> bool:
        return self.shown is not None

    def apply(self, filename: str, dirname: str, selections: list[str] | None = None) -> None:
        """What the user chooses, for tests; a folder's name ends in a slash."""
        assert self.shown is not None, "no dialog is open"
        shown, self.shown = self.shown, None
        shown["done"](filename, dirname, selections or [])


_importer = FileImporterExtension()


def get_file_importer() -> FileImporterExtension | None:
    return _importer


def leftovers() -> list[str]:
    return [f"the dialog {_importer.shown['title']}"] if _importer and _importer.shown else []
