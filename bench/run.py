"""Accuracy of boxfit's methods and of the notebook's literal loop on the fixed set of scenes.

python -m bench.run                     everything, with changes against the committed baseline
python -m bench.run --quick             a couple of minutes: one tilt, three conditions
python -m bench.run --only cube-1 --methods auto
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path

from boxfit.errors import BoxfitError
from rich.console import Console

from bench.methods import METHODS
from bench.metrics import Row, measure
from bench.scenes import CONDITIONS, TILTS, Scene, make_scene
from bench.shapes import SHAPES, make_shape
from bench.summary import changes, tables
from bench.truth import cached_least_box

BASELINE = Path(__file__).parent / "baseline.json"

QUICK_CONDITIONS = ("clean", "occluded", "noisy")
SLOW_SHAPES = ("chair", "bottle", "rod")
"""Shapes, one per class, on which --quick runs the slow methods."""


def main() -> None:
    """Run the bench and print its tables."""
    arguments = _parser().parse_args()
    console = Console(stderr=True, highlight=False)
    rows = []
    for shape, tilt, condition, methods in plan(arguments.quick, arguments.only, arguments.methods):
        scene = make_scene(shape, tilt, condition)
        for method in methods:
            rows.append(run(scene, method))
            console.print(_line(rows[-1]), soft_wrap=True)
    if arguments.json:
        print(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))
    else:
        report(rows)
    if arguments.write_baseline:
        write_baseline(rows)


def plan(quick: bool, only: list[str], methods: list[str]) -> Iterator[tuple[str, int, str, list[str]]]:
    """Yield (shape, tilt, condition, methods) to run: condition by condition, clean first.

    Each shape has a tilt of its own, the only one that is not clean, or quick.
    """
    for condition in QUICK_CONDITIONS if quick else CONDITIONS:
        for index, shape in enumerate(SHAPES):
            own = index % len(TILTS)
            for tilt in range(len(TILTS)) if condition == "clean" and not quick else (own,):
                if only and not any(text in f"{shape}-{tilt}-{condition}" for text in only):
                    continue
                slow = {
                    # About 5 s a scene, and 20 s.
                    "reference": condition == "clean",
                    # Yardsticks, which the other conditions tell nothing new about.
                    "hull": condition == "clean",
                    "geometry": condition == "clean",
                    "notebook": condition == "clean" and tilt == own,
                }
                if quick and shape not in SLOW_SHAPES:
                    slow = dict.fromkeys(slow, False)
                yield shape, tilt, condition, [method for method in methods if slow.get(method, True)]


def run(scene: Scene, method: str) -> Row:
    """Fit a scene with a method; if the method fails, the row has its message instead of figures."""
    start = time.perf_counter()
    try:
        outcome = METHODS[method](scene)
    except BoxfitError as error:
        return Row(scene.shape, scene.kind, scene.tilt, scene.condition, method, error=str(error))
    seconds = time.perf_counter() - start
    truth = cached_least_box(make_shape(scene.shape).vertices, scene.vertices)
    return measure(scene, method, truth, outcome, seconds)


def report(rows: list[Row]) -> None:
    """Print the tables, and the changes against the baseline."""
    console = Console(width=240)
    for table in tables(rows):
        console.print(table)
    if not BASELINE.exists():
        console.print(f"There is no {BASELINE.name} to compare with.")
        return
    baseline = {(row.scene, row.method): row for row in read_baseline()}
    if new := sum((row.scene, row.method) not in baseline for row in rows):
        console.print(f"{new} of {len(rows)} runs are not in the baseline.")
    console.print(changes(rows, baseline) or "Nothing else changed against the baseline.")


def read_baseline() -> list[Row]:
    """Read the rows of the committed baseline; seconds are those of the machine that wrote it."""
    return [Row(**row) for row in json.loads(BASELINE.read_text(encoding="utf-8"))]


def write_baseline(rows: list[Row]) -> None:
    """Write rows to the baseline, replacing those of the same scene and method, a line each."""
    known = read_baseline() if BASELINE.exists() else []
    merged = {(row.scene, row.method): row for row in [*known, *rows]}
    lines = ",\n".join(json.dumps(dataclasses.asdict(row)) for _, row in sorted(merged.items()))
    BASELINE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.run", description="Accuracy of boxfit on scenes of known truth."
    )
    parser.add_argument("--quick", action="store_true", help="one tilt and three conditions")
    parser.add_argument("--only", nargs="+", default=[], metavar="TEXT", help="scenes whose name has the text")
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--write-baseline", action="store_true", help=f"put the results into {BASELINE.name}")
    parser.add_argument("--json", action="store_true", help="print the results as JSON instead of tables")
    return parser


def _line(row: Row) -> str:
    if row.error is not None:
        return f"{row.scene:24} {row.method:10} {row.error}"
    figures = f"volume {row.volume:8.3f}  protrusion {row.protrusion:6.3f}  IoU {row.iou:.3f}"
    held = "" if row.faces_held is None else f"  faces {row.faces_held}/6"
    flag = "  undetermined" if row.undetermined else ""
    return f"{row.scene:24} {row.method:10} {figures}  {row.seconds:6.2f} s{held}{flag}"


if __name__ == "__main__":
    main()
