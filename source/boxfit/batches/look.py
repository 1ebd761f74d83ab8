"""Points by which the objects of a batch need a look, and the place of a value in a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boxfit.batches.job import Record

RULES: Mapping[str, Any] = {
    "failed": 100,
    "bounds": {"points": 40, "from": 0.2, "full": 0.5},
    "coverage": {"points": 40, "from": 0.01, "full": 0.1},
    "warnings": {"points": 10, "most": 20},
}
"""Points of a failure; of the widest range of a face, as a share of the edge, and of the share of a mask that the box
leaves out: none up to `from`, then in proportion, all from `full` on; those of a warning, and the most of all warnings.
The ranges of good fits are 4 to 15 % of the edge, with a dozen views of 256 x 256 pixels."""


def look_points(record: Record) -> dict[str, int]:
    """Return the points of an object by reason, 100 in sum at most."""
    if record["status"] == "failed":
        return {"failure": RULES["failed"]}
    shares = {"bounds": record["bound_width"], "coverage": 1 - record["coverage"]["least"]}
    points = {name: _points(share, **RULES[name]) for name, share in shares.items()}
    warnings = RULES["warnings"]
    return points | {"warnings": min(warnings["most"], warnings["points"] * len(record["warnings"]))}


def _points(share: float, **rule: float) -> int:
    return round(rule["points"] * min(1, share / rule["full"])) if share > rule["from"] else 0


def value_at(record: Any, *place: str | int) -> Any:
    """Return the value at a place of a record, or None: what failed has no box."""
    for key in place:
        if record is None or (isinstance(key, str) and key not in record):
            return None
        record = record[key]
    return record
