"""`recado send` and `recado test`: what reaches the API, and what is told of its answer."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.unit.cli.running import KEY, NOTIFICATION, accepted, answer_with, notification, run

EVENT = {
    "event_type": "manual",
    "service_type_id": "mantenimiento",
    "phase_id": "phase-schedule",
    "customer_id": "customer-001",
    "target": "clients",
    "context": {"placa": "ABC123", "fecha": "20 de Enero = martes"},
}
OPTIONS = (
    *("--customer", "customer-001", "--service-type", "mantenimiento"),
    *("--phase", "phase-schedule"),
    *("--var", "placa=ABC123", "--var", "fecha=20 de Enero = martes"),
)
DISPATCH = "/api/v1/notifications/events/dispatch/"


def accept(request: httpx.Request) -> httpx.Response:
    return httpx.Response(202, json=accepted())


def test_options_make_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    [request] = sent(monkeypatch, "send", *OPTIONS)

    assert (request.method, request.url.path) == ("POST", DISPATCH)
    assert json.loads(request.content) == EVENT
    assert request.headers["Authorization"] == f"Bearer {KEY}"


def sent(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, given: str | None = None
) -> list[httpx.Request]:
    requests = answer_with(monkeypatch, accept)
    assert run(*arguments, given=given).exit_code == 0
    return requests


def test_a_file_is_sent_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(json.dumps(EVENT), encoding="utf-8")

    [request] = sent(monkeypatch, "send", "event.json")

    assert json.loads(request.content) == EVENT


def test_a_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    [request] = sent(monkeypatch, "send", "-", given=json.dumps(EVENT))

    assert json.loads(request.content) == EVENT


def test_an_idempotency_key_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    [request] = sent(monkeypatch, "send", *OPTIONS, "--idempotency-key", "order-7")

    assert request.headers["Idempotency-Key"] == "order-7"


@pytest.mark.parametrize(
    "arguments",
    [
        ("send",),
        ("send", "--customer", "customer-001"),
        ("send", "event.json", "--customer", "customer-001"),
        ("send", "event.json", "--target", "staff"),
        ("send", *OPTIONS, "--var", "placa"),
        ("send", *OPTIONS, "--target", "everybody"),
        ("test", "pigeon", "home"),
    ],
)
def test_wrong_usage_ends_with_2_and_sends_nothing(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    requests = answer_with(monkeypatch, accept)

    assert run(*arguments).exit_code == 2
    assert requests == []


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read"), ('{"a": 1,\n  nonsense}', "is no valid JSON (line 2, column 3")],
)
def test_a_file_that_is_no_event_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, told: str
) -> None:
    requests = answer_with(monkeypatch, accept)
    if content is not None:
        (tmp_path / "event.json").write_text(content, encoding="utf-8")

    result = run("send", "event.json")

    assert (result.exit_code, requests) == (1, [])
    assert told in result.stderr


def test_the_planned_route_is_told_with_a_reason_for_each_channel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer_with(monkeypatch, accept)

    result = run("send", *OPTIONS)

    assert result.stdout.splitlines()[0] == f"{NOTIFICATION}  queued"
    told = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert (
        "1 whatsapp whatsapp-cloud (whatsapp_cloud) …4567 "
        "mantenimiento.phase-schedule.clients.whatsapp.es v3 the recipient prefers it"
    ) in told
    assert "– email the context lacks variables: Orden" in told


def test_json_is_the_apis_own_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, accept)

    assert json.loads(run("send", *OPTIONS, "--json").stdout) == accepted()


@pytest.mark.parametrize("state", ["failed", "suppressed"])
def test_an_event_that_no_channel_carries_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    document = accepted(state, reason="suppressed", route=[])
    answer_with(monkeypatch, lambda _: httpx.Response(202, json=document))

    result = run("send", *OPTIONS, "--wait")

    assert result.exit_code == 1
    assert f"{state} (the address is on the suppression list)" in result.stdout


def test_waiting_follows_it_until_it_is_sent(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    states = iter(["queued", "sending", "sent"])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, json=accepted())
        return httpx.Response(200, json=notification(next(states)))

    answer_with(monkeypatch, answer)

    result = run("send", *OPTIONS, "--wait")

    assert result.exit_code == 0
    assert "Timeline" in result.stdout
    assert len(clock) == 2


def test_a_test_message_names_only_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    [request] = sent(monkeypatch, "test", "sms", "+593991234567", "--account", "twilio-sms")

    assert request.url.path == "/api/v1/notifications/test/"
    assert json.loads(request.content) == {
        "channel": "sms",
        "to": "+593991234567",
        "account_id": "twilio-sms",
    }


def test_a_push_test_names_the_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    push = ("test", "push", "https://push.example.com/a", "--customer", "c-1", "--text", "Hola")
    [request] = sent(monkeypatch, *push)

    assert json.loads(request.content) == {
        "channel": "push",
        "to": "https://push.example.com/a",
        "customer_id": "c-1",
        "text": "Hola",
    }
