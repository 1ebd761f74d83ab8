"""Accuracy of boxfit on a scene folder of BOP, against the least boxes around the models of its objects.

python -m bench.bop hope/onboarding_static/obj_000005_up
python -m bench.bop FOLDER --models MODELS --views 0-999:10 --json
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from boxfit.errors import BoxfitError, DatasetError
from boxfit.geometry.box import CORNER_SIGNS, Box
from boxfit.geometry.similarity import move_box
from boxfit.session.results import ObjectResult, object_name
from boxfit.session.session import Session
from boxfit.settings import FitSettings, InputSettings
from boxfit.views.regular_files import MALFORMED, read_json
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench.metrics import faces_held
from bench.truth import cached_least_box

MODELS = ("models", "models_eval")
"""Folders of models, which are searched for beside the scene and above it."""


@dataclass(frozen=True)
class Row:
    """Fit of an object of a scene.

    Attributes:
        name: Name of the object.
        views: Number of views that were used.
        of: Number of views that show it.
        error: Reason that there is no box; all figures are then None.
        truth: "model", or "models_info" if only the box of models_info.json is known, along the model's axes.
        volume: Volume of the box over that of the least box around the model.
        protrusion: Greatest coordinate of the model's vertices in half extents of the box.
        faces_held: Number of the six faces whose bounds hold the model's support along the box's axes.
        seconds: Time of the fit, without reading.
    """

    name: str
    views: int
    of: int
    error: str | None = None
    truth: str | None = None
    volume: float | None = None
    protrusion: float | None = None
    faces_held: int | None = None
    seconds: float | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit a scene and print the table; return 1 if it cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m bench.bop", description="Accuracy of boxfit on a scene of BOP.")
    parser.add_argument("folder", type=Path, help="scene folder, with scene_camera.json")
    parser.add_argument("--models", type=Path, help="folder of obj_000001.ply or models_info.json")
    parser.add_argument("--views", help="views to use, such as 0-999:10")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    try:
        rows = measure_scene(options.folder, options.models or find_models(options.folder), options.views)
    except BoxfitError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))
    else:
        Console(width=160).print(table(rows))
    return 0


def find_models(folder: Path) -> Path:
    """Return the folder of models that is nearest to a scene folder.

    Raises:
        DatasetError: If neither itself nor the three folders above have one.
    """
    above = (folder.resolve(), *folder.resolve().parents[:3])
    found = [parent / name for parent in above for name in MODELS if (parent / name).is_dir()]
    if not found:
        raise DatasetError(
            f"there is no folder {' or '.join(MODELS)} in {', '.join(map(str, above))}: name it (--models)"
        )
    return found[0]


def measure_scene(folder: Path, models: Path, views: str | None = None) -> list[Row]:
    """Fit the least box to every object of a scene, and compare it with the object's model.

    Args:
        folder: The scene.
        models: Folder of its models.
        views: Views to use; all by default.

    Raises:
        BoxfitError: If the scene or a model cannot be read.
    """
    session = Session(folder, InputSettings(format="bop", views=views), FitSettings(align="free"))
    known = {labelled: read_model(models, labelled.label.name) for labelled in session.dataset.objects}
    try:
        for _ in session.fit():
            pass
    except BoxfitError:
        if not session.failures:
            raise
    counts = {object_name(labelled): len(labelled.views) + len(labelled.unread) for labelled in known}
    failed = [Row(problem.where, 0, counts[problem.where], problem.what) for problem in session.failures]
    return [_row(result, *known[result.labelled]) for result in session.results] + failed


def read_model(models: Path, name: str) -> tuple[np.ndarray, str]:
    """Read the vertices of an object's model, in [mm].

    Args:
        models: Folder of models.
        name: Name of the object: obj_000005, or obj_000005#2 for its second instance.

    Returns:
        The vertices, shape (V, 3), and "model"; or, without its PLY file, the corners of the box in models_info.json
        and "models_info".

    Raises:
        DatasetError: If the folder has neither, or one that cannot be read.
    """
    from trimesh import load_mesh  # needs the development extra, unlike boxfit itself

    stem = name.partition("#")[0]
    path, infos = models / f"{stem}.ply", models / "models_info.json"
    try:
        if path.is_file():
            vertices = np.array(load_mesh(path, process=False).vertices, dtype=np.float64)
            if len(vertices) < 4:
                raise ValueError(f"it has {len(vertices)} vertices")
            return vertices, "model"
        info = read_json(infos)[str(int(re.sub(r"\D", "", stem)))]
        low, size = (np.array([float(info[f"{kind}_{axis}"]) for axis in "xyz"]) for kind in ("min", "size"))
    except MALFORMED as error:
        raise DatasetError(f"{models}: the model of {stem} cannot be read ({type(error).__name__}: {error})") from error
    return low + (CORNER_SIGNS + 1) / 2 * size, "models_info"


def table(rows: Sequence[Row]) -> Table:
    """Make a table of the objects, with the medians in its last line."""
    result = Table(
        *("object", "views", "volume", "protrusion", "faces held", "seconds", "truth"),
        box=SIMPLE_HEAD,
        title_justify="left",
    )
    result.title = "Free boxes against the least boxes around the models"
    for row in rows:
        views = f"{row.views} of {row.of}"
        if row.error is not None:
            result.add_row(row.name, views, row.error)
        else:
            result.add_row(row.name, views, *_figures([row]), row.truth)
    fitted = [row for row in rows if row.error is None]
    if len(fitted) > 1:
        result.add_section()
        result.add_row(f"median of {len(fitted)}", "", *_figures(fitted))
    return result


def _figures(rows: Sequence[Row]) -> list[str]:
    """Return the medians of volume and protrusion, the number of faces held, and the median of the seconds."""
    volume, protrusion, seconds = (
        float(np.median([getattr(row, name) for row in rows])) for name in ("volume", "protrusion", "seconds")
    )
    held = sum(row.faces_held or 0 for row in rows)
    return [f"{volume:.3f}", f"{protrusion:.3f}", f"{held} of {6 * len(rows)}", f"{seconds:.2f}"]


def _row(result: ObjectResult, vertices: np.ndarray, truth: str) -> Row:
    """Compare a result, moved to the frame of the model, with the model."""
    pose = result.observations.world_from_asset
    assert pose is not None, result.name
    box, bounds = move_box(result.box, np.linalg.inv(pose), result.bounds)
    assert bounds is not None
    least = cached_least_box(vertices, vertices) if truth == "model" else Box(*_middle(vertices))
    labelled = result.labelled
    return Row(
        name=result.name,
        views=len(result.silhouettes),
        of=len(labelled.views) + len(labelled.unread),
        truth=truth,
        volume=round(box.volume / least.volume, 5),
        protrusion=round(box.protrusion(vertices), 5),
        faces_held=int(faces_held(box, bounds, vertices).sum()),
        seconds=round(sum(result.seconds.values()), 3),
    )


def _middle(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = corners.min(axis=0), corners.max(axis=0)
    return (low + high) / 2, (high - low) / 2


if __name__ == "__main__":
    sys.exit(main())
