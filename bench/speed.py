"""Speed of boxfit: stages in this process, commands as separate processes, and their memory.

python -m bench.speed               needs PyTorch; with BOXFIT_SHARED also the Data Generator's clock
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench.methods import METHODS
from bench.scenes import make_scene

SCENES = ("chair", "bottle", "torus", "blob")
REPEATS = 3
MOST_MEMORY = "1024"
"""Limit of every command's peak RSS, in [MB]."""
MEASURED = Path(__file__).resolve().with_name("measured.py")


def main() -> None:
    """Measure and print."""
    table = Table("what", "seconds", "limit", "peak RSS [MB]", "limit", "", box=SIMPLE_HEAD)
    _stages(table)
    with tempfile.TemporaryDirectory() as folder:
        _commands(table, Path(folder))
    Console(width=120).print(table)


def _stages(table: Table) -> None:
    """Measure stages on 24 views of 512x512: the median over scenes of a run each, after a warm-up."""
    METHODS["tight"](make_scene(SCENES[0], 1))
    methods = ("contact", "tight", "notebook")
    runs = [{method: _seconds(method, shape) for method in methods} for shape in SCENES]
    seconds = {method: float(np.median([run[method] for run in runs])) for method in methods}
    ratio = f"{seconds['notebook'] / seconds['tight']:.0f} times as long as tight (at least 15 wanted)"
    table.add_row("start box, 24 views of 512x512", f"{seconds['contact']:.3f}", "0.5", "", "", "in this process")
    table.add_row("tight, the same", f"{seconds['tight']:.3f}", "1.0", "", "", "in this process")
    table.add_row("notebook with dibr, the same", f"{seconds['notebook']:.3f}", "", "", "", ratio)


def _seconds(method: str, shape: str) -> float:
    scene = make_scene(shape, 1)
    start = time.perf_counter()
    METHODS[method](scene)
    seconds = time.perf_counter() - start
    print(f"{method} on {shape}: {seconds:.2f} s", file=sys.stderr)
    return seconds


def _commands(table: Table, folder: Path) -> None:
    """Measure commands from start to exit."""
    _command(table, "boxfit --help", "0.4", ["--help"], folder)
    sample, box = folder / "sample", folder / "box.usda"
    _boxfit(["sample", str(sample)], folder)
    _command(
        table, "boxfit fit, sample", "2.5", ["fit", str(sample / "views"), "--output", str(box), "--force"], folder
    )

    archive = (
        Path(os.environ.get("BOXFIT_SHARED", Path(__file__).parents[1] / ".." / "shared"))
        / "data"
        / "rendered_clock.zip"
    )
    if not archive.is_file():
        table.add_row("boxfit fit, clock", "", "5", "", "", f"left out: no {archive} (set BOXFIT_SHARED)")
        return
    with zipfile.ZipFile(archive) as stored:
        stored.extractall(folder)
    clock = next(folder.rglob("0_metadata.json")).parent
    _command(table, "boxfit fit, clock", "5", ["fit", str(clock), "--output", str(box), "--force"], folder)
    everything = ["--report", "r.json", "--overlay", "o.png", "--gif", "f.gif", "--curve", "c.png"]
    command = ["fit", str(clock), "--output", str(box), "--force", *everything]
    _command(table, "the same with report and pictures", "", command, folder)


def _command(table: Table, name: str, limit: str, arguments: list[str], folder: Path) -> None:
    runs = [_boxfit(arguments, folder) for _ in range(REPEATS)]
    memory = max(peak for _, peak in runs)
    fastest = min(seconds for seconds, _ in runs)
    table.add_row(name, f"{fastest:.3f}", limit, f"{memory:.0f}", MOST_MEMORY, "as a whole process")


def _boxfit(arguments: list[str], folder: Path) -> tuple[float, float]:
    """Run the command line in a folder; return its seconds and its peak RSS in [MB], NaN if unknown."""
    command = [sys.executable, str(MEASURED), sys.executable, "-m", "boxfit", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"boxfit {' '.join(arguments)} failed:\n{done.stderr}")
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


if __name__ == "__main__":
    main()
