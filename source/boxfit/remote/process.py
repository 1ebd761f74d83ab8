"""Worker process in another interpreter: start it, send requests, and describe failures."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from boxfit._version import __version__
from boxfit.errors import RendererError
from boxfit.remote.ending import LastOutput, describe_exit
from boxfit.remote.greeting import Greeting, read_greeting
from boxfit.remote.launch import BOOTSTRAP, OLDEST_PYTHON, environment_for, find_program
from boxfit.remote.messages import Message, read_answer, write_message

GREETING_TIMEOUT = 60.0
"""Time for a worker's greeting, in [s]; it includes loading NumPy, but not PyTorch."""

ANSWER_TIMEOUT = 300.0
"""Time for an answer, in [s]; it includes loading PyTorch and kaolin, and the first start of a GPU."""

MEGAPIXEL_TIMEOUT = 60.0
"""Additional time for each million pixels of the views, in [s]: the widest soft edges on a slow CPU take as long."""

_EXIT_TIMEOUT = 1.0
"""Time for a process or a thread to end by itself, in [s]."""

_POLL = 0.1
"""Time between looks at the process while it is waited for, in [s]; Ctrl+C is heard as often on Windows."""

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""Flag that keeps Windows from opening a console window."""

T = TypeVar("T")


class Worker:
    """Process of another interpreter. Call `greet` first and `close` last; any thread may call `stop`.

    Attributes:
        python: The interpreter.
    """

    def __init__(self, python: Path) -> None:
        """Start the process without waiting for its greeting.

        Raises:
            RendererError: If it cannot be started.
        """
        self.python = python
        self._lock = threading.Lock()
        self._exchange: threading.Thread | None = None
        program = find_program(python)
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                [program, str(BOOTSTRAP)],
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env=environment_for(program, os.environ),
                # Ctrl+C shall reach this process only.
                start_new_session=True,
                creationflags=_NO_WINDOW,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise RendererError(f"it cannot be started ({reason}): name a Python interpreter") from error
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._stderr = LastOutput(self._process.stderr, str(python))
        self._watcher = threading.Thread(target=self._watch, name="boxfit worker's end", daemon=True)
        self._watcher.start()

    def greet(self) -> Greeting:
        """Wait for the greeting.

        Raises:
            RendererError: If it is not a Python interpreter, is too old, has no NumPy, or runs another boxfit.
        """
        try:
            greeting = self._within(GREETING_TIMEOUT, lambda: read_greeting(self._replies))
        except RendererError as error:
            oldest = ".".join(map(str, OLDEST_PYTHON))
            raise RendererError(f"{error}; name a Python interpreter, {oldest} or later") from error
        if greeting.boxfit != __version__:
            raise RendererError(
                f"boxfit's files are of version {greeting.boxfit}, but this program runs version {__version__}: "
                "restart the program"
            )
        if greeting.problem:
            raise RendererError(f'{greeting.problem}: run "{self.python}" -m pip install numpy')
        return greeting

    def unavailable_reason(self, name: str) -> str | None:
        """Return the reason why a renderer cannot run in the worker, or None if it can.

        Raises:
            RendererError: If the worker ended, or did not answer.
        """
        reason = self.ask("unavailable", {"name": name}).values["reason"]
        # The remedy is for the worker's interpreter, not for this one.
        return reason and reason.replace("pip install", f'"{self.python}" -m pip install')

    def ask(
        self,
        kind: str,
        values: Mapping[str, Any] = {},
        arrays: Sequence[np.ndarray] = (),
        megapixels: float = 0.0,
        most: int = 0,
    ) -> Message:
        """Send a request, and wait for its answer.

        Args:
            kind: Kind of the request.
            values: Its values.
            arrays: Its arrays.
            megapixels: Millions of pixels to render, for which it may take longer.
            most: Greatest size of the answer's arrays together, in bytes.

        Raises:
            RendererError: If the request failed, the worker ended, did not answer, or sent anything but an answer.
        """
        if not self._watcher.is_alive():
            raise RendererError(self._exit_reason())

        def exchange() -> Message:
            write_message(self._requests, Message(kind, values, tuple(arrays)))
            return read_answer(self._replies, most)

        answer = self._within(ANSWER_TIMEOUT + MEGAPIXEL_TIMEOUT * megapixels, exchange)
        if answer.kind == "failed":
            self._stderr.log()
        if answer.kind != "done":
            raise RendererError(answer.values["reason"])
        return answer

    def stop(self) -> None:
        """Kill the process and its child processes, which ends any wait for an answer.

        It has nothing to clean up. Child processes may hold its pipes open: `python` may be a script that starts the
        interpreter, and a renderer may have processes of its own. Those that left its process group (`setsid`) live on,
        and so do, on Windows, those whose parent has ended: nothing waits for them.
        """
        with self._lock:
            # Once its exit code has been read, its process id may belong to another process.
            if self._process.returncode is None:
                self._kill()

    def close(self) -> None:
        """End the process and the threads, within a few seconds."""
        if not self._busy():
            # Closing flushes the pipe, whose reader may have ended.
            with suppress(OSError):
                self._requests.close()
            self._watcher.join(_EXIT_TIMEOUT)
        self.stop()
        # What hangs in a driver, or holds the pipes, is left to the system, with the thread that waits for it.
        for thread in (self._watcher, self._stderr, self._exchange):
            if thread is not None:
                thread.join(_EXIT_TIMEOUT)
        if not self._busy():
            self._replies.close()
            with suppress(OSError):
                self._requests.close()

    def _within(self, seconds: float, exchange: Callable[[], T]) -> T:
        """Return the result of an exchange over the pipes, in a thread: what holds them may keep it waiting for ever.

        Raises:
            RendererError: If the process ends, takes longer, or sends what cannot be read; it is ended then.
        """
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(exchange())
            except BaseException as error:  # `future.result` raises it again.
                future.set_exception(error)

        self._exchange = threading.Thread(target=run, name="boxfit worker's exchange", daemon=True)
        self._exchange.start()
        end = time.monotonic() + seconds
        while self._busy() and self._watcher.is_alive() and time.monotonic() < end:
            self._exchange.join(_POLL)
        if self._busy() and self._watcher.is_alive():
            self.stop()
            raise RendererError(f"it did not respond for {seconds:.0f} s" + self._stderr.lines())
        # What the process wrote before its end is still in the pipe.
        self._exchange.join(_EXIT_TIMEOUT)
        try:
            if future.done():
                return future.result()
        except (EOFError, OSError) as error:
            raise RendererError(self._exit_reason()) from error
        except ValueError as error:
            self.stop()
            raise RendererError(f"it sent what cannot be read ({error})") from error
        raise RendererError(self._exit_reason())

    def _busy(self) -> bool:
        """Return True during an exchange."""
        return self._exchange is not None and self._exchange.is_alive()

    def _kill(self) -> None:
        if os.name == "posix":
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            command = ["taskkill", "/T", "/F", "/PID", str(self._process.pid)]
            with suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(command, capture_output=True, check=False, timeout=5.0, creationflags=_NO_WINDOW)
            self._process.kill()

    def _watch(self) -> None:
        """Wait for the end of the process, and kill the child processes that it leaves: they may hold its pipes."""
        if hasattr(os, "waitid"):
            # WNOWAIT leaves the exit code unread, which reserves the process id.
            with suppress(ChildProcessError):
                os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
                with self._lock:
                    self._kill()
                    self._process.wait()
        self._process.wait()

    def _exit_reason(self) -> str:
        """Describe the end of a process that closed its stdout, with the last lines of its stderr."""
        self._watcher.join(_EXIT_TIMEOUT)
        if self._watcher.is_alive():
            self.stop()
            return "it stopped responding" + self._stderr.lines()
        self._stderr.join(_EXIT_TIMEOUT)
        return describe_exit(self._process.returncode) + self._stderr.lines()
