"""The panel's section of views: the picture with the box, live during a fit, and the loss plot."""

from __future__ import annotations

import numpy as np
import omni.ui as ui

from boxfit.draw.tile import Tile
from boxfit.geometry.box import Box
from boxfit.ui.controls.stepper import Stepper
from boxfit.ui.controls.widgets import Text, section
from boxfit.ui.model import formatting
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.panel.loss_plot import LossPlot
from boxfit.ui.panel.view_picture import ViewPicture

NOT_YET = "They appear here when the masks have been read."
DASHES = "\nDashed: the box that holds it for certain."
NO_USE = "None can be used: see Problems in Source."


class ViewSection:
    """The chosen view and the loss plot. Built inside the current container.

    Identifiers: `view`, `view.note`, `view.name`, `view.previous`, `view.slider`, `view.next`, `view_picture`,
    `view.figures`, `view.left_out_reason`, `history.name`, `history.previous`, `history.slider`, `history.next`,
    `loss_plot`.

    Attributes:
        frame: The whole section.
    """

    def __init__(self, model: PanelModel) -> None:
        self._model, self._view, self._fit = model, model.view, model.fit
        self._picture: np.ndarray | None = None
        self._drawn: tuple[Tile | None, Box | None] = (None, None)
        self._losses: list[float] = []
        self._shown_losses = 0
        with section("Views", "view") as self.frame:
            self._note = Text("view.note")
            self._chooser = Stepper("view", self._choose)
            self._picture_row = ui.VStack(height=0)
            with self._picture_row:
                self._shown = ViewPicture()
            self._figures = Text("view.figures")
            self._left_out_reason = Text("view.left_out_reason", "warning")
            self._history = Stepper("history", self._fit.look_at_step)
            self._plot_row = ui.VStack(height=0)
            with self._plot_row:
                self._plot = LossPlot()
        self._picture_row.visible = self._plot_row.visible = False
        self._ends = [
            model.view.changed.subscribe(self.show),
            model.source.changed.subscribe(self.show),
            model.fit.changed.subscribe(self.show_fit),
            model.stage.changed.subscribe(self.show_fit),
        ]
        self.show()
        self.show_fit()

    def show(self) -> None:
        """Show the chosen view and the box in it."""
        view = self._view
        count = len(view.names)
        self._chooser.show(view.index, count, f"View {view.name}, {view.index + 1} of {count}")
        self._note.show(view.note or ("" if count else NO_USE if self._model.source.checked else NOT_YET))
        # Its room is there before the picture is, so that what lies below does not move under the mouse.
        self._picture_row.visible = count > 0 and not view.note
        if view.picture is not self._picture:
            self._picture = view.picture
            self._shown.show_picture(view.picture)
        if (view.tile, view.box) != self._drawn:
            self._drawn = (view.tile, view.box)
            self._shown.show_lines(view.lines)
        # The figures belong to the result, not to other steps of its history.
        result = view.figures if self._fit.history_step is None else None
        dashes = DASHES if view.shows_certain else ""
        self._figures.show(formatting.view_text(result) + dashes if result else "")
        self._left_out_reason.show(view.left_out_reason)

    def show_fit(self) -> None:
        """Show the losses so far, and the chosen step of a completed fit whose box is there."""
        fit = self._fit
        is_there = fit.running or self._model.outcome is not None
        history, losses = (fit.history, fit.losses) if is_there else ((), [])
        # The list grows during a stage of the fit, and is a new list in the next stage.
        if losses is not self._losses or len(losses) != self._shown_losses:
            self._losses, self._shown_losses = losses, len(losses)
            self._plot_row.visible = bool(losses)
            self._plot.show(losses)
        last = len(history) - 1
        step = last if fit.history_step is None else fit.history_step
        self._history.show(
            step,
            0 if fit.running else len(history),
            f"Step {step + 1} of {len(history)}" + (f", {formatting.result_kind(fit.outcome)}" if step == last else ""),
        )

    def destroy(self) -> None:
        """Unsubscribe."""
        for end in self._ends:
            end()

    def _choose(self, index: int) -> None:
        if self._view.names:
            self._view.choose(self._view.names[index])
