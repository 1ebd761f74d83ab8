"""First message of a worker. Uses the standard library only, so that a worker without NumPy can send it."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import IO

from boxfit._version import __version__

PACKAGES = ("numpy", "torch", "kaolin")
"""Packages that a worker may need."""

_MARK = b"\0boxfit worker\0"
"""Start of the greeting. Output that the interpreter printed before it is skipped."""

_LONGEST_BANNER = 2**20
"""Greatest length of that output, in bytes."""


@dataclass(frozen=True)
class Greeting:
    """Versions of a worker.

    Attributes:
        boxfit: Version of its boxfit.
        python: Version of its Python.
        packages: Versions of `PACKAGES`; None for a package that is not installed.
        problem: Reason why it cannot work, or "".
    """

    boxfit: str
    python: str
    packages: Mapping[str, str | None]
    problem: str


def greeting_here(problem: str) -> Greeting:
    """Return the greeting of a worker in this interpreter."""
    packages = {name: installed_version(name) for name in PACKAGES}
    return Greeting(__version__, platform.python_version(), packages, problem)


def write_greeting(stream: IO[bytes], greeting: Greeting) -> None:
    """Send a greeting."""
    stream.write(_MARK + json.dumps(dataclasses.asdict(greeting)).encode() + b"\n")
    stream.flush()


def read_greeting(stream: IO[bytes]) -> Greeting:
    """Wait for a greeting.

    Raises:
        EOFError: If the stream ends, or exceeds `_LONGEST_BANNER`, without a greeting.
    """
    seen = bytearray()
    while not seen.endswith(_MARK):
        byte = stream.read(1)
        if not byte or len(seen) > _LONGEST_BANNER:
            raise EOFError
        seen += byte
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    values = json.loads(line)
    # Another version of boxfit may have more keys, or fewer.
    return Greeting(values["boxfit"], values.get("python", ""), values.get("packages", {}), values.get("problem", ""))


def installed_version(package: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
