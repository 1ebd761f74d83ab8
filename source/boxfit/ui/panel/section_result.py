"""The panel's section of results: the verdict, edges with error bars, other figures, and warnings."""

from __future__ import annotations

import omni.ui as ui

from boxfit.session.fit_worker import Outcome
from boxfit.session.verdict import Grade
from boxfit.ui.controls import style
from boxfit.ui.controls.choices import ChoiceRows
from boxfit.ui.controls.widgets import MessageBox, Text, Tone, labelled, section
from boxfit.ui.model import formatting
from boxfit.ui.model.formatting import EdgeFigures, Row
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.model.scene_content import ShownBox
from boxfit.ui.panel.edge_bar import EdgeBar

UNDONE = "The box of the last fit is not on the stage any more. Redo brings it back, if it was undone."


class ResultSection:
    """The fitted boxes: those of the last fit, or one that the stage carries from an earlier one. Built inside the
    current container.

    Identifiers: `result`, `result.verdict`, `result.hint`, `result.object.0`, `.1`, ..., `result.warnings`,
    `result.prim`; those of `EdgeBar`; `result.0`, `result.1`, ... for the other figures.

    Attributes:
        figures: Frame that is rebuilt for another box.
    """

    def __init__(self, model: PanelModel) -> None:
        self._model, self._fit = model, model.fit
        self._shown: Outcome | ShownBox | None = None
        self._units = model.units
        with section("Result", "result"):
            self._verdict = MessageBox("result.verdict", "good")
            self._hint = Text("result.hint")
            self._list_row = ui.VStack(height=0)
            with self._list_row, labelled("Object", "The box to show."):
                self._list = ChoiceRows("result.object", self._fit.look_at)
            self._warnings = MessageBox("result.warnings", "warning")
            self.figures = ui.Frame(height=0, build_fn=self._build_figures)
            self._prim = Text("result.prim")
        signals = (model.fit.changed, model.stage.changed, model.scene.changed, model.source.changed)
        self._ends = [signal.subscribe(self.show) for signal in signals]
        self.show()

    def show(self) -> None:
        """Show the model's state."""
        fit, model = self._fit, self._model
        if fit.running:
            return
        several = len(fit.outcomes) > 1
        self._list_row.visible = several
        if several:
            self._list.show([(outcome.result.name, outcome.result.name) for outcome in fit.outcomes], fit.index)
        shown, units = model.outcome or model.stored, model.units
        if shown is not self._shown or units != self._units:
            self._shown, self._units = shown, units
            self._show_verdict()
            # A frame that is scrolled out of view is rebuilt only when it becomes visible.
            self.figures.visible = shown is not None
            self.figures.rebuild()
        self._show_hint()
        self._show_prim()

    def destroy(self) -> None:
        """Unsubscribe."""
        for end in self._ends:
            end()

    def _show_verdict(self) -> None:
        """Show the verdict and the warnings of the box."""
        if isinstance(self._shown, Outcome):
            verdict, warnings = formatting.verdict(self._shown, self._units), self._fit.warnings
        else:
            figures = self._model.scene.figures(self._shown.name) if self._shown is not None else {}
            verdict, warnings = formatting.stored_verdict(figures), formatting.stored_warnings(figures)
        self._verdict.show(verdict.text, _TONES[verdict.grade])
        self._warnings.show("\n".join(f"- {text}" for text in warnings))

    def _show_hint(self) -> None:
        """Show whose figures these are, and the other boxes on the stage; or why there are none."""
        fit, model = self._fit, self._model
        if model.outcome is not None:
            self._hint.show("" if fit.is_current else "Fitted to the dataset that was read before.")
            return
        lines = [UNDONE] if fit.outcome is not None else []
        stored = model.stored
        if stored is not None:
            lines.append(f"From an earlier fit: {formatting.box_text(stored, model.units)}")
        others = [box for box in model.scene.content.boxes if box is not stored]
        if others:
            lines += ["Also on the stage:", *(formatting.box_text(box, model.units) for box in others)]
        self._hint.show("\n".join(lines or ["No box yet."]))

    def _show_prim(self) -> None:
        prim = self._fit.prim if self._model.outcome is not None else None
        unwritten = "Not on the stage yet" if self._fit.is_unwritten else ""
        self._prim.show(unwritten if prim is None else f"On the stage as {prim}")

    def _build_figures(self) -> None:
        if self._shown is None:
            return
        edges, rows = self._figures(self._shown)
        with ui.VStack(height=0, spacing=style.GAP):
            for edge in edges:
                EdgeBar(edge, max(edge.greatest for edge in edges), formatting.unit_name(self._units))
            for index, row in enumerate(rows):
                with labelled(row.label[0].upper() + row.label[1:], row.help):
                    ui.Spacer(height=style.GAP // 2)
                    ui.Label(row.text, word_wrap=True, height=0, identifier=f"result.{index}")

    def _figures(self, shown: Outcome | ShownBox) -> tuple[tuple[EdgeFigures, ...], tuple[Row, ...]]:
        if isinstance(shown, ShownBox):
            return formatting.box_edges(shown), formatting.stored_rows(self._model.scene.figures(shown.name))
        move = self._model.stage_from_outcome
        return formatting.edge_figures(shown.result, move), formatting.result_rows(shown, move, self._units)


_TONES: dict[Grade, Tone] = {"good": "good", "fair": "warning", "open": "warning", "doubtful": "error"}
"""Tone of each grade."""
