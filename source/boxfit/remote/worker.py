"""Main function of the worker process.

Messages pass over stdin and stdout. Output of libraries to stdout, even from C, is redirected to stderr. The worker
ends when stdin is closed, which the end of its parent process implies.
"""

from __future__ import annotations

import io
import os
import sys
from typing import IO

from boxfit.remote.greeting import greeting_here, write_greeting


def main() -> None:
    """Send the greeting, then answer requests until stdin ends."""
    requests, replies = _take_pipes()
    try:
        from boxfit.remote.service import serve
    except ImportError as error:
        write_greeting(replies, greeting_here(f"NumPy cannot be imported there ({error})"))
        return
    write_greeting(replies, greeting_here(""))
    serve(requests, replies)


def _take_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Reserve stdin and stdout for messages: libraries read nothing, and print to stderr."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Libraries may print characters that the system's encoding does not have.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    return requests, replies
