"""Sending events again since a moment."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from recado.domain.client_endpoints import ClientEndpoint
from recado.domain.domain_events import DomainEvent
from recado.services.replay_events import ReplayEvents, ReplayRefusedError
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.events import FakeEvents, FakeWebhookQueue

ENDPOINT = ClientEndpoint(
    tenant_id="andinos",
    endpoint_id="crm",
    url="https://crm.example.com/",
    event_types=("notification.*",),
    secret_name="s",
    created_at=NOON,
)


def an_event(name: str, ago: timedelta, **changes: object) -> DomainEvent:
    return DomainEvent(
        id=name, tenant_id="andinos", type="notification.sent", at=NOON - ago, data={}
    ).model_copy(update=changes)


class House:
    """The replay over fakes."""

    def __init__(self, *events: DomainEvent) -> None:
        self.events, self.queue = FakeEvents(), FakeWebhookQueue()
        self.events.keep(events)
        self.replay = ReplayEvents(events=self.events, queue=self.queue, clock=FakeClock())

    def queued(self) -> list[str]:
        return [message.event_id for message in self.queue.messages]


def test_what_happened_since_goes_again_in_its_order() -> None:
    house = House(
        an_event("now", timedelta()),
        an_event("today", timedelta(hours=2)),
        an_event("before", timedelta(days=2, seconds=1)),
        an_event("exactly", timedelta(days=2)),
        an_event("yesterday", timedelta(days=1)),
    )

    assert house.replay(ENDPOINT, NOON - timedelta(days=2)) == 4
    assert house.queued() == ["exactly", "yesterday", "today", "now"]


def test_only_what_the_endpoint_wants_goes_again() -> None:
    house = House(
        an_event("other_type", timedelta(hours=1), type="contact.opted_out"),
        an_event("other_tenant", timedelta(hours=1), tenant_id="costa"),
        an_event("wanted", timedelta(hours=1)),
    )

    assert house.replay(ENDPOINT, NOON - timedelta(days=1)) == 1
    assert house.queued() == ["wanted"]


def test_a_moment_of_another_time_zone_is_the_same_moment() -> None:
    house = House(an_event("late", timedelta(hours=13)))
    guayaquil = timezone(timedelta(hours=-5))

    assert house.replay(ENDPOINT, datetime(2026, 3, 1, 17, 30, tzinfo=guayaquil)) == 1
    assert house.replay(ENDPOINT, datetime(2026, 3, 1, 18, 30, tzinfo=guayaquil)) == 0


def test_a_moment_before_everything_that_is_kept_is_no_mistake() -> None:
    house = House(an_event("old", timedelta(days=29)))

    assert house.replay(ENDPOINT, NOON - timedelta(days=4000)) == 1


def test_a_queue_that_refuses_says_so() -> None:
    house = House(an_event("one", timedelta(hours=1)))
    house.queue.refuses = {"crm"}

    with pytest.raises(ReplayRefusedError, match="2026-03-02"):
        house.replay(ENDPOINT, NOON - timedelta(days=1))
