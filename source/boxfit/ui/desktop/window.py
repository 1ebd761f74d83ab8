"""The desktop window: a bar with the stage's name, the 3D view, and the panel beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import omni.ui as ui
from omni.ui import standalone

from boxfit.ui.controls import style
from boxfit.ui.controls.widgets import button
from boxfit.ui.desktop.modal import KEY_ENTER
from boxfit.ui.desktop.standalone import HostStandalone
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.panel.panel import Panel
from boxfit.ui.view3d.viewport import Viewport

BUTTON_WIDTH = 90
PANEL_WIDTH = 400
PANEL_LEAST, VIEW_LEAST = 320, 200
SPLITTER_WIDTH = 6

FLAGS = (
    ui.WINDOW_FLAGS_NO_TITLE_BAR
    | ui.WINDOW_FLAGS_NO_RESIZE
    | ui.WINDOW_FLAGS_NO_MOVE
    | ui.WINDOW_FLAGS_NO_COLLAPSE
    | ui.WINDOW_FLAGS_NO_SAVED_SETTINGS
    | ui.WINDOW_FLAGS_NO_DOCKING
    | ui.WINDOW_FLAGS_NO_SCROLLBAR
    | ui.WINDOW_FLAGS_NO_BACKGROUND  # It is covered, and takes milliseconds to paint in software.
)

_SHIFT, _CONTROL = 1, 2
_MODIFIERS = 0xF
"""Shift, Control, Alt and the Windows key; other bits of omni.ui are not keys."""

_KEYS_IN_FIELDS = (ord("O"), ord("S"))
"""Keys of shortcuts that also work while the user types into a field."""


class WindowStandalone:
    """The main window, as large as its screen.

    Identifiers: `window.open`, `window.file`, `window.splitter`; and those of `Panel` and `Viewport`.
    """

    def __init__(self, model: PanelModel, host: HostStandalone, scale: float = 1.0) -> None:
        """Build the window; `ui.init` must have been called.

        Args:
            model: Model to show; the window does not destroy it.
            host: Gets the function that moves the 3D view's camera.
            scale: Zoom factor, on top of the desktop's own.
        """
        self._model, self._host, self._scale = model, host, scale
        self._panel_width = float(PANEL_WIDTH)
        self._offset = 0.0
        # In a window without padding, omni.ui does not scale.
        padding = 0 if scale == 1.0 else 1
        self.window = ui.Window("boxfit", flags=FLAGS, fill_app_window=True, padding_x=padding, padding_y=padding)
        self.window.set_key_pressed_fn(self._on_key)
        with self.window.frame:
            self._frame = ui.Frame(style=style.STYLE)
            with self._frame, _magnified(scale):
                self._build()
        self._frame.set_computed_content_size_changed_fn(self._divide)
        host.frame_boxes = self._viewport.frame_box
        self._ends = [
            model.stage.changed.subscribe(self._show_stage),
            model.scene.changed.subscribe(self._show_scene),
            model.source.changed.subscribe(self._show_open),
        ]
        self._shortcuts: dict[tuple[int, int], Callable[[], object]] = {
            (ord("O"), _CONTROL): model.stage.open,
            (ord("S"), _CONTROL): model.stage.save,
            (ord("S"), _CONTROL | _SHIFT): model.stage.save_as,
            (ord("Z"), _CONTROL): model.stage.undo,
            (ord("Y"), _CONTROL): model.stage.redo,
            (ord("Z"), _CONTROL | _SHIFT): model.stage.redo,
            (KEY_ENTER, _CONTROL): model.fit.fit,
            (ord("A"), 0): self._viewport.frame_all,
            (ord("F"), 0): self._viewport.frame_box,
        }
        self._show_stage()
        self._show_scene()
        self._show_open()

    def destroy(self) -> None:
        """Release the model and the host, and close."""
        for end in self._ends:
            end()
        self._host.frame_boxes = lambda paths: None
        self._panel.destroy()
        self._viewport.destroy()
        self.window.destroy()

    def _build(self) -> None:
        with ui.VStack():
            with ui.ZStack(height=0):
                ui.Rectangle(name="footer")
                with ui.HStack(height=style.BAR_ROW, spacing=style.PADDING, style={"HStack": {"margin": style.GAP}}):
                    opened = self._model.stage.open
                    self._open = button("Open...", "window.open", opened, "Open a stage (Ctrl+O)", width=BUTTON_WIDTH)
                    self._file = ui.Label("", identifier="window.file", elided_text=True)
            with ui.ZStack():
                with ui.HStack():
                    with ui.Frame(horizontal_clipping=True):
                        self._viewport = Viewport(self._pick_view, self._host.start)
                    ui.Spacer(width=SPLITTER_WIDTH)
                    self._beside = ui.Frame(width=PANEL_WIDTH, horizontal_clipping=True)
                    with self._beside:
                        self._panel = Panel(self._model, fit_keys="Ctrl+Enter")
                self._splitter = ui.Placer(draggable=True, drag_axis=ui.Axis.X)
                with self._splitter:
                    ui.Rectangle(name="track", identifier="window.splitter", width=SPLITTER_WIDTH)
                self._splitter.set_offset_x_changed_fn(self._dragged)

    def _width(self) -> float:
        return ui.Workspace.get_main_window_width() / self._scale

    def _dragged(self, offset: ui.Length) -> None:
        """Resize the panel to the splitter that the user has moved, within its limits."""
        # Setting the offset calls this as well.
        if abs(offset.value - self._offset) > 0.5:
            self._panel_width = self._limited(self._width() - SPLITTER_WIDTH - offset.value)
            self._divide()

    def _limited(self, width: float) -> float:
        """Return the panel's width that the window has room for."""
        room = self._width() - SPLITTER_WIDTH
        return min(max(min(width, room - VIEW_LEAST), PANEL_LEAST), room)

    def _divide(self) -> None:
        """Give the panel the width that the user has chosen; a small window takes from the 3D view first."""
        room, width = self._width() - SPLITTER_WIDTH, self._limited(self._panel_width)
        self._beside.width = ui.Pixel(width)
        offset = room - width
        self._offset = offset
        if abs(self._splitter.offset_x.value - offset) > 0.5:
            self._splitter.offset_x = ui.Pixel(offset)

    def _show_stage(self) -> None:
        stage = self._model.stage
        folder = f"   {stage.file.parent}" if stage.file else ""
        self._file.text = f"{stage.name}{' *' if stage.modified else ''}{folder}"

    def _show_open(self) -> None:
        """Offer to open a stage, unless the panel does while there is no dataset."""
        self._open.visible = self._model.source.state not in ("no stage", "nothing")

    def _show_scene(self) -> None:
        self._viewport.show(self._model.scene.content)

    def _pick_view(self, name: str) -> None:
        """Show the view whose camera was clicked."""
        self._model.view.choose(name)
        self._panel.show_view()

    def _on_key(self, key: int, modifiers: int, down: bool) -> None:
        modifiers &= _MODIFIERS
        action = self._shortcuts.get((key, modifiers))
        # Text fields handle undo and letters themselves.
        typing = standalone.is_text_input_active() and key not in _KEYS_IN_FIELDS
        if down and action is not None and not typing:
            action()


@contextmanager
def _magnified(scale: float) -> Iterator[None]:
    """Scale the content, laid out as on a correspondingly smaller screen."""
    if scale == 1.0:
        yield
        return
    width, height = ui.Workspace.get_main_window_width() / scale, ui.Workspace.get_main_window_height() / scale
    canvas = ui.CanvasFrame(
        zoom=scale, zoom_min=scale, zoom_max=scale, draggable=False, compatibility=False, smooth_zoom=False
    )
    with canvas, ui.Frame(width=width, height=height):
        yield
