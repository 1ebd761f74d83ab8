"""The command `fit`: everything is made first, then written at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from boxfit.cli_progress import progress_display
from boxfit.cli_tables import report_tables
from boxfit.draw.pictures import curve_picture, overlay_picture, save_animation
from boxfit.files import check_files, drafts
from boxfit.report import make_report, report_text
from boxfit.results import ObjectResult
from boxfit.session import Session
from boxfit.writing import check_target

if TYPE_CHECKING:
    from boxfit.cli import Fit, Outputs


def run_fit(command: Fit) -> int:
    """Fit, write, report.

    Returns:
        0: at least one box was written.

    Raises:
        BoxfitError: If none was; then nothing is.
    """
    outputs = command.outputs
    check_target(command.source, outputs.output, outputs.into, outputs.force)
    check_files([path for _, path in _named(outputs)], outputs.force)
    session = Session(command.source, command.input, command.fit)
    with progress_display(command.quiet) as display:
        for progress in session.fit():
            display.show(progress)

    plan = list(_plan(outputs, session.results))
    check_files([path for _, path, _ in plan], outputs.force)
    with drafts([path for _, path, _ in plan]) as places:
        for kind, path, result in plan:
            if result is not None:
                _draw(kind, result, places[path])
        written = session.write(outputs.output, outputs.into, command.prim)
        report = make_report(session, written)
        text = report_text(report)
        if outputs.report is not None:
            places[outputs.report].write_text(text, encoding="utf-8")
    _tell(report, text, command)
    return 0


def _named(outputs: Outputs) -> Iterator[tuple[str, Path]]:
    """Files beside the stage that the flags name."""
    for kind in ("report", "overlay", "curve", "gif"):
        if (path := getattr(outputs, kind)) is not None:
            yield kind, path


def _plan(outputs: Outputs, results: Sequence[ObjectResult]) -> Iterator[tuple[str, Path, ObjectResult | None]]:
    """Every file to write: the report, and a picture of each kind for each object."""
    for kind, path in _named(outputs):
        if kind == "report":
            yield kind, path, None
        elif len(results) == 1:
            yield kind, path, results[0]
        else:
            for number, result in enumerate(results, start=1):
                yield kind, path.with_name(f"{path.stem}_{number}_{_file_part(result)}{path.suffix}"), result


def _file_part(result: ObjectResult) -> str:
    """An object's name with nothing in it that a file system might refuse."""
    return "".join(letter if letter.isalnum() else "_" for letter in result.name)


def _draw(kind: str, result: ObjectResult, draft: Path) -> None:
    if kind == "overlay":
        overlay_picture(result).save(draft, format="PNG", compress_level=6)
    elif kind == "curve":
        curve_picture(result).save(draft, format="PNG", optimize=True)
    else:
        save_animation(result, draft)


def _tell(report: dict[str, Any], text: str, command: Fit) -> None:
    """Warnings on stderr, the report on stdout."""
    for one in report["objects"]:
        for warning in one["warnings"]:
            print(f"boxfit: warning: {one['name']}: {warning}", file=sys.stderr)
    for kind in ("problems", "failures"):
        for problem in report[kind]:
            print(f"boxfit: warning: {problem['where']}: {problem['what']}", file=sys.stderr)
    if command.json:
        print(text, end="")
    elif not command.quiet:
        console = Console(width=None if sys.stdout.isatty() else 110)
        for table in report_tables(report):
            console.print(table)
