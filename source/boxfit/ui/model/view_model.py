"""Model of the chosen view: its picture with the mask, and the box in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from boxfit.draw.outline import Outline
from boxfit.draw.tile import MARGIN, Tile, make_tile
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.session.background import in_background
from boxfit.session.results import ObjectResult, ViewFigures
from boxfit.ui.host import Host, Task
from boxfit.ui.model.failures import in_words
from boxfit.ui.model.labels import in_labels
from boxfit.ui.model.signal import Signal
from boxfit.views.dataset import LabelledObject

PICTURE_WIDTH = 640
"""Largest width of a picture, in [px]: a panel shows no more, and larger pictures are slower."""

_ROOM = 0.25
"""Margin around the mask before the box is known, which is larger than the mask."""


@dataclass(frozen=True, eq=False)
class _Subject:
    """Inputs of a picture.

    Attributes:
        labelled: The object.
        silhouette: Its view.
        whole: Box that the picture has to show completely, or None.
        certain: Box to show with dashes, or None.
    """

    labelled: LabelledObject
    silhouette: Silhouette
    whole: Box | None
    certain: Box | None


class ViewModel:
    """The view whose picture is shown.

    Attributes:
        changed: Emitted when anything below has changed.
        names: Views of the object.
        index: Index of the chosen view.
        tile: Picture of the chosen view, with the shown part of the image, or None.
        picture: Its RGBA values, shape (side, side, 4), uint8.
        box: The box to draw over it, in the silhouettes' frame, or None.
        note: Reason why there is no picture, or "".
    """

    def __init__(self, host: Host) -> None:
        self.changed = Signal()
        self.names: tuple[str, ...] = ()
        self.index = 0
        self.tile: Tile | None = None
        self.picture: np.ndarray | None = None
        self.box: Box | None = None
        self.note = ""
        self._host = host
        self._target: LabelledObject | None = None
        self._silhouettes: tuple[Silhouette, ...] = ()
        self._result: ObjectResult | None = None
        self._figures: Mapping[str, ViewFigures] = {}
        self._wanted: _Subject | None = None
        self._made: _Subject | None = None
        self._task: Task | None = None

    @property
    def name(self) -> str:
        """Name of the chosen view, or ""."""
        return self.names[self.index] if self.names else ""

    @property
    def is_up_to_date(self) -> bool:
        """True if the picture shows the current inputs; False while a new one is being made."""
        return self._wanted is self._made

    @property
    def lines(self) -> Outline | None:
        """Lines of the box in the picture; None if either is missing."""
        return self.tile.outline(self.box) if self.tile is not None and self.box is not None else None

    @property
    def figures(self) -> ViewFigures | None:
        """Agreement of the result with the chosen view; None before a result, and for a view that it left out."""
        return self._figures.get(self.name)

    @property
    def shows_certain(self) -> bool:
        """True if the picture shows the certain box, with dashes."""
        return self._made is not None and self._made.certain is not None

    @property
    def left_out_reason(self) -> str:
        """Reason why the result left the chosen view out, or ""."""
        left_out = self._result.left_out if self._result is not None else ()
        return in_labels(next((problem.what for problem in left_out if problem.where == f"view {self.name}"), ""))

    def show(self, labelled: LabelledObject | None, silhouettes: tuple[Silhouette, ...]) -> None:
        """Show the views of another object, or none; the chosen view stays if the object has it too."""
        if labelled is self._target and silhouettes is self._silhouettes:
            return
        name = self.name
        self._target, self._silhouettes = labelled, silhouettes
        self.names = tuple(silhouette.view for silhouette in silhouettes)
        self.index = self.names.index(name) if name in self.names else 0
        self._load()

    def draw(self, box: Box | None, result: ObjectResult | None = None) -> None:
        """Draw another box.

        Args:
            box: In the silhouettes' frame, or None.
            result: Result of a fit, whose whole box the picture then shows; None before there is one.
        """
        if box is self.box and result is self._result:
            return
        self.box = box
        if result is not self._result:
            self._result = result
            self._figures = {figures.view: figures for figures in result.views} if result is not None else {}
        self._load()

    def choose(self, name: str) -> None:
        """Show the view of this name, if the object has it."""
        if name in self.names and name != self.name:
            self.index = self.names.index(name)
            self._load()

    def step(self, by: int) -> None:
        """Move by a number of views, cyclically."""
        if self.names:
            self.choose(self.names[(self.index + by) % len(self.names)])

    def destroy(self) -> None:
        """Stop making pictures."""
        if self._task is not None:
            self._task.cancel()

    def _load(self) -> None:
        """Start making the picture of the current inputs, unless it exists or is being made."""
        if not self._silhouettes or self._target is None:
            self._wanted = self._made = self.tile = self.picture = None
            self.note = ""
        else:
            result = self._result
            boxes = (None, None) if result is None else (result.box, result.certain_if_open)
            wanted = _Subject(self._target, self._silhouettes[self.index], *boxes)
            if not _serves(self._wanted, wanted):
                self._wanted = wanted
                if self._task is None or self._task.done():
                    self._task = self._host.start(self._make())
        self.changed.emit()

    async def _make(self) -> None:
        """Make the picture, and again if its inputs have changed meanwhile."""
        while (subject := self._wanted) is not None and subject is not self._made:
            try:
                made = await in_background(self._host, "picture", lambda subject=subject: _picture(subject))
                note = ""
            except Exception as error:
                made, note = (None, None), in_words(error)
            if self._wanted is not None and subject.labelled is self._wanted.labelled:
                self.tile, self.picture = made
                self.note, self._made = note, subject
                self.changed.emit()


def _serves(found: _Subject | None, wanted: _Subject) -> bool:
    """Return True if the existing picture can stay; during a fit it does, so that only the box moves."""
    return (
        found is not None
        and found.silhouette is wanted.silhouette
        and (wanted.whole is None or found.whole is wanted.whole)
        and found.certain is wanted.certain
    )


def _picture(subject: _Subject) -> tuple[Tile, np.ndarray]:
    """Make the picture; return it with its RGBA values, shape (side, side, 4), uint8."""
    view = next(view for view in subject.labelled.views if view.name == subject.silhouette.view)
    rgb = view.rgb() if "rgb" in view.sensors else None
    boxes = [box for box in (subject.whole, subject.certain) if box is not None]
    tile = make_tile(subject.silhouette, boxes, rgb, PICTURE_WIDTH, MARGIN if boxes else _ROOM)
    if subject.certain is not None:
        tile = tile.with_dashes(subject.certain)
    return tile, np.asarray(tile.picture.convert("RGBA"))
