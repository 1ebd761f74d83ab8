"""Tests of the extensions in the folders where Kit finds them: a checkout, a build, copies."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

import boxfit
import pytest
from boxfit.sample import make_sample

from tests.kit.files import EXTENSIONS, ROOT, STAND_INS
from tests.kit.kit_process import Ended, KitProcess

PACKAGE = Path(boxfit.__file__).parent
SUFFIX = "-0.1.0+110.4.lx64.r.cp312"
"""Suffix of a published extension's folder."""

FIT = """
    async def story():
        import boxfit
        print("library:", boxfit.__file__)
        await open_sample()
        driver = await ready()
        await driver.click("fit")
        await driver.wait(lambda: panel_model().fit.phase == "done", what="the fit")
        return 0

    begin(story)
"""


def copied(folder: Path, suffix: str = "") -> Path:
    """Copy both extensions to a separate folder."""
    for name in ("boxfit_kit.core", "boxfit_kit.window"):
        shutil.copytree(
            EXTENSIONS / name, folder / f"{name}{suffix}", ignore=shutil.ignore_patterns("__pycache__", "premake5.lua")
        )
    return folder


def shown(process: KitProcess, searched: Path, script: str = FIT, **options: bool) -> Ended:
    """Run Kit with the window open, until the script has ended."""
    window = ("--/exts/boxfit_kit.window/openOnStartup=true", "--enable", "boxfit_kit.window")
    return process.run(*window, script=script, searched=(STAND_INS, searched), **options)


def assert_fits_with(ended: Ended, library: Path) -> None:
    assert ended.code == 0, ended.printed
    assert f"library: {library / '__init__.py'}" in ended.printed
    assert not ended.said("Error") and "Traceback" not in ended.printed


def test_checkout_is_used_as_it_is(tmp_path: Path) -> None:
    ended = shown(KitProcess(tmp_path), EXTENSIONS, has_library=False)
    assert_fits_with(ended, ROOT / "source" / "boxfit")


def test_build_with_the_platform_in_its_folders_names_has_everything_inside(tmp_path: Path) -> None:
    built = copied(tmp_path / "exts", SUFFIX)
    core = built / f"boxfit_kit.core{SUFFIX}"
    shutil.copytree(PACKAGE, core / "boxfit", ignore=shutil.ignore_patterns("__pycache__"))
    (core / "pip_prebundle" / "only_bundled").mkdir(parents=True)
    (core / "pip_prebundle" / "only_bundled" / "__init__.py").touch()
    script = FIT.replace("import boxfit\n", "import boxfit, only_bundled\n")
    assert_fits_with(shown(KitProcess(tmp_path), built, script, has_library=False), core / "boxfit")


def test_extensions_by_themselves_take_an_installed_library(tmp_path: Path) -> None:
    assert_fits_with(shown(KitProcess(tmp_path), copied(tmp_path / "exts")), PACKAGE)


AGAIN = """
    import sys
    import types

    class Lazy(types.ModuleType):
        # As some packages are: asked for its file, it imports another.
        @property
        def __file__(self):
            name = f"lazy_{len(sys.modules)}"
            sys.modules[name] = types.ModuleType(name)
            return None

    async def story():
        sys.modules["lazy"] = Lazy("lazy")
        manager = omni.kit.app.get_app().get_extension_manager()
        await open_sample()
        await ready()
        manager.set_extension_enabled_immediate("boxfit_kit.core", False)  # And with it the window.
        await updates(5)
        manager.set_extension_enabled_immediate("boxfit_kit.window", True)
        driver = await ready()
        await driver.click("fit")
        await driver.wait(lambda: panel_model().fit.phase == "done", what="the fit")
        return 0

    begin(story)
"""


def test_extensions_work_when_enabled_again_although_kit_could_not_unload_their_modules(tmp_path: Path) -> None:
    ended = shown(KitProcess(tmp_path), EXTENSIONS, AGAIN, has_library=False)
    assert ended.code == 0, ended.printed
    assert not ended.said("Error") and "Traceback" not in ended.printed


SAY = """
    async def story():
        import boxfit_kit.core as core
        from tests.ui.driver import Driver
        driver = Driver()
        await driver.settle()
        box_fit_window()
        await driver.settle()
        print("shown:", driver.text_of("error"))
        await driver.picture(FOLDER / "fault.png")
        for call in (core.fit(), core.import_views("views"), core.capture()):
            try:
                await call
            except ModuleNotFoundError as error:
                print("raised:", error)
        return 0

    begin(story)
"""


def assert_says(ended: Ended, reason: str) -> None:
    """Check that the window, scripts, and one line of the log say why there is no library."""
    assert ended.code == 0, ended.printed
    (said,) = re.findall("shown: Box Fit cannot be shown: (.*)", ended.printed)
    assert re.match(reason, said)
    (error,) = ended.said("Error")
    assert error.endswith(f"[boxfit_kit.core] {said}")
    assert re.findall("raised: (.*)", ended.printed) == [said] * 3


def test_extensions_without_any_library_say_so_in_the_window_in_one_line_of_the_log_and_to_scripts(
    tmp_path: Path, pictures: Path
) -> None:
    ended = shown(KitProcess(tmp_path), copied(tmp_path / "exts"), SAY, has_library=False)
    assert_says(ended, "the library boxfit is not in .*repo build")
    shutil.copyfile(tmp_path / "fault.png", pictures / "kit-no-library.png")


def test_library_that_cannot_be_imported_is_said_so_in_the_window_in_one_line_of_the_log_and_to_scripts(
    tmp_path: Path,
) -> None:
    copied(tmp_path / "exts")
    (tmp_path / "source" / "boxfit").mkdir(parents=True)
    (tmp_path / "source" / "boxfit" / "__init__.py").write_text("from boxfit import half\n", encoding="utf-8")
    ended = shown(KitProcess(tmp_path), tmp_path / "exts", SAY, has_library=False)
    assert_says(ended, r"the library boxfit cannot be imported \(ImportError: cannot import")


HEADLESS = """
    async def story():
        import boxfit_kit.core
        manager = omni.kit.app.get_app().get_extension_manager()
        await open_sample()
        (result,) = await boxfit_kit.core.fit(align="up")
        print("enabled:", manager.is_extension_enabled("boxfit_kit.window"), "prim:", result.prim)
        return 0

    begin(story)
"""


WITH_A_SCREEN = ("omni.ui", "omni.kit.viewport", "omni.kit.ui_test", "omni.replicator")


def test_kit_without_the_toolkit_names_it_and_fits_without_a_window(tmp_path: Path) -> None:
    (tmp_path / "headless").mkdir()
    for extension in STAND_INS.iterdir():
        if not extension.name.startswith(WITH_A_SCREEN):
            (tmp_path / "headless" / extension.name).symlink_to(extension, target_is_directory=True)
    searched = (tmp_path / "headless", EXTENSIONS)
    process = KitProcess(tmp_path)
    refused = process.run("--enable", "boxfit_kit.window", script=HEADLESS, searched=searched, has_library=False)
    assert any("boxfit_kit.window-0.1.0 depends on omni.ui" in line for line in refused.log), refused.printed
    ended = process.run("--enable", "boxfit_kit.core", script=HEADLESS, searched=searched, has_library=False)
    assert ended.code == 0 and not ended.said("Error"), ended.printed
    assert "enabled: False prim: /World/" in ended.printed


def test_library_of_another_version_is_warned_of(tmp_path: Path) -> None:
    copied(tmp_path / "exts")
    library = tmp_path / "source" / "boxfit"
    shutil.copytree(PACKAGE, library, ignore=shutil.ignore_patterns("__pycache__"))
    (library / "_version.py").write_text('"""The version."""\n\n__version__ = "0.0.9"\n', encoding="utf-8")
    ended = shown(KitProcess(tmp_path), tmp_path / "exts", has_library=False)
    assert_fits_with(ended, library)
    (warning,) = [line for line in ended.said("Warning") if "boxfit_kit" in line]
    assert "uses boxfit 0.0.9" in warning and "take both from one release" in warning


@pytest.mark.parametrize("there", [True, False], ids=["with the sample", "without it"])
def test_script_of_the_checklist_prints_what_it_says_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    if there:
        make_sample(tmp_path / "boxfit-sample")
    text = (ROOT / "docs" / "kit-checklist.md").read_text(encoding="utf-8")
    (script,) = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "post_quit" in block]
    ended = KitProcess(tmp_path).run("--enable", "boxfit_kit.core", script=textwrap.dedent(script), has_library=False)
    if there:
        assert ended.code == 0 and "/World/teapot_teapot" in ended.printed
        said, printed = (
            [float(number) for number in re.findall(r"[\d.]+", re.search(pattern, where)[1])]
            for pattern, where in ((r"shows ([\d.]+ x [\d.]+ x [\d.]+) cm", text), (r"size \[(.*?)\]", ended.printed))
        )
        assert printed == pytest.approx(said, rel=5e-3)
    else:
        assert ended.code == 1 and "failed:" in ended.printed
