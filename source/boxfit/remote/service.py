"""Request loop of a worker: check renderers, make one, compute areas."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import IO

from boxfit.errors import RendererError, one_line
from boxfit.remote.messages import Message, read_message, write_message
from boxfit.remote.packing import pack_areas, unpack_silhouettes
from boxfit.render.registry import make_renderer, unavailable_reason
from boxfit.render.renderer import Renderer


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answer requests in order; the process ends at once when the stream ends, even during a request."""
    inbox: SimpleQueue[Message] = SimpleQueue()
    threading.Thread(target=_receive, args=(requests, inbox), daemon=True).start()
    service = _Service()
    while True:
        write_message(replies, service.answer(inbox.get()))


def _receive(requests: IO[bytes], inbox: SimpleQueue[Message]) -> None:
    """Read requests in a thread, so that the end of the stream ends the process at once."""
    try:
        while True:
            inbox.put(read_message(requests))
    except EOFError:
        os._exit(0)
    except BaseException:  # For example MemoryError.
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)


class _Service:
    def __init__(self) -> None:
        self._renderer: Renderer | None = None

    def answer(self, request: Message) -> Message:
        """Answer a request; every error becomes an answer."""
        try:
            return {"unavailable": self._unavailable, "make": self._make, "areas": self._areas}[request.kind](request)
        except RendererError as error:
            return Message("refused", {"reason": str(error)})
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            return Message("failed", {"reason": one_line(traceback.format_exception_only(type(error), error)[-1])})

    def _unavailable(self, request: Message) -> Message:
        return Message("done", {"reason": unavailable_reason(request.values["name"])})

    def _make(self, request: Message) -> Message:
        # Release the previous renderer first, to save GPU memory.
        self._renderer = None
        self._renderer = make_renderer(silhouettes=unpack_silhouettes(request.arrays), **request.values)
        return Message("done", {"reason": None})

    def _areas(self, request: Message) -> Message:
        assert self._renderer is not None, "make comes first"
        corners, views = request.arrays
        return Message("done", {"reason": None}, pack_areas(self._renderer.areas(corners, views)))
