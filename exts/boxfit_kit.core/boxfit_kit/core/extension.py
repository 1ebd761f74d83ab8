"""The extension object: makes the library importable, and registers the commands, as Kit enables and disables it."""

from __future__ import annotations

from pathlib import Path

import carb
import omni.ext
import omni.kit.app

from boxfit_kit.core import background, commands, library, requirements, script_tasks
from boxfit_kit.core.capturing import running
from boxfit_kit.core.library import Library


class Extension(omni.ext.IExt):
    """Makes the library importable, and registers the commands."""

    # Kit empties the object's own dictionary after the shutdown.
    _library: Library | None = None

    def on_startup(self, ext_id: str) -> None:
        """Begin. Where the library is missing, one sentence in the log says so, and nothing else is done.

        Args:
            ext_id: Name and version, as "boxfit_kit.core-0.1.0".
        """
        manager = omni.kit.app.get_app().get_extension_manager()
        try:
            self._library = Library(Path(manager.get_extension_path(ext_id)))
        except ModuleNotFoundError as error:
            library.fault = str(error)
            carb.log_error(f"[boxfit_kit.core] {error}")
            return
        library.fault = ""
        try:
            self._start(ext_id.rpartition("-")[2], self._library)
        except BaseException:
            # Kit takes the extension for enabled all the same, and never calls for its shutdown.
            self.on_shutdown()
            raise

    def on_shutdown(self) -> None:
        """Leave nothing behind: fits that scripts wait for end; a capture puts things back in the next updates."""
        running.cancel()
        script_tasks.cancel()
        requirements.forget()
        background.join_jobs()
        commands.unregister()
        if self._library is not None:
            self._library.close()
            self._library = None

    def _start(self, version: str, library: Library) -> None:
        if library.version != version:
            carb.log_warn(
                f"[boxfit_kit.core] {version} uses boxfit {library.version} from {library.place}: take both from one "
                "release"
            )
        commands.register()
