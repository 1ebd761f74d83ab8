"""The core extension comes and goes, and leaves nothing behind."""

import subprocess
import sys
import textwrap

import pytest

from tests.kit.conftest import EXTENSIONS, STAND_INS, Kit

CORE = "boxfit_kit.core"


def test_start_registers_the_commands_and_gives_the_api(kit: Kit) -> None:
    kit.start(CORE)
    import omni.kit.commands

    import boxfit_kit.core

    assert omni.kit.commands.get_command_class("BoxfitCreateBox") is not None
    assert omni.kit.commands.get_command_class("BoxfitImportViews") is not None
    assert callable(boxfit_kit.core.fit)
    assert not kit.errors


def test_start_and_stop_twice_leaves_nothing_behind(kit: Kit) -> None:
    path, before = list(sys.path), set(kit.leftovers())
    for _ in range(2):
        kit.start(CORE)
        kit.stop(CORE)
        assert not set(kit.leftovers()) - before
        assert sys.path == path
        assert not [name for name in sys.modules if name.startswith("boxfit_kit.core")]
    assert not kit.errors


def test_start_alone_loads_nothing_heavy() -> None:
    """In an interpreter of its own: here everything is loaded already."""
    folders = [str(STAND_INS), str(EXTENSIONS / CORE)]
    code = f"""
        import sys
        sys.path[:0] = {folders!r}
        import omni
        omni.__path__ = [folder + "/omni" for folder in {folders!r}]
        from omni.kit.app import get_app
        get_app().get_extension_manager().switch_on("{CORE}-0.1.0", {folders[1]!r})
        import boxfit_kit.core
        extension = boxfit_kit.core.Extension()
        extension.on_startup("{CORE}-0.1.0")
        extension.on_shutdown()
        print(*sorted({{name.split(".")[0] for name in sys.modules}}))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "pxr" in loaded
    assert not loaded & {"numpy", "scipy", "PIL", "torch"}


def test_stop_after_a_start_that_failed_raises_nothing(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.start(CORE)
    kit.stop(CORE)
    import boxfit_kit.core.extension as module

    def missing(folder: object) -> None:
        raise ModuleNotFoundError("the library boxfit is nowhere")

    monkeypatch.setattr(module, "Library", missing)
    extension = module.Extension()
    with pytest.raises(ModuleNotFoundError):
        extension.on_startup(f"{CORE}-0.1.0")
    extension.on_shutdown()
