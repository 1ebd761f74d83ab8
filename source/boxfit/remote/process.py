"""Worker process in another interpreter: start it, send requests, and describe failures."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from boxfit._version import __version__
from boxfit.errors import RendererError
from boxfit.remote.greeting import Greeting, read_greeting
from boxfit.remote.launch import BOOTSTRAP, OLDEST_PYTHON, environment_for, find_program
from boxfit.remote.messages import Message, read_message, write_message

_GREETING_TIMEOUT = 60.0
"""Time for a worker's greeting, in [s]; it includes loading NumPy, but not PyTorch."""

_EXIT_TIMEOUT = 1.0
"""Time for a process to end by itself, in [s]."""

_STDERR_BYTES = 8000
"""Number of last bytes of stderr to keep."""

_LAST_LINES, _LINE = 3, 300
"""Number of lines of stderr in an error, and of characters in each."""

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""Flag that keeps Windows from opening a console window."""

_log = logging.getLogger(__name__)


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
        self._stderr = b""
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
        self._stderr_reader = threading.Thread(target=self._read_stderr, name="boxfit worker's stderr", daemon=True)
        self._stderr_reader.start()
        self._watcher = threading.Thread(target=self._kill_orphans, name="boxfit worker's end", daemon=True)
        self._watcher.start()

    def greet(self) -> Greeting:
        """Wait for the greeting.

        Raises:
            RendererError: If it is not a Python interpreter, is too old, has no NumPy, or runs another boxfit.
        """
        timed_out = threading.Event()

        def time_out() -> None:
            timed_out.set()
            self.stop()

        timer = threading.Timer(_GREETING_TIMEOUT, time_out)
        timer.daemon = True
        timer.start()
        try:
            greeting = read_greeting(self._replies)
        except EOFError as error:
            late = f"it did not respond for {_GREETING_TIMEOUT:.0f} s"
            reason, oldest = late if timed_out.is_set() else self._exit_reason(), ".".join(map(str, OLDEST_PYTHON))
            raise RendererError(f"{reason}; name a Python interpreter, {oldest} or later") from error
        finally:
            timer.cancel()
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
            RendererError: If the worker ended.
        """
        reason = self.ask("unavailable", {"name": name}).values["reason"]
        # The remedy is for the worker's interpreter, not for this one.
        return reason and reason.replace("pip install", f'"{self.python}" -m pip install')

    def ask(self, kind: str, values: Mapping[str, Any] = {}, arrays: Sequence[np.ndarray] = ()) -> Message:
        """Send a request, and wait for its answer.

        Raises:
            RendererError: If the request failed or the worker ended.
        """
        try:
            write_message(self._requests, Message(kind, values, tuple(arrays)))
            answer = self._receive()
        except (EOFError, OSError) as error:
            raise RendererError(self._exit_reason()) from error
        if answer.kind == "failed":
            self._log_stderr()
        if answer.kind != "done":
            raise RendererError(answer.values["reason"])
        return answer

    def _receive(self) -> Message:
        try:
            return read_message(self._replies)
        except (KeyError, TypeError, ValueError) as error:
            self.stop()
            raise RendererError(f"its answer cannot be read ({type(error).__name__}: {error})") from error

    def stop(self) -> None:
        """Kill the process and its child processes, which ends any wait for an answer.

        It has nothing to clean up. Child processes may hold its pipes open: `python` may be a script that starts the
        interpreter, and a renderer may have processes of its own.
        """
        # Once its exit code has been read, its process id may belong to another process.
        if self._process.returncode is not None:
            return
        if os.name == "posix":
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            command = ["taskkill", "/T", "/F", "/PID", str(self._process.pid)]
            subprocess.run(command, capture_output=True, check=False, creationflags=_NO_WINDOW)
            self._process.kill()

    def close(self) -> None:
        """End the process."""
        # Closing flushes the pipe, whose reader may have ended.
        with suppress(OSError):
            self._requests.close()
        try:
            self._process.wait(_EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.stop()
            # A process that hangs in a driver is left to the system.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_EXIT_TIMEOUT)
        self._watcher.join(_EXIT_TIMEOUT)
        self._replies.close()

    def _read_stderr(self) -> None:
        """Read stderr continuously, so that the pipe never blocks, and keep the end."""
        assert self._process.stderr
        with self._process.stderr as stream:
            while chunk := os.read(stream.fileno(), 4096):
                self._stderr = (self._stderr + chunk)[-_STDERR_BYTES:]

    def _kill_orphans(self) -> None:
        """Kill the child processes of a process that crashed: while they hold its pipes, its end goes unnoticed."""
        if not hasattr(os, "waitid"):
            return
        # WNOWAIT leaves the exit code unread, which reserves the process id.
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
            self.stop()

    def _exit_reason(self) -> str:
        """Describe the end of a process that closed its stdout, with the last lines of its stderr."""
        try:
            code = self._process.wait(_EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            return "it stopped responding" + self._last_lines()
        # A child process of the worker may hold stderr open.
        self._stderr_reader.join(_EXIT_TIMEOUT)
        return _describe_exit(code) + self._last_lines()

    def _last_lines(self) -> str:
        self._log_stderr()
        lines = [line.strip()[:_LINE] for line in self._text().splitlines() if line.strip()]
        return f" and printed: {' / '.join(lines[-_LAST_LINES:])}" if lines else ""

    def _log_stderr(self) -> None:
        if text := self._text().strip():
            _log.info("%s printed:\n%s", self.python, text)

    def _text(self) -> str:
        return self._stderr.decode("utf-8", "replace")


def _describe_exit(code: int) -> str:
    """Describe an exit code."""
    if code == -getattr(signal, "SIGKILL", 0):
        return "it was killed by SIGKILL, as the system does when memory runs out"
    if code < 0:
        try:
            return f"it crashed with {signal.Signals(-code).name}"
        except ValueError:
            return f"it crashed with signal {-code}"
    # On Windows, the exit code of a crash is the exception's status, such as 0xC0000005.
    return f"it crashed with status 0x{code:08X}" if code > 0xFFFF else f"it ended with exit code {code}"
