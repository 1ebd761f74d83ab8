"""The panel's fixed footer: Fit and Cancel, progress, errors, undo, redo and save."""

from __future__ import annotations

import time

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.controls.widgets import MessageBox, Share, Text, button, tip
from boxfit.ui.model import formatting
from boxfit.ui.model.panel_model import PanelModel

_CANCEL_MEANT = 0.3
"""Seconds after the end of a fit in which a click on Fit is ignored: it was meant for Cancel in the same place."""

GONE = "The box that was fitted is not on the stage any more"

_WRITE_HELP = "Write the fitted boxes with the current settings, without a new fit."


class ActionBar:
    """The panel's footer. Built inside the current container.

    Identifiers: `fit`, `cancel`, `status` for the lines between the buttons, `fit.progress`, `fit.state`,
    `fit.warnings`, `fit.blocked_reason`, `fit.error`, `fit.write`, `undo`, `redo`, `save`, `save_as`, `stage.message`,
    `stage.error`.
    """

    def __init__(self, model: PanelModel, fit_keys: str = "") -> None:
        self._model = model
        self._fit_help = "Fit the ticked objects" + (f" ({fit_keys})." if fit_keys else ".")
        self._fit, self._stage, self._source, self._settings = model.fit, model.stage, model.source, model.settings
        self._share = Share()
        self._ended = 0.0
        with ui.ZStack(height=0):
            ui.Rectangle(name="footer")
            with ui.VStack(height=0, spacing=style.GAP, name="footer"):
                self._build_fit()
                with (
                    ui.ScrollingFrame(
                        height=style.STATUS_HEIGHT,
                        identifier="status",
                        horizontal_scrollbar_policy=ui.ScrollBarPolicy.SCROLLBAR_ALWAYS_OFF,
                        vertical_scrollbar_policy=ui.ScrollBarPolicy.SCROLLBAR_AS_NEEDED,
                    ),
                    ui.VStack(height=0, spacing=style.GAP),
                ):
                    self._build_status()
                with ui.HStack(height=0, spacing=style.GAP):
                    self._undo = button("Undo", "undo", self._stage.undo)
                    self._redo = button("Redo", "redo", self._stage.redo)
                    self._save = button("Save", "save", self._stage.save)
                    self._save_as = button("Save as...", "save_as", self._stage.save_as)
        self._ends = [
            *(part.changed.subscribe(self.show_fit) for part in (model.fit, model.source, model.settings)),
            model.stage.changed.subscribe(self.show_stage),
        ]
        self.show_fit()
        self.show_stage()

    def _build_fit(self) -> None:
        options = {"height": style.FIT_ROW}
        self._start = button("Fit", "fit", self._click_fit, self._fit_help, name="primary", **options)
        self._cancel = button(
            "Cancel", "cancel", self._fit.cancel, "Stop; the stage stays as it was.", visible=False, **options
        )

    def _build_status(self) -> None:
        self._bar = ui.ProgressBar(self._share, identifier="fit.progress", height=style.ROW)
        self._state = Text("fit.state")
        self._warnings = Text("fit.warnings", "warning")
        self._blocked_reason = Text("fit.blocked_reason")
        self._error = MessageBox("fit.error")
        self._write = button("Write again", "fit.write", self._fit.write, _WRITE_HELP)
        self._message = Text("stage.message")
        self._stage_error = MessageBox("stage.error")

    def _click_fit(self) -> None:
        if time.monotonic() - self._ended > _CANCEL_MEANT:
            self._fit.fit()

    def show_fit(self) -> None:
        """Show the state of the fit."""
        fit = self._fit
        if self._cancel.visible and not fit.running:
            self._ended = time.monotonic()
        blocked_reason = fit.blocked_reason
        self._start.visible, self._cancel.visible = not fit.running, fit.running
        self._start.enabled = blocked_reason is None
        self._cancel.enabled = fit.phase == "fitting"
        self._bar.visible = fit.running
        if fit.running:
            self._share.set_value(fit.view.share if fit.view else 0.0)
        self._show_state()
        self._blocked_reason.show("" if fit.running else self._why_not(blocked_reason))
        self._error.show(fit.error)
        self._write.visible = fit.is_unwritten and not fit.running

    def _show_state(self) -> None:
        """Show the result of the last fit, or that its box is no longer on the stage."""
        model, fit = self._model, self._fit
        lines = [formatting.phase_text(fit)]
        if fit.outcome is not None and (fit.phase == "done" or fit.is_unwritten) and not fit.running:
            if model.outcome is None:
                lines = [GONE]
            else:
                name = f"{fit.outcome.result.name}: " if len(fit.outcomes) > 1 else ""
                lines.append(name + formatting.size_text(fit.outcome, model.stage_from_outcome, model.units))
        self._state.show("\n".join(lines))
        gone = fit.outcome is not None and model.outcome is None
        self._warnings.show("" if fit.running or gone else formatting.attention_text(fit))

    def show_stage(self) -> None:
        """Show the state of undo, redo and save."""
        self._show_state()
        stage = self._stage
        undo, redo = stage.undo_label, stage.redo_label
        self._undo.enabled, self._redo.enabled = undo is not None, redo is not None
        self._undo.tooltip = tip(f"Undo {undo}" if undo else "There is nothing to undo.")
        self._redo.tooltip = tip(f"Redo {redo}" if redo else "There is nothing to redo.")
        self._save.enabled = stage.modified and not stage.saving
        self._save.text = "Save *" if stage.modified else "Save"
        self._save.tooltip = tip(
            f"{stage.name} has changes that are not on disk." if stage.modified else f"{stage.name} holds no changes."
        )
        self._message.show(stage.message[:1].upper() + stage.message[1:])
        self._stage_error.show(stage.error)

    def destroy(self) -> None:
        """Unsubscribe."""
        for end in self._ends:
            end()

    def _why_not(self, blocked_reason: str | None) -> str:
        """Return the reason why Fit is disabled, as a short reference where a section gives it in full."""
        if blocked_reason is None:
            return ""
        if blocked_reason == self._source.message:
            return "Fit needs a dataset: see Source."
        if blocked_reason in self._settings.errors.values():
            return f"See Settings: {blocked_reason}"
        return blocked_reason[:1].upper() + blocked_reason[1:]
