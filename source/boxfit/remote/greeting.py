"""How a worker makes itself known. Python's standard library alone: so it can tell that NumPy is missing."""

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
"""What a worker may need."""

_MARK = b"\0boxfit worker\0"
"""Comes first. What an interpreter printed while it started, before the worker had its output, is passed over."""

_LONGEST_BANNER = 2**20


@dataclass(frozen=True)
class Greeting:
    """What a worker says first.

    Attributes:
        boxfit: Version of the library that it runs.
        python: Version of its Python.
        packages: Versions of `PACKAGES`; None where one is not installed.
        problem: Why it cannot work, or "".
    """

    boxfit: str
    python: str
    packages: Mapping[str, str | None]
    problem: str


def greeting_here(problem: str) -> Greeting:
    """The greeting of a worker in this interpreter."""
    return Greeting(__version__, platform.python_version(), {name: _version(name) for name in PACKAGES}, problem)


def write_greeting(stream: IO[bytes], greeting: Greeting) -> None:
    """Send a greeting."""
    stream.write(_MARK + json.dumps(dataclasses.asdict(greeting)).encode() + b"\n")
    stream.flush()


def read_greeting(stream: IO[bytes]) -> Greeting:
    """Wait for a greeting.

    Raises:
        EOFError: If the stream ends, or goes on and on, without one.
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
    told = json.loads(line)
    # Another version may say more, or less.
    return Greeting(told["boxfit"], told.get("python", ""), told.get("packages", {}), told.get("problem", ""))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
