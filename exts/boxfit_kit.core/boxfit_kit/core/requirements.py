"""Installation of SciPy with Kit's own pip, after a question, for Kits without it. Nothing else is installed."""

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
"""Asks the user a yes-or-no question; the answer is None if the question was closed unanswered."""

PARTS = ("ndimage", "optimize", "spatial", "spatial.transform")
"""Parts of SciPy that boxfit uses. They are compiled: SciPy itself imports even where they do not fit Kit's Python."""

_refused = False
_ask: Ask | None = None
_installing = asyncio.Lock()


def ask_with(ask: Ask | None) -> None:
    """Set the function that asks the user; None where there is none."""
    global _ask
    _ask = ask


def forget() -> None:
    """Reset the user's answer: Kit may keep this module when the extension is enabled again."""
    global _ask, _refused
    _ask, _refused = None, False


async def ensure_requirements() -> None:
    """Make sure that a fit can run: NumPy and Pillow come with Kit, and SciPy may have to be installed.

    The user is asked once per run of Kit, and only if the setting is "ask". Kit continues to draw meanwhile.

    Raises:
        RequirementError: If something is missing; the message says what to do.
    """
    from boxfit.errors import RequirementError

    for module, name in (("numpy", "NumPy"), ("PIL", "Pillow")):
        if error_text := _import_error(module):
            raise RequirementError(
                f"{name} cannot be imported ({error_text}): enable the extension omni.kit.pip_archive, which has it"
            )
    async with _installing:
        if not (error_text := _scipy_error()) or not (error_text := _installed_before()):
            return
        version = _choose_release(error_text)
        await _allow(version, error_text)
        await _install(version)
        if error_text := _scipy_error():
            raise RequirementError(
                f"SciPy {version} was installed, but cannot be imported ({error_text}): see Kit's log, and restart Kit"
            )


def _scipy_error() -> str:
    """Return the reason why SciPy cannot be used, or "".

    Raises:
        RequirementError: If Kit's own SciPy is too old: an installed one would come after it on `sys.path`.
    """
    from boxfit.errors import RequirementError

    for module in ("scipy", *(f"scipy.{part}" for part in PARTS)):
        if error_text := _import_error(module):
            # Remove partial imports, which would be reused once there is a working SciPy.
            for name in [name for name in sys.modules if name == "scipy" or name.startswith("scipy.")]:
                del sys.modules[name]
            return error_text
    scipy = sys.modules["scipy"]
    if numbers_of(scipy.__version__) < OLDEST_SCIPY:
        oldest = ".".join(map(str, OLDEST_SCIPY))
        raise RequirementError(
            f"SciPy {scipy.__version__} at {scipy.__file__} is too old: boxfit needs {oldest} or later. Disable the "
            "extension that brings it, or take a newer Kit"
        )
    return ""


def _installed_before() -> str:
    """Return the reason why an earlier installed SciPy cannot be used, or ""; the first call adds pip's folder to the
    path."""
    try:
        omni.kit.pipapi.install("scipy", use_online_index=False, surpress_output=True, extra_args=["--no-deps"])
    except Exception as error:  # It fails with the newest setuptools.
        carb.log_warn(f"[boxfit_kit.core] omni.kit.pipapi: {type(error).__name__}: {error}")
    return _scipy_error()


def _choose_release(error_text: str) -> str:
    from boxfit.errors import RequirementError

    numpy = sys.modules["numpy"].__version__
    version = scipy_release(sys.version_info[:2], numbers_of(numpy))
    if version is None:
        python = ".".join(map(str, sys.version_info[:2]))
        raise RequirementError(
            f"SciPy cannot be imported ({error_text}), and no release is known for this Kit's Python {python} and "
            f"NumPy {numpy}: install one in Kit's Python yourself"
        )
    return version


async def _allow(version: str, error_text: str) -> None:
    """Ask for permission to install SciPy, as the setting requires.

    Raises:
        RequirementError: If it may not be installed.
    """
    from boxfit.errors import RequirementError

    global _refused
    settings = carb.settings.get_settings()
    missing, choice = f"a fit needs SciPy, which this Kit lacks ({error_text})", settings.get(INSTALL)
    if settings.get(ONLINE) is False:
        raise RequirementError(f"{missing}, and the setting {ONLINE} forbids its download: set it to true")
    if choice == "never":
        raise RequirementError(f'{missing}, and the setting {INSTALL} is "never": set it to "ask" or "always"')
    if choice == "always":
        return
    if _ask is None or _refused:
        why = "you chose not to install it" if _refused else "there is no window that could ask whether to install it"
        raise RequirementError(f'{missing}, and {why}: set {INSTALL} to "always" to install SciPy {version}')
    answer = await _ask(
        f"A fit needs the Python package SciPy, which this Kit lacks. Download SciPy {version} (about 40 MB) with "
        "Kit's own pip, into the user's folder? Nothing that belongs to Kit is changed."
    )
    if answer is None:
        raise RequirementError(f"{missing}, and the question whether to install it was closed: try again")
    if not answer:
        _refused = True
        await _allow(version, error_text)


async def _install(version: str) -> None:
    """Run Kit's pip, while Kit continues to draw.

    Raises:
        RequirementError: If it fails.
    """
    from boxfit.errors import RequirementError

    arguments = ["--only-binary=:all:"]
    if index := carb.settings.get_settings().get(INDEX):
        arguments += ["--index-url", str(index)]

    def install() -> bool:
        # Flags precede the requirement: otherwise pipapi accepts an installed package of that name in any version, and
        # pip keeps a package in its folder that was made for another Python. --no-deps avoids a second NumPy. The
        # import belongs on the main thread.
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
    _clear_import_caches()
    if reason:
        raise RequirementError(
            f"SciPy {version} could not be installed ({reason}); behind a company's network, name its package index in "
            f"the setting {INDEX}"
        )


def _clear_import_caches() -> None:
    """Clear the caches of the import system."""
    importlib.invalidate_caches()
    # Kit caches missing paths for imports, until it enables another extension.
    reset = getattr(sys.modules.get("omni.ext._impl.stat_cache"), "reset_stat_cache", None)
    if reset is not None:
        reset()


def _import_error(module: str) -> str:
    """Return the reason why a module cannot be imported, or ""."""
    try:
        importlib.import_module(module)
    except Exception as error:  # An incompatible package may raise any error.
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""
