"""Tests of SciPy for a Kit that lacks it: one question, one call of Kit's pip, and clear errors."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import PathFinder
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from boxfit.errors import RequirementError

from tests.kit.kit_fixture import Kit

WORKING = {
    "scipy/__init__.py": '__version__ = "1.15.3"',
    "scipy/ndimage.py": "",
    "scipy/optimize.py": "",
    "scipy/spatial/__init__.py": "",
    "scipy/spatial/transform.py": "",
}
"""Package with the parts that boxfit imports."""

BROKEN = {**WORKING, "scipy/spatial/__init__.py": 'raise ImportError("built for another Python")'}

SETTING = "/exts/boxfit_kit.core/installScipy"


class OnlyInstalledScipy:
    """Finder that gives SciPy only from the folder of Kit's pip, once that is on `sys.path`: this interpreter has its
    own."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.split(".")[0] != "scipy":
            return None
        if name != "scipy":
            return PathFinder.find_spec(name, path)
        spec = PathFinder.find_spec(name, [self._folder]) if self._folder in sys.path else None
        if spec is None:
            raise ModuleNotFoundError("No module named 'scipy'")
        return spec


class Asked:
    """Simulated user who is asked."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.questions: list[str] = []

    async def __call__(self, question: str) -> bool:
        self.questions.append(question)
        return self.answer


@pytest.fixture
def bare(kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """Yield Kit without SciPy, whose pip would find a working release."""
    for name in [name for name in sys.modules if name.split(".")[0] == "scipy"]:
        monkeypatch.delitem(sys.modules, name)
    environment = tmp_path / "pip"
    monkeypatch.setattr(sys, "meta_path", [OnlyInstalledScipy(environment), *sys.meta_path])
    kit.start("boxfit_kit.core")
    import omni.kit.pipapi as pip

    pip.environment = environment
    pip.offered[f"scipy=={release()}"] = WORKING
    yield kit
    for name in [name for name in sys.modules if name.split(".")[0] == "scipy"]:
        del sys.modules[name]


@pytest.fixture
def pip(kit: Kit) -> Any:
    """Return the module of Kit's pip."""
    import omni.kit.pipapi

    return omni.kit.pipapi


def release() -> str | None:
    """Return the release for this Python and NumPy."""
    import numpy

    from boxfit_kit.core.scipy_release import numbers_of, scipy_release

    return scipy_release(sys.version_info[:2], numbers_of(numpy.__version__))


def ensure(kit: Kit, ask: Callable[..., Any] | None = None) -> None:
    from boxfit_kit.core.requirements import ask_with, ensure_requirements

    ask_with(ask)
    kit.run(ensure_requirements)


def online_calls() -> list[dict[str, Any]]:
    import omni.kit.pipapi

    return [call for call in omni.kit.pipapi.calls if call["online"]]


def set_setting(path: str, value: object) -> None:
    import carb.settings

    carb.settings.get_settings().set(path, value)


def test_ensure_with_scipy_there_asks_nothing_and_installs_nothing(kit: Kit, pip: Any) -> None:
    kit.start("boxfit_kit.core")
    asked = Asked(False)
    ensure(kit, asked)
    assert not asked.questions and not pip.calls


def test_ensure_with_a_user_who_agrees_asks_once_and_installs_without_dependencies(bare: Kit) -> None:
    asked = Asked(True)
    ensure(bare, asked)
    ensure(bare, asked)
    (question,) = asked.questions
    assert f"SciPy {release()}" in question
    (call,) = online_calls()
    assert call["package"].split() == ["--no-deps", "--upgrade", f"scipy=={release()}"]
    assert "usd-core" not in str(call)
    assert not bare.errors


def test_ensure_with_a_user_who_refuses_says_what_to_do_and_asks_no_more(bare: Kit) -> None:
    asked = Asked(False)
    for _ in range(2):
        with pytest.raises(RequirementError, match=rf"chose not to install.*set {SETTING} to \"always\""):
            ensure(bare, asked)
    assert len(asked.questions) == 1
    assert not online_calls()


def test_ensure_with_nobody_to_ask_names_the_setting_that_allows_it(bare: Kit) -> None:
    with pytest.raises(RequirementError, match=rf"there is no window that could ask.*set {SETTING} to \"always\""):
        ensure(bare)
    assert not online_calls()


def test_fit_in_headless_kit_without_scipy_names_the_setting(bare: Kit, tmp_path: Path) -> None:
    import boxfit_kit.core
    from tests.folders import write_box_views

    write_box_views(tmp_path / "views", 4)
    with pytest.raises(RequirementError, match=SETTING):
        bare.run(lambda: boxfit_kit.core.fit(tmp_path / "views", write=False))


def test_ensure_where_the_setting_says_always_asks_nobody(bare: Kit) -> None:
    set_setting(SETTING, "always")
    set_setting("/exts/boxfit_kit.core/pipIndexUrl", "https://packages.example/simple")
    ensure(bare)
    (call,) = online_calls()
    assert call["extra_args"][-2:] == ["--index-url", "https://packages.example/simple"]


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [(SETTING, "never", '"never"'), ("/exts/omni.kit.pipapi/allowOnlineIndex", False, "allowOnlineIndex")],
)
def test_ensure_where_a_setting_forbids_it_names_that_and_asks_nobody(
    bare: Kit, setting: str, value: object, words: str
) -> None:
    set_setting(setting, value)
    asked = Asked(True)
    with pytest.raises(RequirementError, match=words):
        ensure(bare, asked)
    assert not asked.questions and not online_calls()


def test_ensure_with_scipy_from_an_earlier_session_asks_nothing(bare: Kit, pip: Any) -> None:
    """Check that its folder is on `sys.path` only after the first call of pipapi."""
    write(pip.environment, WORKING)
    asked = Asked(False)
    ensure(bare, asked)
    assert not asked.questions and not online_calls()


def test_ensure_with_a_broken_scipy_from_an_earlier_session_replaces_it(bare: Kit, pip: Any) -> None:
    """Check a SciPy of another Python, which imports, but not its compiled parts."""
    write(pip.environment, BROKEN)
    ensure(bare, Asked(True))
    assert len(online_calls()) == 1


def test_ensure_with_an_index_that_lacks_it_says_where_to_look(bare: Kit, pip: Any) -> None:
    pip.offered.clear()
    with pytest.raises(RequirementError, match=r"could not be installed \(see what pip says"):
        ensure(bare, Asked(True))


def test_ensure_with_a_pip_that_raises_tells_what_it_raised(bare: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any, **options: Any) -> bool:
        raise ModuleNotFoundError("No module named 'pkg_resources'")

    monkeypatch.setattr("omni.kit.pipapi.install", broken)
    with pytest.raises(RequirementError, match=r"could not be installed \(ModuleNotFoundError: .*pkg_resources"):
        ensure(bare, Asked(True))


def test_ensure_with_an_installed_one_that_does_not_import_says_so(bare: Kit, pip: Any) -> None:
    pip.offered[f"scipy=={release()}"] = BROKEN
    with pytest.raises(RequirementError, match=r"was installed, but cannot be imported .*built for another Python"):
        ensure(bare, Asked(True))


def test_ensure_with_an_old_scipy_in_kit_installs_nothing_over_it(bare: Kit, pip: Any) -> None:
    write(pip.environment, {**WORKING, "scipy/__init__.py": '__version__ = "1.7.3"'})
    with pytest.raises(RequirementError, match=r"SciPy 1\.7\.3 .* is too old: boxfit needs 1\.10\.1"):
        ensure(bare, Asked(True))
    assert not online_calls()


@pytest.mark.parametrize(("module", "name"), [("PIL", "Pillow"), ("numpy", "NumPy")])
def test_ensure_without_what_kit_brings_names_the_extension(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    kit.start("boxfit_kit.core")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(RequirementError, match=f"{name} cannot be imported .*omni.kit.pip_archive"):
        ensure(kit, Asked(True))


async def test_two_fits_at_once_ask_and_install_once(bare: Kit) -> None:
    from boxfit_kit.core.requirements import ask_with, ensure_requirements

    asked = Asked(True)
    ask_with(asked)
    await asyncio.gather(ensure_requirements(), ensure_requirements())
    assert len(asked.questions) == len(online_calls()) == 1


@pytest.mark.parametrize(
    ("python", "numpy", "expected"),
    [
        ((3, 10), (1, 26, 0), "1.15.3"),  # Kit 106
        ((3, 11), (1, 26, 4), "1.15.3"),  # Kit 107
        ((3, 12), (2, 3, 1), "1.15.3"),  # Kit 109 and 110
        ((3, 12), (2, 5, 0), "1.17.1"),
        ((3, 10), (1, 22, 4), None),
        ((3, 10), (2, 5, 0), None),
        ((3, 12), (3, 0, 0), None),
    ],
)
def test_choose_scipy_by_kits_python_and_numpy(
    kit: Kit, python: tuple[int, ...], numpy: tuple[int, ...], expected: str | None
) -> None:
    kit.start("boxfit_kit.core")
    from boxfit_kit.core.scipy_release import scipy_release

    assert scipy_release(python, numpy) == expected


def test_oldest_scipy_is_what_the_library_asks_for(kit: Kit) -> None:
    kit.start("boxfit_kit.core")
    from boxfit_kit.core.scipy_release import OLDEST_SCIPY

    assert f"scipy>={'.'.join(map(str, OLDEST_SCIPY))}" in (requires("usd-boxfit") or [])


def write(folder: Path | None, files: dict[str, str]) -> None:
    assert folder is not None
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
