"""The worker's side: what the other interpreter runs, from the first byte to the last.

The process that started it speaks to it over stdin and stdout. Libraries print to stdout too: what they print goes to
stderr instead, also where they are written in C. It ends when stdin does: with the process at its other end.
"""

from __future__ import annotations

import io
import os
import sys
from typing import IO

from boxfit.remote.greeting import greeting_here, write_greeting


def main() -> None:
    """Say who is there, then answer until nobody asks any more."""
    requests, replies = _take_pipes()
    try:
        from boxfit.remote.service import serve
    except ImportError as error:
        write_greeting(replies, greeting_here(f"NumPy cannot be imported there ({error})"))
        return
    write_greeting(replies, greeting_here(""))
    serve(requests, replies)


def _take_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Keep stdin and stdout for the messages alone, whatever libraries read or print."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # No character that a library prints may be one that the system's encoding lacks.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    return requests, replies
