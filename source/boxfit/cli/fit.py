"""Command `fit`: make everything first, then write it at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from boxfit.cli.output import printable, tell, write, write_json
from boxfit.cli.parser import Fit, Outputs
from boxfit.cli.progress import progress_display
from boxfit.errors import OutputError, list_names
from boxfit.exports.formats import check_exports, check_units, known_files, parse_export, write_exports
from boxfit.files.drafts import Drafts
from boxfit.files.paths import check_distinct, check_files, check_kept
from boxfit.session.camera_stage import write_cameras
from boxfit.session.output_stage import OutputStage, check_new_stage
from boxfit.session.report import make_report, report_text
from boxfit.session.results import ObjectResult, object_name, written_results
from boxfit.session.session import Session
from boxfit.session.verdict import Grade
from boxfit.session.wording import problem_texts
from boxfit.settings.naming import as_flags
from boxfit.usd.paths import box_names
from boxfit.views.dataset import LabelledObject, Problem

SEVERAL = 4
"""Number of objects above which a line sums them up, and of names that a line lists."""

MOST_PROBLEMS = 5
"""Number of problems of the source to tell one by one."""

_SUFFIXES = {"report": ".json", "overlay": ".png", "curve": ".png", "gif": ".gif"}
"""Suffixes of the files that flags name in addition to the stage."""


def run_fit(command: Fit) -> int:
    """Fit, write, report.

    Returns:
        0, after writing a box for each object; 1 if some have none, or one of a grade that `--fail-on` names.

    Raises:
        BoxfitError: If no box could be written; then nothing is written.
    """
    outputs = command.outputs
    target = outputs.output or outputs.into
    stage = None if target is None else OutputStage(target, is_new=outputs.output is not None, force=outputs.force)
    staged = {} if stage is None else {f"--{stage.option}": stage.path}
    replaced = {} if stage is None else {f"--{name}": path for name, path in stage.replaced.items()}
    exports = list(dict.fromkeys(map(parse_export, outputs.export)))
    check_exports(exports, outputs.force)
    named = dict(_named(outputs))
    for kind, path in named.items():
        if path.suffix.lower() != _SUFFIXES[kind]:
            raise OutputError(f"{path} cannot be written: --{kind} writes a {_SUFFIXES[kind]} file")
    check_files(list(named.values()), outputs.force)
    others = {f"--{kind}": path for kind, path in named.items()}
    cameras = {} if outputs.write_cameras is None else {"--write-cameras": outputs.write_cameras}
    for path in cameras.values():
        check_new_stage(path, outputs.force)
    others |= cameras | known_files(exports)
    check_distinct({**staged, **others})
    check_kept({**replaced, **others}, [("the source", command.source)])
    with progress_display(command.quiet):
        session = Session(command.source, command.input_settings, command.fit_settings)
    check_kept({**replaced, **others}, session.source.files)
    check_units(exports, session.source.world)
    if stage is not None:
        session.check_write(stage, command.prim_settings)
    check_files([path for _, path, _ in _plan(outputs, session.dataset.objects)], outputs.force)
    if cameras and len(session.dataset.objects) > 1:
        names = list_names([object_name(labelled) for labelled in session.dataset.objects])
        raise OutputError(
            f"--write-cameras writes the cameras of one object, and {names} are chosen: name one (--label)"
        )
    with progress_display(command.quiet) as display:
        for progress in session.fit():
            display.show(progress)

    plan = list(_plan(outputs, [result.labelled for result in session.results]))
    check_files([path for _, path, _ in plan], outputs.force)
    fitted = session.results
    pictures = {f"--{kind} of {'all' if of is None else fitted[of].name}": path for kind, path, of in plan}
    check_distinct({**staged, **cameras, **pictures})
    check_kept(pictures, session.source.files)
    # Everything that can fail comes first: then all files are put in place together.
    with Drafts() as drafts:
        for kind, path, of in plan:
            if of is not None:
                _draw(kind, fitted[of], drafts.add(path, new=not outputs.force))
        for path in cameras.values():
            write_cameras(path, session.results[0], session.source, drafts, outputs.force)
        written = None if stage is None else session.write(stage, command.prim_settings, drafts)
        results = fitted
        if written is not None:
            results = written_results(results, written.prims, written.warnings)
        exported, notes = write_exports(exports, results, drafts, outputs.force)
        check_distinct({**staged, **cameras, **pictures, **exported})
        check_kept(exported, session.source.files)
        report = make_report(session, written)
        if outputs.report is not None:
            drafts.add(outputs.report, new=not outputs.force).write_bytes(report_text(report))
        told = not (command.json or command.quiet)
        _print_warnings(session, report, is_all=not told)
        for note in notes:
            tell("note", note)
        if command.json:
            write_json(report)
    if told:
        files = [*(path for _, path, _ in plan), *exported.values()]
        _print_results(session, report, command.verbose, target, outputs.write_cameras, files)
    if failures := session.failures:
        names, count = list_names([failure.where for failure in failures]), len(session.dataset.objects)
        tell("error", f"{len(failures)} of {count} objects {'has' if len(failures) == 1 else 'have'} no box: {names}")
        return 1
    if command.fail_on and (poor := list(_no_better(session, command.fail_on))):
        count = len(session.results)
        tell("error", f"{len(poor)} of {count} boxes are no better than {command.fail_on}: {list_names(poor)}")
        return 1
    return 0


def _no_better(session: Session, grade: Grade) -> Iterator[str]:
    """Yield the names of the objects with a box of a grade or a worse one."""
    grades: tuple[Grade, ...] = get_args(Grade)
    for result in session.results:
        if grades.index(result.verdict.grade) >= grades.index(grade):
            yield result.name


def _named(outputs: Outputs) -> Iterator[tuple[str, Path]]:
    """Yield the files that the flags name in addition to the stage."""
    for kind in _SUFFIXES:
        if (path := getattr(outputs, kind)) is not None:
            yield kind, path


def _plan(outputs: Outputs, objects: Sequence[LabelledObject]) -> Iterator[tuple[str, Path, int | None]]:
    """Yield every file to write: the report, and a picture of each kind for each object, with the object's index."""
    for kind, path in _named(outputs):
        if kind == "report":
            yield kind, path, None
        elif len(objects) == 1:
            yield kind, path, 0
        else:
            # The names of the prims are distinct and valid in any file system.
            for index, name in enumerate(box_names([(each.asset, each.label.name) for each in objects])):
                yield kind, path.with_name(f"{path.stem}_{name}{path.suffix}"), index


def _draw(kind: str, result: ObjectResult, draft: Path) -> None:
    from boxfit.draw.pictures import curve_picture, overlay_picture, save_animation  # Needed for pictures alone.

    if kind == "overlay":
        overlay_picture(result).save(draft, format="PNG", compress_level=6)
    elif kind == "curve":
        curve_picture(result).save(draft, format="PNG", optimize=True)
    else:
        save_animation(result, draft)


def _print_warnings(session: Session, report: dict[str, Any], is_all: bool) -> None:
    """Print warnings and notes to stderr; ranges of open sides and failures only without the lines that tell them."""
    problems = problem_texts(session.dataset.problems)
    for text in problems[:MOST_PROBLEMS]:
        tell("warning", text)
    if more := problems[MOST_PROBLEMS:]:
        tell("warning", f"{len(more)} more like these: boxfit inspect lists all")
    entries, told = report["objects"], defaultdict(list)
    for entry in entries:
        ranges = [] if is_all else entry["ranges"]
        for warning in (each for each in entry["warnings"] if each not in ranges):
            told["warning", warning].append(entry["name"])
        if entry["renderer_note"]:
            told["note", entry["renderer_note"]].append(entry["name"])
    for (kind, text), names in told.items():
        are_all = 1 < len(names) == len(session.dataset.objects)
        tell(kind, f"{'all objects' if are_all else list_names(names)}: {text}")
    for failure in session.failures if is_all else ():
        tell("warning", _failure_text(failure))


def _verdicts(session: Session) -> Iterator[str]:
    """Yield a line for each object, in the dataset's order: the verdict on its box, or why it has none."""
    results, failures = {result.labelled: result for result in session.results}, iter(session.failures)
    for labelled in session.dataset.objects:
        if result := results.get(labelled):
            yield f"{result.name}: {result.verdict.text}"
        else:
            yield as_flags(_failure_text(next(failures)))


def _summary(session: Session) -> str:
    """Count objects by grade, and name those that need a look: "24 objects: 20 good, 3 fair, 1 doubtful (crate)"."""
    by_grade: dict[str, list[str]] = {grade: [] for grade in get_args(Grade)}
    for result in session.results:
        by_grade[result.verdict.grade].append(result.name)
    by_grade["without a box"] = [failure.where for failure in session.failures]
    counts = []
    for grade, names in by_grade.items():
        named = f" ({list_names(names, SEVERAL)})" if grade not in ("good", "fair") else ""
        counts += [f"{len(names)} {grade}{named}"] if names else []
    return f"{len(session.dataset.objects)} objects: {', '.join(counts)}"


def _failure_text(failure: Problem) -> str:
    return f"{failure.where}: no box: {' '.join(failure.what.split())}"


def _print_results(
    session: Session,
    report: dict[str, Any],
    verbose: bool,
    stage: Path | None,
    cameras: Path | None,
    files: Iterable[Path],
) -> None:
    """Print verdicts, and tables if verbose, to stdout, once everything is written; a failure is a warning then."""
    try:
        if verbose:
            from boxfit.cli.tables import print_tables, report_tables  # rich is needed for tables alone.

            print_tables(report_tables(report))
        for text in _verdicts(session):
            write(printable(text) + "\n")
        if len(session.dataset.objects) > SEVERAL:
            write(printable(_summary(session)) + "\n")
        if stage is not None:
            prims = ", ".join(entry["prim"]["path"] for entry in report["objects"])
            write(printable(f"wrote {stage}: {prims}") + "\n")
        for path in files:
            write(printable(f"wrote {path}") + "\n")
        if cameras is not None:
            write(printable(f"wrote {cameras}: the cameras of the views") + "\n")
    except OutputError as error:
        tell("warning", f"everything is written, but {error}")
