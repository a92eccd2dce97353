"""What people answer, through the deployed webhooks: understood, acted upon, told to clients."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.test_delivery import (
    Document,
    attempts,
    dispatch,
    messages,
    read,
    wait_for_state,
    wait_until,
)

SEND = "/api/v1/communications/send/"
CUSTOMER_PHONE = "+593991234567"


@dataclass
class Client:
    """A client's system that is told what happened, and checks each signature."""

    secret: str = ""
    received: list[Document] = field(default_factory=list)
    refused: int = 0
    answers: list[int] = field(default_factory=list)
    """Statuses to answer with first, before all is well."""

    def take(self, headers: Any, body: bytes) -> int:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        if f"v1,{expected}" not in headers["webhook-signature"].split():
            self.refused += 1
            return 401
        if self.answers:
            return self.answers.pop(0)
        self.received.append({**json.loads(body), "id": headers["webhook-id"]})
        return 200

    def events(self, kind: str) -> list[Document]:
        return [event for event in self.received if event["type"] == kind]


@contextmanager
def listening(client: Client) -> Iterator[str]:
    """Serve a client on a free port of this machine; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(client.take(self.headers, body))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the test tells what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/events"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def recado(variables: dict[str, str], *arguments: str) -> str:
    """Run the command `recado` as an operator would."""
    finished = subprocess.run(  # noqa: S603
        [str(Path(sys.executable).with_name("recado")), *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout


@pytest.fixture
def client(variables: dict[str, str]) -> Iterator[Client]:
    """A client of the workshop's whose endpoint is called for everything."""
    client = Client()
    with listening(client) as url:
        added = json.loads(
            recado(variables, "webhooks", "add", url, "--tenant", "talleres-andinos", "--json")
        )
        client.secret = added["secret"]
        yield client
        owner = ("--tenant", "talleres-andinos")
        recado(variables, "webhooks", "disable", added["endpoint_id"], *owner)


def write(simulator: httpx.Client, text: str = "", **more: object) -> Document:
    """Let a person write by WhatsApp at Meta; the webhook must have answered 200."""
    said = {"text": text} if text else {}
    request = {"provider": "meta", "from": CUSTOMER_PHONE, **said, **more}
    answer = simulator.post("/_sim/inbound", json=request)
    assert answer.status_code == 200, answer.text
    document: Document = answer.json()
    assert set(document["answers"]) == {200}
    return document


def communications(api: httpx.Client, **query: str) -> list[Document]:
    answer = api.get("/api/v1/communications", params=query)
    assert answer.status_code == 200, answer.text
    found: list[Document] = answer.json()["communications"]
    return found


def fresh_phone() -> str:
    return f"+57300{uuid4().int % 10_000_000:07}"


def send_to(api: httpx.Client, phone: str, **more: object) -> Document:
    request = {
        "candidate_id": f"cand-{phone}",
        "phone": phone,
        "template_name": "contacto_inicial",
        "template_variables": ["Ana", "Luis", "Analista"],
        **more,
    }
    answer = api.post(SEND, json=request)
    assert answer.status_code == 202, answer.text
    document: Document = answer.json()
    return document


def test_from_send_to_the_answer_to_the_event_at_the_client(
    api: httpx.Client, simulator: httpx.Client, client: Client
) -> None:
    ladder = {"provider": "meta", "steps": ["sent", "delivered", "read"], "delay_ms": 300}
    simulator.post("/_sim/ladder", json=ladder).raise_for_status()
    notification_id = dispatch(api)["notification_id"]
    wait_for_state(api, notification_id, "read")

    write(simulator, "Sí, me interesa 👍")
    answered = wait_for_state(api, notification_id, "replied")

    assert attempts(answered) == [("whatsapp", "accepted")]
    kinds = [entry["kind"] for entry in answered["timeline"]]
    assert kinds[-1] == "replied"
    communication = api.get(f"/api/v1/communications/{notification_id}/").json()
    assert (communication["interest"], communication["reply"]["content"]) == (
        "interested",
        "Sí, me interesa 👍",
    )

    def told() -> set[str]:
        ours = (e for e in client.received if e["data"].get("notification_id") == notification_id)
        return {event["type"] for event in ours}

    wait_until(told, lambda seen: "notification.replied" in seen)
    wait_until(told, lambda seen: {"notification.sent", "notification.read"} <= seen)
    replies = wait_until(lambda: client.events("reply.received"), bool)
    assert replies[-1]["data"]["interest"] == "interested"
    assert replies[-1]["data"]["replies_to"] == notification_id
    assert client.refused == 0


def test_a_client_that_fails_is_told_again(
    api: httpx.Client, simulator: httpx.Client, client: Client
) -> None:
    client.answers = [503]
    notification_id = dispatch(api)["notification_id"]
    wait_for_state(api, notification_id)

    def accepted() -> list[Document]:
        return [
            event
            for event in client.events("notification.accepted")
            if event["data"]["notification_id"] == notification_id
        ]

    wait_until(accepted, bool)
    sent = wait_until(lambda: client.events("notification.sent"), bool)
    assert len({event["id"] for event in client.received}) == len(client.received)
    assert sent


def test_who_opts_out_is_sent_nothing_more_until_they_opt_in(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    phone = fresh_phone()
    first = send_to(api, phone)
    wait_for_state(api, first["id"])
    write(simulator, "por favor no me escriban más", **{"from": phone})
    wait_until(lambda: messages(simulator, to=phone), lambda seen: len(seen) == 2)

    suppressed = send_to(api, phone)

    assert (suppressed["status"], suppressed["error_code"]) == ("failed", "suppressed")
    assert "ALTA" in messages(simulator, to=phone)[-1]["text"]
    write(simulator, "ALTA", **{"from": phone})
    wait_until(lambda: messages(simulator, to=phone), lambda seen: len(seen) == 3)
    again = send_to(api, phone)
    wait_for_state(api, again["id"])
    assert len(messages(simulator, to=phone)) == 4


def test_inside_the_window_free_text_goes_and_outside_it_is_refused(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    phone = fresh_phone()
    text = {"candidate_id": "cand", "phone": phone, "text": "¿Le sirve el lunes?"}
    refused = api.post(SEND, json=text)
    assert (refused.status_code, refused.json()["code"]) == (422, "window_closed")

    write(simulator, "hola", **{"from": phone})
    wait_until(lambda: api.post(SEND, json=text).status_code, lambda status: status == 202)

    [message] = wait_until(lambda: messages(simulator, to=phone), bool)[-1:]
    assert message["kind"] == "text"
    assert not message.get("window_closed")


def test_the_same_message_three_times_at_once_has_one_effect(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    phone = fresh_phone()
    sent = send_to(api, phone)
    wait_for_state(api, sent["id"])

    write(simulator, "me interesa", times=3, **{"from": phone})

    wait_for_state(api, sent["id"], "replied")
    timeline = read(api, sent["id"])["timeline"]
    assert [entry["kind"] for entry in timeline].count("replied") == 1
    inbound = communications(api, candidate_id=f"cand-{phone}", direction="inbound")
    assert len(inbound) == 1


def test_a_photo_is_fetched_and_kept(
    api: httpx.Client, simulator: httpx.Client, aws: Any, variables: dict[str, str]
) -> None:
    phone = fresh_phone()
    send_to(api, phone)
    photo = {"type": "image", "mime_type": "image/jpeg", "size": 20_000}
    write(simulator, media=photo, **{"from": phone})

    [received] = wait_until(
        lambda: communications(api, candidate_id=f"cand-{phone}", direction="inbound"), bool
    )

    def stored() -> list[Any]:
        prefix = f"media/talleres-andinos/{received['id']}/"
        answer = aws("s3").list_objects_v2(Bucket=variables["MEDIA_BUCKET"], Prefix=prefix)
        objects: list[Any] = answer.get("Contents", [])
        return objects

    [kept] = wait_until(stored, bool)
    assert kept["Size"] > 0


@pytest.mark.parametrize(
    ("provider", "sender"),
    [
        ("twilio", "+593987770001"),
        ("evolution", "+593987770002"),
        ("telegram", "987770003"),
        ("messenger", "9877700040"),
        ("instagram", "9877700050"),
        ("slack", "U0987770006"),
    ],
)
def test_a_person_reaches_us_through_every_provider(
    api: httpx.Client, simulator: httpx.Client, provider: str, sender: str
) -> None:
    text = f"¿cuánto cuesta? {uuid4().hex[:8]}"

    write(simulator, text, provider=provider, **{"from": sender})

    def ours() -> list[Document]:
        inbound = communications(api, direction="inbound")
        return [each for each in inbound if each["content"] == text]

    [received] = wait_until(ours, bool)
    assert received["interest"] == "question"


def test_a_queue_that_is_down_makes_the_provider_come_again_and_nothing_is_lost(
    api: httpx.Client,
    simulator: httpx.Client,
    aws: Any,
    variables: dict[str, str],
) -> None:
    """The inbound queue is taken away and brought back, as an outage would."""
    sqs = aws("sqs")
    url = variables["INBOUND_QUEUE_URL"]
    phone = fresh_phone()
    sent = send_to(api, phone)
    wait_for_state(api, sent["id"])
    name = url.rpartition("/")[2]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    settable = {
        key: attributes[key]
        for key in ("FifoQueue", "VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy")
        if key in attributes
    }
    sqs.delete_queue(QueueUrl=url)
    try:
        request = {"provider": "meta", "from": phone, "text": "me interesa"}
        answer = simulator.post("/_sim/inbound", json=request)
        assert all(status >= 500 for status in answer.json()["answers"]), answer.text
    finally:
        sqs.create_queue(QueueName=name, Attributes=settable)

    wait_for_state(api, sent["id"], "replied")
