"""`recado send`, `test` and `timeline` against the API function itself."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest

from functions.channel_fallback import handler as fallback
from functions.notification_sender import handler as sender
from recado.domain.errors import PermanentMessageError
from recado_cli import following
from tests.cloud import Cloud, LambdaContext
from tests.unit.cli.running import answer_with, run

SEND = (
    *("send", "--customer", "customer-001", "--service-type", "mantenimiento"),
    *("--phase", "phase-schedule"),
)


@pytest.fixture
def deployed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The command reaches the API function; while it waits, the queues' functions run."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"authorization": request.headers["authorization"]}
        body = request.content.decode() or None
        status, document, _ = cloud.request(request.method, request.url.path, body, headers=headers)
        return httpx.Response(status, json=document)

    work = work_of(cloud)
    passing = SimpleNamespace(sleep=lambda _: next(work), monotonic=lambda: 0.0)
    monkeypatch.setattr(following, "time", passing)
    answer_with(monkeypatch, answer)
    monkeypatch.setenv("RECADO_API_KEY", cloud.api_key)
    return cloud


def work_of(cloud: Cloud) -> Iterator[None]:
    """A round of all queues each time."""
    rounds = (
        (sender, "WHATSAPP_QUEUE_URL"),
        (fallback, "WHATSAPP_DLQ_URL"),
        (sender, "EMAIL_QUEUE_URL"),
    )
    while True:
        for function, queue in rounds:
            event = cloud.sqs_event(queue)
            if event["Records"]:
                function.lambda_handler(event, LambdaContext())
        yield


def test_an_event_is_followed_until_it_is_sent(deployed: Cloud) -> None:
    result = run(*SEND, "--var", "placa=ABC123", "--wait")

    assert result.exit_code == 0
    assert "attempt 1 through wa: wa-1" in result.stdout
    assert [message.to.value for message in deployed.senders.accepted] == ["+593991234567"]


def test_a_fallback_is_part_of_the_timeline(deployed: Cloud) -> None:
    deployed.senders.script["wa"].append(PermanentMessageError("132001", "no such template"))

    result = run(*SEND, "--var", "placa=ABC123", "--wait")

    assert result.exit_code == 0
    assert "attempt 1 through wa: 132001 no such template" in result.stdout
    assert "whatsapp -> email (132001)" in result.stdout
    assert "attempt 2 through mail: mail-1" in result.stdout


def test_an_event_that_lacks_a_variable_ends_with_1_and_names_it(deployed: Cloud) -> None:
    result = run(*SEND)

    assert result.exit_code == 1
    assert "failed (the context lacks variables: Placa)" in result.stdout


def test_an_event_that_is_refused_names_the_field(deployed: Cloud) -> None:
    result = run(*SEND[:-1], "phase-lunch")

    assert result.exit_code == 1
    assert "unknown phase 'phase-lunch'" in result.stderr
    assert "phase_id" in result.stderr


def test_a_test_message_is_followed_too(deployed: Cloud) -> None:
    result = run("test", "email", "someone@example.com", "--wait")

    assert result.exit_code == 0
    assert "asked for" in result.stdout
    assert [message.to.value for message in deployed.senders.accepted] == ["someone@example.com"]


def test_a_timeline_of_nothing_is_refused(deployed: Cloud) -> None:
    result = run("timeline", "ntf_nowhere")

    assert result.exit_code == 1
    assert "no such notification (not_found)" in result.stderr
