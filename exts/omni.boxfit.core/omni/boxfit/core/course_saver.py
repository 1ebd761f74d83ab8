"""The course of a fit, saved with the stage: Kit saves the layers of the stage's own stack, and a course is none."""

from __future__ import annotations

import carb
import omni.usd

from omni.boxfit.core.stage_events import StageEvents


class CourseSaver:
    """Saves the course whenever Kit has saved the stage of the default context, whoever asked for it."""

    def __init__(self) -> None:
        self._context = omni.usd.get_context()
        self._events = StageEvents(self._context, {"SAVED": self._save})

    def close(self) -> None:
        """Listen no more."""
        self._events.destroy()

    def _save(self) -> None:
        from boxfit.errors import StageError
        from boxfit.usd.saving import save_course

        stage = self._context.get_stage()
        try:
            if stage is not None:
                save_course(stage)
        except StageError as error:
            carb.log_error(f"[omni.boxfit.core] the course of the fit was not saved with the stage: {error}")
