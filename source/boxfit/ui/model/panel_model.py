"""The panel's model: its parts and the connections between them, without widgets."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from boxfit.errors import StageError
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.geometry.similarity import move_box
from boxfit.geometry.units import WorldUnits, target_from_source_world
from boxfit.render.registry import RENDERERS, not_installed_reason
from boxfit.session.fit_worker import Outcome
from boxfit.session.source import SourceWorld
from boxfit.ui.host import Host
from boxfit.ui.model.capture_model import CaptureModel
from boxfit.ui.model.fit_model import FitModel
from boxfit.ui.model.scene_content import ShownBox
from boxfit.ui.model.scene_model import SceneModel
from boxfit.ui.model.settings_model import SettingsModel
from boxfit.ui.model.source_model import SourceModel
from boxfit.ui.model.stage_model import StageModel
from boxfit.ui.model.view_model import ViewModel
from boxfit.usd.paths import box_paths, default_scope
from boxfit.usd.units import stage_units
from boxfit.views.dataset import LabelledObject


class PanelModel:
    """State and actions of the panel.

    Attributes:
        stage: The open stage, undo and save.
        settings: The settings of a fit and of a capture.
        source: The stage's dataset and its objects.
        capture: Capturing views from the stage.
        fit: The running fit, and the outcomes of the last one.
        view: The view whose picture is shown.
        scene: The 3D view.
    """

    def __init__(self, host: Host, meshes: bool = True) -> None:
        """Connect the parts, and read the open stage.

        Args:
            host: The program around the panel.
            meshes: True to show the stage's meshes in the 3D view; see `SceneModel`.
        """
        self._host = host
        self._elsewhere: bool | None = None
        self._drawn: tuple[ShownBox, bytes, Box] | None = None
        self._prim: str | None = None
        self.settings = SettingsModel(host)
        self.stage = StageModel(host)
        self.source = SourceModel(host, self.settings)
        self.capture = CaptureModel(host, self.settings, self.source)
        self.fit = FitModel(host, self.settings, self.source)
        self.view = ViewModel(host)
        self.scene = SceneModel(host, meshes)
        self._ends = [
            self.stage.replaced.subscribe(self._stage_replaced),
            self.stage.edited.subscribe(self.scene.read_boxes),
            self.stage.moved.subscribe(self.scene.follow_boxes),
            self.stage.edited.subscribe(self._follow),
            self.stage.moved.subscribe(self._follow),
            self.settings.changed.subscribe(self._rule_out_renderers),
            self.settings.changed.subscribe(self._rule_out_for_notebook),
            self.settings.changed.subscribe(self._follow),
            self.source.changed.subscribe(self._follow),
            self.fit.changed.subscribe(self._follow),
            self.view.changed.subscribe(self._follow_view),
            host.selected.subscribe(self._follow_selection),
        ]
        self._follow_selection()
        self._rule_out_renderers()
        self._rule_out_for_notebook()
        self._stage_replaced()

    @property
    def units(self) -> WorldUnits:
        """Units of the open stage; USD's usual ones where it has none that can be used, which reading it reports."""
        with suppress(StageError):
            if self._host.stage is not None:
                return stage_units(self._host.stage)
        return WorldUnits()

    @property
    def labelled(self) -> LabelledObject | None:
        """The object that is shown: the one being fitted, else that of the outcome, else the first ticked one."""
        if self._looks_at_fit:
            return self.fit.labelled
        return next(iter(self.source.ticked), None)

    @property
    def stage_from_source(self) -> np.ndarray:
        """Transform from the shown dataset's world to the stage's, shape (4, 4)."""
        return self._stage_from(self._world)

    @property
    def stage_from_outcome(self) -> np.ndarray:
        """Transform from the world of the last fit's dataset to the stage's, shape (4, 4)."""
        return self._stage_from(self.fit.found_in.world if self.fit.found_in is not None else None)

    @property
    def default_prim(self) -> str:
        """Default path of the box for a single ticked object, else of the scope for several boxes."""
        if self._host.stage is None:
            return ""
        paths = box_paths(self._host.stage, [(labelled.asset, labelled.label.name) for labelled in self.source.ticked])
        return paths[0] if len(paths) == 1 else default_scope(self._host.stage)

    @property
    def is_placed(self) -> bool:
        """True if the shown box is on the stage, neither undone nor deleted."""
        return self.fit.prim in {box.name for box in self.scene.content.boxes}

    @property
    def outcome(self) -> Outcome | None:
        """The outcome of the last fit, unless its box was on the stage and is no longer there, as after Undo."""
        return self.fit.outcome if self.fit.is_unwritten or self.is_placed else None

    @property
    def stored(self) -> ShownBox | None:
        """Without an outcome, the box on the stage of the shown object, else the first selected one; or None."""
        if self.outcome is not None or self.fit.running:
            return None
        boxes, labelled = self.scene.content.boxes, self.labelled
        subject = (labelled.asset, labelled.label.name) if labelled is not None else None
        selected = next((box for box in boxes if box.selected), None)
        return next((box for box in boxes if box.subject == subject), selected)

    def destroy(self) -> None:
        """Stop running tasks, and unsubscribe."""
        for end in self._ends:
            end()
        for part in (self.capture, self.fit, self.view, self.source, self.stage):
            part.destroy()

    @property
    def _looks_at_fit(self) -> bool:
        """True if the fit decides which object is shown: not after another dataset was read."""
        return self.fit.running or (self.fit.outcome is not None and self.fit.is_current)

    @property
    def _world(self) -> SourceWorld | None:
        """World of the shown dataset."""
        if self._looks_at_fit:
            return self.fit.source.world if self.fit.source is not None else None
        # As in `Session`: the input settings override the stage's units and up axis.
        source = self.source.source
        return source.with_overrides(self.settings.input).world if source is not None else None

    def _stage_from(self, world: SourceWorld | None) -> np.ndarray:
        return np.eye(4) if world is None else target_from_source_world(self.units, world.units(self.units))

    def _rule_out_renderers(self) -> None:
        """Disable renderers that are not installed, unless another Python is set, which may have them."""
        elsewhere = self.settings.fit.python is not None
        if elsewhere == self._elsewhere:
            return
        self._elsewhere = elsewhere
        reasons = {name: None if elsewhere else not_installed_reason(name) for name in RENDERERS}
        hint = "; or name another Python that has it, under DIB-R"
        self.settings.rule_out("renderer", {name: reason and reason + hint for name, reason in reasons.items()})

    def _rule_out_for_notebook(self) -> None:
        """Disable the alignments and extents that the notebook's loop does not support."""
        notebook = self.settings.fit.method == "notebook"
        turned, loose = ("notebook fits any rotation", "notebook has no bounds") if notebook else (None, None)
        self.settings.rule_out("align", {"up": turned, "axes": turned})
        self.settings.rule_out("extent", {"certain": loose, "proven": loose})

    def _stage_replaced(self) -> None:
        self.fit.stage_replaced()
        self.scene.read_stage()
        self.source.stage_replaced()

    def _follow(self) -> None:
        """Show the current object and its box."""
        fit, place = self.fit, self.stage_from_source
        self.view.show(self.labelled, self._silhouettes())
        if fit.running:
            self.view.draw(fit.box)
            self.scene.show_live(fit.view.object if fit.view else "", fit.box, place)
        elif self._looks_at_fit and self.outcome is not None:
            self.view.draw(fit.shown_box, self.outcome.result)
            # The result's box is on the stage, unless it could not be written.
            live = fit.shown_box if fit.history_step is not None or fit.is_unwritten else None
            self.scene.show_live(self.outcome.result.name, live, place)
        else:
            self.scene.show_live("", None, place)
            self.view.draw(self._stored_box())
        result = self.outcome.result if self.outcome is not None and self._looks_at_fit else None
        self.scene.show_hull(result.start.support.hull if result is not None else None, place)
        if fit.prim != self._prim:
            self._prim = fit.prim
            if fit.prim is not None and self.is_placed:
                self._host.select((fit.prim,))
        self._follow_view()

    def _stored_box(self) -> Box | None:
        """Return the shown object's box on the stage, in the dataset's world; the same one while nothing moves."""
        stored, labelled, place = self.stored, self.labelled, self.stage_from_source
        if stored is None or labelled is None or stored.subject != (labelled.asset, labelled.label.name):
            return None
        if self._drawn is None or self._drawn[:2] != (stored, place.tobytes()):
            self._drawn = stored, place.tobytes(), move_box(stored.box, np.linalg.inv(place))[0]
        return self._drawn[2]

    def _follow_selection(self) -> None:
        self.scene.select(self._host.selection)

    def _follow_view(self) -> None:
        self.scene.show_cameras(self._silhouettes(), self.stage_from_source, self.view.name)

    def _silhouettes(self) -> tuple[Silhouette, ...]:
        """Masks of the shown object, as far as they have been read."""
        if self._looks_at_fit:
            observations = self.fit.observations
        else:
            source, labelled = self.source.source, self.labelled
            observations = source.known_observations(labelled) if source is not None and labelled is not None else None
        return observations.silhouettes if observations is not None else ()
