"""`recado webhooks`: endpoints are added, tried out, disabled, and sent what they missed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from recado.adapters import client_webhooks
from recado.domain.client_endpoints import ClientEndpoint, DisabledReason, SigningSecrets
from recado.domain.domain_events import DomainEvent
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import run

NOW = datetime.now(UTC)
URL = "http://127.0.0.1:9/hook"


@pytest.fixture(autouse=True)
def deployed(workshop: Deployment, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """The deployment with the workshop, on a laptop."""
    monkeypatch.setenv("ALLOW_LOOPBACK_WEBHOOKS", "true")
    return workshop


def add(*options: str, url: str = URL) -> dict[str, Any]:
    result = run("webhooks", "add", url, "--tenant", TENANT, "--json", *options)
    assert result.exit_code == 0, result.stderr
    shown: dict[str, Any] = json.loads(result.stdout)
    return shown


def stored(deployment: Deployment, endpoint_id: str) -> ClientEndpoint:
    endpoint = deployment.stack.configuration.client_endpoint(TENANT, endpoint_id)
    assert endpoint is not None
    return endpoint


def signing_secrets(endpoint: ClientEndpoint) -> SigningSecrets:
    value = boto3.client("secretsmanager").get_secret_value(SecretId=endpoint.secret_name)
    return SigningSecrets.model_validate_json(value["SecretString"])


def answer_with(monkeypatch: pytest.MonkeyPatch, status: int) -> list[httpx.Request]:
    """Let the endpoint answer; gives the list to which its requests are added."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(status)

    transport = httpx.MockTransport(handle)
    monkeypatch.setattr(client_webhooks.httpx, "HTTPTransport", lambda **_: transport)
    return requests


def test_an_added_endpoint_is_stored_and_its_secret_kept_apart(deployed: Deployment) -> None:
    shown = add("--events", "notification.*, reply.received")

    endpoint = stored(deployed, shown["endpoint_id"])
    assert endpoint.enabled
    assert endpoint.event_types == ("notification.*", "reply.received")
    assert endpoint.secret_name == f"recado/test/client-webhooks/{TENANT}/{endpoint.endpoint_id}"
    assert signing_secrets(endpoint).active(NOW) == [shown["secret"]]
    assert shown["secret"] not in json.dumps(deployed.rows())


def test_a_secret_is_shown_once() -> None:
    result = run("webhooks", "add", URL, "--tenant", TENANT)
    secret = result.stdout.strip()

    assert secret.startswith("whsec_")
    for listed in (run("webhooks", "list"), run("webhooks", "list", "--json")):
        assert URL in listed.stdout
        assert "whsec_" not in listed.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "http://example.com", "--tenant", TENANT), "is no https address"),
        (("add", "https://a:b@example.com", "--tenant", TENANT), "has a user or password in it"),
        (("add", URL, "--tenant", "nobody"), "There is no tenant 'nobody'."),
        (("add", URL, "--tenant", TENANT, "--events", "sent"), "no type of event 'sent'"),
        (("add", URL, "--tenant", TENANT, "--events", ","), "No type of event was given."),
        (("test", "ep_x"), "There is no endpoint 'ep_x'"),
        (("disable", "ep_x"), "There is no endpoint 'ep_x'"),
        (("replay", "ep_x", "--since", "2026-01-01"), "There is no endpoint 'ep_x'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_stored(
    deployed: Deployment, arguments: tuple[str, ...], told: str
) -> None:
    result = run("webhooks", *arguments)

    assert result.exit_code == 1
    assert told in result.stderr
    assert deployed.stack.configuration.client_endpoints(TENANT) == []
    assert not [
        secret
        for secret in boto3.client("secretsmanager").list_secrets()["SecretList"]
        if "client-webhooks" in secret["Name"]
    ]


def test_this_machine_is_refused_where_that_is_not_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ALLOW_LOOPBACK_WEBHOOKS")

    result = run("webhooks", "add", URL, "--tenant", TENANT)

    assert result.exit_code == 1
    assert "is this machine's own" in result.stderr


def test_trying_an_endpoint_out_posts_a_signed_event(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = add("--events", "contact.*")
    requests = answer_with(monkeypatch, 202)

    result = run("webhooks", "test", shown["endpoint_id"])

    assert result.exit_code == 0
    assert "answered 202" in result.stdout
    [request] = requests
    body = Webhook(shown["secret"]).verify(request.content, dict(request.headers))
    assert body["type"] == "webhook.test"
    assert body["data"]["endpoint_id"] == shown["endpoint_id"]


def test_programs_are_told_what_became_of_a_command(
    deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = add()
    endpoint_id = added["endpoint_id"]
    keep_events(deployed)
    answer_with(monkeypatch, 202)

    def told(command: str, *options: str) -> dict[str, Any]:
        result = run("webhooks", command, endpoint_id, *options, "--json")
        assert result.exit_code == 0
        shown: dict[str, Any] = json.loads(result.stdout)
        assert shown["endpoint_id"] == endpoint_id
        return shown

    assert told("test")["status"] == 202
    assert told("disable")["disabled_reason"] == "operator"
    assert told("enable")["disabled_reason"] is None
    assert told("rotate")["secret"] not in ("", added["secret"])
    assert told("replay", "--since", (NOW - timedelta(days=9)).isoformat())["events"] == 4


def test_an_endpoint_that_refuses_the_trial_is_told_and_not_blamed(
    deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = add()
    answer_with(monkeypatch, 500)

    result = run("webhooks", "test", shown["endpoint_id"])

    assert result.exit_code == 1
    assert "http_500" in result.stderr
    assert stored(deployed, shown["endpoint_id"]).failing_since is None


def test_an_endpoint_is_disabled_and_enabled_again(deployed: Deployment) -> None:
    endpoint_id = add()["endpoint_id"]

    assert run("webhooks", "disable", endpoint_id).exit_code == 0
    assert stored(deployed, endpoint_id).disabled_reason is DisabledReason.OPERATOR
    assert "no: operator" in run("webhooks", "list").stdout

    assert run("webhooks", "enable", endpoint_id).exit_code == 0
    assert stored(deployed, endpoint_id).enabled


@pytest.mark.parametrize(("hours", "kept"), [("24", 2), ("0", 1)])
def test_a_new_secret_signs_beside_the_old_one_for_a_while(
    deployed: Deployment, hours: str, kept: int
) -> None:
    shown = add()
    endpoint_id = shown["endpoint_id"]

    result = run("webhooks", "rotate", endpoint_id, "--keep-hours", hours)

    active = signing_secrets(stored(deployed, endpoint_id)).active(datetime.now(UTC))
    assert result.stdout.strip() == active[0] != shown["secret"]
    assert len(active) == kept
    assert active[1:] == [shown["secret"]][: kept - 1]


def keep_events(deployed: Deployment) -> None:
    deployed.stack.events.keep(
        [
            DomainEvent(
                id=f"evt_{days}",
                tenant_id=TENANT,
                type="notification.sent",
                at=NOW - timedelta(days=days),
                data={},
            )
            for days in range(4)
        ]
    )


def test_an_endpoint_is_sent_what_happened_since_a_moment(deployed: Deployment) -> None:
    endpoint_id = add()["endpoint_id"]
    keep_events(deployed)
    since = (NOW - timedelta(days=2, hours=1)).isoformat()

    result = run("webhooks", "replay", endpoint_id, "--since", since)

    assert result.exit_code == 0
    assert "3 events" in result.stdout
    url = deployed.environment["CLIENT_WEBHOOKS_QUEUE_URL"]
    queued = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    messages = [json.loads(message["Body"]) for message in queued]
    assert {message["event_id"] for message in messages} == {"evt_0", "evt_1", "evt_2"}
    assert {message["endpoint_id"] for message in messages} == {endpoint_id}


@pytest.mark.parametrize(
    ("since", "told"),
    [("yesterday", "is no moment"), ("2020-01-01", "Events are kept for 30 days.")],
)
def test_a_replay_needs_a_moment_within_what_is_kept(since: str, told: str) -> None:
    result = run("webhooks", "replay", add()["endpoint_id"], "--since", since)

    assert result.exit_code == 1
    assert told in result.stderr


def test_a_disabled_endpoint_is_not_replayed_to() -> None:
    endpoint_id = add()["endpoint_id"]
    run("webhooks", "disable", endpoint_id)

    result = run("webhooks", "replay", endpoint_id, "--since", NOW.date().isoformat())

    assert result.exit_code == 1
    assert f"recado webhooks enable {endpoint_id}" in result.stderr
