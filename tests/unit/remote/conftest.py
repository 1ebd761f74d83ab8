"""What the tests of the worker share."""

from collections.abc import Iterator

import pytest
from boxfit.remote.process import Worker


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    """Workers that are ended after the test."""
    started: list[Worker] = []
    yield started
    for worker in started:
        worker.close()
