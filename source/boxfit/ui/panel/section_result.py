"""The panel's section of results: edges with error bars, other figures, and warnings."""

from __future__ import annotations

import omni.ui as ui

from boxfit.session.fit_worker import Outcome
from boxfit.ui.controls import style
from boxfit.ui.controls.choices import ChoiceRows
from boxfit.ui.controls.widgets import MessageBox, Text, labelled, section
from boxfit.ui.model import formatting
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.panel.edge_bar import EdgeBar


class ResultSection:
    """The fitted boxes. Built inside the current container.

    Identifiers: `result`, `result.hint`, `result.object.0`, `.1`, ..., `result.warnings`, `result.prim`; those of
    `EdgeBar`; `result.0`, `result.1`, ... for the other figures.

    Attributes:
        figures: Frame that is rebuilt for another outcome.
    """

    def __init__(self, model: PanelModel) -> None:
        self._model, self._fit = model, model.fit
        self._shown: Outcome | None = None
        self._units = model.units
        with section("Result", "result"):
            self._hint = Text("result.hint")
            self._list_row = ui.VStack(height=0)
            with self._list_row, labelled("Object", "The box to show."):
                self._list = ChoiceRows("result.object", self._fit.look_at)
            self._warnings = MessageBox("result.warnings", "warning")
            self.figures = ui.Frame(height=0, build_fn=self._build_figures)
            self._prim = Text("result.prim")
        self._ends = [
            model.fit.changed.subscribe(self.show),
            model.stage.changed.subscribe(self._show_prim),
            model.scene.changed.subscribe(self._show_scene),
        ]
        self.show()

    def show(self) -> None:
        """Show the model's state."""
        fit = self._fit
        outcome = fit.outcome
        self._show_hint()
        several = len(fit.outcomes) > 1
        self._list_row.visible = several
        if several:
            self._list.show([(outcome.result.name, outcome.result.name) for outcome in fit.outcomes], fit.index)
        if outcome is not self._shown:
            self._shown = outcome
            # A frame that is scrolled out of view is rebuilt only when it becomes visible.
            self.figures.visible = outcome is not None
            self.figures.rebuild()
            self._warnings.show("\n".join(f"- {text}" for text in fit.warnings))
        self._show_prim()

    def destroy(self) -> None:
        """Unsubscribe."""
        for end in self._ends:
            end()

    def _show_scene(self) -> None:
        if self._model.units != self._units:
            self._units = self._model.units
            self.figures.rebuild()
        self._show_hint()

    def _show_hint(self) -> None:
        """Show which dataset the figures belong to; without figures, the boxes of earlier fits on the stage."""
        fit, model = self._fit, self._model
        if fit.outcome is not None:
            self._hint.show("" if fit.is_current else "Fitted to the dataset that was read before.")
            return
        if fit.running:
            return
        lines = [formatting.box_text(box, model.units) for box in model.scene.content.boxes]
        self._hint.show("\n".join(["On the stage from earlier fits:", *lines]) if lines else "No box yet.")

    def _show_prim(self) -> None:
        prim = self._fit.prim
        if prim is None:
            self._prim.show("Not on the stage yet" if self._fit.is_unwritten else "")
        elif self._model.is_placed:
            self._prim.show(f"On the stage as {prim}")
        else:
            self._prim.show(f"{prim} is not on the stage any more")

    def _build_figures(self) -> None:
        if self._shown is None:
            return
        outcome, move, units = self._shown, self._model.stage_from_outcome, self._model.units
        edges = formatting.edge_figures(outcome.result, move)
        longest = max(edge.greatest for edge in edges)
        with ui.VStack(height=0, spacing=style.GAP):
            for edge in edges:
                EdgeBar(edge, longest, formatting.unit_name(units))
            for index, row in enumerate(formatting.result_rows(outcome, move, units)):
                with labelled(row.label[0].upper() + row.label[1:], row.help):
                    ui.Spacer(height=style.GAP // 2)
                    ui.Label(row.text, word_wrap=True, height=0, identifier=f"result.{index}")
