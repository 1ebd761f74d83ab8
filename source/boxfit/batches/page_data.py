"""The page of a batch, `index.html`, and the scripts with its data: it works from a disk, without a server."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from boxfit._version import __version__
from boxfit.batches.job import Record
from boxfit.batches.look import RULES, value_at
from boxfit.session.wording import unit_of

CHUNK = 500
"""Number of records in a script of details, which the page loads when one of them is opened."""

REMARKS = 5
"""Number of remarks in the head of the page, the most frequent ones."""

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("object",),
    "kind": ("kind",),
    "bounds": ("bound_width",),
    "coverage": ("coverage", "least"),
    "iou": ("iou", "mean"),
    "views": ("views",),
    "size": ("box", "size"),
    "picture": ("thumbnail",),
}
"""Columns of the table with the places of their values in a record."""


def page_text() -> str:
    """Return the page: a document without any data, with its style and its scripts inside."""
    folder = Path(__file__).parent
    text = (folder / "page.html").read_text("utf-8")
    for name in ("page.css", "page_columns.js", "page_table.js", "page_detail.js"):
        text = text.replace(f"/* {name} */\n", (folder / name).read_text("utf-8"))
    return text


def write_call(file: Path, function: str, *arguments: Any) -> None:
    """Write a script that hands plain values to a function of the page; all of it is ASCII.

    A page from a disk may load scripts, but read no files. Browsers are fastest with JSON in a string, and take its
    keys for nothing but names.
    """
    texts = (json.dumps(json.dumps(each, separators=(",", ":"), allow_nan=False)) for each in arguments)
    file.write_bytes(f"{function}({', '.join(f'JSON.parse({text})' for text in texts)});\n".encode("ascii"))


class PageTable:
    """Table of the page: columns with a value for each object, in the order of the details."""

    def __init__(self) -> None:
        self._sources: dict[str, int] = {}
        self._units: dict[str, int] = {}
        self._formats: dict[str | None, int] = {}
        self._remarks: Counter[str] = Counter()
        names = ("source", "failed", "format", "unit", "volume", "notes", "look", *_COLUMNS)
        self._columns: dict[str, list[Any]] = {name: [] for name in names}

    def add(self, record: Record, look: int) -> None:
        """Add an object, with the sum of its points."""
        failed = record["status"] == "failed"
        metres = value_at(record, "world", "meters_per_unit")
        values = {
            "source": self._sources.setdefault(record["source"], len(self._sources)),
            "failed": int(failed),
            "format": self._formats.setdefault(record["format"], len(self._formats)),
            "unit": self._units.setdefault(unit_of(metres), len(self._units)),
            # Of one unit for all objects, to sort by it.
            "volume": None if failed else _brief(record["volume"] * (metres or 1) ** 3),
            "notes": [record["error"]] if failed else record["warnings"],
            "look": look,
            **{name: _brief(value_at(record, *place)) for name, place in _COLUMNS.items()},
        }
        for name, value in values.items():
            self._columns[name].append(value)
        self._remarks.update(record.get("remarks", ()))

    def content(self, batch: str, order: Iterable[int]) -> dict[str, Any]:
        """Return the columns and what they refer to.

        Args:
            batch: Name of the batch, for the title.
            order: Indices of the objects in the order of their names.
        """
        ranks = {index: rank for rank, index in enumerate(order)}
        return {
            "batch": batch,
            "boxfit": __version__,
            "written": time.strftime("%Y-%m-%d %H:%M"),
            "chunk": CHUNK,
            "rules": RULES,
            "sources": list(self._sources),
            "units": list(self._units),
            "formats": list(self._formats),
            "remarks": self._remarks.most_common(REMARKS),
            "rank": [ranks[index] for index in range(len(ranks))],
            **self._columns,
        }


def _brief(value: Any) -> Any:
    """Round numbers to four significant digits, as many as the table shows."""
    if isinstance(value, list):
        return [_brief(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
