"""The simulator as a fixture; loopback is open in this folder and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.simulator.running import HOST, RunningSimulator, fresh, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here talks to the simulator over real sockets."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.enable_socket)
            item.add_marker(pytest.mark.allow_hosts([HOST]))


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    """A simulator of its own for each test."""
    with running(fresh()) as started:
        yield started
