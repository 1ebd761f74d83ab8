"""Where the data comes from: what the open stage names, what was read from it, and which objects are ticked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from boxfit.errors import RequirementError, count_views
from boxfit.files import server_address
from boxfit.session.background import in_background
from boxfit.session.results import object_name
from boxfit.session.source import Source, StageSurvey, survey_stage
from boxfit.ui.host import Host, Task
from boxfit.ui.model.failures import in_words
from boxfit.ui.model.settings_model import SettingsModel
from boxfit.ui.model.signal import Signal
from boxfit.views.dataset import LabelledObject
from boxfit.views.silhouettes import Observations
from boxfit.views.stage import StageDataset, find_datasets

State = Literal["no stage", "nothing", "reading", "ready", "failed"]

NO_STAGE = "Open a stage to begin: one that the Data Generator was set up on, or one that carries imported views."
NOTHING = (
    "This stage names no dataset. Name the folder that the Data Generator wrote (0_metadata.json, 0_semantic.npy "
    "and so on), or bring its views onto the stage with: boxfit import."
)

STOPPED = "reading the views was stopped: Read again begins anew"

OR_CAPTURE = "Or capture views of what is on the stage."


@dataclass(frozen=True, eq=False)
class ObjectRow:
    """An object that can be fitted.

    Attributes:
        labelled: Its label and views.
        ticked: Whether Fit is to fit it.
    """

    labelled: LabelledObject
    ticked: bool

    @property
    def name(self) -> str:
        """What it is called in the list, in messages and in reports."""
        return object_name(self.labelled)


class SourceModel:
    """The dataset of the open stage, or views that were captured from it.

    Attributes:
        changed: Emitted when anything below has changed.
        state: "no stage"; "nothing": the stage names no dataset; "reading"; "ready"; or "failed".
        message: What to do, or what went wrong; empty when all is well.
        datasets: What the stage names or carries.
        index: Which of them is taken.
        source: What was read, when "ready".
        objects: What can be fitted, when "ready".
        warnings: What is wrong with views that were read, in words; grows while the masks are looked at.
    """

    def __init__(self, host: Host, settings: SettingsModel) -> None:
        self.changed = Signal()
        self.state: State = "no stage"
        self.message = NO_STAGE
        self.datasets: tuple[StageDataset, ...] = ()
        self.index = 0
        self.source: Source | None = None
        self.objects: tuple[ObjectRow, ...] = ()
        self.warnings: tuple[str, ...] = ()
        self._host, self._settings = host, settings
        self._unticked: set[str] = set()
        self._task: Task | None = None
        self._read_from = self.folder
        self._end = settings.changed.subscribe(self._settings_changed)

    @property
    def folder(self) -> Path | None:
        """The folder that the user named instead of the stage's, or None."""
        return self._settings.input.data

    @property
    def chosen(self) -> StageDataset | None:
        """The dataset that is taken, or None where the stage names none, and where views were captured."""
        return self.datasets[self.index] if self.datasets else None

    @property
    def ticked(self) -> tuple[LabelledObject, ...]:
        """Objects that Fit is to fit."""
        return tuple(row.labelled for row in self.objects if row.ticked)

    def stage_replaced(self) -> None:
        """Another stage was opened, or none is open any more: what the user chose was meant for the one before."""
        self.index, self._unticked = 0, set()
        folder = self.folder
        self._settings.forget_dataset()
        if folder is None:  # Otherwise the folder has changed, and another one is being read already.
            self.refresh()

    def refresh(self) -> None:
        """Look at the open stage again, and read the dataset it names; objects of the same names stay unticked."""
        stage = self._host.stage
        self._stop()
        self.datasets, self.source, self.objects, self.warnings = (), None, (), ()
        if stage is None:
            self._show("no stage", NO_STAGE)
            return
        try:
            self.datasets = find_datasets(stage, data_folder=self.folder)
            self.index = min(self.index, max(len(self.datasets) - 1, 0))
            if self.chosen is None:
                self._show("nothing", NOTHING if self._host.capture is None else f"{NOTHING} {OR_CAPTURE}")
                return
            # What the user says of the dataset's world is asked for when a box is fitted or shown.
            survey = survey_stage(stage, stage_dataset=self.chosen)
        except Exception as error:
            self._show("failed", in_words(error))
            return
        folder = survey.stage_dataset.folder
        if folder is not None and server_address(folder):
            self._show("reading", f"Downloading {server_address(folder)}")
            self._task = self._host.start(self._download(survey, folder))
        else:
            self._begin(survey.read)

    def take(self, source: Source) -> None:
        """Take views that were captured, instead of those that the stage names, until that is looked at again."""
        self._stop()
        self.datasets, self.source, self.objects, self.warnings = (), None, (), ()
        self._unticked = set()
        self._begin(lambda: source)

    def choose(self, index: int) -> None:
        """Take another of the stage's datasets."""
        if index != self.index and 0 <= index < len(self.datasets):
            self.index, self._unticked = index, set()
            self.refresh()

    def name_folder(self, text: str) -> None:
        """Take the views in a folder instead of those that the stage names; an empty text takes the stage's again."""
        folder = Path(text.strip()).expanduser() if text.strip() else None
        if folder != self.folder:
            self.index = 0
            self._settings.change("data", folder)

    def browse(self) -> None:
        """Let the user choose the folder with the views."""
        start = self.folder or (self.chosen.folder if self.chosen else None)
        self._host.pick("folder", "Folder with the views", start, lambda path: self.name_folder(str(path)))

    def tick(self, index: int, ticked: bool) -> None:
        """Have an object fitted, or not."""
        row = self.objects[index]
        if row.ticked != ticked:
            (self._unticked.discard if ticked else self._unticked.add)(row.name)
            self.objects = (*self.objects[:index], replace(row, ticked=ticked), *self.objects[index + 1 :])
            self.changed.emit()

    def stop(self) -> None:
        """Stop reading, as from a server that does not answer; "Read again" begins anew."""
        if self.state == "reading":
            self._stop()
            self._show("failed", STOPPED)

    def destroy(self) -> None:
        """Stop reading."""
        self._end()
        self._stop()

    def _begin(self, read: Callable[[], Source]) -> None:
        self._show("reading", "")
        self._task = self._host.start(self._read(read))

    async def _download(self, survey: StageSurvey, folder: Path) -> None:
        """Bring the views here from a server, then read them."""
        try:
            here = await self._host.download(folder)
        except Exception as error:
            self._show("failed", in_words(error))
            return
        await self._read(replace(survey, stage_dataset=replace(survey.stage_dataset, folder=here)).read)

    async def _read(self, read: Callable[[], Source]) -> None:
        """Read the dataset, then look at the masks of its objects one after another."""
        try:
            source = await in_background(self._host, "read", read)
        except Exception as error:
            self._show("failed", in_words(error))
            return
        self.source = source
        objects = source.dataset.objects
        self.objects = tuple(ObjectRow(labelled, object_name(labelled) not in self._unticked) for labelled in objects)
        self.warnings = tuple(f"{problem.where}: {problem.what}" for problem in source.dataset.problems)
        self._show("ready", "")
        for labelled in objects:
            try:
                observations = await in_background(
                    self._host, "masks", lambda labelled=labelled: source.observations(labelled)
                )
                self.warnings += tuple(_doubts(labelled, observations))
            except RequirementError:  # A fit says what is missing, and offers to get it.
                return
            except Exception as error:
                self.warnings += (in_words(error),)
            self.changed.emit()

    def _settings_changed(self) -> None:
        if self.folder != self._read_from:
            self._read_from = self.folder
            self.refresh()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _show(self, state: State, message: str) -> None:
        self.state, self.message = state, message
        self.changed.emit()


def _doubts(labelled: LabelledObject, observations: Observations) -> Iterator[str]:
    """What the user should know about an object's masks; views with the same fault are told in one line."""
    name = object_name(labelled)
    for text in observations.warnings:
        yield f"{name}: {text}"
    faults: dict[str, list[str]] = {}
    for problem in observations.left_out:
        faults.setdefault(problem.what, []).append(problem.where.removeprefix("view "))
    for what, views in faults.items():
        yield f"{name}: left out {count_views(views, len(labelled.views))}: {what}"
