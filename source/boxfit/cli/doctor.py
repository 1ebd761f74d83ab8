"""Command `doctor`: check what this machine can run and what is missing, with remedies."""

from __future__ import annotations

import dataclasses
import platform
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from rich import box
from rich.table import Table
from rich.text import Text

from boxfit._version import __version__
from boxfit.cli.output import write_json
from boxfit.cli.parser import Doctor
from boxfit.cli.tables import print_tables
from boxfit.errors import RendererError
from boxfit.remote.greeting import installed_version
from boxfit.remote.launch import OLDEST_PYTHON
from boxfit.remote.process import Worker
from boxfit.render import registry
from boxfit.ui.desktop.availability import unavailable_reason

BASE = ("numpy", "scipy", "pillow", "usd-core", "tyro", "rich")


@dataclass(frozen=True)
class Check:
    """Result of a check.

    Attributes:
        name: Name of the checked item.
        state: "ok"; "missing": optional and not available; "wrong": boxfit may not run.
        found: Description of what was found.
        remedy: Remedy, or "" if none is needed.
    """

    name: str
    state: Literal["ok", "missing", "wrong"]
    found: str
    remedy: str = ""


_STYLES = {"ok": "green", "missing": "yellow", "wrong": "red"}


def run_doctor(command: Doctor) -> int:
    """Print every check.

    Returns:
        0, or 1 if something required is wrong.
    """
    checks = list(examine(command.python))
    if command.json:
        write_json([dataclasses.asdict(check) for check in checks])
    else:
        table = Table(box=box.SIMPLE_HEAD)
        for column in ("", "", "found", "remedy"):
            table.add_column(column, overflow="fold")
        for check in checks:
            # As plain text: brackets in a reason are not markup.
            state = Text(check.state, _STYLES[check.state])
            table.add_row(check.name, state, Text(check.found), Text(check.remedy))
        print_tables([table])
    return int(any(check.state == "wrong" for check in checks))


def examine(python: Path | None = None) -> Iterator[Check]:
    """Check the interpreter, the packages, the renderers, the panel and another interpreter, in this order.

    Args:
        python: The other interpreter, or None.
    """
    yield _check_python()
    yield Check("boxfit", "ok", __version__)
    for package in BASE:
        yield _check_package(package)
    yield _check_torch()
    for renderer in registry.RENDERERS:
        reason = registry.unavailable_reason(renderer)
        state, found = ("ok", "runs here") if reason is None else ("missing", "cannot run here")
        elsewhere = "" if python else "; or run it in another Python that has it (--python, which doctor takes too)"
        yield Check(f"renderer {renderer}", state, found, reason + elsewhere if reason else "")
    yield _check_panel()
    if python is not None:
        yield from _check_other(python)


def _check_python() -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Check("Python", "ok", found)
    return Check("Python", "wrong", found, f"use Python {'.'.join(map(str, OLDEST_PYTHON))} or later")


def _check_package(package: str) -> Check:
    if found := installed_version(package):
        return Check(package, "ok", found)
    # An Omniverse Kit app brings its own USD, without package metadata.
    if package == "usd-core" and find_spec("pxr") is not None:
        return Check(package, "ok", "pxr of the application that runs boxfit")
    return Check(package, "wrong", "not installed", f"pip install {package}")


def _check_torch() -> Check:
    if found := installed_version("torch"):
        return Check("torch", "ok", found)
    found = "not installed: only the renderers dibr and kaolin need it"
    return Check("torch", "missing", found, "pip install torch")


def _check_panel() -> Check:
    if not installed_version("ovui") and _has_omni_ui():
        return Check("panel", "ok", "omni.ui of the application that runs boxfit")
    if reason := unavailable_reason(display=False):
        return Check("panel", "missing", "cannot run here", reason)
    found = f"runs here (ovui {installed_version('ovui')})"
    return Check("panel", "ok", found, unavailable_reason() or "")


def _check_other(python: Path) -> Iterator[Check]:
    """Check another interpreter, and the renderers that may run there."""
    try:
        with closing(Worker(python)) as worker:
            greeting = worker.greet()
            packages = [f"{name} {found}" if found else f"no {name}" for name, found in greeting.packages.items()]
            yield Check("other Python", "ok", f"{python}: Python {greeting.python}, {', '.join(packages)}")
            for name in filter(registry.needs_torch, registry.RENDERERS):
                reason = worker.unavailable_reason(name)
                state, found = ("ok", "runs there") if reason is None else ("missing", "cannot run there")
                yield Check(f"renderer {name}, other Python", state, found, reason or "")
    except RendererError as error:
        yield Check("other Python", "missing", f"{python} cannot be used", str(error))


def _has_omni_ui() -> bool:
    try:
        return find_spec("omni.ui") is not None
    except ModuleNotFoundError:
        return False
