"""The worker's other side: start it in another interpreter, ask it, and say in words how it failed."""

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

_GREETS_WITHIN = 60.0
"""Seconds until a worker must have said who it is; NumPy is loaded by then, PyTorch is not."""

_ENDS_WITHIN = 1.0
"""Seconds that a process is given to end by itself."""

_KEPT = 8000
"""Bytes of stderr that are remembered."""

_LAST_LINES, _LINE = 3, 300
"""Lines of it in an error, and characters of each."""

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""On Windows a program of the console opens a window of it otherwise."""

_log = logging.getLogger(__name__)


class Worker:
    """A process that another interpreter runs. `greet` comes first, `close` last; `stop` may come from any thread.

    Attributes:
        python: The interpreter.
    """

    def __init__(self, python: Path) -> None:
        """Start it, and do not wait for it.

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
                # No Ctrl+C reaches it: that is for this process.
                start_new_session=True,
                creationflags=_NO_WINDOW,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise RendererError(f"it cannot be started ({reason}): name a Python interpreter") from error
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._listener = threading.Thread(target=self._listen, name="boxfit worker's stderr", daemon=True)
        self._listener.start()
        self._watcher = threading.Thread(target=self._outlive, name="boxfit worker's end", daemon=True)
        self._watcher.start()

    def greet(self) -> Greeting:
        """Wait until it has said who it is.

        Raises:
            RendererError: If it is no Python, one that is too old or lacks NumPy, or runs another boxfit.
        """
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self.stop()

        alarm = threading.Timer(_GREETS_WITHIN, give_up)
        alarm.daemon = True
        alarm.start()
        try:
            greeting = read_greeting(self._replies)
        except EOFError as error:
            ended = f"it said nothing for {_GREETS_WITHIN:.0f} s" if late.is_set() else self._end()
            oldest = ".".join(map(str, OLDEST_PYTHON))
            raise RendererError(f"{ended}; name a Python interpreter, {oldest} or later") from error
        finally:
            alarm.cancel()
        if greeting.boxfit != __version__:
            raise RendererError(
                f"boxfit's files are of version {greeting.boxfit} by now, and this program began with {__version__}: "
                "start it again"
            )
        if greeting.problem:
            raise RendererError(f'{greeting.problem}: run "{self.python}" -m pip install numpy')
        return greeting

    def unavailable(self, name: str) -> str | None:
        """Why a renderer cannot run there, or None if it can.

        Raises:
            RendererError: If the worker ended over it.
        """
        reason = self.ask("unavailable", {"name": name}).values["reason"]
        # It is meant for that interpreter; whoever reads it sits before another one.
        return reason and reason.replace("pip install", f'"{self.python}" -m pip install')

    def ask(self, kind: str, values: Mapping[str, Any] = {}, arrays: Sequence[np.ndarray] = ()) -> Message:
        """Send a request, and wait for its answer.

        Raises:
            RendererError: If it cannot be done, or the worker ended over it.
        """
        try:
            write_message(self._requests, Message(kind, values, tuple(arrays)))
            answer = self._hear()
        except (EOFError, OSError) as error:
            raise RendererError(self._end()) from error
        if answer.kind == "failed":
            self._tell_log()
        if answer.kind != "done":
            raise RendererError(answer.values["reason"])
        return answer

    def _hear(self) -> Message:
        try:
            return read_message(self._replies)
        except (KeyError, TypeError, ValueError) as error:
            self.stop()
            raise RendererError(f"it answers what nobody can read ({type(error).__name__}: {error})") from error

    def stop(self) -> None:
        """Kill it and all that it started, so that whoever waits for an answer waits no more.

        It has nothing to put in order. What it started may hold its pipes: `python` may be a script that starts the
        interpreter, and a renderer may have processes of its own.
        """
        # Once it has been waited for, its number may be that of another process.
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
        """End it."""
        # Closing sends what was not sent yet, to whom may be gone.
        with suppress(OSError):
            self._requests.close()
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.stop()
            # A process that hangs in a driver is left to the system.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_ENDS_WITHIN)
        self._watcher.join(_ENDS_WITHIN)
        self._replies.close()

    def _listen(self) -> None:
        """Keep the end of what is printed, so that no print ever waits for a reader."""
        assert self._process.stderr
        with self._process.stderr as stream:
            while chunk := os.read(stream.fileno(), 4096):
                self._stderr = (self._stderr + chunk)[-_KEPT:]

    def _outlive(self) -> None:
        """Kill what a process leaves behind that has crashed: as long as that holds its pipes, nobody hears of it."""
        if not hasattr(os, "waitid"):
            return
        # Without taking its exit code, which keeps its number from being given to another process.
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
            self.stop()

    def _end(self) -> str:
        """How a process that closed its stdout ended, with its last words."""
        try:
            code = self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            return "it speaks no more" + self._last_words()
        # A process that the worker started may hold stderr open.
        self._listener.join(_ENDS_WITHIN)
        return _how_it_ended(code) + self._last_words()

    def _last_words(self) -> str:
        self._tell_log()
        lines = [line.strip()[:_LINE] for line in self._text().splitlines() if line.strip()]
        return f" and printed: {' / '.join(lines[-_LAST_LINES:])}" if lines else ""

    def _tell_log(self) -> None:
        if text := self._text().strip():
            _log.info("%s printed:\n%s", self.python, text)

    def _text(self) -> str:
        return self._stderr.decode("utf-8", "replace")


def _how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code == -getattr(signal, "SIGKILL", 0):
        return "it was ended by SIGKILL, as the system does when memory runs out"
    if code < 0:
        try:
            return f"it crashed by {signal.Signals(-code).name}"
        except ValueError:
            return f"it crashed by signal {-code}"
    # Windows tells of a crash by the status of the exception, such as 0xC0000005.
    return f"it crashed with status 0x{code:08X}" if code > 0xFFFF else f"it ended with exit code {code}"
