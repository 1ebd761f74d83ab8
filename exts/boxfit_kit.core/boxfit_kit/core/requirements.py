"""SciPy for Kits that lack it: asked for once, then installed by Kit's own pip. Nothing else is ever installed."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable

import carb
import carb.settings
import omni.kit.pipapi

from boxfit_kit.core.background import in_background
from boxfit_kit.core.scipy_release import OLDEST_SCIPY, numbers_of, scipy_release

INSTALL = "/exts/boxfit_kit.core/installScipy"
INDEX = "/exts/boxfit_kit.core/pipIndexUrl"
ONLINE = "/exts/omni.kit.pipapi/allowOnlineIndex"

Ask = Callable[[str], Awaitable["bool | None"]]
"""Asks the user a question that can be answered with yes or no; None where it was taken away unanswered."""

PARTS = ("ndimage", "optimize", "spatial", "spatial.transform")
"""What boxfit uses of SciPy. These are compiled: SciPy itself imports even where they do not fit Kit's Python."""

_refused = False
_ask: Ask | None = None
_installing = asyncio.Lock()


def ask_with(ask: Ask | None) -> None:
    """Have the user asked by whoever shows windows, from now on; None where nobody does any more."""
    global _ask
    _ask = ask


def forget() -> None:
    """Forget what the user has answered: Kit may not load this module anew when the extension is enabled again."""
    global _ask, _refused
    _ask, _refused = None, False


async def ensure_requirements() -> None:
    """Make sure that a fit can run: NumPy and Pillow are Kit's own, and SciPy may have to be installed.

    The user is asked once in a session, and only where the setting says "ask". Kit draws on meanwhile.

    Raises:
        RequirementError: If something is missing; the message says what to do.
    """
    from boxfit.errors import RequirementError

    for module, name in (("numpy", "NumPy"), ("PIL", "Pillow")):
        if fault := _fault(module):
            raise RequirementError(
                f"{name} cannot be imported ({fault}): it comes with Kit, so enable the extension omni.kit.pip_archive"
            )
    async with _installing:
        if not (fault := _scipy_fault()) or not (fault := _installed_before()):
            return
        version = _choose_release(fault)
        await _allow(version, fault)
        await _install(version)
        if fault := _scipy_fault():
            raise RequirementError(
                f"SciPy {version} was installed, but cannot be imported ({fault}): see Kit's log, and restart Kit"
            )


def _scipy_fault() -> str:
    """Why SciPy cannot be used, or "".

    Raises:
        RequirementError: If Kit brings one that is too old: one that is installed would come after it on `sys.path`.
    """
    from boxfit.errors import RequirementError

    for module in ("scipy", *(f"scipy.{part}" for part in PARTS)):
        if fault := _fault(module):
            # What is half imported would be taken for the whole once there is a better one.
            for name in [name for name in sys.modules if name == "scipy" or name.startswith("scipy.")]:
                del sys.modules[name]
            return fault
    scipy = sys.modules["scipy"]
    if numbers_of(scipy.__version__) < OLDEST_SCIPY:
        oldest = ".".join(map(str, OLDEST_SCIPY))
        raise RequirementError(
            f"SciPy {scipy.__version__} at {scipy.__file__} is too old: boxfit needs {oldest} or later. Disable the "
            "extension that brings it, or take a newer Kit"
        )
    return ""


def _installed_before() -> str:
    """Why a SciPy from an earlier session cannot be used, or "": pip's folder is on `sys.path` after the first call."""
    try:
        omni.kit.pipapi.install("scipy", use_online_index=False, surpress_output=True, extra_args=["--no-deps"])
    except Exception as error:  # It asks setuptools for more than the newest ones have.
        carb.log_warn(f"[boxfit_kit.core] omni.kit.pipapi: {type(error).__name__}: {error}")
    return _scipy_fault()


def _choose_release(fault: str) -> str:
    from boxfit.errors import RequirementError

    numpy = sys.modules["numpy"].__version__
    version = scipy_release(sys.version_info[:2], numbers_of(numpy))
    if version is None:
        python = ".".join(map(str, sys.version_info[:2]))
        raise RequirementError(
            f"SciPy cannot be imported ({fault}), and none is known that runs with this Kit's Python {python} and "
            f"NumPy {numpy}: install one for Kit's Python yourself"
        )
    return version


async def _allow(version: str, fault: str) -> None:
    """Go on if SciPy may be installed.

    Raises:
        RequirementError: If it may not.
    """
    from boxfit.errors import RequirementError

    global _refused
    settings = carb.settings.get_settings()
    missing, choice = f"a fit needs SciPy, which this Kit lacks ({fault})", settings.get(INSTALL)
    if settings.get(ONLINE) is False:
        raise RequirementError(f"{missing}, and the setting {ONLINE} forbids to install it: allow it there")
    if choice == "never":
        raise RequirementError(f'{missing}, and the setting {INSTALL} is "never": set it to "ask" or "always"')
    if choice == "always":
        return
    if _ask is None or _refused:
        why = "you chose not to install it" if _refused else "nobody can be asked whether to install it"
        raise RequirementError(f'{missing}, and {why}: set {INSTALL} to "always" to install SciPy {version}')
    answer = await _ask(
        f"A fit needs the Python package SciPy, which this Kit lacks. Download SciPy {version} (about 40 MB) with "
        "Kit's own pip, into the user's folder? Nothing that belongs to Kit is changed."
    )
    if answer is None:
        raise RequirementError(f"{missing}, and the question whether to install it was closed: try again")
    if not answer:
        _refused = True
        await _allow(version, fault)


async def _install(version: str) -> None:
    """Run Kit's pip, and let Kit draw on.

    Raises:
        RequirementError: If it fails.
    """
    from boxfit.errors import RequirementError

    arguments = ["--only-binary=:all:"]
    if index := carb.settings.get_settings().get(INDEX):
        arguments += ["--index-url", str(index)]

    def install() -> bool:
        # Flags go in front of the requirement: pipapi takes a package of that name for installed, whatever its version,
        # and pip leaves what is in its folder as it is, although it was made for another Python. --no-deps: a second
        # NumPy must not get in. The import is for the main thread.
        return omni.kit.pipapi.install(
            f"--no-deps --upgrade scipy=={version}",
            module="scipy",
            ignore_import_check=True,
            ignore_cache=True,
            extra_args=arguments,
        )

    carb.log_info(f"[boxfit_kit.core] installing SciPy {version}")
    try:
        reason = "" if await in_background("pip", install) else "see what pip says in Kit's log"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    _look_anew()
    if reason:
        raise RequirementError(
            f"SciPy {version} could not be installed ({reason}); behind a company's network, name its package index in "
            f"the setting {INDEX}"
        )


def _look_anew() -> None:
    """Have the next import look for what is there now."""
    importlib.invalidate_caches()
    # Kit keeps for imports which paths were not there, until it enables another extension.
    reset = getattr(sys.modules.get("omni.ext._impl.stat_cache"), "reset_stat_cache", None)
    if reset is not None:
        reset()


def _fault(module: str) -> str:
    """Why a module cannot be imported, or ""."""
    try:
        importlib.import_module(module)
    except Exception as error:  # A package for another Python or NumPy raises all sorts of errors.
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""
