"""Publishing events: kept, on the bus, queued for who wants them; nothing is lost on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.client_endpoints import ClientEndpoint, DisabledReason
from recado.domain.domain_events import DomainEvent
from recado.services.publish_events import PublishEvents
from tests.fakes.clock import NOON
from tests.fakes.events import FakeBus, FakeEndpoints, FakeEvents, FakeWebhookQueue


def an_endpoint(name: str, *event_types: str, tenant_id: str = "andinos") -> ClientEndpoint:
    return ClientEndpoint(
        tenant_id=tenant_id,
        endpoint_id=name,
        url=f"https://{name}.example.com/",
        event_types=event_types or ("*",),
        secret_name=name,
        created_at=NOON,
    )


def an_event(number: int, kind: str = "notification.sent") -> DomainEvent:
    at = NOON + timedelta(seconds=number)
    return DomainEvent(id=f"evt_{number}", tenant_id="andinos", type=kind, at=at, data={})


class House:
    """The publisher over fakes."""

    def __init__(self, *endpoints: ClientEndpoint) -> None:
        self.events, self.bus, self.queue = FakeEvents(), FakeBus(), FakeWebhookQueue()
        self.publish = PublishEvents(
            events=self.events,
            bus=self.bus,
            endpoints=FakeEndpoints(*endpoints),
            queue=self.queue,
        )

    def queued(self) -> list[tuple[str, str]]:
        return [(each.endpoint_id, each.event_id) for each in self.queue.messages]


def test_an_event_is_kept_published_and_queued_for_each_endpoint_that_wants_it() -> None:
    house = House(an_endpoint("crm"), an_endpoint("erp", "notification.*"), an_endpoint("x", "a.b"))

    assert house.publish([("1", [an_event(1)])]) is None

    assert list(house.events.kept.values()) == [an_event(1)]
    assert house.bus.published == [an_event(1)]
    assert house.queued() == [("crm", "evt_1"), ("erp", "evt_1")]
    assert house.queue.messages[0].day == NOON.date()


def test_neither_disabled_endpoints_nor_other_tenants_get_an_event() -> None:
    house = House(
        an_endpoint("off").disabled(DisabledReason.OPERATOR),
        an_endpoint("theirs", tenant_id="costa"),
    )

    assert house.publish([("1", [an_event(1)])]) is None
    assert house.queued() == []


def test_changes_that_mean_nothing_to_others_are_done_with() -> None:
    house = House(an_endpoint("crm"))

    assert house.publish([("1", []), ("2", [])]) is None
    assert house.bus.published == []


def test_where_events_cannot_be_kept_nobody_is_told_and_the_first_change_comes_again() -> None:
    house = House(an_endpoint("crm"))
    house.events.down = True

    assert house.publish([("1", []), ("2", [an_event(2)]), ("3", [an_event(3)])]) == "2"
    assert house.bus.published == []
    assert house.queued() == []


def test_what_the_bus_refuses_comes_again_with_all_after_it() -> None:
    house = House(an_endpoint("crm"))
    house.bus.refuses = {"notification.read"}
    changes = [
        ("1", [an_event(1)]),
        ("2", [an_event(2), an_event(3, "notification.read")]),
        ("3", [an_event(4)]),
    ]

    assert house.publish(changes) == "2"
    assert house.queued() == [("crm", "evt_1"), ("crm", "evt_2")]


def test_what_the_queue_refuses_comes_again() -> None:
    house = House(an_endpoint("crm", "notification.read"))
    house.queue.refuses = {"crm"}

    changes = [("1", [an_event(1)]), ("2", [an_event(2, "notification.read")])]

    assert house.publish(changes) == "2"


def test_of_two_changes_with_one_event_that_is_refused_the_earlier_one_comes_again() -> None:
    house = House()
    house.bus.refuses = {"notification.read"}
    twice = an_event(1, "notification.read")

    assert house.publish([("1", [twice]), ("2", [an_event(2)]), ("3", [twice])]) == "1"


def test_invariant_10_a_tenant_whose_endpoints_cannot_be_read_costs_no_other_an_event() -> None:
    house = House(an_endpoint("crm"))
    theirs = an_event(1).model_copy(update={"id": "evt_x", "tenant_id": "costa"})

    class Broken(FakeEndpoints):
        def client_endpoints(self, tenant_id: str) -> list[ClientEndpoint]:
            if tenant_id == "costa":
                raise ValueError("a row of a later release")
            return super().client_endpoints(tenant_id)

    publish = PublishEvents(
        events=house.events, bus=house.bus, endpoints=Broken(an_endpoint("crm")), queue=house.queue
    )

    assert publish([("1", [an_event(1)]), ("2", [theirs]), ("3", [an_event(3)])]) == "2"
    assert house.queued() == [("crm", "evt_1"), ("crm", "evt_3")]


def test_a_change_that_comes_again_is_told_with_the_same_id() -> None:
    house = House(an_endpoint("crm"))
    house.queue.refuses = {"crm"}
    assert house.publish([("1", [an_event(1)])]) == "1"
    house.queue.refuses = set()

    assert house.publish([("1", [an_event(1)])]) is None

    assert {event.id for event in house.bus.published} == {"evt_1"}
    assert len(house.events.kept) == 1
    assert house.queued() == [("crm", "evt_1")]


@pytest.mark.parametrize("broken", ["bus", "queue", "endpoints"])
def test_a_service_that_gives_no_answer_costs_no_event(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(an_endpoint("crm"))

    def refuse(*_: object) -> None:
        raise ConnectionError

    target = {
        "bus": (FakeBus, "publish"),
        "queue": (FakeWebhookQueue, "put"),
        "endpoints": (FakeEndpoints, "client_endpoints"),
    }[broken]
    with monkeypatch.context() as patch:
        patch.setattr(*target, refuse)
        assert house.publish([("1", [an_event(1)]), ("2", [an_event(2)])]) == "1"

    assert house.publish([("1", [an_event(1)]), ("2", [an_event(2)])]) is None
    assert house.queued() == [("crm", "evt_1"), ("crm", "evt_2")]
