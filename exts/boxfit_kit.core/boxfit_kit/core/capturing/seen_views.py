"""Rendered views, and the problems of single views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from boxfit.errors import CameraError, DatasetError, list_names
from boxfit.views.dataset import Dataset, Problem
from boxfit.views.replicator.annotators import ReplicatorViews
from boxfit.views.replicator.prim_masks import BACKGROUND, masks_of_prims

from boxfit_kit.core.capturing.rendered_camera import DEPTH, MASKS


class SeenViews:
    """Rendered views of some prims."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Start without views; `names` has the name of each prim by its path."""
        self._names = dict(names)
        self._views = ReplicatorViews()
        self._problems: list[Problem] = []
        self._others: dict[str, None] = {}
        self._is_shown = False

    @property
    def prims(self) -> tuple[str, ...]:
        """Paths of the prims."""
        return tuple(self._names)

    def note(self, path: str, what: str) -> None:
        """Add a problem of a prim to the dataset."""
        self._problems.append(Problem(path, what))

    @contextmanager
    def noting(self, name: str) -> Iterator[None]:
        """Add an error of a view to the dataset's problems, and continue."""
        try:
            yield
        except (CameraError, DatasetError) as error:
            self._problems.append(Problem(f"view {name}", str(error)))

    def add(self, name: str, found: Mapping[str, Any]) -> None:
        """Add a view; arrays are copied.

        Raises:
            CameraError: If its camera is not a pinhole camera.
            DatasetError: If the data do not have Replicator's format.
        """
        masks = masks_of_prims(found[MASKS], self._names)
        shown = masks["info"]["idToLabels"].values()
        self._is_shown = self._is_shown or any(path != BACKGROUND for path in shown)
        self._others.update(dict.fromkeys(str(path) for path in found[MASKS]["info"]["idToLabels"].values()))
        others = {annotator: found[annotator] for annotator in ("camera_params", "rgb", DEPTH)}
        self._views.add(name, {"instance_segmentation": masks, **others})

    def dataset(self, source: Path) -> Dataset:
        """Return all views as a dataset.

        Raises:
            DatasetError: If fewer than two views are usable, or none shows any of the prims.
        """
        if self._others and not self._is_shown:
            others = [path for path in self._others if path.startswith("/")]
            instead = f"the renderer shows {list_names(others, 4)} instead" if others else "the renderer shows nothing"
            raise DatasetError(
                f"no view shows {list_names(list(self._names))} ({instead}): choose a prim that can be seen from where "
                "the cameras are"
            )
        return self._views.dataset(source, self._problems)
