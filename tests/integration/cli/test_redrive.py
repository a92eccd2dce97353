"""`recado redrive` over the deployment's own queues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from recado.adapters import dead_letters
from recado.adapters.sqs import SqsRefusedRequests
from recado_cli import redrive
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import run
from tests.unit.domain.notifications import new_notification
from tests.workshop import event

CANARY = "CANARIO-4711"


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Time that passes by pauses only."""
    made: list[float] = []
    passing = SimpleNamespace(sleep=made.append, monotonic=lambda: sum(made))
    monkeypatch.setattr(redrive, "time", passing)
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
    yield made


def request(**changes: object) -> str:
    fields = event(context={"placa": CANARY}).model_dump(mode="json") | {"tenant_id": TENANT}
    return json.dumps({**fields, **changes})


def refuse(deployment: Deployment, body: str, *, reason: str = "unprocessable: x") -> None:
    stack = deployment.stack
    SqsRefusedRequests(stack.sqs, deployment.environment["REQUESTS_DLQ_URL"]).put(
        "m1", body, reason=reason
    )


def bodies(deployment: Deployment, variable: str) -> list[Any]:
    answer = deployment.stack.sqs.receive_message(
        QueueUrl=deployment.environment[variable], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture
def refused(workshop: Deployment) -> Deployment:
    """Two requests that may go, one that is too late, one of somebody who is not there."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    refuse(workshop, request())
    refuse(workshop, request(idempotency_key="k"))
    refuse(workshop, request(useless_after=yesterday.isoformat()), reason="no_orchestration: y")
    refuse(workshop, request(customer_id="nobody"))
    return workshop


def test_all_queues_are_listed_with_their_reasons(refused: Deployment) -> None:
    shown = run("redrive")
    told = json.loads(run("redrive", "--json").stdout)

    assert "unprocessable: x (3), no_orchestration: y (1)" in shown.stdout
    assert [each["waiting"] for each in told if each["queue"] == "requests"] == [4]
    assert len(told) == 12
    assert len(bodies(refused, "REQUESTS_DLQ_URL")) == 4


def test_what_may_go_goes_and_the_rest_stays_with_its_reason(refused: Deployment) -> None:
    result = run("redrive", "requests", "--yes", "--json")

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {
        "queue": "requests",
        "dry_run": False,
        "moved": {"unprocessable: x": 2},
        "stay": {"expired": 1, "unknown_recipient": 1},
        "not_looked_at": 0,
    }
    keys = {body["idempotency_key"] for body in bodies(refused, "REQUESTS_QUEUE_URL")}
    assert keys == {"m1", "k"}
    assert len(bodies(refused, "REQUESTS_DLQ_URL")) == 2


def test_a_dry_run_moves_nothing_and_does_not_ask(refused: Deployment) -> None:
    result = run("redrive", "requests", "--dry-run")

    assert "2 would move, 2 stay." in result.stdout
    assert len(bodies(refused, "REQUESTS_DLQ_URL")) == 4
    assert bodies(refused, "REQUESTS_QUEUE_URL") == []


def test_only_a_reason_and_no_more_than_asked_for(refused: Deployment) -> None:
    by_reason = run("redrive", "requests", "--reason", "no_orchestration", "--yes", "--json")
    limited = run("redrive", "requests", "--limit", "1", "--yes", "--json")

    assert json.loads(by_reason.stdout)["stay"] == {"expired": 1, "other_reason": 3}
    assert json.loads(limited.stdout)["moved"] == {"unprocessable: x": 1}
    assert len(bodies(refused, "REQUESTS_QUEUE_URL")) == 1


def test_what_is_behind_a_held_message_of_its_person_is_counted(workshop: Deployment) -> None:
    for number in range(12):
        workshop.stack.sqs.send_message(
            QueueUrl=workshop.environment["INBOUND_DLQ_URL"],
            MessageBody="{}",
            MessageGroupId="a person",
            MessageDeduplicationId=str(number),
        )

    shown = run("redrive", "inbound", "--dry-run")
    told = json.loads(run("redrive", "inbound", "--yes", "--json").stdout)

    assert "0 would move, 10 stay." in shown.stdout
    assert "About 2 more were not looked at" in shown.stdout
    assert (told["stay"], told["not_looked_at"]) == ({"unreadable": 10}, 2)


def test_it_keeps_to_its_rate(refused: Deployment, pauses: list[float]) -> None:
    run("redrive", "requests", "--rate", "2", "--yes")

    assert sum(pauses) == pytest.approx(1.0)


def test_it_asks_first_and_a_no_moves_nothing(refused: Deployment) -> None:
    result = run("redrive", "requests", given="n\n")

    assert result.exit_code == 1
    assert "Move messages of requests back?" in result.stderr
    assert len(bodies(refused, "REQUESTS_DLQ_URL")) == 4


def test_no_output_shows_what_a_message_says_of_a_person(refused: Deployment) -> None:
    for arguments in ((), ("requests", "--dry-run"), ("requests", "--yes", "--json")):
        assert CANARY not in run("redrive", *arguments).output


@pytest.mark.parametrize(
    "arguments", [("--dry-run",), ("--limit", "1"), ("--reason", "x"), ("nowhere",)]
)
def test_wrong_usage_is_told(workshop: Deployment, arguments: tuple[str, ...]) -> None:
    assert run("redrive", *arguments).exit_code == 2


def test_a_delivery_goes_back_to_its_queue(workshop: Deployment) -> None:
    now = datetime.now(UTC)
    notification = new_notification(deadline=now + timedelta(hours=1)).queued(now)
    workshop.stack.notifications.create(notification)
    message = {"tenant_id": TENANT, "notification_id": "ntf_1", "step": 0}
    for variable in ("WHATSAPP_DLQ_URL", "PARKED_QUEUE_URL"):
        url = workshop.environment[variable]
        workshop.stack.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message))

    assert run("redrive", "whatsapp", "--yes").exit_code == 0
    assert run("redrive", "parked", "--yes").exit_code == 0

    assert bodies(workshop, "WHATSAPP_QUEUE_URL") == [message, message]
