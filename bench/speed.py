"""Speed of boxfit: fits in a process that runs already, whole commands, their memory, and how they grow.

python -m bench.speed                     a few minutes; with BOXFIT_SHARED also the Data Generator's clock
python -m bench.speed --against ../old    the same with the package of another checkout, each right after the other
python -m bench.speed --full              up to 2,000 views, and 400 of 2048x2048

Machines differ, and so do their loads: the baseline holds seconds in units of a fixed piece of work, timed in the same
run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from boxfit.sample.make import make_sample
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
BASELINE = Path(__file__).with_name("speed_baseline.json")
REPEATS = 3
VIEWS, MORE_VIEWS = (6, 24, 100, 400), 2000
"""Numbers of views of 256x256; the last with --full."""
EDGES = (256, 512, 1024, 2048)
"""Edges of the images of 24 views."""
LIMITS = {"24 views of 512x512": 0.12, "boxfit --help": 0.2, "boxfit fit, sample": 0.6, "boxfit fit, clock": 1.2}
"""Wanted seconds, on two cores of 2024."""


@dataclass(frozen=True)
class Figures:
    """Measurement of a run.

    Attributes:
        seconds: Of the fastest run.
        memory: Peak memory of the process in [MB]; None for a fit in a process that runs already.
        stages: Seconds of the stages of a fit.
    """

    seconds: float
    memory: float | None = None
    stages: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Measure and print."""
    arguments = _parser().parse_args()
    roots = [ROOT, *([arguments.against.resolve()] if arguments.against else [])]
    rows: list[dict[str, Figures]] = [{} for _ in roots]
    unit = unit_of_work()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what, command, fitted in _plan(folder, arguments.full):
            for root, found in zip(roots, rows, strict=True):
                found[what] = _fit(root, fitted) if fitted else _command(root, command, folder)
                print(f"{root.name}: {what}: {found[what].seconds:.3f} s", file=sys.stderr)
    unit = (unit + unit_of_work()) / 2
    _print(rows, unit)
    if arguments.write_baseline:
        measured = {what: asdict(figures) for what, figures in rows[0].items()}
        BASELINE.write_text(json.dumps({"unit": unit, "rows": measured}, indent=1) + "\n", encoding="utf-8")


def _plan(folder: Path, full: bool) -> Iterator[tuple[str, list[str], Path | None]]:
    """Make datasets, and yield what to measure: a name, and the arguments of a command or a folder to fit."""
    (folder / "samples").mkdir()
    for edge in EDGES:
        yield f"24 views of {edge}x{edge}", [], _sample(folder, 24, edge)
    for views in (*VIEWS, *([MORE_VIEWS] if full else [])):
        yield f"{views} views of 256x256", [], _sample(folder, views, 256)
    box, sample = str(folder / "box.usda"), str(_sample(folder, 24, 512))
    yield "boxfit --help", ["--help"], None
    yield "boxfit fit, sample", ["fit", sample, "--output", box, "--force"], None
    if full:
        large = str(_sample(folder, 400, 2048))
        yield "boxfit fit, 400 views of 2048x2048", ["fit", large, "--output", box, "--force"], None
    if find_spec("torch"):
        notebook = ["--method", "notebook", "--renderer", "dibr"]
        yield "the same by the notebook's method", ["fit", sample, "--output", box, "--force", *notebook], None
    archive = Path(os.environ.get("BOXFIT_SHARED", ROOT / ".." / "shared")) / "data" / "rendered_clock.zip"
    if not archive.is_file():
        print(f"the Data Generator's clock is left out: no {archive} (set BOXFIT_SHARED)", file=sys.stderr)
        return
    with zipfile.ZipFile(archive) as stored:
        stored.extractall(folder)
    clock = str(next(folder.rglob("rendered_clock/0_metadata.json")).parent)
    yield "boxfit fit, clock", ["fit", clock, "--output", box, "--force"], None
    everything = ["--report", "r.json", "--overlay", "o.png", "--gif", "f.gif", "--curve", "c.png"]
    yield "the same with report and pictures", ["fit", clock, "--output", box, "--force", *everything], None


def _sample(folder: Path, views: int, edge: int) -> Path:
    """Return the views of a sample, which is made by the first call."""
    sample = folder / "samples" / f"{views}-{edge}"
    if not sample.exists():
        make_sample(sample, views=views, resolution=(edge, edge))
    return sample / "views"


def _fit(root: Path, folder: Path) -> Figures:
    found = json.loads(_run(root, [str(ROOT / "bench" / "session_timer.py"), str(folder), str(REPEATS)], folder))
    return Figures(found["seconds"], None, found["stages"])


def _command(root: Path, arguments: list[str], folder: Path) -> Figures:
    """Run the command line in a folder."""
    timer = [str(ROOT / "bench" / "measured.py"), sys.executable, "-m", "boxfit", *arguments]
    runs = [tuple(map(float, _run(root, timer, folder).split())) for _ in range(REPEATS)]
    return Figures(min(seconds for seconds, _ in runs), max(peak for _, peak in runs))


def _run(root: Path, arguments: list[str], folder: Path) -> str:
    """Run Python with the package of a checkout; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(root / "source")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def unit_of_work() -> float:
    """Return the seconds of a fixed piece of work: short and long array operations, and Python itself."""
    generator = np.random.default_rng(0)
    values, small = generator.normal(size=400_000), generator.normal(size=(3, 600))
    fastest = np.inf
    for _ in range(5):
        start = time.perf_counter()
        np.sort(values)
        for _ in range(2000):
            (small * 2.0).max(axis=1)
        sum(index * index for index in range(200_000))
        fastest = min(fastest, time.perf_counter() - start)
    return float(fastest)


def _print(rows: list[dict[str, Figures]], unit: float) -> None:
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {"unit": unit, "rows": {}}
    table = Table("what", "seconds", "wanted", "of the baseline", box=SIMPLE_HEAD)
    if len(rows) > 1:
        table.add_column("the other")
        table.add_column("times as fast")
    table.add_column("peak [MB]")
    for what, figures in rows[0].items():
        known = baseline["rows"].get(what)
        share = f"{figures.seconds / unit / (known['seconds'] / baseline['unit']):.2f}" if known else "new"
        cells = [what, f"{figures.seconds:.3f}", f"{LIMITS[what]:g}" if what in LIMITS else "", share]
        if len(rows) > 1:
            other = rows[1][what].seconds
            cells += [f"{other:.3f}", f"{other / figures.seconds:.2f}"]
        table.add_row(*cells, f"{figures.memory:.0f}" if figures.memory else "")
    stages = Table("stages", *rows[0]["24 views of 512x512"].stages, box=SIMPLE_HEAD)
    for what, figures in rows[0].items():
        if figures.stages:
            stages.add_row(what, *(f"{seconds:.3f}" for seconds in figures.stages.values()))
    console = Console(width=140)
    console.print(table, stages)
    console.print(f"fixed work: {unit:.4f} s, {baseline['unit']:.4f} s in the baseline")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description="Speed and memory of boxfit.")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="time the package of another checkout as well")
    parser.add_argument("--full", action="store_true", help="more and larger views")
    parser.add_argument("--write-baseline", action="store_true", help=f"put the results into {BASELINE.name}")
    return parser


if __name__ == "__main__":
    main()
