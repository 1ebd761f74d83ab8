"""Tables of the bench's results, with what they should be, and of changes against an earlier run."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.metrics import Row
from bench.targets import TARGETS

CHANGE = 0.002
"""Least step of a figure that counts as a change: well above the differences between platforms."""

Figures = dict[str, str]
Groups = dict[tuple[str, str], list[Row]]


def tables(rows: list[Row]) -> list[Table]:
    """Make tables of figures per class and shape on clean masks, and per condition against the mesh's clean run.

    Beside the figures of a class or a condition stand its targets, if it has any, and which of them are missed.
    """
    clean = [row for row in rows if row.condition == "clean"]
    classes = _grouped(clean, lambda row: row.kind) | _grouped(clean, lambda row: "all")
    shapes = _grouped(clean, lambda row: row.shape)
    conditions = _grouped(rows, lambda row: row.condition)
    volumes = {(row.shape, row.tilt, row.method): row.volume for row in clean}

    lines = {
        "Clean masks": ("class", {key: summarise(group) | _targets(key[0], group) for key, group in classes.items()}),
        "Shapes, clean masks": ("shape", {key: summarise(group) for key, group in shapes.items()}),
        "Conditions": (
            "condition",
            {
                key: _without(summarise(group), "IoU", "fit chosen", "undetermined")
                | _against_clean(group, volumes)
                | _targets(key[0], group)
                for key, group in conditions.items()
            },
        ),
    }
    return [_table(title, group, figures) for title, (group, figures) in lines.items() if figures]


def changes(rows: list[Row], baseline: dict[tuple[str, str], Row]) -> Table | None:
    """Make a table of rows whose figures differ from the baseline, the greatest steps first, or return None."""
    pairs = [(baseline[row.scene, row.method], row) for row in rows if (row.scene, row.method) in baseline]
    moved = sorted((pair for pair in pairs if _step(*pair) > CHANGE), key=lambda pair: -_step(*pair))
    if not moved:
        return None
    columns = {"volume": "volume", "protrusion": "protrusion", "IoU": "iou", "faces held": "faces_held"}
    columns["undetermined"] = "undetermined"
    table = Table("scene", "method", *columns, box=SIMPLE_HEAD, title_justify="left")
    table.title = f"Changed against the baseline: {len(moved)} of {len(pairs)} (before > now)"
    for before, row in moved:
        table.add_row(row.scene, row.method, *(_change(before, row, name) for name in columns.values()))
    return table


def _grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> Groups:
    groups: Groups = {}
    for row in rows:
        groups.setdefault((key(row), row.method), []).append(row)
    order = list(dict.fromkeys(name for name, _ in groups))
    return dict(sorted(groups.items(), key=lambda item: (order.index(item[0][0]), item[0][1])))


def summarise(rows: list[Row]) -> Figures:
    """Summarise runs of a method: medians, in brackets the worst."""
    fitted = [row for row in rows if row.error is None]
    volumes = _values(fitted, "volume")
    held = [row.faces_held for row in fitted if row.faces_held is not None]
    widths = [row.bounds_width for row in fitted if row.bounds_width is not None]
    certain = [row.certain_holds for row in fitted if row.certain_holds is not None]
    stages = [row.stage for row in fitted if row.stage is not None]
    undetermined = sum(bool(row.undetermined) for row in fitted)
    return {
        "runs": str(len(rows)),
        "no box": str(len(rows) - len(fitted)) if len(rows) > len(fitted) else "",
        "volume": _median(volumes, worst=lambda v: v[np.argmax(np.abs(v - 1))]),
        "|volume - 1|": _median([abs(volume - 1) for volume in volumes]),
        "protrusion": _median(_values(fitted, "protrusion")),
        "IoU": _median(_values(fitted, "iou"), worst=np.min),
        "seconds": f"{np.median(_values(fitted, 'seconds')):.2f}" if fitted else "",
        "faces held": f"{sum(held) / (6 * len(held)):.1%}" if held else "",
        "bounds": f"{np.median(widths):.3f}" if widths else "",
        "certain": f"{sum(certain)} of {len(certain)}" if certain else "",
        "fit chosen": f"{stages.count('fit') / len(stages):.0%}" if stages else "",
        "undetermined": str(undetermined) if undetermined else "",
    }


def _against_clean(rows: list[Row], clean: dict[tuple[str, int, str], float | None]) -> Figures:
    ratios = []
    for row in rows:
        reference = clean.get((row.shape, row.tilt, row.method))
        if row.volume is not None and reference is not None:
            ratios.append(abs(row.volume / reference - 1))
    share = f"{np.mean(np.array(ratios) <= 0.05):.0%}" if ratios else ""
    return {"against clean": _median(ratios), "within 0.05": share}


def _without(figures: Figures, *names: str) -> Figures:
    return {name: value for name, value in figures.items() if name not in names}


def _targets(name: str, rows: list[Row]) -> Figures:
    target = TARGETS.get(name)
    return {"wanted": str(target or ""), "missed": ", ".join(target.missed(rows)) if target else ""}


def _values(rows: list[Row], name: str) -> list[float]:
    return [float(getattr(row, name)) for row in rows]


def _median(values: list[float], worst: Callable[[np.ndarray], float] = np.max) -> str:
    return f"{_short(np.median(values))} ({_short(worst(np.array(values)))})" if values else ""


def _short(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.3g}"


def _step(before: Row, now: Row) -> float:
    """Return the greatest step of a figure, infinite if the kind of outcome differs."""
    if (before.error is None, before.undetermined) != (now.error is None, now.undetermined):
        return np.inf
    names = ("volume", "protrusion", "iou", "faces_held")
    return max(abs((getattr(now, name) or 0.0) - (getattr(before, name) or 0.0)) for name in names)


def _change(before: Row, now: Row, name: str) -> str:
    old, new = ("no box" if row.error is not None else str(getattr(row, name)) for row in (before, now))
    return new if old == new else f"{old} > {new}"


def _table(title: str, group: str, lines: dict[tuple[str, str], Figures]) -> Table:
    table = Table(title=f"{title}: median (worst)", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    for name in (group, "method"):
        table.add_column(name, no_wrap=True)
    for name in next(iter(lines.values())):
        table.add_column(name, justify="left" if name in ("wanted", "missed") else "right", no_wrap=True)
    previous = None
    for (name, method), figures in lines.items():
        table.add_row("" if name == previous else name, method, *figures.values())
        previous = name
    return table
