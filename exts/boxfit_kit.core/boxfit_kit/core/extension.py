"""What Kit calls when the extension is enabled and disabled."""

from __future__ import annotations

from pathlib import Path

import carb
import omni.ext
import omni.kit.app

from boxfit_kit.core import commands, script_tasks
from boxfit_kit.core.capturing import running
from boxfit_kit.core.course_saver import CourseSaver
from boxfit_kit.core.library import Library


class Extension(omni.ext.IExt):
    """Makes the library importable, and registers the commands."""

    def on_startup(self, ext_id: str) -> None:
        """Begin; where the library is missing, Kit logs it and nothing else happens.

        Args:
            ext_id: Name and version, as "boxfit_kit.core-0.1.0".
        """
        self._library: Library | None = None
        self._courses: CourseSaver | None = None
        manager = omni.kit.app.get_app().get_extension_manager()
        self._library = Library(Path(manager.get_extension_path(ext_id)))
        version = ext_id.rpartition("-")[2]
        if self._library.version != version:
            carb.log_warn(
                f"boxfit_kit.core {version} uses boxfit {self._library.version} from {self._library.place}: "
                "take both from one release"
            )
        commands.register()
        self._courses = CourseSaver()

    def on_shutdown(self) -> None:
        """Leave nothing behind: fits that scripts wait for end; a capture puts things back in the next updates."""
        running.cancel()
        script_tasks.cancel()
        commands.unregister()
        if self._courses is not None:
            self._courses.close()
            self._courses = None
        if self._library is not None:
            self._library.close()
            self._library = None
