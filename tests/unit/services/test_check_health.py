"""The health of what we depend on: asked at the same time, not for long, and not too often."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from recado.domain.health import Finding
from recado.services.check_health import KEPT, CheckHealth
from tests.fakes.clock import NOON, FakeClock


@dataclass
class Probe:
    variable: str
    ask: Callable[[], str | None]
    part: str = "database"


@pytest.fixture
def forever() -> Iterator[threading.Event]:
    """What nobody sets before the test has ended."""
    event = threading.Event()
    yield event
    event.set()


def test_each_dependency_is_told_with_what_is_wrong() -> None:
    check = CheckHealth(
        probes=lambda: [Probe("A", lambda: None), Probe("B", lambda: "AccessDeniedException")],
        clock=FakeClock(),
    )

    report = check()

    assert (report.checked_at, report.is_well) == (NOON, False)
    assert report.findings == (
        Finding(part="database", variable="A", code=None),
        Finding(part="database", variable="B", code="AccessDeniedException"),
    )


def test_who_does_not_answer_in_time_costs_the_others_nothing(forever: threading.Event) -> None:
    def hang() -> None:
        forever.wait()

    check = CheckHealth(
        probes=lambda: [Probe("A", hang), Probe("B", lambda: None)],
        clock=FakeClock(),
        seconds=0.05,
    )

    assert [finding.code for finding in check().findings] == ["timeout", None]


def test_all_are_asked_at_the_same_time() -> None:
    together = threading.Barrier(5, timeout=5)

    def meet() -> None:
        together.wait()

    check = CheckHealth(
        probes=lambda: [Probe(str(number), meet) for number in range(5)], clock=FakeClock()
    )

    assert check().is_well


def test_an_answer_is_kept_for_some_seconds() -> None:
    asked: list[str] = []
    clock = FakeClock()
    check = CheckHealth(
        probes=lambda: [Probe("A", lambda: asked.append("A"))],
        clock=clock,
    )

    first = check()
    clock.advance(seconds=KEPT.total_seconds() - 1)
    assert (check(), asked) == (first, ["A"])

    clock.advance(seconds=1)
    assert check() != first
    assert asked == ["A", "A"]
