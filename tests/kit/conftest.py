"""Kit for the tests of the extensions: stand-ins for its modules, and what Kit does with an extension.

The tree under stand_ins/ mirrors Kit's modules, so that `import omni.kit.app` finds stand_ins/omni/kit/app.py. Each
holds no more than the documented behaviour that boxfit uses. One that keeps what others registered tells so in a
function `leftovers() -> list[str]`. Every test gets them anew.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
EXTENSIONS = ROOT / "exts"
STAND_INS = Path(__file__).parent / "stand_ins"

collect_ignore = ["stand_ins"]


def read_toml(name: str) -> dict[str, Any]:
    """An extension's config/extension.toml."""
    return tomllib.loads((EXTENSIONS / name / "config" / "extension.toml").read_text(encoding="utf-8"))


class Kit:
    """Kit, as far as the extensions and their tests need it."""

    def __init__(self) -> None:
        self._started: dict[str, list[Any]] = {}

    @property
    def errors(self) -> list[str]:
        """What was logged as an error."""
        import carb

        return [text for level, text in carb.logged if level == "error"]

    @property
    def context(self) -> Any:
        """The default USD context."""
        import omni.usd

        return omni.usd.get_context()

    def start(self, name: str, folder: Path | None = None) -> list[Any]:
        """Enable an extension: its settings, its dependencies as far as others give them, its modules, `on_startup`.

        Args:
            name: Of the extension.
            folder: Where it lies, if not in the checkout.
        """
        import carb
        import carb.settings
        import omni.kit.app

        toml, manager = read_toml(name), omni.kit.app.get_app().get_extension_manager()
        for path, value in _flat(toml.get("settings", {})):
            carb.settings.get_settings().set_default(path, value)
        for other, options in toml.get("dependencies", {}).items():
            if other.startswith("boxfit_kit.") and other not in self._started:
                self.start(other)
            elif not options.get("optional") and not manager.is_extension_enabled(other):
                manager.switch_on(f"{other}-1.0.0")
        ext_id = f"{name}-{toml['package']['version']}"
        manager.switch_on(ext_id, folder or EXTENSIONS / name)
        extensions = []
        for entry in toml["python"]["module"]:
            module = importlib.import_module(entry["name"])
            classes = [one for one in vars(module).values() if inspect.isclass(one)]
            extensions += [one() for one in classes if issubclass(one, sys.modules["omni.ext"].IExt)]
        for extension in extensions:
            try:
                extension.on_startup(ext_id)
            except Exception:
                carb.log_error(traceback.format_exc())
        self._started[name] = extensions
        return extensions

    def stop(self, name: str) -> None:
        """Disable an extension: those that need it first, then `on_shutdown`; its modules are unloaded."""
        import carb
        import omni.kit.app

        for other in [one for one in self._started if one != name and name in read_toml(one)["dependencies"]]:
            self.stop(other)
        for extension in self._started.pop(name):
            try:
                extension.on_shutdown()
            except Exception:
                carb.log_error(traceback.format_exc())
        omni.kit.app.get_app().get_extension_manager().switch_off(name)
        for entry in read_toml(name)["python"]["module"]:
            _unload(lambda module, name=entry["name"]: module == name or module.startswith(f"{name}."))

    def stop_all(self) -> None:
        """Disable every extension."""
        while self._started:
            self.stop(next(reversed(self._started)))

    def leftovers(self) -> list[str]:
        """What extensions registered and have not taken back."""
        stand_ins = [one for one in list(sys.modules.values()) if _lies_in(one, STAND_INS)]
        return [left for module in stand_ins if hasattr(module, "leftovers") for left in module.leftovers()]

    def run(self, story: Callable[[], Coroutine[Any, Any, Any]], limit_s: float = 240.0) -> Any:
        """Run a coroutine function to its end, as a script in Kit's loop."""

        async def main() -> Any:
            return await asyncio.wait_for(story(), limit_s)

        return asyncio.run(main())

    def open(self, path: Path) -> None:
        """Open a stage in the default context."""

        async def story() -> None:
            ok, error = await self.context.open_stage_async(str(path))
            assert ok, error

        self.run(story)


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """Kit with nothing enabled. Where a test draws, it asks for `screen` (and imports `omni.ui`) before `kit`."""
    before = dict(sys.modules)
    folders = [str(STAND_INS), *map(str, sorted(EXTENSIONS.glob("boxfit_kit.*")))]
    monkeypatch.setattr(sys, "path", [*folders, *sys.path])
    omni = sys.modules.get("omni")
    if omni is not None and getattr(omni, "__file__", None):
        # The toolkit's own package has looked for its parts once, when it was imported.
        monkeypatch.setattr(omni, "__path__", [*omni.__path__, *(f"{folder}/omni" for folder in folders)])
    importlib.invalidate_caches()
    try:
        for module in ("omni.ext", "omni.usd", "omni.kit.undo"):
            importlib.import_module(module)
        kit = Kit()
        yield kit
        kit.stop_all()
    finally:
        kit_only = ("carb", "omni.ext", "omni.usd", "omni.kit", "boxfit_kit", "omni.client", "omni.replicator")
        gone = (*kit_only, "omni.timeline", "boxfit", *(["omni"] if omni is None else []))
        _unload(lambda name: name not in before and any(name == one or name.startswith(f"{one}.") for one in gone))
        sys.modules.update(before)
        importlib.invalidate_caches()


def _flat(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Settings as Kit names them."""
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{path}/{name}")
        else:
            yield f"{path}/{name}", value


def _lies_in(module: ModuleType, folder: Path) -> bool:
    return folder in Path(getattr(module, "__file__", None) or "").parents


def _unload(goes: Callable[[str], bool]) -> None:
    """Take modules out of `sys.modules`, and from the packages that hold them."""
    for name in [name for name in sys.modules if goes(name)]:
        module = sys.modules.pop(name)
        parent, _, child = name.rpartition(".")
        if parent in sys.modules and getattr(sys.modules[parent], child, None) is module:
            delattr(sys.modules[parent], child)
