"""The real Kit kernel, once per process: its extension manager, settings, events and tasks are NVIDIA's own.

The small extensions in stand_ins/ replace parts of a complete Kit; each has the name of the extension that it replaces,
and implements only documented behaviour that boxfit uses.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.kit.files import EXTENSIONS, OPTIONAL, OWN, REPLICATOR, STAND_INS, is_stand_in, read_toml
from tests.kit.kernel_settings import KernelSettings
from tests.kit.launch import new_app

_UPDATES_TO_SETTLE = 3


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
        settings: Its settings.
        absent: Modules whose import fails, so that a test has an app without the extensions that hold them.
    """

    def __init__(self) -> None:
        """Start the kernel."""
        os.environ.setdefault("OMNI_KIT_ALLOW_ROOT", "1")
        self._folder = tempfile.TemporaryDirectory(prefix="boxfit-kit-", ignore_cleanup_errors=True)
        self.app = new_app()
        # Without its own loop it would quit; modules are unloaded only without fast shutdown.
        without_loop = ["--/app/runWithoutRunloop=true", "--/app/fastShutdown=false"]
        self.app.startup([*start_arguments(Path(self._folder.name)), *without_loop])
        self.manager = self.app.extension_manager
        self.logged: list[tuple[str, str, str]] = []
        self.absent: set[str] = set()
        self._listen()
        self.enable_base()
        self.update()
        self.settings = KernelSettings()
        sys.meta_path.insert(0, self)  # See find_spec.
        self.logged.clear()

    def _listen(self) -> None:
        import carb.logging

        words = {carb.logging.LEVEL_INFO: "info", carb.logging.LEVEL_WARN: "warn", carb.logging.LEVEL_ERROR: "error"}

        def heard(source: str, level: int, file: str, line: int, text: str) -> None:
            if level in words:
                self.logged.append((words[level], source, text))

        self._logger = carb.logging.acquire_logging().add_logger(heard)

    def take_away(self, names: Iterable[str]) -> None:
        """Remove extensions from the app: disable them, and make their modules unavailable.

        Disabling alone is not enough: the modules of an extension that was enabled once can still be imported. boxfit
        would take what is optional for present, and no test would see what it does without.
        """
        for name in names:
            self.disable(name)
            self.absent.add(name)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse the modules in `absent`: the kernel is first in `sys.meta_path`, which every import uses."""
        if name in self.absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    def update(self, count: int = _UPDATES_TO_SETTLE) -> None:
        """Wait for updates."""
        for _ in range(count):
            self.app.update()

    def enable_base(self) -> None:
        """Enable everything that boxfit depends on or can use, except Replicator, and the test tools."""
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
        """Logged errors."""
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
        """Reset everything for the next test: extensions, settings, and the state of the stand-ins."""
        self.absent.clear()
        for name in (*OWN, REPLICATOR):
            if self.manager.is_extension_enabled(name):
                self.disable(name)
        self.update()
        self.enable(sorted(name for name in self.base if not self.manager.is_extension_enabled(name)))
        for module in list(sys.modules.values()):
            # The toolkit keeps its screen.
            if is_stand_in(module) and module.__name__ != "ovui_in_kit":
                importlib.reload(module)
        self.settings.reset()
        self.logged.clear()

    def close(self) -> int:
        """End Kit; return its exit code."""
        import carb.logging

        carb.logging.acquire_logging().remove_logger(self._logger)
        self._logger = None
        code = self.app.shutdown()
        self._folder.cleanup()
        return code
