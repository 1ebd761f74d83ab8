"""The course of a fit, saved with the stage: Kit saves the layers of the stage's own stack, and a course is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import carb
import omni.usd

from boxfit_kit.core.stage_events import StageEvents

if TYPE_CHECKING:
    from boxfit.usd.course_handover import LeftCourse


class CourseSaver:
    """Has the course follow the stage of the default context, under whatever name Kit saves it."""

    def __init__(self) -> None:
        self._context = omni.usd.get_context()
        self._left: LeftCourse | None = None
        self._events = StageEvents(self._context, {"SAVED": self._save, "CLOSING": self._leave, "OPENED": self._adopt})

    def close(self) -> None:
        """Listen no more."""
        self._events.destroy()
        self._left = None

    def _save(self) -> None:
        from boxfit.errors import StageError
        from boxfit.usd.saving import save_course

        stage = self._context.get_stage()
        try:
            if stage is not None:
                save_course(stage)
        except StageError as error:
            carb.log_error(f"[boxfit_kit.core] the course of the fit was not saved with the stage: {error}")

    def _leave(self) -> None:
        from boxfit.usd.course_handover import leave_course

        stage = self._context.get_stage()
        self._left = leave_course(stage) if stage is not None else None

    def _adopt(self) -> None:
        from boxfit.errors import StageError
        from boxfit.usd.course_handover import adopt_course

        left, self._left = self._left, None
        stage = self._context.get_stage()
        if left is None or stage is None:
            return
        try:
            if not adopt_course(stage, left):
                carb.log_warn("[boxfit_kit.core] a stage on a server has no course of the fit: it was left behind")
        except StageError as error:
            carb.log_error(f"[boxfit_kit.core] the course of the fit was left behind: {error}")
