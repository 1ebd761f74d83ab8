"""Tables of reports."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from boxfit.cli.output import printable, write
from boxfit.session.wording import alignment_text, extent_text
from boxfit.settings.naming import as_flags

WORST_VIEWS = 6
COVERED = 0.999
"""Coverage from which a view is not listed."""
PIPED_WIDTH = 80
"""Number of columns without a terminal."""


def print_tables(tables: Iterable[RenderableType]) -> None:
    """Print to stdout at the terminal's width, or as plain lines of at most `PIPED_WIDTH` columns without one."""
    terminal = sys.stdout.isatty()
    for table in tables:
        text = io.StringIO()
        # The width is the terminal's, whatever the file.
        Console(file=text, force_terminal=terminal, width=None if terminal else PIPED_WIDTH).print(table)
        lines = text.getvalue().splitlines()
        write("\n".join(lines if terminal else map(str.rstrip, lines)) + "\n")


def report_tables(report: dict[str, Any]) -> Iterator[RenderableType]:
    """Yield the tables of a report: for each object its box, its faces, and its least covered views."""
    for entry in report["objects"]:
        yield _object_table(entry, report)
        yield _face_table(entry)
        if min(view["coverage"] for view in entry["views"]) < COVERED:
            yield _view_table(entry)
    yield Text("What each figure means: docs/report.md", style="dim")


def _object_table(entry: dict[str, Any], report: dict[str, Any]) -> Table:
    fitted = entry["box"]
    ranges = entry["ranges"]
    rows = [
        *(("range", text) for text in ranges),
        ("frame", f"the dataset's world, {_units(report['world'])}"),
        ("size", _numbers(fitted["size"])),
        ("centre", _numbers(fitted["centre"])),
        ("quaternion wxyz", _numbers(fitted["quaternion_wxyz"])),
        ("world matrix", "\n".join(_numbers(row, 11) for row in fitted["world_from_unit"])),
        *_choice_rows(entry),
        *_prim_rows(entry["prim"], fitted, report["stage"]),
        ("method", _method(entry)),
        ("views", f"{len(entry['views'])} used, {len(entry['views_left_out'])} left out"),
        *([("depth", "used where the views have it")] if entry["uses_depth"] else []),
        ("mask covered", f"mean {entry['coverage']['mean']:.4f}, least {entry['coverage']['least']:.4f}"),
        ("silhouette IoU", f"mean {entry['iou']['mean']:.4f}, least {entry['iou']['least']:.4f}"),
    ]
    for stage in entry["stages"]:
        if stage["steps"]:
            first, last = stage["losses"][0], stage["losses"][-1]
            rows.append((f"loss, {stage['name']}", f"{first:.5g} to {last:.5g} in {stage['steps']} steps"))
    if entry["choice"]:
        rows.append(("fit", _choice(entry["choice"])))
    for comparison in entry["comparisons"]:
        figures = "volume {volume_ratio:.4f}, IoU {iou:.4f}, protrusion {protrusion:.4f}"
        rows.append((f"against {comparison['reference']}", figures.format(**comparison)))
    for problem in entry["views_left_out"]:
        rows.append(("left out", f"{problem['where']}: {problem['what']}"))
    if entry["renderer_note"]:
        rows.append(("renderer", entry["renderer_note"]))
    rows += [("warning", warning) for warning in entry["warnings"] if warning not in ranges]
    seconds = report["seconds"] | entry["seconds"]
    rows.append(("seconds", ", ".join(f"{name} {value:.2f}" for name, value in seconds.items())))
    return key_table(entry["name"], rows)


def _choice_rows(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield extent and alignment, with their best alternatives; the notebook's loop has none."""
    if entry["method"] == "notebook":
        return
    extents = {extent: math.prod(each["size"]) for extent, each in entry["boxes"].items()}
    yield "extent", extent_text(entry["extent"], extents, "--extent {}")
    alignment = entry["alignment"]
    yield "alignment", alignment_text(alignment["chosen"], alignment["volumes"], "--align {}")


def _method(entry: dict[str, Any]) -> str:
    renderer = f", renderer {entry['renderer']}" if entry["renderer"] else ""
    return entry["method"] + renderer + (f" in {entry['renderer_python']}" if entry["renderer_python"] else "")


def _units(world: dict[str, Any]) -> str:
    unit, up = world["meters_per_unit"], world["up_axis"]
    return f"{f'1 unit = {unit:g} m' if unit else 'unit not stated'}, {f'{up} up' if up else 'up axis not stated'}"


def _prim_rows(prim: dict[str, Any] | None, fitted: dict[str, Any], stage: dict[str, Any] | None) -> Iterator[Any]:
    """Yield the prim, and its values if they differ from the box in the dataset's world."""
    if prim is None or stage is None:
        yield "prim", "not written"
        return
    yield "prim", prim["path"]
    written = [*prim["translate"], *prim["scale"]]
    same = all(map(_is_close, written, [*fitted["centre"], *fitted["size"]]))
    if same and (prim["orient"] is None or all(map(_is_close, prim["orient"], fitted["quaternion_wxyz"]))):
        return
    yield "prim's frame", f"its parent on the stage, whose world has {_units(stage)}"
    yield "  scale", _numbers(prim["scale"])
    yield "  translate", _numbers(prim["translate"])
    if prim["orient"]:
        yield "  orient wxyz", _numbers(prim["orient"])
    else:
        yield "  rotateXYZ", _numbers(prim["rotate_xyz"])


def _is_close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-6)


def _choice(choice: dict[str, Any]) -> str:
    """Tell whether the differentiable fit was taken, and how far its silhouettes are from the masks' outlines."""
    if choice["chosen"] == "fit":
        fitted, start = (f"{choice[name]:.2g} px" for name in ("fit", "start"))
        return f"taken: its silhouettes are {fitted} from the masks' outlines, those of the start box {start}"
    return f"{'not taken' if choice['fit'] is not None else 'not tried'}: {choice['reason']}"


def _face_table(entry: dict[str, Any]) -> Table:
    table = _table("Faces: distance from the centre, and its bounds", "face", "at", "from", "to")
    for index, face in enumerate(entry["bounds"]):
        half = entry["box"]["size"][index // 2] / 2
        undetermined = face["face"][1] in entry["undetermined_axes"]
        mark = "  not determined" if undetermined else ""
        table.add_row(face["face"], _number(half), _number(face["inner"]), _number(face["outer"]) + mark)
    return table


def _view_table(entry: dict[str, Any]) -> Table:
    uncovered = [view for view in entry["views"] if view["coverage"] < COVERED]
    worst = sorted(uncovered, key=lambda view: (view["coverage"], view["iou"]))[:WORST_VIEWS]
    title = f"Masks not covered whole in {len(uncovered)} of {len(entry['views'])} views, the least covered first"
    table = _table(title, "view", "mask covered", "IoU", "edges not used")
    for view in worst:
        dropped = str(view["edges_dropped"] or "")
        table.add_row(view["view"], f"{view['coverage']:.4f}", f"{view['iou']:.4f}", dropped)
    return table


def key_table(title: str, rows: Sequence[tuple[str, str]]) -> Table:
    """Make a table of names and texts, with settings as flags."""
    # Names and messages are plain text: brackets in them are not markup.
    table = Table(
        title=Text(printable(title)), title_justify="left", box=box.SIMPLE_HEAD, show_header=False, title_style="bold"
    )
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(name, Text(printable(as_flags(text))))
    return table


def _table(title: str, *columns: str) -> Table:
    # A title wraps at the table's width: a narrow table is widened to hold its title on one line.
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="dim", min_width=len(title) + 2)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left")
    return table


def _numbers(values: Sequence[float], width: int = 0) -> str:
    return "  ".join(_number(value).rjust(width) for value in values)


def _number(value: float) -> str:
    # Adding zero removes the sign of a negative zero.
    return f"{value + 0.0:.5g}"
