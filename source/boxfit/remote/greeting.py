"""First message of a worker. Uses the standard library only, so that a worker without NumPy can send it."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import IO, Any

from boxfit._version import __version__
from boxfit.errors import one_line

PACKAGES = ("numpy", "torch", "kaolin")
"""Packages that a worker may need."""

_MARK = b"\0boxfit worker\0"
"""Start of the greeting. Output that the interpreter printed before it is skipped."""

_LONGEST_BANNER = 2**20
"""Greatest length of that output, in bytes."""

_LONGEST_LINE = 2**16
"""Greatest length of the greeting itself, in bytes."""


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
        EOFError: If the stream ends without a greeting.
        ValueError: If there is none in its first `_LONGEST_BANNER` bytes, or it has other values than texts.
    """
    seen = bytearray()
    while not seen.endswith(_MARK):
        if len(seen) > _LONGEST_BANNER:
            raise ValueError(f"no greeting in the first {_LONGEST_BANNER} bytes")
        byte = stream.read(1)
        if not byte:
            raise EOFError
        seen += byte
    line = stream.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise ValueError("a greeting without an end") if len(line) == _LONGEST_LINE else EOFError
    # Another version of boxfit may have more keys, or fewer.
    values = {"python": "", "packages": {}, "problem": "", **load_object(line)}
    texts, packages = [values.get(key, 0) for key in ("boxfit", "python", "problem")], values["packages"]
    known = isinstance(packages, dict) and all(isinstance(found, str | None) for found in packages.values())
    if not known or not all(isinstance(text, str) for text in texts):
        raise ValueError("a greeting whose values are not texts")
    boxfit, python, problem = (one_line(str(text)) for text in texts)
    installed = {one_line(name): found and one_line(found) for name, found in packages.items()}
    return Greeting(boxfit, python, installed, problem)


def load_object(data: bytes) -> dict[str, Any]:
    """Decode a JSON object.

    Raises:
        ValueError: If the data is not one, or is nested too deeply.
    """
    try:
        values = json.loads(data)
    except RecursionError as error:
        raise ValueError("JSON that is nested too deeply") from error
    if not isinstance(values, dict):
        raise ValueError("JSON that is not an object")
    return values


def installed_version(package: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
