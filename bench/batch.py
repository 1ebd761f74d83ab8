"""Rate, processor time and memory of a batch: made datasets of 12 views of 256x256, in the Data Generator's format.

python -m bench.batch                          200 datasets in two processes; a minute or two
python -m bench.batch --quick                  25 of them, where the first fit of each process weighs more
python -m bench.batch --sources 1000 --jobs 8
python -m bench.batch --ray                    the same on a Ray cluster of this machine too
python -m bench.batch --against ../old         the same with the package of another checkout, after this one

The datasets are of all shapes, each in its own pose; from `DISTINCT` on they repeat, as links to the same files.
Ratios, and processor time within limits, are the figures that a busy machine leaves usable. The processor time of an
object is without the start, which the second run measures: it imports the same, and finds everything done. Ray's own
processes do not count in that of its run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from boxfit.batches.processes import ONE_THREAD
from boxfit.batches.records import read_records
from boxfit.views.data_generator_writer import write_metadata
from boxfit.views.dataset import View
from boxfit.views.metadata import metadata_from_view
from scipy.spatial.transform import Rotation

from bench.cameras import orbit, render_mask
from bench.shapes import SHAPES, make_shape
from bench.speed import unit_of_work

ROOT = Path(__file__).resolve().parents[1]
BASELINE = Path(__file__).with_name("batch_baseline.json")
DISTINCT, VIEWS, EDGE = 50, 12, 256
QUICK = 25


@dataclass(frozen=True)
class Run:
    """Measurement of a command.

    Attributes:
        seconds: From its start to its end, in [s].
        processor: User and system time of all its processes, in [s].
        memory: Peak of the largest of them, in [MB].
    """

    seconds: float
    processor: float
    memory: float


def main() -> None:
    """Measure and print."""
    arguments = _parser().parse_args()
    if arguments.quick:
        arguments.sources = QUICK
    roots = [ROOT, *([arguments.against.resolve()] if arguments.against else [])]
    with tempfile.TemporaryDirectory() as name:
        tree = make_tree(Path(name) / "tree", arguments.sources)
        measured = [measure(root, tree, Path(name) / f"out{number}", arguments) for number, root in enumerate(roots)]
    for root, figures in zip(roots, measured, strict=True):
        print(json.dumps({"checkout": str(root), **figures} if len(roots) > 1 else figures, indent=1))
    _compare(measured[0], json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else None)
    if arguments.write_baseline:
        BASELINE.write_text(json.dumps(measured[0], indent=1) + "\n", encoding="utf-8")


def measure(root: Path, tree: Path, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure the package of a checkout."""
    command, count = ["batch", str(tree), "--output"], arguments.sources
    jobs = ["--jobs", str(arguments.jobs)]
    unit = unit_of_work()
    first = run(root, [*command, f"{folder}/out", *jobs])
    again = run(root, [*command, f"{folder}/out", *jobs])
    stages = _stages(folder / "out")
    on_ray = run(root, [*command, f"{folder}/ray", "--ray", "local"]) if arguments.ray else None
    stages_on_ray = _stages(folder / "ray") if on_ray else None
    unit = (unit + unit_of_work()) / 2
    return {
        "note": arguments.note,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "unit": round(unit, 4),
        "sources": count,
        "jobs": arguments.jobs,
        "first run": _rounded(first),
        "run that finds all done": _rounded(again),
        "objects a second": round(count / first.seconds, 2),
        "processor seconds of an object": round((first.processor - again.processor) / count, 4),
        "seconds of an object by stage": stages,
        "overhead over fit": round(stages["total"] / stages["fit"] - 1, 3),
        "overhead over reading and fit": round(stages["total"] / (stages["fit"] + stages["read"]) - 1, 3),
        "run on Ray": {**_rounded(on_ray), "seconds of an object by stage": stages_on_ray} if on_ray else None,
    }


def _compare(figures: dict[str, Any], baseline: dict[str, Any] | None) -> None:
    """Print the figures that loads change least, beside those of the baseline."""
    if baseline is None:
        return
    work = "processor seconds of an object"
    print(f"{work}: {figures[work]:.4f}, in the baseline {baseline[work]:.4f}")
    print(f"overhead over fit: {figures['overhead over fit']:.1%}, in the baseline {baseline['overhead over fit']:.1%}")
    print(f"memory: {figures['first run']['memory']:.0f} MB, in the baseline {baseline['first run']['memory']:.0f} MB")


def make_tree(root: Path, count: int) -> Path:
    """Make datasets; from `DISTINCT` on they are links to the files of those before."""
    for number in range(count):
        folder = root / f"{number:06d}"
        folder.mkdir(parents=True)
        if number < DISTINCT:
            _make_dataset(folder, SHAPES[number % len(SHAPES)], number)
        for path in (root / f"{number % DISTINCT:06d}").iterdir() if number >= DISTINCT else ():
            os.link(path, folder / path.name)
    return root


def _make_dataset(folder: Path, name: str, seed: int) -> None:
    """Write masks and cameras of a shape in a random pose."""
    rng, shape = np.random.default_rng(seed), make_shape(name)
    vertices = shape.vertices @ Rotation.from_quat(rng.normal(size=4)).as_matrix().T
    centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    radius = float(np.linalg.norm(vertices - centre, axis=1).max())
    for index, camera in enumerate(orbit(rng, centre, radius, VIEWS, (EDGE, EDGE), 0.7)):
        mask = render_mask(vertices, shape.faces, camera)
        np.save(folder / f"{index}_semantic.npy", mask.astype(np.uint32)[..., None])
        box = {"file": f"{name}.usd", "class": name, "bbox": _rectangle(mask)}
        view = View(str(index), camera, f"{name}.usd", None, metadata={"bbox_2d_tight": [box]})
        write_metadata(metadata_from_view(view), folder / f"{index}_metadata.json")


def _rectangle(mask: np.ndarray) -> dict[str, int]:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return {
        "x_min": int(columns[0]),
        "y_min": int(rows[0]),
        "x_max": int(columns[-1]),
        "y_max": int(rows[-1]),
    }


def run(root: Path, arguments: Sequence[str]) -> Run:
    """Run a command of the package of a checkout; exit with its output if it fails."""
    environment = os.environ | ONE_THREAD | {"PYTHONPATH": str(root / "source")}
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "boxfit", *arguments, "--quiet"], stderr=subprocess.PIPE, env=environment, cwd=root
    )
    assert process.stderr
    error = process.stderr.read()  # Its end is that of the command.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{error.decode()}")
    peak = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    return Run(time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, peak)


def _stages(output: Path) -> dict[str, float]:
    """Return the mean seconds of an object by stage, as its worker has timed them: reading, fit, files, all."""
    records = [record["seconds"] for record in read_records(output) if record["status"] == "fitted"]
    around = ("read", "write", "thumbnails", "total")
    means = {name: float(np.mean([seconds[name] for seconds in records])) for name in around}
    fit = float(np.mean([sum(value for name, value in each.items() if name not in around) for each in records]))
    return {name: round(value, 4) for name, value in {"fit": fit, **means}.items()}


def _rounded(measured: Run) -> dict[str, Any]:
    return {name: round(value, 2) for name, value in asdict(measured).items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=200, help="number of datasets")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} datasets")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="measure the package of another checkout too")
    parser.add_argument("--jobs", type=int, default=2, help="number of processes")
    parser.add_argument("--ray", action="store_true", help="run on a Ray cluster of this machine too")
    parser.add_argument("--note", default="", help="what to know of the machine, for the baseline")
    parser.add_argument("--write-baseline", action="store_true", help=f"replace {BASELINE.name}")
    return parser


if __name__ == "__main__":
    main()
