"""Fixtures of the worker's tests."""

from collections.abc import Iterator

import pytest
from boxfit.remote.process import Worker


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    """Collect workers, and end them after the test."""
    started: list[Worker] = []
    yield started
    for worker in started:
        worker.close()
