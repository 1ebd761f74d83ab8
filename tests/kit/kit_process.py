"""Kit in a separate process, for tests that end it, outlive it, or test its search for files.

Importing this skips a file of tests where there is no kernel.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.kit.availability import require_kernel
from tests.kit.files import EXTENSIONS, ROOT, STAND_INS, read_kit_file
from tests.kit.kernel import start_arguments

require_kernel()

APP = ROOT / "source" / "apps" / "boxfit_kit.app.kit"

_LAUNCH, _RUN = Path(__file__).with_name("launch.py"), Path(__file__).with_name("run_script.py")


@dataclass(frozen=True)
class Ended:
    """A Kit that has ended.

    Attributes:
        code: Its exit code.
        printed: What it printed.
        log: The lines of its log.
    """

    code: int
    printed: str
    log: list[str]

    def said(self, level: str) -> list[str]:
        """Return the lines of the log with a level: "Error" or "Warning"."""
        return [line for line in self.log if f"[{level}]" in line]


class KitProcess:
    """Starts Kit with its own data folder, like a user's Kit.

    Args:
        folder: Where it, and the scripts that it runs, keep their files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data").mkdir(parents=True, exist_ok=True)

    def run(
        self,
        *arguments: str,
        script: str = "",
        searched: Sequence[Path] = (STAND_INS, EXTENSIONS),
        has_library: bool = True,
        limit_s: float = 180.0,
    ) -> Ended:
        """Start Kit, and wait for its end.

        Args:
            *arguments: Its arguments, beside those that every test wants.
            script: Python code for `--exec`, with the names of tests/kit/in_app.py; as a rule it calls `begin`.
            searched: Folders where it looks for extensions.
            has_library: Whether the library that is installed for the tests can be imported.
            limit_s: How long it may take, in [s].
        """
        log = self.folder / "data" / "kit.log"
        log.unlink(missing_ok=True)
        command = [sys.executable, str(_LAUNCH), *arguments]
        command += start_arguments(self.folder / "data", searched)
        # No extension with a loop is enabled here, without which Kit would quit at once.
        command += ["--/app/runWithoutRunloop=true"]
        if script:
            file = self.folder / "script.py"
            file.write_text(textwrap.dedent(script), encoding="utf-8")
            command += ["--exec", f"{_RUN} {file}"]
        environment = {**os.environ, "OMNI_KIT_ALLOW_ROOT": "1", "BOXFIT_TESTS_FOLDER": str(self.folder)}
        if not has_library:
            environment["BOXFIT_TESTS_WITHOUT_LIBRARY"] = "1"
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit_s, env=environment, cwd=self.folder, check=False
        )
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
        return Ended(done.returncode, done.stdout + done.stderr, lines)

    def run_app(self, *arguments: str, script: str, limit_s: float = 180.0) -> Ended:
        """Start boxfit's own app; its other dependencies exist by name only."""
        known = {path.parent.parent.name for place in (STAND_INS, EXTENSIONS) for path in place.glob("*/config/*.toml")}
        for name in set(read_kit_file(APP)["dependencies"]) - known:
            config = self.folder / "named" / name / "config"
            config.mkdir(parents=True, exist_ok=True)
            (config / "extension.toml").write_text('[package]\nversion = "1.0.0"\n', encoding="utf-8")
        searched = (STAND_INS, EXTENSIONS, self.folder / "named")
        return self.run(str(APP), *arguments, script=script, searched=searched, limit_s=limit_s)
