"""Command `inspect`."""

from __future__ import annotations

from typing import Any

from boxfit.cli.output import write_json
from boxfit.cli.parser import Inspect
from boxfit.cli.progress import progress_display
from boxfit.cli.tables import key_table, print_tables
from boxfit.session.inspection import inspect_source
from boxfit.session.reading import read_source


def run_inspect(command: Inspect) -> int:
    """Print a summary of a dataset."""
    settings = command.reading
    with progress_display():
        inspection = inspect_source(read_source(command.source, settings).with_overrides(settings))
    if command.json:
        write_json(inspection)
        return 0
    objects = (key_table(entry["name"], _object_rows(entry)) for entry in inspection["objects"])
    print_tables([key_table(inspection["source"], _general_rows(inspection)), *objects])
    return 0


def _general_rows(inspection: dict[str, Any]) -> list[tuple[str, str]]:
    sizes = ", ".join(
        f"{size['width']} x {size['height']} ({size['views']} views)" for size in inspection["resolutions"]
    )
    rows = [
        ("views", str(inspection["views"])),
        ("resolution", sizes),
        ("sensors", ", ".join(f"{sensor} ({count})" for sensor, count in inspection["sensors"].items())),
        ("assets", ", ".join(inspection["assets"]) or "the views name none"),
        ("up axis", inspection["up_axis"] or "not stated (--source-up)"),
        (
            "metres per unit",
            f"{inspection['meters_per_unit']:g}" if inspection["meters_per_unit"] else "not stated (--source-units)",
        ),
    ]
    for name, key in (("preset", "preset"), ("output folder", "out_dir"), ("asset prim", "asset_prim")):
        if inspection[key]:
            rows.append((name, inspection[key]))
    return rows + [("problem", f"{problem['where']}: {problem['what']}") for problem in inspection["problems"]]


def _object_rows(entry: dict[str, Any]) -> list[tuple[str, str]]:
    label = entry["label"]
    origin = {
        "bbox_2d": "from the 2D boxes",
        "preset": "from the stage",
        "labels": "from the dataset's labels",
        "id": "no name: the id",
    }[label["named_by"]]
    rows = [("label", f"{label['name']}, id {label['id']} in the {label['sensor']} images ({origin})")]
    rows += [(key, label[key]) for key in ("class", "prim") if label[key] not in (label["name"], None)]
    if entry["error"]:
        return [*rows, ("problem", entry["error"])]
    share = entry["mask_share"]
    rows.append(("views", f"{entry['views']} show it, on {share['least']:.1%} to {share['greatest']:.1%} of the image"))
    boxes = f"from the renderer in {entry['renderer_boxes']} views" if entry["renderer_boxes"] else "none"
    rows.append(
        ("3D boxes", f"{boxes}; {'the asset moves' if entry['asset_moves'] else 'no motion of the asset stated'}")
    )
    if cameras := entry["cameras"]:
        distance = cameras["distance"]
        cone = cameras["cone_half_angle"]
        around = "all around" if cone > 89.9 else f"within {cone:.0f} degrees of one direction"
        rows.append(("agreement", f"rays through the masks meet to {cameras['median_ray_miss']:.2g} of its radius"))
        rows.append(("cameras", f"{around}, {distance['least']:.4g} to {distance['greatest']:.4g} away"))
    if entry["scatter"] is not None:
        rows.append(
            ("scatter", f"common tangents of its masks disagree by {entry['scatter']:.2g} px (exact: up to 0.3)")
        )
    rows += [("left out", f"{problem['where']}: {problem['what']}") for problem in entry["views_left_out"]]
    return rows + [("warning", warning) for warning in entry["warnings"]]
