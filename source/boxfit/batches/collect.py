"""One stage with the boxes of all sources, by references to the stages of the sources."""

from __future__ import annotations

from pathlib import Path

from boxfit.batches.records import read_records
from boxfit.errors import FitError
from boxfit.geometry.units import WorldUnits
from boxfit.usd.collection import Member, check_collection, write_collection

__all__ = ["check_collection", "collect_stages"]


def collect_stages(output: Path, path: Path) -> None:
    """Write a stage that refers to the stage of each source on record, of all shards, in the order of their names.

    Args:
        output: Folder of the results.
        path: Stage to write; an earlier collection is replaced.

    Raises:
        BoxfitError: If there is no box, or the stage cannot be written.
    """
    members = {}
    for record in read_records(output):
        if record["status"] == "fitted":
            stage = record["stage"]
            units = WorldUnits(stage["up_axis"], stage["meters_per_unit"])
            members[record["source"]] = Member(
                Path(stage["path"]).with_suffix("").as_posix(), output / stage["path"], units
            )
    if not members:
        raise FitError(f"{output} holds no box, so {path} was not written")
    write_collection(path, [members[source] for source in sorted(members)])
