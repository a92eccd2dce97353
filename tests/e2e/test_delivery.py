"""Notifications on the deployed laptop cloud: real HTTP, real queues, simulated providers."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

DISPATCH = "/api/v1/notifications/events/dispatch/"
TEST = "/api/v1/notifications/test/"
EVENT: dict[str, Any] = {
    "event_type": "appointment_scheduled",
    "service_type_id": "mantenimiento-preventivo",
    "phase_id": "phase-schedule",
    "customer_id": "customer-001",
    "target": "clients",
    "context": {
        "nombre": "Carlos Mendoza",
        "placa": "ABC123",
        "vehiculo": "Haval H6 2024",
        "fecha": "20 de Enero, 2026",
        "hora": "14:30",
    },
}
SUPPRESSED_CUSTOMER = "customer-005"
FINAL = {"sent", "failed", "suppressed", "expired", "cancelled"}
PATIENCE_SECONDS = 90

Document = dict[str, Any]


def dispatch(api: httpx.Client, **changes: object) -> Document:
    answer = api.post(DISPATCH, json={**EVENT, **changes})
    assert answer.status_code == 202, answer.text
    document: Document = answer.json()
    return document


def read(api: httpx.Client, notification_id: str) -> Document:
    answer = api.get(f"/api/v1/notifications/{notification_id}/")
    assert answer.status_code == 200, answer.text
    document: Document = answer.json()
    return document


def wait_until[T](look: Callable[[], T], enough: Callable[[T], bool]) -> T:
    """Look until it is enough: another process is at work, and looking is all that can be done."""
    end = time.monotonic() + PATIENCE_SECONDS
    between_looks = threading.Event()
    while not enough(seen := look()):
        assert time.monotonic() < end, f"waited {PATIENCE_SECONDS} s; last seen: {seen}"
        between_looks.wait(0.2)
    return seen


def wait_for_state(api: httpx.Client, notification_id: str, *states: str) -> Document:
    wanted = set(states) or FINAL
    return wait_until(lambda: read(api, notification_id), lambda seen: seen["state"] in wanted)


def wait_until_empty(aws: Any, queue_url: str) -> None:
    """Wait until each message of a queue was taken in and deleted."""
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def waiting() -> list[str]:
        answer = aws("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=counts)
        return [answer["Attributes"][name] for name in counts]

    wait_until(waiting, lambda seen: seen == ["0", "0"])


def misbehave(simulator: httpx.Client, **behaviour: object) -> None:
    simulator.post("/_sim/behaviour", json=behaviour).raise_for_status()


def messages(simulator: httpx.Client, **filters: str) -> list[Document]:
    found: list[Document] = simulator.get("/_sim/messages", params=filters).json()["messages"]
    return found


def attempts(notification: Document) -> list[tuple[str, str]]:
    return [(attempt["channel"], attempt["outcome"]) for attempt in notification["attempts"]]


def sweep(aws: Any, variables: dict[str, str], *, at: datetime) -> None:
    """Let the clock's function run for a moment of our choice."""
    client = aws("lambda")
    names = [f["FunctionName"] for f in client.list_functions()["Functions"]]
    (due,) = [name for name in names if "DueNotifications" in name]
    payload = json.dumps({"time": at.isoformat()}).encode()
    answer = client.invoke(FunctionName=due, Payload=payload)
    assert "FunctionError" not in answer, answer["Payload"].read()


def test_an_event_reaches_the_customers_first_channel(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    accepted = dispatch(api)
    assert [step["channel"] for step in accepted["route"]][:2] == ["whatsapp", "email"]

    notification = wait_for_state(api, accepted["notification_id"])

    assert attempts(notification) == [("whatsapp", "accepted")]
    [message] = messages(simulator)
    assert message["to"] == "+593991234567"
    assert "Carlos Mendoza" in message["text"]
    assert message["tag"].startswith(accepted["notification_id"])


@pytest.mark.parametrize(
    ("account", "channel", "to"),
    [
        ("whatsapp-cloud", "whatsapp", "+593991112233"),
        ("evolution", "whatsapp", "+593991112233"),
        ("twilio-whatsapp", "whatsapp", "+593991112233"),
        ("twilio-sms", "sms", "+593991112233"),
        ("smtp", "email", "someone@example.com"),
        ("ses", "email", "someone@example.com"),
    ],
)
def test_a_test_message_goes_through_every_provider(
    api: httpx.Client, simulator: httpx.Client, account: str, channel: str, to: str
) -> None:
    request = {"channel": channel, "to": to, "account_id": account, "text": "¿Llegó? Sí, llegó."}
    answer = api.post(TEST, json=request)
    assert answer.status_code == 202, answer.text

    notification = wait_for_state(api, answer.json()["notification_id"])

    assert notification["state"] == "sent", notification
    [message] = messages(simulator, channel=channel, to=to)
    assert "¿Llegó? Sí, llegó." in message["text"]


def test_a_push_message_is_decrypted_by_the_customers_browser(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    misbehave(simulator, provider="meta", code="132001")
    misbehave(simulator, provider="smtp", status=554, code="5.6.0")
    accepted = dispatch(api)

    notification = wait_for_state(api, accepted["notification_id"])

    assert attempts(notification) == [
        ("whatsapp", "permanent"),
        ("email", "permanent"),
        ("push", "accepted"),
    ]
    [message] = messages(simulator)
    assert "Haval H6 2024" in message["text"]


def test_a_permanent_error_falls_back_at_once(api: httpx.Client, simulator: httpx.Client) -> None:
    misbehave(simulator, provider="meta", code="132001")
    accepted = dispatch(api)

    notification = wait_for_state(api, accepted["notification_id"])

    assert attempts(notification) == [("whatsapp", "permanent"), ("email", "accepted")]
    assert [m["channel"] for m in messages(simulator)] == ["email"]


def test_used_up_retries_fall_back_through_the_dead_letter_queue(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    misbehave(simulator, provider="meta", code="131056")
    accepted = dispatch(api)

    notification = wait_for_state(api, accepted["notification_id"])

    assert attempts(notification) == [("whatsapp", "retryable")] * 4 + [("email", "accepted")]
    assert "fallback" in [entry["kind"] for entry in notification["timeline"]]


def test_when_all_channels_fail_the_notification_fails_with_a_reason(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    misbehave(simulator, provider="meta", code="132001")
    misbehave(simulator, provider="smtp", status=554, code="5.6.0")
    misbehave(simulator, provider="web_push", status=413)
    accepted = dispatch(api)

    notification = wait_for_state(api, accepted["notification_id"])

    assert notification["state"] == "failed"
    assert notification["reason"]
    assert messages(simulator) == []


def test_a_suppressed_customer_is_not_written_to(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    accepted = dispatch(api, customer_id=SUPPRESSED_CUSTOMER)

    assert (accepted["state"], accepted["route"]) == ("suppressed", [])
    assert messages(simulator) == []


def test_a_provider_that_accepts_and_drops_the_connection_has_exactly_one_message(
    api: httpx.Client, simulator: httpx.Client, aws: Any, variables: dict[str, str]
) -> None:
    misbehave(simulator, provider="meta", drop="after", times=1)
    accepted = dispatch(api)

    wait_for_state(api, accepted["notification_id"], "unknown")
    later = datetime.now(UTC) + timedelta(minutes=11)
    sweep(aws, variables, at=later)
    sweep(aws, variables, at=later + timedelta(minutes=10))

    notification = read(api, accepted["notification_id"])
    assert (notification["state"], notification["reason"]) == ("unknown", "outcome_unknown")
    assert attempts(notification) == [("whatsapp", "unknown")]
    assert len(messages(simulator)) == 1


def test_a_worker_killed_in_mid_send_sends_once(
    api: httpx.Client,
    simulator: httpx.Client,
    aws: Any,
    variables: dict[str, str],
    workers: Callable[[str], list[int]],
) -> None:
    misbehave(simulator, provider="meta", latency_ms=20_000, times=1)
    accepted = dispatch(api)
    wait_for_state(api, accepted["notification_id"], "sending")
    wait_until(lambda: messages(simulator), lambda seen: len(seen) == 1)

    senders = workers("NotificationSender")
    for pid in senders:
        os.kill(pid, signal.SIGKILL)
    sweep(aws, variables, at=datetime.now(UTC) + timedelta(minutes=1))

    assert senders
    notification = wait_for_state(api, accepted["notification_id"], "unknown")
    assert [entry["kind"] for entry in notification["timeline"]] == ["planned", "worker_lost"]
    assert len(messages(simulator)) == 1


def test_a_hundred_events_at_once_arrive_once_each(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(lambda _: dispatch(api)["notification_id"], range(100)))
    assert len(set(accepted)) == 100

    arrived = wait_until(lambda: messages(simulator), lambda seen: len(seen) >= 100)

    assert sorted(m["tag"] for m in arrived) == sorted(f"{ntf}.1" for ntf in accepted)
    for notification_id in accepted:
        assert wait_for_state(api, notification_id)["state"] == "sent"
    assert len(messages(simulator)) == 100


def test_a_request_on_the_queue_is_as_good_as_one_over_http(
    api: httpx.Client, simulator: httpx.Client, aws: Any, variables: dict[str, str]
) -> None:
    key = f"e2e-{uuid4().hex}"  # a laptop cloud that stays up remembers it
    body = json.dumps({**EVENT, "tenant_id": "talleres-andinos", "idempotency_key": key})
    for _ in range(3):
        aws("sqs").send_message(QueueUrl=variables["REQUESTS_QUEUE_URL"], MessageBody=body)

    # A request leaves its queue when what it made is in the delivery queue.
    wait_until_empty(aws, variables["REQUESTS_QUEUE_URL"])
    arrived = wait_until(lambda: messages(simulator), lambda seen: len(seen) >= 1)

    wait_for_state(api, arrived[0]["tag"].partition(".")[0], "sent")
    assert len(messages(simulator)) == 1


def test_an_unreadable_message_ends_in_the_parked_queue(
    aws: Any, variables: dict[str, str], simulator: httpx.Client
) -> None:
    sqs = aws("sqs")
    sqs.send_message(QueueUrl=variables["EMAIL_DLQ_URL"], MessageBody="{not json")

    def parked() -> list[str]:
        answer = sqs.receive_message(QueueUrl=variables["PARKED_QUEUE_URL"], WaitTimeSeconds=1)
        found = answer.get("Messages", [])
        for message in found:
            sqs.delete_message(
                QueueUrl=variables["PARKED_QUEUE_URL"], ReceiptHandle=message["ReceiptHandle"]
            )
        return [message["Body"] for message in found]

    assert wait_until(parked, bool) == ["{not json"]


def test_a_scheduled_event_waits_for_the_clock(
    api: httpx.Client, simulator: httpx.Client, aws: Any, variables: dict[str, str]
) -> None:
    moment = datetime.now(UTC) + timedelta(hours=2)
    accepted = dispatch(api, send_at=moment.isoformat())
    assert accepted["state"] == "pending"

    sweep(aws, variables, at=moment + timedelta(seconds=30))

    assert wait_for_state(api, accepted["notification_id"])["state"] == "sent"


def test_the_same_idempotency_key_makes_one_notification(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    headers = {"Idempotency-Key": f"e2e-{time.time_ns()}"}
    with ThreadPoolExecutor(3) as pool:
        answers = list(
            pool.map(lambda _: api.post(DISPATCH, json=EVENT, headers=headers), range(3))
        )
    codes = sorted(answer.status_code for answer in answers)
    ids = {a.json()["notification_id"] for a in answers if a.status_code == 202}

    assert set(codes) <= {202, 409}
    [notification_id] = ids
    wait_for_state(api, notification_id)
    assert len(messages(simulator)) == 1
