"""The command `inspect`."""

from __future__ import annotations

import json
from typing import Any

from boxfit.cli.parser import Inspect
from boxfit.cli.tables import key_table, print_tables
from boxfit.session.inspection import inspect_source
from boxfit.session.source import read_source
from boxfit.settings import InputSettings


def run_inspect(command: Inspect) -> int:
    """Print what a dataset holds."""
    settings = InputSettings(source_up=command.source_up, source_units=command.source_units)
    inspection = inspect_source(read_source(command.source, command.data).with_overrides(settings))
    if command.json:
        print(json.dumps(inspection, indent=2, ensure_ascii=False))
        return 0
    objects = (key_table(one["name"], _object_rows(one)) for one in inspection["objects"])
    print_tables([key_table(inspection["source"], _general_rows(inspection)), *objects])
    return 0


def _general_rows(found: dict[str, Any]) -> list[tuple[str, str]]:
    sizes = ", ".join(f"{one['width']} x {one['height']} ({one['views']} views)" for one in found["resolutions"])
    rows = [
        ("views", str(found["views"])),
        ("resolution", sizes),
        ("sensors", ", ".join(f"{sensor} ({count})" for sensor, count in found["sensors"].items())),
        ("assets", ", ".join(found["assets"]) or "the views name none"),
        ("up axis", found["up_axis"] or "not stated (--source-up)"),
        (
            "metres per unit",
            f"{found['meters_per_unit']:g}" if found["meters_per_unit"] else "not stated (--source-units)",
        ),
    ]
    for name, key in (("preset", "preset"), ("output folder", "out_dir"), ("asset prim", "asset_prim")):
        if found[key]:
            rows.append((name, found[key]))
    return rows + [("problem", f"{problem['where']}: {problem['what']}") for problem in found["problems"]]


def _object_rows(one: dict[str, Any]) -> list[tuple[str, str]]:
    label = one["label"]
    origin = {
        "bbox_2d": "from the 2D boxes",
        "preset": "from the stage",
        "labels": "from the renderer's labels",
        "id": "no name known: the id",
    }[label["named_by"]]
    rows = [("label", f"{label['name']}, id {label['id']} in the {label['sensor']} images ({origin})")]
    if one["error"]:
        return [*rows, ("problem", one["error"])]
    share = one["mask_share"]
    rows.append(("views", f"{one['views']} show it, on {share['least']:.1%} to {share['greatest']:.1%} of the image"))
    boxes = f"the renderer's in {one['renderer_boxes']} views" if one["renderer_boxes"] else "none of the renderer's"
    rows.append(
        ("3D boxes", f"{boxes}; {'it moves' if one['asset_moves'] else 'it stands still, as far as they tell'}")
    )
    if cameras := one["cameras"]:
        distance = cameras["distance"]
        cone = cameras["cone_half_angle"]
        around = "all around" if cone > 89.9 else f"within {cone:.0f} degrees of one direction"
        rows.append(("agreement", f"rays through the masks meet to {cameras['median_ray_miss']:.2g} of its radius"))
        rows.append(("cameras", f"{around}, {distance['least']:.4g} to {distance['greatest']:.4g} away"))
    rows += [("left out", f"{problem['where']}: {problem['what']}") for problem in one["views_left_out"]]
    return rows + [("warning", warning) for warning in one["warnings"]]
