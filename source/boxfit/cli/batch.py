"""Command `batch`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import get_args

from boxfit.batches.executors import choose_executor
from boxfit.batches.job import Summary
from boxfit.batches.records import results_file
from boxfit.batches.run import run_batch, summarise_batch
from boxfit.cli.batch_display import batch_display
from boxfit.cli.output import tell
from boxfit.cli.parser import Batch
from boxfit.cli.tables import key_table, print_tables
from boxfit.session.verdict import Grade

_INTERRUPTED = 130


def run_batches(command: Batch) -> int:
    """Fit every dataset of a tree, and print what came of it.

    Returns:
        0, also if sources have failed; 1 if no object of the sources is fitted; 130 after an interruption.

    Raises:
        BoxfitError: If nothing could be run.
    """
    options = command.options
    if options.summary_only:
        summarise_batch(options.output, options.collect)
        return 0
    with batch_display(command.quiet) as display:
        summary = run_batch(
            command.root,
            options.output,
            {
                **asdict(command.input_settings),
                **asdict(command.fit_settings),
                **asdict(command.prim_settings),
            },
            executor=choose_executor(options.jobs, options.ray),
            part=options.part,
            manifest=options.manifest,
            retry_failed=options.retry == "failed",
            collect=options.collect,
            exports=options.export,
            thumbnails=not options.no_thumbnails,
            callback=display.show,
        )
    if not command.quiet:
        print_tables([key_table(str(options.output), _rows(summary, results_file(Path(), options.part).name))])
    if summary.stopped:
        tell("note", f"interrupted with {summary.sources - summary.done} sources left: the same command goes on")
        return _INTERRUPTED
    return 0 if summary.on_record else 1


def _rows(summary: Summary, results: str) -> list[tuple[str, str]]:
    if summary.unchanged == summary.sources:
        rows = [("sources", f"all {summary.sources} are on record: nothing to do")]
    else:
        rate = f", {summary.fitted / summary.seconds:.3g} a second" if summary.fitted and summary.seconds else ""
        rows = [
            ("sources", f"{summary.done} of {summary.sources} done, {summary.unchanged} of them before"),
            ("fitted", f"{summary.fitted} objects in {summary.seconds:.3g} s{rate}"),
        ]
    if summary.grades:
        counts = [f"{summary.grades[grade]} {grade}" for grade in get_args(Grade) if grade in summary.grades]
        rows.append(("of these", ", ".join(counts)))
    failed = [f"{summary.failed} ({kinds_text(summary)})"] if summary.failed else []
    failed += [f"{summary.failed_before} before"] if summary.failed_before else []
    rows += [
        ("failed", ", ".join(failed) + "; --retry failed tries again" if failed else "0"),
        ("on record", f"{summary.on_record} fitted objects in all"),
        ("records", results),
    ]
    if not summary.stopped:
        rows.append(("to look at", "index.html, summary.csv"))
    return rows


def kinds_text(summary: Summary) -> str:
    """List the failures by kind, most frequent first."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(summary.kinds.items(), key=lambda item: -item[1]))
