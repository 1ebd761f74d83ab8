"""Worker in another interpreter: start, output and failures."""

import io
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import RendererError
from boxfit.remote import process
from boxfit.remote.client import RendererRemote
from boxfit.remote.launch import BOOTSTRAP, OLDEST_PYTHON
from boxfit.remote.process import Worker
from boxfit.render.area import RendererArea
from boxfit.render.renderer import Renderer

from tests.scenes import BOX, box_silhouettes

SILHOUETTES = box_silhouettes()[:4]
VIEWS = np.arange(4)
CORNERS = np.stack([silhouette.camera.to_camera(BOX.corners) for silhouette in SILHOUETTES])
SETTINGS = {"sigmainv": 7000.0, "boxlen": 0.02, "device": "auto"}
PATIENCE = 20.0
"""Timeout in [s]."""


def greeted(python: Path, workers: list[Worker]) -> Worker:
    workers.append(Worker(python))
    workers[-1].greet()
    return workers[-1]


def failure(python: Path, workers: list[Worker]) -> str:
    """Return the error message about an interpreter that cannot be used."""
    with pytest.raises(RendererError) as caught:
        greeted(python, workers)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def assert_same(renderer: RendererRemote, here: Renderer | None = None) -> None:
    """Assert that areas equal those of a renderer here, or of RendererArea, to the last bit."""
    expected, areas = (here or RendererArea(SILHOUETTES)).areas(CORNERS, VIEWS), renderer.areas(CORNERS, VIEWS)
    for name in ("box", "overlap", "box_gradient", "overlap_gradient"):
        assert np.array_equal(getattr(expected, name), getattr(areas, name))


def test_areas_by_an_interpreter_that_has_numpy_alone_are_the_same(other, workers):
    worker = greeted(other.path, workers)
    assert worker.unavailable_reason("area") is None
    renderer = RendererRemote(worker, {"name": "area", **SETTINGS}, SILHOUETTES)
    assert renderer.name == "area"
    assert_same(renderer)
    # Another set of views, in the same worker.
    assert_same(RendererRemote(worker, {"name": "area", **SETTINGS}, SILHOUETTES))


def test_areas_by_dibr_there_are_those_of_dibr_here(torch_module, workers):
    from boxfit.render.dibr import RendererDibr

    worker = greeted(Path(sys.executable), workers)
    assert worker.unavailable_reason("dibr") is None
    there = RendererRemote(worker, {"name": "dibr", **SETTINGS, "device": "cpu"}, SILHOUETTES)
    assert_same(there, RendererDibr(SILHOUETTES, 7000.0, 0.02, device="cpu"))


def test_greet_returns_the_interpreters_versions(other, workers):
    workers.append(Worker(other.path))
    greeting = workers[0].greet()
    assert greeting.python == ".".join(map(str, sys.version_info[:3]))
    assert dict(greeting.packages) == {"numpy": None, "torch": None, "kaolin": None} and greeting.problem == ""


def test_worker_sees_nothing_that_lies_beside_the_library_or_in_the_current_folder(
    other, workers, tmp_path, monkeypatch
):
    (tmp_path / "torch.py").write_text("raise SystemExit('the wrong torch')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    library = tmp_path / "installed" / "boxfit"
    shutil.copytree(BOOTSTRAP.parents[1], library, ignore=shutil.ignore_patterns("__pycache__", "ui", "usd", "views"))
    (tmp_path / "installed" / "torch.py").write_text("raise SystemExit('the wrong torch')", encoding="utf-8")
    monkeypatch.setattr(process, "BOOTSTRAP", library / "remote" / "bootstrap.py")
    reason = greeted(other.path, workers).unavailable_reason("dibr")
    assert reason is not None and reason.startswith("PyTorch is not installed")


def test_what_is_printed_to_stdout_disturbs_nothing(other, workers):
    noise = "print('a line of Python')\nos.write(1, b'from C, \\xff')\nos.system('echo from a program')"
    other.add_renderer("dibr", then=noise, setup="print('Welcome to Python!', flush=True)")
    renderer = RendererRemote(greeted(other.path, workers), {"name": "dibr", **SETTINGS}, SILHOUETTES)
    for _ in range(3):
        assert_same(renderer)


def test_what_is_printed_to_stderr_never_fills_a_pipe(other, workers):
    other.add_renderer("dibr", then="sys.stderr.write('x' * 2**20)")
    assert_same(RendererRemote(greeted(other.path, workers), {"name": "dibr", **SETTINGS}, SILHOUETTES))


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("nowhere/python", "there is no such file"),
        ("", "it is a folder: name the interpreter itself, such as"),
        pytest.param(
            "text.txt",
            "it is not an executable file",
            marks=pytest.mark.skipif(os.name == "nt", reason="files have no executable flag on Windows"),
        ),
    ],
)
def test_start_of_a_path_that_is_not_a_program_gives_the_reason(place, reason, tmp_path, workers):
    (tmp_path / "text.txt").write_text("", encoding="utf-8")
    assert reason in failure(tmp_path / place, workers)


def script(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(0o755)
    return path


scripts = pytest.mark.skipif(os.name == "nt", reason="a script is not a program on Windows")


@scripts
def test_start_of_another_program_quotes_its_output(tmp_path, workers):
    other = script(tmp_path / "tool", "echo 'unknown option -c' >&2", "exit 3")
    message = failure(other, workers)
    assert message.startswith("it ended with exit code 3 and printed: unknown option -c; name a Python")


@scripts
def test_start_of_a_program_that_does_not_respond_times_out(tmp_path, workers, monkeypatch):
    monkeypatch.setattr(process, "GREETING_TIMEOUT", 0.2)
    assert failure(script(tmp_path / "tool", "sleep 600"), workers).startswith("it did not respond for")


@scripts
def test_start_of_a_file_that_the_system_cannot_run_gives_the_reason(tmp_path, workers):
    other = script(tmp_path / "tool")
    other.write_bytes(b"\x7fELF no program")
    assert "it cannot be started" in failure(other, workers)


@scripts
def test_interpreter_behind_a_script_works_and_ends_with_it(other, tmp_path, workers):
    other.add_renderer("dibr", then="time.sleep(600)", after=1)
    behind = script(tmp_path / "python.sh", f'"{other.path}" "$@"', "exit $?")
    renderer = RendererRemote(greeted(behind, workers), {"name": "dibr", **SETTINGS}, SILHOUETTES)
    assert_same(renderer)
    threading.Timer(0.2, workers[0].stop).start()
    with pytest.raises(RendererError):
        renderer.areas(CORNERS, VIEWS)


def test_interpreter_that_is_too_old_is_refused(other, workers, tmp_path, monkeypatch):
    asks_for_more = tmp_path / "bootstrap.py"
    text = BOOTSTRAP.read_text(encoding="utf-8")
    assert str(OLDEST_PYTHON) in text
    asks_for_more.write_text(text.replace(str(OLDEST_PYTHON), "(4, 0)"), encoding="utf-8")
    monkeypatch.setattr(process, "BOOTSTRAP", asks_for_more)
    version = "{}.{}".format(*sys.version_info[:2])
    assert f"printed: Python {version} is too old; name a Python interpreter, 3.10 or later" in failure(
        other.path, workers
    )


def test_interpreter_without_numpy_is_refused_with_the_remedy(other, workers):
    other.set_up(numpy=False)
    message = failure(other.path, workers)
    assert message.startswith("NumPy cannot be imported there")
    assert message.endswith(f'"{other.path}" -m pip install numpy')


def test_library_that_was_replaced_meanwhile_is_refused(other, workers, tmp_path, monkeypatch):
    library = tmp_path / "boxfit"
    shutil.copytree(BOOTSTRAP.parents[1], library, ignore=shutil.ignore_patterns("__pycache__", "ui", "usd", "views"))
    (library / "_version.py").write_text('__version__ = "99.0"\n', encoding="utf-8")
    monkeypatch.setattr(process, "BOOTSTRAP", library / "remote" / "bootstrap.py")
    assert failure(other.path, workers).startswith("boxfit's files are of version 99.0, but")


def test_unavailable_there_gives_the_reason_of_there(other, workers):
    worker = greeted(other.path, workers)
    assert worker.unavailable_reason("dibr") == f'PyTorch is not installed: "{other.path}" -m pip install torch'
    assert "kaolin.readthedocs.io" in (worker.unavailable_reason("kaolin") or "")


def test_crash_while_a_package_is_imported_is_an_error(other, workers):
    other.add_module("torch", "import os\nos.abort()")
    worker = greeted(other.path, workers)
    with pytest.raises(RendererError, match="it crashed" if os.name == "nt" else "it crashed with SIGABRT"):
        worker.unavailable_reason("dibr")


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        pytest.param("os.abort()", "it crashed with SIGABRT", marks=scripts),
        pytest.param("os.kill(os.getpid(), signal.SIGSEGV)", "it crashed with SIGSEGV", marks=scripts),
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", "when memory runs out", marks=scripts),
        ("os._exit(7)", "it ended with exit code 7"),
        ("print('CUDA error: an illegal access', flush=True); os._exit(7)", "printed: CUDA error: an illegal access"),
        ("raise MemoryError('CUDA out of memory')", "failed in {python}: MemoryError: CUDA out of memory"),
        # A child process keeps the pipes open.
        pytest.param("os.fork() and os.abort() or time.sleep(60)", "it crashed with SIGABRT", marks=scripts),
        (
            "import numpy; from boxfit.render.renderer import Areas; return Areas(*[numpy.zeros(1)] * 4)",
            "are not areas",
        ),
    ],
)
def test_failure_during_a_request_is_an_error_with_a_remedy(then, expected, other, workers):
    other.add_renderer("dibr", then, after=1)
    renderer = RendererRemote(greeted(other.path, workers), {"name": "dibr", **SETTINGS}, SILHOUETTES)
    assert_same(renderer)
    with pytest.raises(RendererError) as caught:
        renderer.areas(CORNERS, VIEWS)
    message = str(caught.value)
    assert message.startswith(f"the renderer 'dibr' failed in {other.path}: ") and "\n" not in message
    assert expected.format(python=other.path) in message
    assert f'boxfit doctor --python "{other.path}"' in message and "use the renderer area" in message


def test_worker_without_the_memory_for_a_message_gives_the_reason(other, workers):
    worker = greeted(other.path, workers)
    worker._requests.write((2**40).to_bytes(8, "little"))
    with pytest.raises(RendererError, match=r"it ended with exit code 1 and printed: .*ValueError: a header of"):
        worker.unavailable_reason("area")


def test_worker_that_answers_nonsense_is_ended(other, workers):
    worker = greeted(other.path, workers)
    worker._replies.close()
    worker._replies = io.BytesIO(b"nonsense" * 8)
    with pytest.raises(RendererError, match="it sent what cannot be read"):
        worker.unavailable_reason("area")


@scripts
def test_child_processes_of_a_worker_that_crashed_end_with_it(other, workers, tmp_path):
    log = tmp_path / "log"
    log.touch()
    other.add_renderer("dibr", f"if os.fork(): os.abort()\n{busy(log)}")
    worker = greeted(other.path, workers)
    renderer = RendererRemote(worker, {"name": "dibr", **SETTINGS}, SILHOUETTES)
    with pytest.raises(RendererError, match="SIGABRT"):
        renderer.areas(CORNERS, VIEWS)
    assert not grows(log)


def test_worker_that_has_ended_is_an_error_each_time_it_is_asked(other, workers):
    worker = greeted(other.path, workers)
    worker.stop()
    for _ in range(2):
        with pytest.raises(RendererError):
            worker.unavailable_reason("area")


def grows(path: Path) -> bool:
    """Return True if a process still writes to a file."""
    before = path.stat().st_size
    time.sleep(0.3)
    return path.stat().st_size > before


def wait_for(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.02)


def busy(log: Path) -> str:
    """Return code that never ends, and writes to a file as long as it runs."""
    return f"while True:\n    open({str(log)!r}, 'a').write('.')\n    time.sleep(0.02)"


def test_stop_ends_a_busy_worker_and_any_wait_for_it(other, workers, tmp_path):
    log = tmp_path / "log"
    other.add_renderer("dibr", busy(log))
    worker = greeted(other.path, workers)
    renderer = RendererRemote(worker, {"name": "dibr", **SETTINGS}, SILHOUETTES)
    raised: list[Exception] = []

    def ask() -> None:
        try:
            renderer.areas(CORNERS, VIEWS)
        except RendererError as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_for(log.exists)
    worker.stop()
    thread.join(PATIENCE)
    assert raised and not grows(log)


def test_worker_ends_with_the_process_that_started_it(other, tmp_path):
    log = tmp_path / "log"
    other.add_renderer("dibr", busy(log))
    code = f"""
import sys
from pathlib import Path
sys.path[:0] = {sys.path!r}
from boxfit.remote.process import Worker
from boxfit.remote.client import RendererRemote
from tests.unit.remote.test_process import CORNERS, SETTINGS, SILHOUETTES, VIEWS
worker = Worker(Path({str(other.path)!r}))
worker.greet()
RendererRemote(worker, {{"name": "dibr", **SETTINGS}}, SILHOUETTES).areas(CORNERS, VIEWS)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3])
    try:
        wait_for(log.exists)
        assert grows(log)
    finally:
        parent.kill()
        parent.wait()
    wait_for(lambda: not grows(log))
