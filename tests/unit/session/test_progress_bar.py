"""The bar of a fit in a notebook, which is plain HTML; tests/contract/test_tutorial.py shows it in a real kernel."""

import time
from collections.abc import Iterator
from typing import Any

import IPython
import IPython.display
import pytest
from boxfit.session.progress_bar import follow, in_notebook
from boxfit.session.results import Progress


class Handle:
    """Stand-in for the handle of a display: the states that it was given, by media type."""

    def __init__(self, content: dict[str, str]) -> None:
        self.states = [content]

    def update(self, content: dict[str, str], raw: bool) -> None:
        assert raw
        self.states.append(content)


@pytest.fixture
def displays(monkeypatch: pytest.MonkeyPatch) -> list[Handle]:
    """Displays of a cell, in a pretended notebook."""
    made: list[Handle] = []

    def display(content: dict[str, str], raw: bool, display_id: bool) -> Handle:
        assert raw and display_id
        made.append(Handle(content))
        return made[-1]

    monkeypatch.setattr(IPython.display, "display", display)
    monkeypatch.setattr(IPython, "get_ipython", lambda: type("Shell", (), {"kernel": object()})())
    return made


def events(*names: str) -> Iterator[Progress]:
    for name in names:
        yield from (Progress(name, "start", step, 50, loss=2.0) for step in range(1, 51))
        yield Progress(name, "result", 0, 0, loss=1.25)


def test_follow_in_a_notebook_shows_a_bar_per_object_that_ends_with_its_last_event(displays: list[Handle]) -> None:
    follow(events("cup", "pot"), True)
    assert [handle.states[0]["text/plain"] for handle in displays] == [
        "cup: start, 1 of 50, loss 2",
        "pot: start, 1 of 50, loss 2",
    ]
    assert [handle.states[-1]["text/plain"] for handle in displays] == [
        "cup: result, loss 1.25",
        "pot: result, loss 1.25",
    ]
    assert all('<progress value="1.000">' in handle.states[-1]["text/html"] for handle in displays)


def test_follow_in_a_notebook_skips_events_that_nobody_could_see(
    displays: list[Handle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1.0)
    follow(events("cup"), True)
    texts = [state["text/plain"].partition(", loss")[0] for state in displays[0].states]
    assert texts == ["cup: start, 1 of 50", "cup: start, 2 of 50", "cup: start, 50 of 50", "cup: result", "cup: result"]


def test_fail_in_a_notebook_leaves_the_bar_at_the_last_event(displays: list[Handle]) -> None:
    def failing() -> Iterator[Progress]:
        yield from (Progress("cup", "tight", step, 60) for step in range(31))
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        follow(failing(), True)
    assert displays[0].states[-1] == {
        "text/plain": "cup: tight, 30 of 60",
        "text/html": '<div><progress value="0.500"></progress> cup: tight, 30 of 60</div>',
    }


def test_name_with_markup_is_shown_as_it_is(displays: list[Handle]) -> None:
    follow(iter([Progress("<b>&", "start", 1, 1)]), True)
    assert displays[0].states[-1]["text/html"].endswith(" &lt;b&gt;&amp;: start, 1 of 1</div>")


def test_shell_without_a_kernel_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not in_notebook()
    monkeypatch.setattr(IPython, "get_ipython", object)
    assert not in_notebook()


def test_follow_calls_a_function_with_each_event(displays: list[Handle]) -> None:
    seen: list[Any] = []
    follow(events("cup"), seen.append)
    assert len(seen) == 51 and not displays
