"""Worker that is broken or hostile: every call ends in time with an error of one line, and the processes are gone."""

import io
import json
import math
import os
import struct
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from boxfit._version import __version__
from boxfit.errors import RendererError
from boxfit.remote import process
from boxfit.remote.client import RendererRemote
from boxfit.remote.greeting import read_greeting
from boxfit.remote.messages import Message, read_answer, write_message
from boxfit.remote.process import Worker
from hypothesis import example, given
from hypothesis import strategies as st

from tests.scenes import BOX, box_silhouettes

SILHOUETTES = box_silhouettes()[:2]
VIEWS = np.arange(2)
CORNERS = np.stack([silhouette.camera.to_camera(BOX.corners) for silhouette in SILHOUETTES])
SETTINGS = {"name": "dibr", "sigmainv": 7000.0, "boxlen": 0.02, "device": "auto"}

MARK = b"\0boxfit worker\0"
HELLO = {"boxfit": __version__, "python": "3.12.0", "packages": {}, "problem": ""}
DONE = {"kind": "done", "values": {"reason": None}, "arrays": []}
DEEP = b"[" * 50_000

HELPERS = f"""
import json, os, signal, struct, subprocess, sys, threading, time

def send(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()

def greet(values={HELLO!r}):
    send({MARK!r} + (values if isinstance(values, bytes) else json.dumps(values).encode()) + b"\\n")

def answer(header={DONE!r}, data=b""):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    send(struct.pack("<Q", len(header)) + header + data)

def drain():
    while os.read(0, 65536):
        pass

"""

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither this signal nor process groups")


@pytest.fixture
def hostile(tmp_path, monkeypatch, workers):
    """Start a worker that runs a script instead of boxfit."""

    def start(code: str) -> Worker:
        script = tmp_path / "hostile.py"
        script.write_text(HELPERS + code + "\ntime.sleep(600)\n", encoding="utf-8")
        monkeypatch.setattr(process, "BOOTSTRAP", script)
        workers.append(Worker(Path(sys.executable)))
        return workers[-1]

    return start


def failure(call, *arguments) -> str:
    """Return the message of an error, which is one line."""
    with pytest.raises(RendererError) as caught:
        call(*arguments)
    assert str(caught.value).isprintable()
    return str(caught.value)


def assert_gone(worker: Worker) -> None:
    """Assert that closing leaves neither the process nor a thread."""
    worker.close()
    assert worker._process.returncode is not None
    assert not [thread for thread in threading.enumerate() if "boxfit worker" in thread.name]


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [
        ("greet({})", "not texts"),
        ("greet(None)", "not an object"),
        ("greet([])", "not an object"),
        ("greet(b'{')", "Expecting property name"),
        ("greet(b'\\xff\\xfe')", "can't decode"),
        (f"greet({DEEP!r})", "nested too deeply"),
        ("greet({'boxfit': None})", "not texts"),
        (f"greet({HELLO | {'python': 3.12}!r})", "not texts"),
        (f"greet({HELLO | {'packages': None}!r})", "not texts"),
        (f"greet({HELLO | {'packages': ['numpy']}!r})", "not texts"),
        (f"greet({HELLO | {'packages': {'numpy': 2}}!r})", "not texts"),
        (f"greet({HELLO | {'problem': {'a': 1}}!r})", "not texts"),
        (
            f"greet({HELLO | {'problem': 'no NumPy' + chr(10) + chr(27) + '[31m' + chr(0xD800)}!r})",
            "no NumPy [31m: run",
        ),
        (f"send({MARK!r})\nwhile True:\n    send(b'x' * 65536)", "a greeting without an end"),
        ("while True:\n    send(b'x' * 65536)", "no greeting in the first 1048576 bytes"),
    ],
)
def test_greeting_that_is_malformed_is_an_error(greeting, reason, hostile):
    worker = hostile(greeting)
    assert reason in failure(worker.greet)
    assert_gone(worker)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("os.kill(os.getpid(), signal.SIGSTOP)", marks=posix),
        "while True:\n    send(b'x')\n    time.sleep(0.05)",
    ],
)
def test_greeting_that_never_comes_is_an_error_after_its_time(code, hostile, monkeypatch):
    monkeypatch.setattr(process, "GREETING_TIMEOUT", 0.5)
    worker = hostile(code)
    assert "it did not respond for 0 s" in failure(worker.greet)
    assert_gone(worker)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        pytest.param("os.kill(os.getpid(), signal.SIGSTOP)", marks=posix),
        "send(struct.pack('<Q', 2**20))",
        "send(struct.pack('<Q', 2**20))\nwhile True:\n    send(b' ')\n    time.sleep(0.05)",
        # The pipe of the requests is full before all of them are read.
        "time.sleep(600)",
    ],
)
def test_answer_that_never_comes_is_an_error_after_its_time(code, hostile, monkeypatch):
    worker = hostile(f"greet()\n{code}")
    worker.greet()
    monkeypatch.setattr(process, "ANSWER_TIMEOUT", 0.5)
    assert "it did not respond for 0 s" in failure(worker.ask, "make", {}, [np.zeros(100_000)])
    assert_gone(worker)


def test_answer_may_take_longer_for_more_pixels(hostile, monkeypatch):
    worker = hostile("greet()\ntime.sleep(1)\nanswer()")
    worker.greet()
    monkeypatch.setattr(process, "ANSWER_TIMEOUT", 0.1)
    assert worker.ask("areas", megapixels=1).kind == "done"


ANSWERS = [
    b"",
    b"{",
    DEEP,
    [],
    {},
    DONE | {"kind": {}},
    DONE | {"kind": "unknown"},
    DONE | {"values": None},
    DONE | {"values": {}},
    DONE | {"values": {"reason": 5}},
    DONE | {"kind": "failed"},
    DONE | {"arrays": None},
    DONE | {"arrays": [5]},
    *(DONE | {"arrays": [["<f8", shape]]} for shape in ([2**40], [2**70, 0], [-1], ["a"], [True], [1.0], None, 3, {})),
    *(DONE | {"arrays": [[dtype, [0]]]} for dtype in ("O", "|O8", "<M8", "<U4", "<f8,O", "|V99", "<c16", 8, None)),
]


@pytest.mark.parametrize("header", ANSWERS, ids=range(len(ANSWERS)))
def test_answer_that_is_malformed_is_an_error(header):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    with pytest.raises(ValueError, match=r"."):
        read_answer(io.BytesIO(struct.pack("<Q", len(header)) + header + bytes(1000)), 1000)


def test_answer_that_is_malformed_ends_the_worker(hostile):
    worker = hostile("greet()\nanswer([])")
    worker.greet()
    assert "it sent what cannot be read (JSON that is not an object)" in failure(worker.unavailable_reason, "dibr")
    failure(worker.unavailable_reason, "dibr")
    assert_gone(worker)


def test_reason_of_the_other_side_is_one_line_for_printing(hostile):
    reason = "no\nGPU \x1b[31m\ud800" + "x" * 10_000
    worker = hostile(f"greet()\nanswer({DONE | {'kind': 'refused', 'values': {'reason': reason}}!r})")
    worker.greet()
    message = failure(worker.ask, "make")
    assert message.startswith("no GPU [31m x") and len(message) <= 1000


def areas_message(*arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    write_message(stream, Message("done", {"reason": None}, arrays))
    return stream.getvalue()


RIGHT = (np.ones(2), np.ones(2), np.ones((2, 8, 3)), np.ones((2, 8, 3)))


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ((RIGHT[0] * math.nan, *RIGHT[1:]), "not finite"),
        ((*RIGHT[:3], RIGHT[3] * math.inf), "not finite"),
        (tuple(array.astype(np.float32) for array in RIGHT), "are not areas"),
        (tuple(array.astype(np.int64) for array in RIGHT), "are not areas"),
        (RIGHT[:3], "are not areas"),
        ((*RIGHT[:3], np.ones((2, 8, 4))), "too large"),
        ((*RIGHT, np.ones(1)), "another type, shape or size"),
        ((RIGHT[2], RIGHT[1], RIGHT[0], RIGHT[3]), "are not areas"),
    ],
)
def test_areas_that_cannot_be_used_are_an_error_with_a_remedy(arrays, reason, hostile):
    sent = areas_message(*arrays)
    worker = hostile(f"threading.Thread(target=drain, daemon=True).start()\ngreet()\nanswer()\nsend({sent!r})")
    worker.greet()
    message = failure(RendererRemote(worker, SETTINGS, SILHOUETTES).areas, CORNERS, VIEWS)
    assert reason in message and "use the renderer area" in message


@given(st.binary(max_size=60), st.integers(0, 400), st.integers(0, 60))
@example(b"", 0, 400)
def test_data_that_is_damaged_is_read_or_is_an_error(new, place, removed):
    for good, read in (
        (areas_message(*RIGHT), lambda stream: read_answer(stream, 8 * 100)),
        (MARK + json.dumps(HELLO).encode() + b"\n", read_greeting),
    ):
        with suppress(EOFError, ValueError):
            read(io.BytesIO(good[:place] + new + good[place + removed :]))


@posix
@pytest.mark.parametrize("ends", ["", "os._exit(3)"])
def test_child_processes_end_with_the_worker(ends, hostile, monkeypatch, tmp_path):
    log = tmp_path / "log"
    log.touch()
    beat = f"import time\nwhile True:\n    open({str(log)!r}, 'a').write('.')\n    time.sleep(0.02)"
    wait = f"while not os.path.getsize({str(log)!r}):\n    time.sleep(0.02)\n"
    worker = hostile(f"subprocess.Popen([sys.executable, '-c', {beat!r}])\n{wait}greet()\n{ends}")
    worker.greet()
    monkeypatch.setattr(process, "ANSWER_TIMEOUT", 0.5)
    failure(worker.unavailable_reason, "dibr")
    assert_gone(worker)
    size = log.stat().st_size
    time.sleep(0.3)
    assert log.stat().st_size == size


@posix
@pytest.mark.parametrize(("ends", "reason"), [("", "it did not respond for 0 s"), ("os._exit(3)", "exit code 3")])
def test_process_that_left_the_group_and_holds_the_pipes_delays_nothing(ends, reason, hostile, monkeypatch, tmp_path):
    stray = "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)"
    worker = hostile(f"{stray}\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\ngreet()\n{ends}")
    worker.greet()
    monkeypatch.setattr(process, "ANSWER_TIMEOUT", 0.5)
    try:
        assert reason in failure(worker.unavailable_reason, "dibr")
        worker.close()
        assert worker._process.returncode is not None
    finally:
        os.kill(int((tmp_path / "pid").read_text()), 9)
