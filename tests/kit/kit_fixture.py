"""What the fixture `kit` gives to a test. Importing this skips a file of tests where there is no kernel."""

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
"""For tests of a start: with all that boxfit uses where it is there, and without."""


class Kit:
    """Kit, as far as the extensions and their tests need it.

    Attributes:
        kernel: The kernel, which goes on from test to test.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    @property
    def errors(self) -> list[str]:
        """What was logged as an error, by Kit too."""
        return self.kernel.errors()

    @property
    def warnings(self) -> list[str]:
        """What was logged as a warning."""
        return [text for level, _, text in self.kernel.logged if level == "warn"]

    @property
    def kept_alive(self) -> list[str]:
        """What Kit says of extension objects that somebody still knows after their end; Kit 109 itself does."""
        return [] if is_109() else [text for text in self.warnings if "still alive" in text]

    @property
    def context(self) -> Any:
        """The default USD context."""
        import omni.usd

        return omni.usd.get_context()

    def start(self, name: str) -> list[Any]:
        """Enable an extension and what it depends on; gives its objects, which nobody may keep."""
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
        """Be an app with "everything" that boxfit uses where it is there, or with "nothing" of it."""
        if app == "everything":
            self.kernel.enable(OPTIONAL)
        else:
            self.kernel.take_away(OPTIONAL)

    def leftovers(self) -> list[str]:
        """What extensions registered and have not taken back."""
        return leftovers(self.kernel)

    def run(self, story: Callable[[], Coroutine[Any, Any, Any]], limit_s: float = 240.0, *, drawn: bool = False) -> Any:
        """Run a coroutine function to its end, as a script in Kit's loop."""
        return self.kernel.run(story(), limit_s, drawn)

    def open(self, path: Path) -> None:
        """Open a stage in the default context."""

        async def story() -> None:
            ok, error = await self.context.open_stage_async(str(path))
            assert ok, error

        self.run(story)
