"""Records of a batch: JSON Lines that a killed program leaves whole, and the records that count."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from boxfit.batches.job import Record
from boxfit.errors import OutputError

SCHEMA = Path(__file__).with_name("record.schema.json")


@dataclass
class Known:
    """Outcome of the last attempt of a source.

    Attributes:
        attempt: Its number.
        settings: Settings of the source, as its records state them.
        boxfit: Version that fitted it.
        inputs: Hash of its files, or None.
        elsewhere: Folders and files outside the source that the hash includes.
        objects: Number of records that the attempt should have.
        fitted: Number of fitted objects on record.
        failed: Number of failures on record.
    """

    attempt: int
    settings: dict[str, Any]
    boxfit: str
    inputs: str | None
    elsewhere: tuple[str, ...]
    objects: int
    fitted: int = 0
    failed: int = 0

    @property
    def is_whole(self) -> bool:
        """True unless the program was killed while it wrote the records."""
        return self.fitted + self.failed == self.objects


def results_file(output: Path, shard: tuple[int, int]) -> Path:
    """Return the file of the records of a shard, `results-2-of-8.jsonl` for (2, 8), or of all sources for (1, 1)."""
    index, count = shard
    return output / ("results.jsonl" if count == 1 else f"results-{index}-of-{count}.jsonl")


def results_files(output: Path) -> list[Path]:
    """List the files of records in a folder, of all shards."""
    return sorted(output.glob("results*.jsonl"))


def read_records(output: Path) -> Iterator[Record]:
    """Yield the records that count, those of the last attempt of each source, from all files `results*.jsonl`.

    Files are read twice, so that only one record is in memory at a time.

    Raises:
        OutputError: If a file cannot be read, or holds something else than records.
    """
    files = results_files(output)
    last: dict[str, tuple[int, int]] = {}
    for number, file in enumerate(files):
        for record in _lines(file):
            source, place = record["source"], (record["attempt"], number)
            last[source] = max(last.get(source, place), place)
    for number, file in enumerate(files):
        yield from (record for record in _lines(file) if last.get(record["source"]) == (record["attempt"], number))


def read_known(output: Path) -> dict[str, Known]:
    """Return the outcome of the last attempt of each source on record.

    Raises:
        OutputError: As `read_records`.
    """
    known: dict[str, Known] = {}
    settings: dict[str, dict[str, Any]] = {}  # Mostly the same for all: each is kept once.
    for record in read_records(output):
        found = known.get(record["source"])
        if found is None:
            kept = settings.setdefault(json.dumps(record["settings"], sort_keys=True), record["settings"])
            found = known[record["source"]] = Known(
                record["attempt"],
                kept,
                record["boxfit"],
                record["inputs"],
                tuple(record["elsewhere"]),
                record["objects"],
            )
        found.fitted += record["status"] == "fitted"
        found.failed += record["status"] == "failed"
    return known


def _lines(file: Path) -> Iterator[Record]:
    """Yield the records of a file; a last line without an end was cut off, and is skipped."""
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    return
                record = json.loads(line)
                if not isinstance(record, dict) or not record.keys() >= _KEYS:
                    raise OutputError(f"{file}, line {number}, is no record of a batch: move the file away")
                yield record
    except ValueError as error:
        raise OutputError(f"{file} holds a line that is not JSON ({error}): delete the line, or the file") from error
    except OSError as error:
        raise OutputError(f"{file} cannot be read ({error.strerror or error})") from error


_KEYS = {"source", "status", "attempt", "objects", "settings", "boxfit", "inputs", "elsewhere"}
"""Keys that the program itself uses."""


class RecordFile:
    """File of records that is appended to, a source at a time; a context manager.

    A killed program leaves whole lines, except perhaps for the last one, which is cut off here.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            OutputError: If it cannot be written.
        """
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
            _cut_torn_line(self._descriptor)
        except OSError as error:
            raise self._failure(error) from error

    def __enter__(self) -> RecordFile:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)

    def append(self, records: Sequence[Record]) -> None:
        """Write all records of a source.

        Raises:
            OutputError: If they cannot be written, as on a full disk.
        """
        text = "".join(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records)
        # A surrogate in a name is written as JSON's escape.
        content = memoryview(text.encode("utf-8", "backslashreplace"))
        try:
            while content:
                content = content[os.write(self._descriptor, content) :]
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> OutputError:
        return OutputError(f"{self.path} cannot be written ({error.strerror or error})")


def _cut_torn_line(descriptor: int) -> None:
    """Shorten a file to its last line end."""
    end = os.lseek(descriptor, 0, os.SEEK_END)
    while end > 0:
        begin = max(0, end - 2**16)
        os.lseek(descriptor, begin, os.SEEK_SET)
        at = os.read(descriptor, end - begin).rfind(b"\n")
        if at >= 0 or begin == 0:
            os.ftruncate(descriptor, begin + at + 1 if at >= 0 else 0)
            return
        end = begin
