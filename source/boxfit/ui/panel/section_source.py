"""The panel's first section: the stage's dataset, its content, and its problems."""

from __future__ import annotations

from pathlib import PureWindowsPath

import omni.ui as ui

from boxfit.errors import list_names
from boxfit.files.paths import server_address
from boxfit.session.source import Source
from boxfit.ui.controls import style
from boxfit.ui.controls.choices import ChoiceRows
from boxfit.ui.controls.text_field import TextField
from boxfit.ui.controls.widgets import Fact, MessageBox, Notes, Share, Text, button, group, labelled, section
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.model.settings_model import OF_ONE_FOLDER
from boxfit.ui.panel.section_capture import CaptureGroup
from boxfit.ui.panel.setting_row import SettingRow
from boxfit.views.folder import FORMATS

_FOLDER_HELP = (
    "Folder with the views, or its JSON file, in place of the one that the stage names. Empty: the stage's own."
)
_STAGE_FOLDER = "the one that the stage names"
_ANY_FOLDER = "or type its path"


class SourceSection:
    """The data source. Built inside the current container.

    Identifiers: `source`, `source.message`, `source.progress`, `source.error`, `source.sample`, `source.open`,
    `source.dataset.0`, `.1`, ..., `source.format`, `source.views`, `source.details` with `source.title`, `source.path`,
    `source.assets` and `source.labels`, `source.folder`,
    `source.browse`, `source.refresh`, `source.stop`, `source.reading`, `source.browse_masks`, `source.warnings`, those
    of `SettingRow` for the settings of reading, and those of `CaptureGroup`.
    """

    def __init__(self, model: PanelModel) -> None:
        self._model, self._source = model, model.source
        self._refused = False
        with section("Source", "source"):
            self._message = Text("source.message")
            self._share = Share()
            self._bar = ui.ProgressBar(self._share, identifier="source.progress", height=style.ROW)
            self._error = MessageBox("source.error")
            self._build_offers()
            self._list_row = ui.VStack(height=0)
            with self._list_row, labelled("Dataset", "The stage names several datasets: choose one."):
                self._list = ChoiceRows("source.dataset", self._source.choose)
            self._build_facts()
            self._warnings = Notes("Problems", "source.warnings")
            self._folder_rows = ui.VStack(height=0, spacing=style.GAP)
            with self._folder_rows:
                self._build_folder()
            self._capture = CaptureGroup(model) if model.capture.is_offered else None
        self._ends = [model.source.changed.subscribe(self.show), model.settings.changed.subscribe(self.show)]
        self.show()

    def _build_offers(self) -> None:
        """Build the ways to a first dataset."""
        with ui.HStack(height=0, spacing=style.GAP) as self._offers:
            button("Try the sample", "source.sample", self._source.try_sample, "Open a teapot with 24 views.")
            button("Open...", "source.open", self._model.stage.open, "Open a stage with views.")
            self._browse_first = button("Browse...", "source.browse", self._source.browse, "Choose a folder of views.")

    def _build_facts(self) -> None:
        with ui.VStack(height=0, spacing=style.GAP) as self._facts:
            self._format = Fact("Format", "source.format")
            self._views = Fact("Views", "source.views")
            with group("Details", "source.details"):
                self._title = Fact("Dataset", "source.title")
                self._path = Fact("Read from", "source.path")
                self._assets = Fact("Assets", "source.assets")
                self._labels = Fact("Labels", "source.labels")

    def _build_folder(self) -> None:
        with labelled("Folder", _FOLDER_HELP):
            self._folder = TextField(
                "source.folder",
                _FOLDER_HELP,
                on_entered=self._source.name_folder,
                on_discarded=lambda: self._source.name_folder(str(self._source.folder or "")),
                takes_drops=True,
            )
            with ui.HStack(height=0, spacing=style.GAP) as self._folder_buttons:
                button("Browse...", "source.browse", self._source.browse)
                self._refresh = button(
                    "Read again", "source.refresh", self._source.refresh, "Read the stage and its dataset again."
                )
                self._stop = button("Stop", "source.stop", self._source.stop, "Stop reading the dataset.")
        with group("Format and masks", "source.reading") as self._reading:
            self._rows = [SettingRow(self._model.settings, name) for name in OF_ONE_FOLDER[:2]]
            with labelled(""):
                button("Browse...", "source.browse_masks", self._source.browse_masks)
            self._rows += [SettingRow(self._model.settings, name) for name in OF_ONE_FOLDER[2:]]

    def show(self) -> None:
        """Show the model's state."""
        source = self._source
        failed = source.state == "failed"
        reading = source.state == "reading"
        done, total = source.read
        doing = f"Reading {done} of {total} views" if total else "Reading the dataset..."
        self._message.show("" if failed else source.message or (doing if reading else ""))
        self._bar.visible = reading and total > 0
        self._share.set_value(done / max(total, 1))
        self._refresh.visible, self._stop.visible = not reading, reading
        self._error.show(source.message if failed else "")
        self._offers.visible = source.state in ("no stage", "nothing")
        self._browse_first.visible = source.state == "nothing"
        self._folder_buttons.visible = source.state != "nothing"
        self._folder_rows.visible = source.state != "no stage"
        several = len(source.datasets) > 1
        self._list_row.visible = several
        if several:
            self._list.show(
                [(dataset.title, str(dataset.folder or dataset.where)) for dataset in source.datasets], source.index
            )
        self._show_facts(source.source)
        self._warnings.show(source.warnings)
        self._folder.show(str(source.folder or ""), _STAGE_FOLDER if source.datasets else _ANY_FOLDER)
        self._show_reading(failed)

    def _show_reading(self, failed: bool) -> None:
        """Show how the named folder is read, unfolded when it has been refused: its format or masks may be unclear."""
        self._reading.visible = self._source.folder is not None
        refused = failed and self._source.chosen is not None and self._source.chosen.problem is None
        if refused and not self._refused:
            self._reading.collapsed = False
        self._refused = refused
        for row in self._rows:
            row.show()

    def _show_facts(self, source: Source | None) -> None:
        self._facts.visible = source is not None
        chosen = self._source.chosen
        if source is None:
            return
        dataset = source.dataset
        if chosen is None:
            self._title.show("captured", "Captured from the open stage; Read again returns to the stage's own dataset.")
        else:
            self._title.show(chosen.title, f"Named by {chosen.where}")
        self._title.visible = len(self._source.datasets) < 2
        self._format.visible = bool(dataset.format)
        self._format.show(FORMATS[dataset.format].title if dataset.format else "")
        place = (chosen.folder if chosen else None) or dataset.source
        self._path.show(server_address(place) or str(place))
        sizes = {view.taken.resolution for view in dataset.views}
        images = ", ".join(f"{width} x {height}" for height, width in sorted(sizes)[:2])
        more = f" and {len(sizes) - 2} sizes more" if len(sizes) > 2 else ""
        self._views.show(f"{len(dataset.views)}, {images}{more} px")
        assets = list(dict.fromkeys(labelled.asset for labelled in dataset.objects if labelled.asset))
        # The asset may be a Windows or a POSIX path.
        self._assets.show(
            list_names([PureWindowsPath(asset).name for asset in assets]) or "not named", "\n".join(assets)
        )
        labels = list(dict.fromkeys(labelled.label.name for labelled in dataset.objects))
        self._labels.show(list_names(labels), "\n".join(labels))

    def destroy(self) -> None:
        """Unsubscribe."""
        for end in self._ends:
            end()
        if self._capture is not None:
            self._capture.destroy()
