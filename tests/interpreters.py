"""Python interpreter for tests, with only the packages that a test installs."""

import os
import textwrap
import venv
from pathlib import Path

import numpy as np

_SETUP = """\
import sys
from importlib.machinery import PathFinder
from importlib.util import spec_from_file_location

class Finder:
    replaced = {replaced!r}

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in cls.replaced:
            return spec_from_file_location(name, cls.replaced[name])
        if name == "numpy" and {numpy!r}:
            return PathFinder.find_spec(name, [{numpy!r}])

sys.meta_path.insert(0, Finder)
{code}
"""

_RENDERER = """\
import os, signal, sys, time
from boxfit.render.area import RendererArea

class {name}(RendererArea):
    name = {name!r}.replace("Renderer", "").lower()
    calls = 0

    def __init__(self, silhouettes, **settings):
        super().__init__(silhouettes)

    @staticmethod
    def unavailable_reason():
{unavailable}

    def areas(self, corners, views):
        self.calls += 1
        if self.calls > {after}:
{then}
        return super().areas(corners, views)
"""


class OtherPython:
    """Virtual environment without packages except NumPy, which is borrowed from this interpreter.

    Attributes:
        path: The interpreter.
    """

    def __init__(self, folder: Path) -> None:
        builder = venv.EnvBuilder(symlinks=os.name != "nt")
        builder.create(folder)
        self.path = Path(builder.ensure_directories(folder).env_exe)
        (self._packages,) = folder.rglob("site-packages")
        self._replaced: dict[str, str] = {}
        # Unlike a module `sitecustomize`, this cannot be hidden by the system's.
        (self._packages / "lend.pth").write_text("import lend_packages\n", encoding="utf-8")
        self.set_up()

    def set_up(self, code: str = "", numpy: bool = True) -> None:
        """Set code that runs whenever the interpreter starts."""
        lent = str(Path(np.__file__).parents[1]) if numpy else ""
        setup = _SETUP.format(replaced=self._replaced, numpy=lent, code=code)
        (self._packages / "lend_packages.py").write_text(setup, encoding="utf-8")

    def add_module(self, name: str, code: str = "") -> None:
        """Install a module."""
        (self._packages / f"{name}.py").write_text(code, encoding="utf-8")

    def add_renderer(
        self, name: str, then: str = "pass", after: int = 0, unavailable: str = "return None", setup: str = ""
    ) -> None:
        """Replace dibr or kaolin by RendererArea with additional code in `areas`.

        Args:
            name: "dibr" or "kaolin".
            then: The additional code.
            after: Number of calls before it runs.
            unavailable: Body of `unavailable_reason`.
            setup: Code that runs whenever the interpreter starts.
        """
        module = "dibr" if name == "dibr" else "dibr_kaolin"
        file = self._packages / f"a_renderer_{module}.py"
        code = _RENDERER.format(
            name=f"Renderer{name.capitalize()}",
            after=after,
            then=textwrap.indent(then, 12 * " "),
            unavailable=textwrap.indent(unavailable, 8 * " "),
        )
        file.write_text(code, encoding="utf-8")
        self._replaced[f"boxfit.render.{module}"] = str(file)
        for package in ("torch", "kaolin"):
            self.add_module(package)
        self.set_up(setup)
