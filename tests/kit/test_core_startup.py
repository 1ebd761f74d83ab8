"""Tests that the core extension leaves nothing behind."""

import sys

import pytest

from tests.kit.kit_fixture import Kit, in_every_app

CORE = "boxfit_kit.core"


@in_every_app
def test_start_registers_the_commands_and_gives_the_api(kit: Kit, app: str) -> None:
    kit.be(app)
    kit.start(CORE)
    import omni.kit.commands

    import boxfit_kit.core

    assert omni.kit.commands.get_command_class("BoxfitCreateBox") is not None
    assert omni.kit.commands.get_command_class("BoxfitImportViews") is not None
    assert callable(boxfit_kit.core.fit)
    assert not kit.errors


@in_every_app
def test_start_and_stop_twice_leaves_nothing_behind(kit: Kit, app: str) -> None:
    kit.be(app)
    path, before = list(sys.path), set(kit.leftovers())
    for _ in range(2):
        kit.start(CORE)
        kit.stop(CORE)
        assert not set(kit.leftovers()) - before
        assert sys.path == path
        assert not [name for name in sys.modules if name.startswith("boxfit_kit.core")]
    assert not kit.errors


def test_start_that_fails_half_way_leaves_nothing_and_the_next_one_works(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    import omni.kit.commands

    path, before, register = list(sys.path), kit.leftovers(), omni.kit.commands.register

    def fail_at_the_second(command: type) -> None:
        if command.__name__ == "BoxfitImportViewsCommand":
            raise RuntimeError("no room for another command")
        register(command)

    with monkeypatch.context() as patch:
        patch.setattr(omni.kit.commands, "register", fail_at_the_second)
        kit.start(CORE)  # Kit reports success, and only logs the error.
        assert any("no room for another command" in text for text in kit.errors)
    assert kit.leftovers() == before and sys.path == path
    kit.stop(CORE)
    kit.kernel.logged.clear()
    kit.start(CORE)
    assert omni.kit.commands.get_command_class("BoxfitImportViews") is not None and not kit.errors
