"""Cases of the fuzz tests: a dataset of a known box is damaged and fitted, and certain things must hold."""

from __future__ import annotations

import faulthandler
import hashlib
import importlib
import io
import os
import random
import re
import resource
import shutil
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from boxfit.__main__ import main
from boxfit.exports.formats import EXPORTS
from boxfit.geometry.box import Box
from boxfit.usd.cube import find_boxes, read_box
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_from_disk
from boxfit.views.writers.formats import WRITERS

from tests import bop_files, plain_files, transforms_files
from tests.basic_writer import write_box_frames
from tests.colmap_files import write_box_project
from tests.folders import write_box_views
from tests.fuzz.damage import arguments, damage
from tests.scenes import BOX
from tests.stages import box_stage, camera_stage, two_object_views

LONGEST = 20.0
"""Longest time of a case, in [s] of the processor; it may wait four times as long for that on a busy machine."""

MOST_MEMORY = 2**30
"""Most memory of a case, in [B]."""

ONE_THREAD = {"PXR_WORK_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Environment in which a process that runs cases must be started, so that it and its forks have a single thread."""

VIEWS, SIZE = 10, (144, 144)
"""Number and size of the views: enough for a box without a warning."""

VOLUME, PROTRUSION = 0.12, 1.08
"""Largest difference from the truth of a box without a warning: of its volume, and its protrusion; masks are small."""


@dataclass
class Finding:
    """Result of a case.

    Attributes:
        number: Number of the case, from which all of it follows.
        base: Name of the dataset that was damaged.
        done: Description of the damage, and the flags.
        code: Exit code, or the negative number of the signal that ended it.
        faults: What must not be; none for a case that passes.
        output: End of what was printed.
        warned: True if a box was written with a warning.
        compared: True if the box was compared with the truth, as there was no warning.
    """

    number: int
    base: str
    done: list[str]
    code: int = 0
    faults: list[str] = field(default_factory=list)
    output: str = ""
    warned: bool = False
    compared: bool = False


for _module in ("commands", "convert", "fit", "inspect", "make", "parser"):
    importlib.import_module(
        f"boxfit.cli.{_module}"
    )  # Imported before the forks, as are the modules that a fit imports late.
importlib.import_module("boxfit.session.object_fit")


def make_bases(folder: Path) -> dict[str, Path]:
    """Make a small dataset of the same box in each form that can be read; the stages are called scene.usda."""
    folder.mkdir(exist_ok=True)
    write_box_views(folder / "generator", VIEWS, resolution=SIZE)
    write_box_frames(folder / "writer", VIEWS, resolution=SIZE, semantic="uint8", boxes=True)
    write_box_frames(folder / "instances", VIEWS, resolution=SIZE, instance="uint16", semantic=None)
    two_object_views(folder / "two", VIEWS)
    box_stage(folder / "named", VIEWS, resolution=SIZE)
    imported = camera_stage(folder / "carried", VIEWS, resolution=SIZE)
    Path(imported.GetRootLayer().realPath).rename(folder / "carried" / "scene.usda")
    transforms_files.write_nerfstudio(folder / "nerfstudio", transforms_files.shots_around(VIEWS), depth=True)
    transforms_files.write_blender(folder / "nerf", transforms_files.blender_shots(VIEWS))
    write_box_project(folder / "colmap_binary", VIEWS, "OPENCV")
    write_box_project(folder / "colmap_text", VIEWS, suffix=".txt")
    shots = bop_files.shots_around(BOX.centre.tolist(), 4.5 * float(np.linalg.norm(BOX.half_extents)), VIEWS)
    bop_files.write_scene(folder / "bop", [_box_of_bop()], shots, depth_scale=1e-4)
    plain_files.write_plain_boxes(folder / "plain", VIEWS, SIZE, depth=True)
    return {path.name: path for path in sorted(folder.iterdir())}


def _box_of_bop() -> bop_files.Block:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = BOX.rotation, BOX.centre
    half = tuple(BOX.half_extents.tolist())
    return bop_files.Block(1, half, lambda image: pose)


def run_case(number: int, bases: dict[str, Path], folder: Path) -> Finding:
    """Run a case in a process of its own, made by a fork: nothing has to be imported again.

    Args:
        number: Number of the case.
        bases: Datasets to damage copies of, by name; each folder may hold a `scene.usda` that names it.
        folder: New folder for the case.

    Raises:
        RuntimeError: If this process has several threads: a fork lacks them, and waits forever for what they hold.
    """
    tasks = Path("/proc/self/task")
    if tasks.exists() and len(list(tasks.iterdir())) > 1:
        raise RuntimeError(f"a process with several threads cannot be forked: start it with {ONE_THREAD}")
    folder.mkdir(exist_ok=True)
    rng = random.Random(number)
    base = rng.choice(sorted(bases))
    source = folder / "source"
    shutil.copytree(bases[base], source, symlinks=True)
    finding = Finding(number, base, [])
    stage = folder / "scene.usda"
    save_stage(new_stage(stage))
    into = rng.random() < 0.5
    scene = source / "scene.usda"
    named = scene if scene.exists() else source
    finding.done = damage(folder if into and rng.random() < 0.2 else source, rng)
    flags = arguments(rng)
    command = rng.choice(["fit"] * 8 + ["inspect", "import", "convert"])
    words = [command, str(named)]
    results = {"import": folder / "box.usda", "convert": folder / "converted"}
    if command == "fit":
        words += [*flags, *(("--into", str(stage)) if into else ("--output", str(folder / "box.usda"))), "--json"]
        if rng.random() < 0.3:
            name = rng.choice(sorted(EXPORTS))
            results["fit"] = folder / ("boxes.json" if EXPORTS[name].names is None else "boxes")
            words += ["--export", f"{name}:{results['fit']}", *rng.choice([[], ["--source-units", "0.01"]])]
    elif command == "import":
        words += ["--output", str(results[command])]
    elif command == "convert":
        words += [str(results[command]), "--format", rng.choice(sorted(WRITERS))]
    finding.done.append(" ".join(words[:1] + words[2:]))
    before = _contents(source), _contents(stage)
    output = folder / "output.txt"
    begin, own = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = os.fork()
    if child == 0:
        _run_child(words, output)
    # A fork begins with the memory of this process.
    status, seconds, memory = _wait(child, begin + 4 * LONGEST, own)
    finding.code = os.waitstatus_to_exitcode(status)
    finding.output = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
    if seconds > LONGEST or time.monotonic() - begin > 4 * LONGEST:
        finding.faults.append("it hangs")
    elif finding.code not in (0, 1, 2):
        finding.faults.append(f"exit code {finding.code}")
    if memory > MOST_MEMORY:
        finding.faults.append(f"{memory / 2**20:.0f} MiB")
    finding.faults += _faults_of_output(finding)
    if _contents(source) != before[0]:
        finding.faults.append("an input was changed")
    # If some objects have no box, those of the others are written.
    has_written = finding.code == 0 or re.search(r"^boxfit: error: .* objects? ha(s|ve) no box: ", finding.output, re.M)
    if not has_written and _contents(stage) != before[1]:
        finding.faults.append("the stage was changed by a command that failed")
    left = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    if left:
        finding.faults.append(f"{', '.join(left)} was left behind")
    written = [path.name for path in (folder / "box.usda", *results.values()) if path.exists()]
    if not has_written and written:
        finding.faults.append(f"a command that failed has written {', '.join(written)}")
    if has_written and command in results and not results[command].exists():
        finding.faults.append(f"{results[command].name} was not written")
    if has_written and command == "fit":
        finding.faults += _faults_of_stage(stage if into else folder / "box.usda", finding)
    return finding


def _run_child(words: list[str], output: Path) -> None:
    """Run the command line and end the process; what it prints goes to a file."""
    code = 70
    try:
        faulthandler.disable()
        out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout, sys.stderr = (
            io.TextIOWrapper(io.FileIO(number, "w", closefd=False), encoding="utf-8", write_through=True)
            for number in (1, 2)
        )
        code = main(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 70
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def _wait(child: int, end: float, own: int) -> tuple[int, float, int]:
    """Wait for a process, and kill it after its time.

    Returns:
        Its status, its time on the processor in [s], and the memory that it has taken in [B].
    """
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            unit = 1 if sys.platform == "darwin" else 1024
            return status, usage.ru_utime + usage.ru_stime, (usage.ru_maxrss - own) * unit
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            end += 1e9
        time.sleep(0.005)


def _contents(place: Path) -> dict[str, str]:
    """Return a digest of every file, and the targets of links."""
    found = {}
    for path in [place, *sorted(place.rglob("*"))]:
        if path.is_symlink():
            found[str(path)] = f"-> {path.readlink()}"
        elif path.is_file():
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[str(path)] = "special"
    return found


def _faults_of_output(finding: Finding) -> list[str]:
    text = finding.output
    faults = ["a traceback"] if "Traceback (most recent" in text else []
    errors = [line for line in text.splitlines() if line.startswith("boxfit: error:")]
    if finding.code == 1 and len(errors) != 1:
        faults.append(f"{len(errors)} lines of error")
    if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text):
        faults.append("control characters were printed")
    return faults


def _faults_of_stage(stage: Path, finding: Finding) -> list[str]:
    """Check that the written stage opens, and that a box without any warning is the true one."""
    try:
        opened = open_from_disk(stage)
        boxes = [read_box(opened, path)[0] for path in find_boxes(opened)]
    except Exception as error:
        return [f"the stage cannot be read again ({error})"]
    if not boxes:
        return ["no box was written"]
    flags = finding.done[-1]
    is_plain = not re.search("--(method notebook|max|learning|notebook|source|prim|align|frame|views|exclude)", flags)
    # That a format states no up axis or unit is always warned of.
    finding.warned = bool(re.search("boxfit: warning: (?!.*states no (up axis|unit))", finding.output))
    is_converted = finding.base == "bop" and "--into" in flags  # From millimetres.
    if is_plain and not finding.warned and finding.base != "two" and not is_converted and len(boxes) == 1:
        finding.compared = True
        wrong = _difference(boxes[0])
        if wrong:
            return [f"a wrong box without a warning: {wrong}"]
    return []


def _difference(box: Box) -> str:
    ratio = box.volume / BOX.volume
    protrusion = box.protrusion(BOX.corners)
    if abs(ratio - 1) > VOLUME or protrusion > PROTRUSION:
        return f"volume {ratio:.3f}, protrusion {protrusion:.3f}"
    return ""
