"""Reports as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

WORST_VIEWS = 6


def report_tables(report: dict[str, Any]) -> Iterator[Table]:
    """Tables of a report: for each object its box, its faces, and the views that agree with it the least."""
    for one in report["objects"]:
        yield _object_table(one, report["seconds"])
        yield _face_table(one)
        yield _view_table(one)


def _object_table(one: dict[str, Any], session_seconds: dict[str, float]) -> Table:
    found = one["box"]
    rows = [
        ("prim", one["prim"] or "not written"),
        ("size", _numbers(found["size"])),
        ("centre", _numbers(found["centre"])),
        ("quaternion wxyz", _numbers(found["quaternion_wxyz"])),
        ("world matrix", "\n".join(_numbers(row, 11) for row in found["world_from_unit"])),
        ("method", one["method"] + (f", renderer {one['renderer']}" if one["renderer"] else "")),
        ("views", f"{len(one['views'])} used, {len(one['views_left_out'])} left out"),
        ("mask covered", f"mean {one['coverage']['mean']:.4f}, least {one['coverage']['least']:.4f}"),
        ("silhouette IoU", f"mean {one['iou']['mean']:.4f}, least {one['iou']['least']:.4f}"),
    ]
    for stage in one["stages"]:
        first, last = stage["losses"][0], stage["losses"][-1]
        rows.append((f"loss, {stage['name']}", f"{first:.5g} to {last:.5g} in {stage['steps']} steps"))
    if one["choice"]:
        rows.append(("chosen", _choice(one["choice"])))
    for comparison in one["comparisons"]:
        figures = "volume {volume_ratio:.4f}, IoU {iou:.4f}, protrusion {protrusion:.4f}"
        rows.append((f"against {comparison['reference']}", figures.format(**comparison)))
    for problem in one["views_left_out"]:
        rows.append(("left out", f"{problem['where']}: {problem['what']}"))
    rows += [("warning", warning) for warning in one["warnings"]]
    rows.append(
        (
            "seconds",
            ", ".join(f"{name} {value:.2f}" for name, value in (session_seconds | one["seconds"]).items()),
        )
    )
    return key_table(one["name"], rows)


def _choice(choice: dict[str, Any]) -> str:
    scores = ", ".join(f"{name} {choice[name]['total']:.4f}" for name in ("start", "fit"))
    return f"{choice['chosen']} (score: {scores}; less is better)"


def _face_table(one: dict[str, Any]) -> Table:
    table = _table(
        "Faces: distance from the centre, and the bounds that the masks leave it", "face", "at", "from", "to"
    )
    for index, face in enumerate(one["bounds"]):
        half = one["box"]["size"][index // 2] / 2
        undetermined = face["face"][1] in one["undetermined_axes"]
        mark = "  not determined" if undetermined else ""
        table.add_row(face["face"], _number(half), _number(face["inner"]), _number(face["outer"]) + mark)
    return table


def _view_table(one: dict[str, Any]) -> Table:
    worst = sorted(one["views"], key=lambda view: (view["coverage"], view["iou"]))[:WORST_VIEWS]
    title = f"The {len(worst)} views of {len(one['views'])} whose masks the box covers the least (all: --report)"
    table = _table(title, "view", "mask covered", "IoU", "edges not used")
    for view in worst:
        dropped = str(view["edges_dropped"] or "")
        table.add_row(view["view"], f"{view['coverage']:.4f}", f"{view['iou']:.4f}", dropped)
    return table


def key_table(title: str, rows: Sequence[tuple[str, str]]) -> Table:
    """A table of names and texts."""
    # Names and messages are plain text: brackets in them are no markup.
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, show_header=False, title_style="bold")
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(name, Text(text))
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="dim")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left")
    return table


def _numbers(values: Sequence[float], width: int = 0) -> str:
    return "  ".join(_number(value).rjust(width) for value in values)


def _number(value: float) -> str:
    return f"{value:.5g}"
