"""Kit in a process of its own: `python launch.py [FILE.kit] ARGUMENTS`, with the arguments that `kit` itself takes."""

from __future__ import annotations

import importlib
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any


def is_109() -> bool:
    """Return True for Kit 109: its events crash at Python's clean-up, and it keeps stack frames of file searches."""
    return version("omniverse-kit").startswith("109.")


def new_app() -> Any:
    """Return a new `KitApp`, not started yet.

    Two threads of the kernel 110.1 load its plugins when it starts, and one start in twenty they wait for each other
    for ever: the one that both want is loaded before.
    """
    module = importlib.import_module("omni.kit_app")  # This makes the others importable.
    import carb
    import carb.dictionary

    wanted = ["carb.dictionary.plugin"]
    carb.get_framework().load_plugins(loaded_file_wildcards=wanted, search_paths=["${CARB_APP_PATH}/kernel/plugins"])
    carb.dictionary.get_dictionary()
    return module.KitApp()


def take_out_the_library() -> None:
    """Remove the installed boxfit from the path, as in a user's Kit."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
    sys.path[:] = [entry for entry in sys.path if not Path(entry, "boxfit").exists()]


if __name__ == "__main__":
    if os.environ.get("BOXFIT_TESTS_WITHOUT_LIBRARY"):
        take_out_the_library()
    code = new_app().run()
    if is_109():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
