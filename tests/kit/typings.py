"""Public typings of Kit, made strict enough for pyright to check the extensions against.

They were written by a generator that turned each `async def` into a plain `def` and left out the imports of the modules
that it names, so that a forgotten `await` goes unseen and most names are of no known type. Here both are mended, and
what is missing altogether comes from our own stubs.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

STUBS = Path(__file__).parent / "stubs"

PACKAGES = ("carb", "omni", "pxr")

COROUTINES = {
    "omni/kit/ui_test/query.pyi": "click double_click right_click drag_and_drop input bring_to_front focus menu_click",
    "omni/kit/ui_test/common.pyi": "human_delay wait_n_updates",
    "omni/kit/ui_test/input.pyi": "emulate_char_press emulate_keyboard_press emulate_mouse_click emulate_mouse_move",
    "omni/kit/ui_test/menu.pyi": "get_context_menu menu_click select_context_menu",
    "omni/kit/test/async_unittest.pyi": "assertEqualWithRetry assertTrueWithRetry wait_n_updates",
    "omni/kit/widget/viewport/api.pyi": "wait_for_render_settings_change wait_for_rendered_frames",
    "omni/kit/widget/viewport/capture.pyi": "wait_for_result",
}
"""Coroutines by file, besides those whose name ends in `_async`."""

RESULTS = (
    ("omni/usd/_usd.pyi", r"def get_selection\(self\) -> \.\.\.:", "def get_selection(self) -> Selection:"),
    ("omni/usd/_usd.pyi", r"def get_stage\(self\):", "def get_stage(self) -> pxr.Usd.Stage | None:"),
    (
        "omni/kit/viewport/utility/__init__.pyi",
        r"(def get_active_viewport\([^\n]*\)):",
        r"\1 -> omni.kit.widget.viewport.api.ViewportAPI | None:",
    ),
    (
        "omni/kit/test/async_unittest.pyi",
        r"(class AsyncTestCase\([^\n]*\):\n)",
        r"\1    async def setUp(self) -> None: ...\n    async def tearDown(self) -> None: ...\n",
    ),
    ("omni/kit/commands/command.pyi", r"def do\(self\):", "def do(self) -> typing.Any:"),
)
"""Missing or unresolvable results: file, pattern, type."""

_FUNCTION = re.compile(r"^(\s*)def (\w+)\(", re.MULTILINE)
_STRING = re.compile(r'("""|\'\'\')[\s\S]*?\1')
_IMPORT = re.compile(r"^\s*(?:from\s+\S+\s+import\b|import\b)")
_DOTTED = re.compile(r"(?<![\w.])(?:omni|pxr|carb)(?:\.\w+)+")
_FUTURE = "from __future__ import annotations\n"


def find_typings(folder: Path) -> Path:
    """Return the folder with the packages, in a clone of the repository or by itself.

    Raises:
        FileNotFoundError: If they do not exist.
    """
    for place in (folder, folder / "typings"):
        if all((place / name).is_dir() for name in PACKAGES):
            return place
    raise FileNotFoundError(f"{folder} holds no folders {', '.join(PACKAGES)}: name a clone of the typings")


def lay_out(typings: Path, extensions: Sequence[Path], out: Path) -> None:
    """Put mended typings, our stubs and the extensions' code into one tree: pyright reads a package from one place.

    Args:
        typings: As `find_typings` gives it.
        extensions: Folders of extensions.
        out: New folder.
    """
    for package in PACKAGES:
        shutil.copytree(typings / package, out / package)
    for file in out.rglob("*.pyi"):
        file.write_text(_mended(file.relative_to(out).as_posix(), file.read_text("utf-8")), encoding="utf-8")
    for stub in STUBS.rglob("*.pyi"):
        target = out / stub.relative_to(STUBS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(stub, target)
    names = (".".join(file.relative_to(out).with_suffix("").parts) for file in out.rglob("*.pyi"))
    modules = {name.removesuffix(".__init__") for name in names}
    for file in out.rglob("*.pyi"):
        file.write_text(_with_imports(file.read_text("utf-8"), modules), encoding="utf-8")
    for extension in extensions:
        shutil.copytree(extension / "boxfit_kit", out / "boxfit_kit", dirs_exist_ok=True)


def _mended(name: str, text: str) -> str:
    coroutines = set(COROUTINES.get(name, "").split())

    def define(match: re.Match[str]) -> str:
        is_coroutine = match[2] in coroutines or match[2].endswith("_async")
        return f"{match[1]}async def {match[2]}(" if is_coroutine else match[0]

    text = _FUNCTION.sub(define, text)
    for file, pattern, result in RESULTS:
        text = re.sub(pattern, result, text) if file == name else text
    return text


def _with_imports(text: str, modules: set[str]) -> str:
    """Return the text with an import of each module whose dotted name is used."""
    lines = _STRING.sub("", text).splitlines()
    code = "\n".join(line for line in lines if not _IMPORT.match(line))
    wanted = set()
    for name in _DOTTED.findall(code):
        while name and name not in modules:
            name = name.rpartition(".")[0]
        if "." in name:
            wanted.add(f"import {name}\n")
    wanted |= {"from types import NoneType\n"} if re.search(r"\bNoneType\b", code) else set()
    wanted |= {"import typing\n"} if "typing." in code else set()
    head, future, tail = text.partition(_FUTURE)
    return head + future + "".join(sorted(wanted)) + tail if future else "".join(sorted(wanted)) + text
