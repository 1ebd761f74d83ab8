"""Summary of a batch: a table of all objects, and a page to look through them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from boxfit.batches.job import Record
from boxfit.batches.look import look_points, value_at
from boxfit.batches.page_data import CHUNK, PageTable, page_text, write_call
from boxfit.batches.records import read_records, results_files
from boxfit.errors import OutputError
from boxfit.files.drafts import Drafts
from boxfit.files.locks import locked
from boxfit.views.regular_files import MALFORMED

CSV: Mapping[str, tuple[str | int, ...]] = {
    **{name: (name,) for name in ("source", "object", "class", "format", "status", "look_first", "kind", "error")},
    "grade": ("verdict", "grade"),
    "verdict": ("verdict", "text"),
    **{name: (name,) for name in ("warnings", "remarks")},
    **{f"centre_{axis}": ("box", "centre", index) for index, axis in enumerate("xyz")},
    **{f"size_{axis}": ("box", "size", index) for index, axis in enumerate("xyz")},
    **{f"quaternion_{axis}": ("box", "quaternion_wxyz", index) for index, axis in enumerate("wxyz")},
    **{name: (name,) for name in ("volume", "bound_width", "undetermined_axes", "extent", "alignment")},
    **{f"{name}_{kind}": (name, kind) for name in ("coverage", "iou") for kind in ("mean", "least")},
    **{name: (name,) for name in ("views", "views_left_out")},
    **{name: ("world", name) for name in ("up_axis", "meters_per_unit")},
    "stage": ("stage", "path"),
    **{name: (name,) for name in ("prim", "thumbnail")},
    "seconds": ("seconds", "total"),
    **{name: (name,) for name in ("attempt", "boxfit")},
}
"""Columns of `summary.csv`, with the places of their values in a record; `look_first` is the sum of its points."""


LOCK_TIMEOUT = 600.0
"""Longest wait for another shard that writes the summary, in [s]."""


def write_summary(output: Path) -> None:
    """Write `summary.csv`, and `index.html` with its data in `page/`, from the records of all shards of a batch.

    All files are replaced together, unless they hold all records already: another shard may just have written them.

    Args:
        output: Folder of the results.

    Raises:
        OutputError: If a file of records cannot be read, or a file cannot be written.
    """
    folder, page = output / "page", page_text().encode()
    objects, rows, chunks = PageTable(), [], 0
    with locked(output / "index.html", LOCK_TIMEOUT), Drafts() as drafts:
        if _is_current(output, page):
            return
        # Written before the records are read, as its time says what the summary holds.
        drafts.add(output / "index.html").write_bytes(page)
        drafts.make_folder(folder)
        records = iter(read_records(output))
        while chunk := list(islice(records, CHUNK)):
            try:
                details = [{"record": record, "points": look_points(record)} for record in chunk]
                write_call(drafts.add(folder / f"details-{chunks}.js"), "receiveDetails", chunks, details)
                for record, detail in zip(chunk, details, strict=True):
                    look = sum(detail["points"].values())
                    objects.add(record, look)
                    rows.append((_natural(record), _csv_line(record | {"look_first": look})))
            except MALFORMED as error:
                raise OutputError(f"{output} has an incomplete record ({error!r}): delete its line") from error
            chunks += 1
        order = sorted(range(len(rows)), key=lambda index: rows[index][0])
        with drafts.add(output / "summary.csv").open("wb") as file:
            file.write(f"{','.join(CSV)}\n".encode())
            file.writelines(rows[index][1] for index in order)
        write_call(drafts.add(folder / "objects.js"), "receiveObjects", objects.content(output.resolve().name, order))
    for path in folder.glob("details-*.js"):
        number = path.stem.removeprefix("details-")
        if number.isdecimal() and int(number) >= chunks:
            with suppress(OSError):
                path.unlink()


def _is_current(output: Path, page: bytes) -> bool:
    """Return True if the summary was begun after the last record was written, and by this version of the page."""
    files = [output / "index.html", output / "summary.csv", output / "page" / "objects.js"]
    try:
        begun, *_ = [file.stat().st_mtime_ns for file in files]
        records = max((file.stat().st_mtime_ns for file in results_files(output)), default=begun)
        return begun > records and files[0].read_bytes() == page
    except OSError:
        return False


def _natural(record: Record) -> tuple[str, str]:
    """Return a key that sorts by source and object, with numbers in names by their value: `part9`, `part10`."""
    source, name = (
        re.sub(r"\d+", lambda number: number[0].lstrip("0").zfill(12), record[key] or "")
        for key in ("source", "object")
    )
    return source, name


def _csv_line(record: Record) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(_cell(value_at(record, *place)) for place in CSV.values())
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> Any:
    return " | ".join(value) if isinstance(value, list) else value
