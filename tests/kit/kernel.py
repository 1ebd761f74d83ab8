"""The real Kit kernel, once in a process: its extension manager, settings, events and tasks are NVIDIA's own.

What only a whole Kit has comes from the small extensions in stand_ins/, each named after the one that it stands for. It
holds no more than the documented behaviour that boxfit uses; a module that keeps what others registered tells so in a
function `leftovers() -> list[str]`.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.conftest import skip_or_fail
from tests.kit.launch import new_app

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
EXTENSIONS = ROOT / "exts"
STAND_INS = Path(__file__).parent / "stand_ins"
OWN = ("boxfit_kit.window", "boxfit_kit.core")
"""Those that are tested; one comes before those that it needs."""

REPLICATOR = "omni.replicator.core"

OPTIONAL = (
    "omni.kit.notification_manager",
    "omni.kit.viewport.registry",
    "omni.kit.viewport.utility",
    "omni.kit.window.status_bar",
    REPLICATOR,
)
"""What boxfit uses where an app has it."""

LICENCE = "OMNI_KIT_ACCEPT_EULA"

_UPDATES_TO_SETTLE = 3

_CHANGED_BY_TESTS = (
    "/app/asyncRendering",
    "/app/viewport",
    "/exts/boxfit_kit.core",
    "/exts/boxfit_kit.window",
    "/exts/omni.kit.pipapi",
    "/omni/replicator",
    "/persistent/exts/boxfit_kit.window",
    "/persistent/physics",
    "/rtx",
    "/rtx-transient",
)
"""Settings; Kit reads those of an extension when it finds it, and not once more when it is enabled."""


def require_kernel() -> None:
    """Skip the file of tests that is imported, where there is no kernel."""
    if reason := unavailable_reason():
        skip_or_fail("kit", reason, whole_file=True)


def unavailable_reason() -> str:
    """Why there is no kernel, or ""."""
    if importlib.util.find_spec("omni") is None or importlib.util.find_spec("omni.kit_app") is None:
        return "Kit's kernel is not installed (make test-kit makes an environment that has it)"
    if os.environ.get(LICENCE, "").lower() not in ("y", "yes", "1"):
        return f"{LICENCE} does not say that you agree to NVIDIA's Omniverse licence (see CONTRIBUTING.md)"
    return ""


def start_arguments(folder: Path, searched: Sequence[Path] = (STAND_INS, EXTENSIONS)) -> list[str]:
    """Arguments for a Kit that asks no registry, opens no window of the system, and keeps what it writes in a folder.

    Args:
        folder: Where it writes.
        searched: Folders with extensions.
    """
    settings = {
        "app/extensions/registryEnabled": 0,
        "app/python/interceptSysStdOutput": "false",
        "log/level": "info",
        "log/outputStreamLevel": "error",
        "log/file": folder / "kit.log",
    }
    return [
        *("--no-window", "--portable-root", str(folder)),
        *(f"--/{path}={value}" for path, value in settings.items()),
        *(part for place in searched for part in ("--ext-folder", str(place))),
    ]


class Kernel:
    """A Kit that runs until the process ends.

    Attributes:
        app: What updates it.
        manager: Its extension manager.
        logged: What was logged since it was cleared, in order: level, source and text.
    """

    def __init__(self) -> None:
        """Start it."""
        os.environ.setdefault("OMNI_KIT_ALLOW_ROOT", "1")
        self._folder = tempfile.TemporaryDirectory(prefix="boxfit-kit-", ignore_cleanup_errors=True)
        self.app = new_app()
        # Without a loop of its own it would quit; modules are unloaded only by one that is not in a hurry.
        without_loop = ["--/app/runWithoutRunloop=true", "--/app/fastShutdown=false"]
        self.app.startup([*start_arguments(Path(self._folder.name)), *without_loop])
        self.manager = self.app.extension_manager
        self.logged: list[tuple[str, str, str]] = []
        self.absent: set[str] = set()
        self._listen()
        self.enable_base()
        self.update()
        self._settings = self._read_settings()
        self._watch_settings()
        sys.meta_path.insert(0, self)
        self.logged.clear()

    def _listen(self) -> None:
        import carb.logging

        words = {carb.logging.LEVEL_INFO: "info", carb.logging.LEVEL_WARN: "warn", carb.logging.LEVEL_ERROR: "error"}

        def heard(source: str, level: int, file: str, line: int, text: str) -> None:
            if level in words:
                self.logged.append((words[level], source, text))

        self._logger = carb.logging.acquire_logging().add_logger(heard)

    def _watch_settings(self) -> None:
        """Note who watches a setting, and ends it: Kit itself does not tell."""
        import carb.settings

        interface = carb.settings.ISettings
        self.watched: dict[int, str] = {}
        begin, end = interface.subscribe_to_node_change_events, interface.unsubscribe_to_change_events

        def subscribe(settings: Any, path: str, function: Callable[..., Any]) -> Any:
            watch = begin(settings, path, function)
            self.watched[id(watch)] = path
            return watch

        def unsubscribe(settings: Any, watch: Any) -> None:
            self.watched.pop(id(watch), None)
            end(settings, watch)

        interface.subscribe_to_node_change_events = subscribe
        interface.unsubscribe_to_change_events = unsubscribe

    def take_away(self, names: Iterable[str]) -> None:
        """Disable extensions, and have their modules not found: Kit goes on to find those that it has found once."""
        for name in names:
            self.disable(name)
            self.absent.add(name)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """What the import of a module asks first."""
        if name in self.absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    def update(self, count: int = _UPDATES_TO_SETTLE) -> None:
        """Let updates pass."""
        for _ in range(count):
            self.app.update()

    def enable_base(self) -> None:
        """Enable all that boxfit depends on or can use, but Replicator, and what tests look with."""
        needed = {other for name in OWN for other in read_toml(EXTENSIONS / name)["dependencies"]}
        self.base = {*needed, *OPTIONAL, "omni.kit.ui_test", "omni.kit.viewport.window"} - {*OWN, REPLICATOR}
        self.enable(sorted(self.base))

    def enable(self, names: Iterable[str]) -> None:
        """Enable extensions.

        Raises:
            AssertionError: If one cannot be; Kit's reason is in the message.
        """
        for name in names:
            assert self.manager.set_extension_enabled_immediate(name, True), self.errors()

    def disable(self, name: str) -> None:
        """Disable an extension, and those that need it."""
        # Kit looks for modules to unload by asking each for its file, and gives up where that imports others.
        for module in list(sys.modules.values()):
            hasattr(module, "__file__")
        self.manager.set_extension_enabled_immediate(name, False)

    def errors(self) -> list[str]:
        """What was logged as an error."""
        return [text for level, _, text in self.logged if level == "error"]

    def run(self, story: Coroutine[Any, Any, Any], limit_s: float, drawn: bool = False) -> Any:
        """Run a coroutine in Kit's own loop, update by update; gives what it returns, and raises what it raises.

        Args:
            story: What to run.
            limit_s: How long it may take, in [s].
            drawn: Whether it looks at windows.
        """
        import ovui_in_kit
        from omni.kit.async_engine import run_coroutine

        ovui_in_kit.drawing = drawn

        task = run_coroutine(story)
        end = time.monotonic() + limit_s
        while not task.done():
            if time.monotonic() > end:
                task.cancel()
                self.update()
                raise TimeoutError(f"the story did not end within {limit_s:g} s")
            self.app.update()
        return task.result()

    def reset(self) -> None:
        """Put everything back for the next test: extensions, settings, and all that the stand-ins hold."""
        self.absent.clear()
        for name in (*OWN, REPLICATOR):
            if self.manager.is_extension_enabled(name):
                self.disable(name)
        self.update()
        self.enable(sorted(name for name in self.base if not self.manager.is_extension_enabled(name)))
        for module in list(sys.modules.values()):
            # The toolkit keeps its screen.
            if _lies_in(module, STAND_INS) and module.__name__ != "ovui_in_kit":
                importlib.reload(module)
        self._write_settings()
        self.watched.clear()
        self.logged.clear()

    def close(self) -> int:
        """End Kit; gives its exit code."""
        import carb.logging

        carb.logging.acquire_logging().remove_logger(self._logger)
        self._logger = None
        code = self.app.shutdown()
        self._folder.cleanup()
        return code

    def settings(self) -> dict[str, Any]:
        """The values of the settings that tests and extensions change, by path; Kit leaves empty folders behind."""
        return dict(leaf for path, value in self._read_settings().items() for leaf in _leaves(path, value))

    def _read_settings(self) -> dict[str, Any]:
        import carb.settings

        return {path: carb.settings.get_settings().get(path) for path in _CHANGED_BY_TESTS}

    def _write_settings(self) -> None:
        import carb.settings

        settings = carb.settings.get_settings()
        for path, value in self._settings.items():
            settings.destroy_item(path)
            if value is not None:
                settings.set(path, value)


def read_toml(folder: Path) -> dict[str, Any]:
    """The config/extension.toml of an extension's folder."""
    return tomllib.loads((folder / "config" / "extension.toml").read_text(encoding="utf-8"))


def read_kit_file(file: Path) -> dict[str, Any]:
    """A .kit file."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(f"{path}/{name}", one)
    elif value is not None:
        yield path, value


def _lies_in(module: ModuleType, folder: Path) -> bool:
    return (getattr(module, "__file__", None) or "").startswith(f"{folder}{os.sep}")


def forget_paths() -> None:
    """Have Kit forget which paths were not there: Kit 109 keeps the frames of whoever looked for them, too."""
    from omni.ext._impl import stat_cache

    stat_cache.reset_stat_cache()


def tasks_of(folders: Sequence[Path]) -> list[str]:
    """Tasks in Kit's loop whose coroutine comes from a file in one of some folders, and which have not ended."""
    loop = asyncio.get_event_loop_policy().get_event_loop()
    found = []
    for task in asyncio.all_tasks(loop):
        code = getattr(task.get_coro(), "cr_code", None)
        file = code.co_filename if code else ""
        if not task.done() and any(file.startswith(f"{folder}{os.sep}") for folder in folders):
            found.append(f"the task {task.get_coro().__qualname__}")
    return found


def leftovers(kernel: Kernel) -> list[str]:
    """What extensions have registered and not taken back."""
    import carb.eventdispatcher

    left = [f"a watch of the setting {path}" for path in kernel.watched.values()]
    modules = [one for one in list(sys.modules.values()) if _lies_in(one, STAND_INS) and hasattr(one, "leftovers")]
    left += [text for module in modules for text in module.leftovers()]
    context = sys.modules["omni.usd"].get_context()
    for kind in sys.modules["omni.usd"].StageEventType:
        event = context.stage_event_name(kind)
        observers = carb.eventdispatcher.get_eventdispatcher().get_observers([event])
        left += [f"{one.name} watching {event}" for one in observers]
    return left + _windows() + tasks_of((EXTENSIONS, ROOT / "source"))


def _windows() -> list[str]:
    import omni.ui as ui

    windows = [one for one in ui.Workspace.get_windows() if isinstance(one, ui.Window) and one.visible]
    return [f"the window {one.title}" for one in windows if one.title.startswith("Box Fit")]


def instances_of(name: str) -> list[Any]:
    """The `omni.ext.IExt` objects of an extension that is enabled; Kit complains where one is kept."""
    from omni.ext._impl import _internal

    manager = sys.modules["omni.kit.app"].get_app().get_extension_manager()
    extension = _internal._extensions.get(manager.get_enabled_extension_id(name))
    return [instance for instance, _ in extension._started_extensions] if extension else []
