"""Entry point of the command line: `boxfit` and `python -m boxfit`."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from boxfit.cli.output import discard_output, tell
from boxfit.errors import BoxfitError

EXIT_BAD_INPUT = 1
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: Arguments after the program's name; None uses those of the process.

    Returns:
        Exit code: 0 success; 1 bad input, of which the last line on stderr tells, and some boxes may be written;
        130 interrupted or terminated. Bad flags exit with 2.
    """
    if sys.stdout is None or sys.stderr is None:  # They were closed by whoever started the program.
        sys.stdout, sys.stderr = (stream or Path(os.devnull).open("w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name may hold characters that the terminal's encoding does not have.
            stream.reconfigure(errors="backslashreplace")
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        Path.cwd()
    except OSError:
        tell("error", "the current folder does not exist any more: change to another one")
        return EXIT_BAD_INPUT
    # No array here is large enough for threads, which take time to start and wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from boxfit.cli.commands import run
        from boxfit.cli.parser import parse

        return run(parse(arguments))
    except BoxfitError as error:
        tell("error", str(error))
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        with suppress(OSError):
            print("boxfit: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        discard_output()
        return 0
    except OSError as error:
        tell("error", f"{error.filename or 'standard output or a file'} cannot be used ({error.strerror or error})")
        return EXIT_BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
