"""What the services log of a notification, from its event on, and nothing of a person."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from recado.domain.channels import Provider
from recado.domain.errors import PermanentMessageError
from recado.domain.notification import Mode, State
from recado.domain.receipts import Receipt, ReceiptStatus
from recado.ports.queues import DeliveryMessage
from recado.services.apply_receipts import ApplyReceipts
from recado.services.take_in_requests import TakeInRequests
from tests.fakes.queues import delivery_of
from tests.unit.services.conftest import House
from tests.workshop import TENANT, event

CANARIES = {
    "Nombre": "Zoraida Quintanilla",
    "placa": "CANARIO-4711",
}
PERSONAL = ("Zoraida", "CANARIO", "991234567", "carlos@", "Carlos", "wamid", "push.example.com")
KNOWN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, logger="recado"):
        yield caplog


def told(lines: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The lines as the log has them: the message with its fields."""
    return [
        {"message": record.getMessage()}
        | {name: value for name, value in vars(record).items() if name not in KNOWN}
        for record in lines.records
        if record.name.startswith("recado.")
    ]


def receipt_for(house: House, status: ReceiptStatus) -> Receipt:
    tag = house.senders.accepted[-1].tag
    return Receipt(
        tenant_id=TENANT.tenant_id,
        account_id="mail",
        provider=Provider.SES,
        provider_message_id="wamid.HBgM",
        status=status,
        at=house.clock.now(),
        received_at=house.clock.now(),
        tag=tag,
    )


def test_one_name_follows_a_notification_from_its_event_to_its_receipt(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    house.senders.script["wa"].append(PermanentMessageError("131026", "to Carlos Mendoza"))
    apply = ApplyReceipts(
        notifications=house.notifications,
        orphans=house.notifications,
        directory=house.directory,
        configuration=house.configuration,
        queues=house.queues,
        clock=house.clock,
    )

    made = house.plan(
        TENANT.tenant_id, Mode.LIVE, event(context=CANARIES), correlation_id="order-7"
    )
    house.work()
    apply({"m1": receipt_for(house, ReceiptStatus.DELIVERED)})

    found = [line for line in told(lines) if line.get("correlation_id") == "order-7"]
    assert {(line["tenant_id"], line["notification_id"]) for line in found} == {
        (TENANT.tenant_id, made.notification_id)
    }
    steps = [line["message"] for line in found]
    assert steps == [
        "notification accepted",
        "attempt ended",
        "channel given up",
        "attempt ended",
        "receipt applied",
    ]
    accepted, refused, given_up, taken, receipt = found
    assert accepted["channels"] == ["whatsapp", "email", "push"]
    assert (refused["channel"], refused["provider"]) == ("whatsapp", "whatsapp_cloud")
    assert (refused["outcome"], refused["code"]) == ("permanent", "131026")
    assert (given_up["channel"], given_up["next_channel"]) == ("whatsapp", "email")
    assert (taken["outcome"], taken["milliseconds"]) == ("accepted", 0)
    assert (receipt["status"], receipt["state"]) == ("delivered", "delivered")
    logged = json.dumps(told(lines), default=str)
    assert [word for word in PERSONAL if word in logged] == []


def test_what_the_clock_does_to_a_notification_is_a_line_by_the_same_name(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    send_at = house.clock.now() + timedelta(hours=2)
    planned = event(context=CANARIES, send_at=send_at)
    house.plan(TENANT.tenant_id, Mode.LIVE, planned, correlation_id="order-7")
    house.sweep()
    lines.clear()

    house.clock.advance(hours=2)
    house.sweep()

    [line] = told(lines)
    assert (line["message"], line["correlation_id"]) == ("due notification changed", "order-7")
    assert (line["state"], line["entry"]) == (State.QUEUED, "moment_came")
    assert [word for word in PERSONAL if word in json.dumps(line, default=str)] == []


def test_an_event_that_nobody_can_carry_is_one_line_with_its_reason(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    made = house.dispatch(context={})

    [line] = told(lines)
    assert (line["message"], line["channels"]) == ("notification accepted", [])
    assert (line["state"], line["reason"]) == (State.FAILED, made.reason)


def test_an_event_that_comes_again_is_accepted_once(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        house.plan(TENANT.tenant_id, Mode.LIVE, event(), idempotency_key="k")

    assert [line["message"] for line in told(lines)] == ["notification accepted"]


def test_an_attempt_that_another_worker_recorded_is_not_told_twice(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    notification = house.dispatch()
    message = delivery_of(DeliveryMessage.of(notification))
    for _ in range(3):
        house.deliver([message])

    assert [line["message"] for line in told(lines)].count("attempt ended") == 1


class NothingRefused:
    """Implements `ports.RefusedRequests`."""

    def put(self, message_id: str, body: str, *, reason: str) -> None:
        raise AssertionError(reason)


@pytest.mark.parametrize(("named", "known_as"), [("order-7", "order-7"), (None, "m1")])
def test_a_request_of_the_queue_is_known_by_its_name_or_its_messages_id(
    house: House, named: str | None, known_as: str
) -> None:
    fields = event().model_dump(mode="json") | {"tenant_id": TENANT.tenant_id}
    take_in = TakeInRequests(plan=house.plan, refused=NothingRefused())

    take_in({"m1": json.dumps({**fields, "correlation_id": named})})

    [(_, message, _)] = house.queues.queued
    stored = house.notifications.get(message.tenant_id, message.notification_id)
    assert stored is not None
    assert stored.correlation_id == known_as
