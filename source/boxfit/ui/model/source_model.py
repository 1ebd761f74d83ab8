"""Model of the data source: the stage's datasets, the one that is read, and the ticked objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal

from boxfit.errors import RequirementError, count_views, list_names
from boxfit.files.paths import server_address, typed_path
from boxfit.session.background import in_background
from boxfit.session.reading import StageSurvey, survey_stage
from boxfit.session.results import object_name
from boxfit.session.source import Source
from boxfit.settings import InputSettings
from boxfit.ui.host import Host, Task
from boxfit.ui.model.failures import in_words
from boxfit.ui.model.labels import in_labels
from boxfit.ui.model.settings_model import OF_ONE_FOLDER, SettingsModel
from boxfit.ui.model.signal import Signal
from boxfit.views.dataset import LabelledObject
from boxfit.views.folder import FORMATS
from boxfit.views.silhouettes import Observations
from boxfit.views.stage import StageDataset, find_datasets

State = Literal["no stage", "nothing", "reading", "ready", "failed"]

NO_STAGE = "Open a stage to begin: one that the Data Generator was set up on, or one that carries imported views."
NOTHING = (
    "This stage names no dataset. Open one that does, or browse for a folder of views in one of these formats: "
    f"{list_names([each.title for each in FORMATS.values()])}."
)
MAKING_SAMPLE = "Making the sample..."

STOPPED = "reading the views was stopped: click Read again to start over"

OR_CAPTURE = "Or capture views of what is on the stage."


@dataclass(frozen=True, eq=False)
class ObjectRow:
    """An object that can be fitted.

    Attributes:
        labelled: Its label and views.
        ticked: True if Fit is to fit it.
    """

    labelled: LabelledObject
    ticked: bool

    @property
    def name(self) -> str:
        """Name of the object in the list, in messages and in reports."""
        return object_name(self.labelled)


class SourceModel:
    """The dataset of the open stage, or captured views.

    Attributes:
        changed: Emitted when anything below has changed.
        state: "no stage"; "nothing": the stage names no dataset; "reading"; "ready"; or "failed".
        message: Hint or error text; empty when all is well.
        datasets: Datasets that the stage names or contains.
        index: Index of the chosen dataset.
        source: The read dataset, when "ready".
        objects: Objects that can be fitted, when "ready".
        warnings: Problems of the views; grows while the masks are checked.
        read: Numbers of views that have been read, and of all, while "reading"; (0, 0) while unknown.
        checked: True when the masks of all objects have been read, or could not be.
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
        self.read = (0, 0)
        self.checked = False
        self._host, self._settings = host, settings
        self._unticked: set[str] = set()
        self._task: Task | None = None
        self._read_with = self._reading
        self._end = settings.changed.subscribe(self._settings_changed)

    @property
    def folder(self) -> Path | None:
        """Folder, or its JSON file, that replaces the stage's dataset, or None."""
        return self._settings.input.data

    @property
    def chosen(self) -> StageDataset | None:
        """The chosen dataset; None where the stage names none, and after a capture."""
        return self.datasets[self.index] if self.datasets else None

    @property
    def ticked(self) -> tuple[LabelledObject, ...]:
        """The ticked objects."""
        return tuple(row.labelled for row in self.objects if row.ticked)

    def view_count(self, row: ObjectRow) -> int:
        """Return the number of views that show an object: of the usable ones, once its masks have been read."""
        observations = self.source.known_observations(row.labelled) if self.source is not None else None
        if observations is not None:
            return len(observations.silhouettes)
        label = row.labelled.label
        return sum((label.sensor, label.id) in view.regions for view in row.labelled.views)

    def stage_replaced(self) -> None:
        """Reset the user's choices, which were for the previous stage, and read the new one."""
        self.index, self._unticked = 0, set()
        before = self._reading
        self._settings.forget_dataset()
        if before == self._reading:  # Otherwise their reset has started a read.
            self.refresh()

    def refresh(self) -> None:
        """Read the open stage and its dataset again; objects of the same names stay unticked."""
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
            # The input settings that override the dataset's world apply later, when a box is fitted or shown.
            survey = survey_stage(stage, stage_dataset=self.chosen)
        except Exception as error:
            self._fail(error)
            return
        settings = self._settings.input
        paths = (survey.stage_dataset.folder, settings.masks)
        if addresses := [address for path in paths if path and (address := server_address(path))]:
            self._show("reading", f"Downloading {addresses[0]}")
            self._task = self._host.start(self._download(survey, settings))
        else:
            self._begin(partial(survey.read, settings))

    def take(self, source: Source) -> None:
        """Use captured views in place of the stage's dataset, until the next refresh."""
        self._stop()
        self.datasets, self.source, self.objects, self.warnings = (), None, (), ()
        self._unticked = set()
        self._begin(lambda: source)

    def choose(self, index: int) -> None:
        """Use another of the stage's datasets."""
        if index != self.index and 0 <= index < len(self.datasets):
            self.index, self._unticked = index, set()
            self.refresh()

    def name_folder(self, text: str) -> None:
        """Use the views in a folder, or of a JSON file, in place of the stage's dataset; "" returns to the stage's."""
        folder = typed_path(text.strip()) if text.strip() else None
        if folder != self.folder:
            self.index = 0
            self._settings.name_folder(folder)

    def try_sample(self) -> None:
        """Make the sample dataset in a new temporary folder, and open its stage."""
        self._stop()
        self._show("reading", MAKING_SAMPLE)
        self._task = self._host.start(self._make_sample())

    def browse(self) -> None:
        """Let the user choose the folder with the views."""
        self._host.pick("folder", "Folder with the views", self._around, lambda path: self.name_folder(str(path)))

    def browse_masks(self) -> None:
        """Let the user choose the folder with the masks of the named folder's images."""

        def picked(path: Path) -> None:
            self._settings.change("masks", path)

        start = self._settings.input.masks or self._around
        self._host.pick("folder", "Folder with the masks", start, picked)

    def tick(self, index: int, ticked: bool) -> None:
        """Tick or untick an object."""
        row = self.objects[index]
        if row.ticked != ticked:
            (self._unticked.discard if ticked else self._unticked.add)(row.name)
            self.objects = (*self.objects[:index], replace(row, ticked=ticked), *self.objects[index + 1 :])
            self.changed.emit()

    def stop(self) -> None:
        """Stop reading, for example from a server that does not answer; "Read again" starts over."""
        if self.state == "reading":
            self._stop()
            self._show("failed", STOPPED)

    def destroy(self) -> None:
        """Stop reading, and unsubscribe."""
        self._end()
        self._stop()

    def _begin(self, read: Callable[[], Source]) -> None:
        self._show("reading", "")
        self._task = self._host.start(self._read(read))

    async def _make_sample(self) -> None:
        folder = Path(mkdtemp(prefix="boxfit-")) / "sample"
        try:
            await self._host.provide_requirements()
            file = await in_background(self._host, "sample", lambda: _sample(folder))
            self._task = None
            await self._host.open(file)
        except Exception as error:
            self._fail(error)
            return
        if self.message == MAKING_SAMPLE:  # The user has kept the open stage.
            self.refresh()

    async def _download(self, survey: StageSurvey, settings: InputSettings) -> None:
        """Download the views and masks, then read them."""
        try:
            folder, masks = [await self._local(path) for path in (survey.stage_dataset.folder, settings.masks)]
        except Exception as error:
            self._fail(error)
            return
        local = replace(survey, stage_dataset=replace(survey.stage_dataset, folder=folder))
        await self._read(partial(local.read, replace(settings, masks=masks)))

    async def _local(self, path: Path | None) -> Path | None:
        """Download a folder, or that of a JSON file, if it is on a server; return its path on this machine."""
        if path is None or not server_address(path):
            return path
        return await self._host.download(_folder_of(path)) / path.relative_to(_folder_of(path))

    async def _read(self, read: Callable[[], Source]) -> None:
        """Read the dataset, then check the masks of its objects one after another."""
        try:
            source = await in_background(self._host, "read", read, self._count)
        except Exception as error:
            self._fail(error)
            return
        self.source = source
        objects = source.dataset.objects
        self.objects = tuple(ObjectRow(labelled, object_name(labelled) not in self._unticked) for labelled in objects)
        self.warnings = tuple(in_labels(f"{problem.where}: {problem.what}") for problem in source.dataset.problems)
        self._show("ready", "")
        for labelled in objects:
            try:
                observations = await in_background(
                    self._host, "masks", lambda labelled=labelled: source.observations(labelled)
                )
                self.warnings += tuple(_mask_warnings(labelled, observations))
            except RequirementError:  # A fit reports it, and offers to install it.
                return
            except Exception as error:
                self.warnings += (in_words(error),)
            self.changed.emit()
        self.checked = True
        self.changed.emit()

    @property
    def _around(self) -> Path | None:
        """Folder to begin with when browsing."""
        folder = self.folder or (self.chosen.folder if self.chosen else None)
        return None if folder is None else _folder_of(folder)

    @property
    def _reading(self) -> tuple[object, ...]:
        """Settings with which the dataset is read."""
        return tuple(self._settings.value(name) for name in ("data", *OF_ONE_FOLDER))

    def _settings_changed(self) -> None:
        if self._reading != self._read_with:
            self._read_with = self._reading
            self.refresh()

    def _count(self, done: int, total: int) -> None:
        self.read = done, total
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        self._show("failed", in_words(error))

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _show(self, state: State, message: str) -> None:
        self.state, self.message, self.read, self.checked = state, message, (0, 0), False
        self.changed.emit()


def _sample(folder: Path) -> Path:
    from boxfit.sample import make_sample  # Needs SciPy, which Kit may not have at first.

    return make_sample(folder)


def _folder_of(path: Path) -> Path:
    """Return a folder of views, for the JSON file in it too."""
    return path.parent if path.suffix.lower() == ".json" else path


def _mask_warnings(labelled: LabelledObject, observations: Observations) -> Iterator[str]:
    """Return warnings about an object's masks; views with the same problem share one line."""
    name = object_name(labelled)
    for text in observations.warnings:
        yield in_labels(f"{name}: {text}")
    views_by_problem: dict[str, list[str]] = {}
    for problem in observations.left_out:
        if problem not in labelled.unread:  # These are problems of the dataset.
            views_by_problem.setdefault(problem.what, []).append(problem.where.removeprefix("view "))
    for what, views in views_by_problem.items():
        text = f"left out {count_views(views, len(labelled.views) + len(labelled.unread))}: {what}"
        yield in_labels(f"{name}: {text}")
