"""Fit of a single source in a worker: its boxes to a stage, thumbnails and exports, and a record of each object."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from boxfit._version import __version__
from boxfit.batches.inputs import hash_inputs, places_elsewhere
from boxfit.batches.job import LOG, Job, Record, Task
from boxfit.batches.remote_files import at_hand, hash_remote, name_by_url
from boxfit.batches.sources import name_source, source_key
from boxfit.batches.store import StoreError
from boxfit.errors import BoxfitError, RendererError, one_line
from boxfit.exports.formats import EXPORTS, write_exports
from boxfit.files.drafts import Drafts
from boxfit.session.object_fit import fit_object
from boxfit.session.output_stage import OutputStage, Written
from boxfit.session.renderer_provider import RendererProvider
from boxfit.session.report import FACES
from boxfit.session.results import ObjectResult, object_name, written_results
from boxfit.session.session import Session, take_settings
from boxfit.session.wording import problem_texts
from boxfit.settings import FitSettings, InputSettings


def fit_one(task: Task, job: Job) -> list[Record]:
    """Fit every object of a source, and write its files; any error becomes a record.

    The files replace those of an earlier attempt: `boxes/<key>.usda`, `thumbnails/<key>.<number>.jpg` (of the object)
    and `exports/<format>/<key>` (`.json`) in `Job.output`, whole or not at all; the key is the source's relative path.

    Args:
        task: The source.
        job: What it has in common with the others.

    Returns:
        A record for each object, or one for the source; none if its files are those of `Task.inputs`.
    """
    begin = time.perf_counter()
    common = _common(task, job)
    try:
        common["inputs"] = _hash(task, job, task.elsewhere)
        if task.inputs is not None and common["inputs"] == task.inputs:
            return []
        key = source_key(task.source, job.root)
        with at_hand(task, job, key) as here:
            records = _fit(task, here, common, key)
            name_by_url(records, here)
            json.dumps(records, allow_nan=False)
    except Exception as error:  # One bad source never stops the others.
        if isinstance(error, StoreError):
            common["inputs"] = None  # The next run tries it again.
        records = [_failure(common, None, error, job)]
    for record in records:
        record |= {"objects": len(records)}
        record["seconds"]["total"] = round(time.perf_counter() - begin, 4)
    return records


def crash_record(task: Task, job: Job, reason: str) -> Record:
    """Make the record of a source whose worker has died, of kind "Crash"."""
    common = _common(task, job)
    with suppress(BoxfitError):
        common["inputs"] = _hash(task, job, task.elsewhere)
    return {**common, "object": None, "status": "failed", "error": reason, "kind": "Crash", "objects": 1, "seconds": {}}


def _common(task: Task, job: Job) -> Record:
    """Return what all records of a source have in common."""
    return {
        "source": task.source,
        "attempt": task.attempt,
        "boxfit": __version__,
        "settings": job.recorded(task),
        "inputs": None,
        "elsewhere": list(task.elsewhere),
        "format": None,
    }


def _hash(task: Task, job: Job, elsewhere: Sequence[str]) -> str:
    if job.root_url:
        return hash_remote(job, task.source)
    return hash_inputs(job.root / task.source, [job.root / place for place in elsewhere], job.output)


def _fit(task: Task, job: Job, common: Record, key: str) -> list[Record]:
    """Fit every object, and write the files; adds what was read of the source to what the records share."""
    begin = time.perf_counter()
    input_settings, fit_settings, prim_settings = take_settings(task.settings)
    source = job.root / task.source
    session = Session(source, _beside(source, input_settings), fit_settings)
    common["format"] = session.dataset.format or "stage"
    if not job.root_url:
        common["elsewhere"] = [name_source(path, job.root) for path in places_elsewhere(session.source)]
        if common["elsewhere"] != list(task.elsewhere):
            common["inputs"] = _hash(task, job, common["elsewhere"])
    seconds, failures = {"read": round(time.perf_counter() - begin, 4)}, []
    for labelled in session.dataset.objects:
        try:
            session.results.append(_result(session, labelled))
        except Exception as error:
            failures.append(_failure(common, object_name(labelled), error, job) | {"seconds": dict(seconds)})
    if not session.results:
        return failures
    if job.root_url:
        session.results = [replace(result, source=None) for result in session.results]  # It is a copy.
    with Drafts() as drafts:
        begin = time.perf_counter()
        stage = _place(job.output / "boxes" / f"{key}.usda")
        written = session.write(OutputStage(stage, is_new=True, force=True), prim_settings, drafts)
        results = written_results(session.results, written.prims, written.warnings)
        requests = [(name, _export_path(name, job.output, key)) for name in job.exports]
        _, notes = write_exports(requests, results, drafts, force=True)
        seconds["write"], begin = round(time.perf_counter() - begin, 4), time.perf_counter()
        thumbnails: list[str | None] = [None] * len(results)
        if job.thumbnails:
            for number, result in enumerate(results):
                path = _place(job.output / "thumbnails" / f"{key}.{number + 1}.jpg")
                _draw(result, drafts.add(path, lasting=False))
                thumbnails[number] = path.relative_to(job.output).as_posix()
            seconds["thumbnails"] = round(time.perf_counter() - begin, 4)
        begin = time.perf_counter()
    seconds["write"] += round(time.perf_counter() - begin, 4)
    records, problems = [], problem_texts(session.dataset.problems)
    for fitted, result, thumbnail in zip(session.results, results, thumbnails, strict=True):
        record = {**common, **_figures(result), **_stage(written, job), "thumbnail": thumbnail}
        record |= {"warnings": [*fitted.warnings, *problems], "remarks": [*written.warnings, *notes]}
        record["seconds"] = {name: round(value, 4) for name, value in result.seconds.items()} | seconds
        records.append(record)
    return [*records, *failures]


def _beside(source: Path, settings: InputSettings) -> InputSettings:
    """Take the folders that settings name as relative to the source's own folder."""
    folder = source if source.is_dir() else source.parent
    masks, data = (None if path is None else folder / path for path in (settings.masks, settings.data))
    return replace(settings, masks=masks, data=data)


def _result(session: Session, labelled: Any) -> ObjectResult:
    """Fit an object with the renderers of this process."""
    steps = fit_object(session.source, labelled, session.fit_settings, _renderers(session.fit_settings))
    try:
        while True:
            next(steps)
    except StopIteration as end:
        return end.value
    except RendererError:
        _renderers.cache_clear()  # The other interpreter may have died.
        raise


@lru_cache(maxsize=1)
def _renderers(settings: FitSettings) -> RendererProvider:
    """Return the provider of renderers for settings, which may have started another interpreter."""
    return RendererProvider(settings)


def _figures(result: ObjectResult) -> Record:
    box, bounds = result.box, result.bounds
    faces = zip(FACES, bounds.inner.ravel().tolist(), bounds.outer.ravel().tolist(), strict=True)
    return {
        "object": result.name,
        "status": "fitted",
        "error": None,
        "kind": None,
        "prim": result.prim,
        "world": {"up_axis": result.world.up_axis, "meters_per_unit": result.world.meters_per_unit},
        "box": {
            "centre": box.centre.tolist(),
            "size": box.size.tolist(),
            "quaternion_wxyz": box.quaternion.tolist(),
            "corners": box.corners.tolist(),
        },
        "bounds": [{"face": face, "inner": inner, "outer": outer} for face, inner, outer in faces],
        "bound_width": float((bounds.widths / box.size[:, None]).max()),
        "volume": box.volume,
        "extent": result.extent,
        "alignment": result.alignment,
        "views": len(result.views),
        "views_left_out": len(result.left_out),
        "coverage": _share([view.coverage for view in result.views]),
        "iou": _share([view.iou for view in result.views]),
        "undetermined_axes": ["xyz"[axis] for axis in result.undetermined],
        "class": result.labelled.label.class_name,
        "verdict": {"grade": result.verdict.grade, "text": result.verdict.text},
    }


def _share(values: Sequence[float]) -> dict[str, float]:
    return {"mean": float(np.mean(values)), "least": min(values)}


def _stage(written: Written, job: Job) -> Record:
    units, path = written.units, written.stage.relative_to(job.output.resolve()).as_posix()
    return {"stage": {"path": path, "up_axis": units.up_axis, "meters_per_unit": units.meters_per_unit}}


def _failure(common: Record, name: str | None, error: Exception, job: Job) -> Record:
    """Make the record of a failure; the traceback of an unexpected one goes to the log."""
    text, kind = one_line(str(error)), type(error).__name__
    if not isinstance(error, (BoxfitError, OSError)):
        text = f"unexpected {kind}: {text} (traceback in {LOG})"
        trace = "".join(traceback.format_exception(error))
        with suppress(OSError), (job.output / LOG).open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{common['source']}, {name or 'as a whole'}:\n{trace}\n")
    return {**common, "object": name, "status": "failed", "error": text, "kind": kind, "seconds": {}}


def _place(path: Path) -> Path:
    """Make the folder of a file; it stays, as other workers may be about to use it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _export_path(name: str, output: Path, key: str) -> Path:
    return _place(output / "exports" / name / (f"{key}.json" if EXPORTS[name].names is None else key))


def _draw(result: ObjectResult, draft: Path) -> None:
    """Draw the thumbnail of an object."""
    from boxfit.draw.pictures import thumbnail_picture  # Needed for pictures alone.

    thumbnail_picture(result).save(draft, format="JPEG", quality=85)
