"""Import rules: the order of the rooms, the modules that may import heavy packages, and light first imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boxfit
import pytest

PACKAGE = Path(boxfit.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
EXTENSIONS = Path(__file__).parents[2] / "exts"
IN_KIT = sorted(EXTENSIONS.rglob("*.py"))

ORDER = (
    ("_version", "errors"),
    ("files",),
    ("settings.setting",),
    ("settings.capture", "settings.fit", "settings.input", "settings.prim"),
    ("settings",),
    ("geometry",),
    ("usd",),
    ("views", "start", "render"),
    ("calibration", "fitting"),
    ("remote",),
    ("session.diagnosis", "session.neighbours", "session.splitting", "session.wording"),
    ("session.background", "session.open_sides", "session.source", "session.renderer_provider"),
    ("session.arrays",),
    ("session.reading", "session.results"),
    ("exports",),
    ("session.verdict",),
    ("session.camera_stage", "session.comparisons", "session.placement", "session.view_placement"),
    ("session.view_figures",),
    ("session.starting",),
    ("session.object_fit", "session.output_stage", "session.progress_bar"),
    ("session.session",),
    ("session.fit_worker", "session.inspection", "session.report"),
    ("draw", "sample"),
    ("batches",),
    ("ui.host",),
    ("ui.model",),
    ("ui.controls",),
    ("ui.panel", "ui.view3d"),
    ("ui.desktop",),
    ("cli.brief_help", "cli.output"),
    ("cli.parser", "cli.tables", "cli.progress", "cli.batch_display"),
    ("cli.batch", "cli.convert", "cli.doctor", "cli.fit", "cli.inspect", "cli.make", "cli.panel"),
    ("cli.commands",),
    ("__main__",),
)
"""Rooms from the ground up, and the files of those that have an order of their own: each imports from lines above its
own, and a room from itself."""

DOORS = {
    "pxr": ("usd/*.py", "views/stage.py"),
    "torch": ("render/dibr*.py",),
    "kaolin": ("render/dibr_kaolin.py",),
    "tyro": ("cli/brief_help.py", "cli/parser.py"),
    "rich": ("cli/*.py", "session/progress_bar.py"),
    "ray": ("batches/on_ray.py",),
    "fsspec": ("batches/store.py",),
    "IPython": ("session/progress_bar.py",),
    "omni": ("ui/controls/*.py", "ui/panel/*.py", "ui/view3d/*.py", "ui/desktop/*.py"),
    "carb": (),
}


NOT_IN_KIT = ("scipy", "torch", "kaolin", "tyro", "rich", "boxfit.cli.parser", "boxfit.ui.desktop")
"""Modules that the extensions never import: they hold no maths, and their windows are Kit's."""

WITHOUT_A_WINDOW = EXTENSIONS / "boxfit_kit.core"
"""Headless Kit runs this one: nothing of the panel is loaded there."""

LINE_OF = {name: line for line, names in enumerate(ORDER) for name in names}

ROOMS_OF_MATHS = ("boxfit.geometry", "boxfit.start", "boxfit.calibration", "boxfit.render", "boxfit.fitting")

VALUES = ("boxfit.geometry.box", "boxfit.geometry.camera", "boxfit.geometry.silhouette")
"""Modules of values that the library returns, which the extensions may name."""

ARRAYS_IN_KIT = ("boxfit_kit/core/capturing/*.py", "boxfit_kit/window/overlay.py")
"""Files that exchange arrays with Kit, and so may import NumPy."""


def place_of(module: str) -> str:
    """`boxfit.usd.cube` -> `usd`, and `boxfit.ui.model.formatting` -> `ui.model`."""
    parts = module.split(".")[1:]
    return next((name for end in (2, 1) if (name := ".".join(parts[:end])) in LINE_OF), ".".join(parts))


def imported_modules(path: Path) -> Iterator[str]:
    """Modules that a file imports when it runs, also inside functions; not those for type checkers alone."""

    def walk(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "boxfit")
        for child in ast.iter_child_nodes(node):
            yield from walk(child)

    return walk(ast.parse(path.read_text(encoding="utf-8")))


def test_imports_reach_only_rooms_above() -> None:
    wrong = []
    for path in MODULES:
        relative = path.relative_to(PACKAGE).with_suffix("")
        module = ".".join([PACKAGE.name, *(part for part in relative.parts if part != "__init__")])
        if module in (
            "boxfit",
            "boxfit.ui",
            "boxfit.cli.parser",
            "boxfit.session.session",
            "boxfit.session.api",
            "boxfit.session.results",
        ):
            continue
        place = place_of(module)
        for other in imported_modules(path):
            there = place_of(other)
            if other.startswith("boxfit.") and there != place and LINE_OF.get(there, len(ORDER)) >= LINE_OF[place]:
                wrong.append(f"{relative} imports {other}, which is not above {place}")
    assert not wrong


@pytest.mark.parametrize("package", DOORS)
def test_import_of_a_heavy_package_happens_only_behind_its_door(package: str) -> None:
    for path in MODULES:
        relative = path.relative_to(PACKAGE)
        if any(relative.match(door) and len(relative.parts) == len(Path(door).parts) for door in DOORS[package]):
            continue
        imported = {module.split(".")[0] for module in imported_modules(path)}
        assert package not in imported, f"{relative} imports {package}"


def test_library_knows_nothing_of_kit_but_omni_ui() -> None:
    imported = {(path.name, module) for path in MODULES for module in imported_modules(path)}
    assert not [found for found in imported if found[1].startswith("omni.") and found[1].split(".")[1] != "ui"]


def test_extensions_hold_no_maths() -> None:
    for path in IN_KIT:
        for module in imported_modules(path):
            if module in VALUES:
                continue
            within = {module[:end] for end in (*(at for at, sign in enumerate(module) if sign == "."), len(module))}
            assert not within & {*NOT_IN_KIT, *ROOMS_OF_MATHS}, f"{path.name} imports {module}"
            if WITHOUT_A_WINDOW in path.parents:
                assert "boxfit.ui" not in within, f"{path.name} imports {module}"
            if module.split(".")[0] == "numpy":
                assert any(path.match(place) for place in ARRAYS_IN_KIT), f"{path.name} imports {module}"


def test_public_names_can_all_be_had() -> None:
    assert all(getattr(boxfit, name) is not None for name in boxfit.__all__)


def test_top_level_of_the_package_holds_few_files() -> None:
    found = sorted(path.stem for path in PACKAGE.glob("*.py"))
    assert found == ["__init__", "__main__", "_version", "errors"]


def modules_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after running some code."""
    code += "\nimport sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "boxfit" in loaded
    return loaded


MODELS = "boxfit.ui.model.panel_model, boxfit.ui.model.formatting"
DESKTOP = "boxfit.ui.desktop.document, boxfit.ui.desktop.file_choice, boxfit.ui.desktop.preferences"
WITHOUT = {
    "boxfit; boxfit.fit; boxfit.BoxfitError": {"torch", "pxr", "scipy", "numpy", "PIL", "tyro", "rich"},
    "boxfit.settings": {"torch", "pxr", "scipy", "numpy"},
    "boxfit.session.session, boxfit.session.report, boxfit.draw.pictures": {"torch", "tyro", "rich"},
    f"{MODELS}, {DESKTOP}": {"omni", "torch", "tyro", "rich"},
    # What Kit shows before the first fit.
    f"{MODELS}, boxfit.draw.outline, boxfit.session.session, boxfit.session.placement": {"scipy"},
    "boxfit.remote.worker": {"numpy"},
    "boxfit.remote.worker, boxfit.remote.service": {"torch", "pxr", "scipy", "PIL", "tyro", "rich", "omni"},
}
"""Heavy packages that an import does not load."""


@pytest.mark.parametrize("modules", WITHOUT)
def test_import_loads_nothing_heavy(modules: str) -> None:
    assert not modules_after(f"import {modules}") & WITHOUT[modules]


@pytest.mark.parametrize("arguments", [["--help"], ["fit", "--help"], ["panel", "--help"], ["doctor", "--help"]])
def test_help_of_a_command_loads_nothing_heavy(arguments: list[str]) -> None:
    code = "from boxfit.__main__ import main\ntry:\n"
    code += f"    main({arguments!r})\nexcept SystemExit as stop:\n    assert not stop.code"
    assert not modules_after(code) & {"torch", "pxr", "scipy", "numpy", "PIL", "omni"}


def test_import_of_a_room_leaves_the_function_of_a_similar_name_in_place() -> None:
    code = (
        "import boxfit, boxfit.fitting.loop, boxfit.batches.run\nassert callable(boxfit.fit) and callable(boxfit.batch)"
    )
    modules_after(code)
