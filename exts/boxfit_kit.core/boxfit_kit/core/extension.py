"""The extension object, which loads the library and registers the commands."""

from __future__ import annotations

from pathlib import Path

import carb
import omni.ext
import omni.kit.app

from boxfit_kit.core import background, commands, library, requirements, script_tasks
from boxfit_kit.core.capturing import running
from boxfit_kit.core.library import Library


class Extension(omni.ext.IExt):
    """Loads the library, and registers the commands."""

    # A class attribute, as Kit empties the object's own dictionary after the shutdown.
    _library: Library | None = None

    def on_startup(self, ext_id: str) -> None:
        """Load the library and register the commands; without the library, only log an error."""
        manager = omni.kit.app.get_app().get_extension_manager()
        try:
            self._library = Library(Path(manager.get_extension_path(ext_id)))
        except ModuleNotFoundError as error:
            library.unavailable_reason = str(error)
            carb.log_error(f"[boxfit_kit.core] {error}")
            return
        library.unavailable_reason = ""
        try:
            self._start(ext_id.rpartition("-")[2], self._library)
        except BaseException:
            # Kit counts the extension as enabled all the same, and never shuts it down.
            self.on_shutdown()
            raise

    def on_shutdown(self) -> None:
        """Stop scripts' fits, cancel a capture, which restores the user's state in the next updates, and unload."""
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
