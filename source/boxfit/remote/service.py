"""What a worker does when it is asked: say what runs there, make a renderer, give areas."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import IO

from boxfit.errors import RendererError
from boxfit.remote.messages import Message, read_message, write_message
from boxfit.remote.packing import pack_areas, unpack_silhouettes
from boxfit.render.registry import make_renderer, unavailable
from boxfit.render.renderer import Renderer


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answer one request after another; the process ends at once when they end, in the middle of one too."""
    inbox: SimpleQueue[Message] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, inbox), daemon=True).start()
    service = _Service()
    while True:
        write_message(replies, service.answer(inbox.get()))


def _listen(requests: IO[bytes], inbox: SimpleQueue[Message]) -> None:
    """Hear at once that nobody asks any more, whatever the main thread is busy with."""
    try:
        while True:
            inbox.put(read_message(requests))
    except EOFError:
        os._exit(0)
    except BaseException:  # Such as that memory does not suffice for what came in.
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)


class _Service:
    def __init__(self) -> None:
        self._renderer: Renderer | None = None

    def answer(self, request: Message) -> Message:
        """The answer to a request; whatever goes wrong is an answer too."""
        try:
            return {"unavailable": self._unavailable, "make": self._make, "areas": self._areas}[request.kind](request)
        except RendererError as error:
            return Message("refused", {"reason": str(error)})
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            return Message("failed", {"reason": traceback.format_exception_only(type(error), error)[-1].strip()})

    def _unavailable(self, request: Message) -> Message:
        return Message("done", {"reason": unavailable(request.values["name"])})

    def _make(self, request: Message) -> Message:
        # Let go first: a graphics card need not hold two.
        self._renderer = None
        self._renderer = make_renderer(silhouettes=unpack_silhouettes(request.arrays), **request.values)
        return Message("done")

    def _areas(self, request: Message) -> Message:
        assert self._renderer is not None, "make comes first"
        corners, views = request.arrays
        return Message("done", arrays=pack_areas(self._renderer.areas(corners, views)))
