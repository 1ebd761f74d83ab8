"""A real browser without a window, driven over its DevTools protocol, for tests of pages.

The protocol runs over two pipes (`--remote-debugging-pipe`), messages end with a zero byte: no driver, no port and no
package is needed. https://chromedevtools.github.io/devtools-protocol lists the methods.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "chromium-headless-shell", "google-chrome", "google-chrome-stable")
KEYS = {"Enter": 13, "Escape": 27, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36}
KEYS |= {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}


def find_browser() -> str | None:
    """Return the path of Chromium or Chrome, or None; BOXFIT_BROWSER names another one."""
    return os.environ.get("BOXFIT_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A browser with one page.

    Attributes:
        errors: Uncaught errors of scripts, errors in the console, and files that could not be loaded.
        requests: Addresses of all files that were loaded.
    """

    def __init__(self, profile: Path, size: tuple[int, int] = (1366, 768), limit_s: float = 60.0) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._limit = limit_s
        self._number = 0
        self._received = b""
        self._replies: dict[int, dict[str, Any]] = {}
        # Far from 3 and 4, which become the browser's ends of the pipes.
        ends = [os.pipe(), os.pipe()]
        (its_input, self._output), (self._input, its_output) = [
            tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in pipe) for pipe in ends
        ]
        for end in (*ends[0], *ends[1]):
            os.close(end)

        def connect() -> None:
            os.dup2(its_input, 3)
            os.dup2(its_output, 4)

        program = find_browser()
        assert program is not None
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"]
        self._process = subprocess.Popen(
            [program, *flags, "--force-color-profile=srgb", f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=connect,
            pass_fds=(3, 4),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(its_input)
        os.close(its_output)
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.resize(*size)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol, and wait for its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._output, data) :]
        end = time.monotonic() + self._limit
        while self._number not in self._replies:
            self._receive(end)
        reply = self._replies.pop(self._number)
        assert "error" not in reply, f"{method}: {reply['error']}"
        return reply["result"]

    def _receive(self, end: float) -> None:
        ready, _, _ = select.select([self._input], [], [], max(end - time.monotonic(), 0))
        assert ready, f"the browser has not answered within {self._limit} s"
        data = os.read(self._input, 1 << 20)
        assert data, f"the browser has ended with {self._process.wait()}"
        *messages, self._received = (self._received + data).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._replies[message["id"]] = message
            else:
                self._note(message["method"], message["params"])

    def _note(self, method: str, event: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and event["entry"]["level"] == "error":
            self.errors.append(f"{event['entry']['text']} {event['entry'].get('url', '')}")
        elif method == "Runtime.consoleAPICalled" and event["type"] == "error":
            self.errors.append(str(event["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])

    def open(self, page: Path) -> None:
        """Open a page from the disk, and wait until it has run its first scripts."""
        self.call("Page.navigate", url=page.resolve().as_uri())
        self.wait("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """Run JavaScript in the page, and return its value, that of a promise when it is kept."""
        reply = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in reply, reply["exceptionDetails"]
        return reply["result"].get("value")

    def wait(self, condition: str | Callable[[], Any]) -> Any:
        """Wait until a condition, in JavaScript or Python, holds, and return its value."""
        end = time.monotonic() + self._limit
        while not (value := self.run(f"Boolean({condition})") if isinstance(condition, str) else condition()):
            assert time.monotonic() < end, f"in vain: {condition}; errors: {self.errors}"
            time.sleep(0.02)
        return value

    def click(self, selector: str, index: int = 0) -> None:
        """Click into the middle of an element with the mouse."""
        x, y = self.run(
            f"(() => {{ const box = document.querySelectorAll({json.dumps(selector)})[{index}].getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Press and release a key of `KEYS`."""
        names = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **names, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **names)

    def type(self, text: str) -> None:
        """Type text into the element with the focus."""
        self.call("Input.insertText", text=text)

    def prefer(self, scheme: str) -> None:
        """Let the user prefer a "light" or a "dark" scheme."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def resize(self, width: int, height: int) -> None:
        """Make the window so wide and high, in [px]."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def take_picture(self, path: Path) -> None:
        """Write a picture of the window."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """End the browser."""
        self._session = ""
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._input)
        os.close(self._output)
