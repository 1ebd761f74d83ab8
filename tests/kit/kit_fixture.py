"""Value of the fixture `kit`. Importing this skips a test file if there is no kernel."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.kit.availability import require_kernel
from tests.kit.files import OPTIONAL, OWN
from tests.kit.kernel import Kernel
from tests.kit.kit_internals import instances_of
from tests.kit.launch import is_109
from tests.kit.leftovers import leftovers

require_kernel()


in_every_app = pytest.mark.parametrize("app", ["everything", "nothing"])
"""Parameters of tests of a start, with and without the optional extensions."""


class Kit:
    """Kit for the tests of the extensions.

    Attributes:
        kernel: The kernel, which goes on from test to test.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    @property
    def errors(self) -> list[str]:
        """Logged errors, also of Kit."""
        return self.kernel.errors()

    @property
    def warnings(self) -> list[str]:
        """Logged warnings."""
        return [text for level, _, text in self.kernel.logged if level == "warn"]

    @property
    def kept_alive(self) -> list[str]:
        """Kit's warnings about references to extension objects after their end; Kit 109 itself keeps some."""
        return [] if is_109() else [text for text in self.warnings if "still alive" in text]

    @property
    def context(self) -> Any:
        """The default USD context."""
        import omni.usd

        return omni.usd.get_context()

    def start(self, name: str) -> list[Any]:
        """Enable an extension and its dependencies; return its objects, of which no reference may be kept."""
        self.kernel.enable([name])
        return instances_of(name)

    def stop(self, name: str) -> None:
        """Disable an extension, and those that need it; Kit unloads their modules."""
        self.kernel.disable(name)

    def stop_all(self) -> None:
        """Disable boxfit's extensions."""
        for name in OWN:
            if self.kernel.manager.is_extension_enabled(name):
                self.kernel.disable(name)

    def be(self, app: str) -> None:
        """Simulate an app with "everything" that boxfit can use, or with "nothing" of it."""
        if app == "everything":
            self.kernel.enable(OPTIONAL)
        else:
            self.kernel.take_away(OPTIONAL)

    def leftovers(self) -> list[str]:
        """Return registrations that extensions have left behind."""
        return leftovers(self.kernel)

    def run(self, story: Callable[[], Coroutine[Any, Any, Any]], limit_s: float = 240.0, *, drawn: bool = False) -> Any:
        """Run a coroutine function to its end, like a script in Kit's loop."""
        return self.kernel.run(story(), limit_s, drawn)

    def open(self, path: Path) -> None:
        """Open a stage in the default context."""

        async def story() -> None:
            ok, error = await self.context.open_stage_async(str(path))
            assert ok, error

        self.run(story)
