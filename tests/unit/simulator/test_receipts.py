"""Receipts have each provider's own shape and signature, and are tried again as by it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from local.simulator.webhooks import twilio
from local.simulator.webhooks.graph import signed_call
from tests.unit.simulator.receiver import TOPIC, Received, Receiver, receiving, talkative, talking
from tests.unit.simulator.running import RunningSimulator
from tests.unit.simulator.sending import ANA, by_evolution, by_messenger, by_meta, by_ses, by_twilio

VECTORS = Path(__file__).parents[2] / "vectors"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def simulator(receiver: Receiver) -> Iterator[RunningSimulator]:
    """A simulator whose providers tell the receiver what happens."""
    with talking(talkative(receiver), receiver) as started:
        yield started


def report(simulator: RunningSimulator, message: str | list[str], **wanted: Any) -> httpx.Response:
    return simulator.http.post("/_sim/receipts", json={"message": message, **wanted})


def is_signed_by_meta(received: Received, secret: str) -> bool:
    expected = hmac.new(secret.encode(), received.body, hashlib.sha256).hexdigest()
    return received.headers["x-hub-signature-256"] == f"sha256={expected}"


def statuses(received: Received) -> list[dict[str, Any]]:
    [entry] = received.json()["entry"]
    [change] = entry["changes"]
    found: list[dict[str, Any]] = change["value"]["statuses"]
    return found


def test_metas_signature_agrees_with_the_vectors() -> None:
    vectors = json.loads((VECTORS / "meta_signature.json").read_text())["requests"]
    compact = [vector for vector in vectors if ": " not in vector["body"]]
    assert len(compact) == 2
    for vector in compact:
        call = signed_call(
            "meta", "receipts", "http://x", vector["app_secret"], json.loads(vector["body"])
        )
        assert call.body.decode() == vector["body"]
        assert call.headers["X-Hub-Signature-256"] == vector["signature"]


def test_twilios_signature_agrees_with_the_vectors() -> None:
    vectors = json.loads((VECTORS / "twilio_signature.json").read_text())["requests"]
    forms = [
        vector
        for vector in vectors
        if vector["body"].startswith("CallSid") and vector["url"].startswith("https")
    ]
    assert forms
    for vector in forms[:1]:
        form = dict(httpx.QueryParams(vector["body"]))
        assert twilio.signature(vector["auth_token"], vector["url"], form) == vector["signature"]


@pytest.mark.parametrize("status", ["sent", "delivered", "read"])
def test_meta_tells_how_far_a_message_came(
    simulator: RunningSimulator, receiver: Receiver, status: str
) -> None:
    message = by_meta(simulator)
    assert report(simulator, message["id"], status=status).json() == {"answers": [200]}
    received = receiver.next()
    assert received.path == "/whatsapp"
    assert is_signed_by_meta(received, "meta-secret")
    [told] = statuses(received)
    assert (told["id"], told["status"]) == (message["provider_message_id"], status)
    assert told["biz_opaque_callback_data"] == "notification.1"
    assert told["recipient_id"] == "593991234567"
    assert "errors" not in told


def test_meta_names_the_code_of_a_failure(simulator: RunningSimulator, receiver: Receiver) -> None:
    report(simulator, by_meta(simulator)["id"], status="failed", code=131049)
    [told] = statuses(receiver.next())
    assert [error["code"] for error in told["errors"]] == [131049]
    assert "pricing" not in told


def test_meta_tells_of_a_person_without_a_number_by_the_user_id(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    message = by_meta(simulator, to="", recipient="US.134912086553")
    report(simulator, message["id"], status="read")
    [told] = statuses(receiver.next())
    assert told["recipient_user_id"] == "US.134912086553"
    assert "recipient_id" not in told


def test_meta_puts_several_messages_into_one_request(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    messages = [by_meta(simulator) for _ in range(3)]
    answer = report(simulator, [message["id"] for message in messages], status="delivered")
    assert answer.json() == {"answers": [200]}
    told = statuses(receiver.next())
    assert [one["id"] for one in told] == [one["provider_message_id"] for one in messages]
    assert receiver.nothing_else()


def test_a_receipt_is_sent_as_often_as_wanted_and_the_same_each_time(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    answer = report(simulator, by_meta(simulator)["id"], status="read", times=3)
    assert answer.json() == {"answers": [200, 200, 200]}
    first, *others = receiver.several(3)
    assert [other.body for other in others] == [first.body] * 2


@pytest.mark.parametrize(
    ("channel", "status", "code", "word", "error_code"),
    [
        ("sms", "sent", None, "sent", None),
        ("sms", "delivered", None, "delivered", None),
        ("sms", "failed", "30006", "undelivered", "30006"),
        ("sms", "failed", None, "undelivered", "30008"),
        ("whatsapp", "read", None, "read", None),
        ("whatsapp", "failed", "63016", "failed", "63016"),
    ],
)
def test_twilio_calls_back_to_the_address_that_the_message_was_sent_with(
    simulator: RunningSimulator,
    receiver: Receiver,
    channel: str,
    status: str,
    code: str | None,
    word: str,
    error_code: str | None,
) -> None:
    callback = f"{receiver.url}/status?recado_tag=notification.1"
    message = by_twilio(simulator, channel, f"{callback}#rc=2")
    report(simulator, message["id"], status=status, code=code).raise_for_status()
    received = receiver.next()
    assert received.path == "/status?recado_tag=notification.1"
    form = received.form()
    assert form["MessageSid"] == message["provider_message_id"]
    assert (form["MessageStatus"], form.get("ErrorCode")) == (word, error_code)
    assert form["To"] == (f"whatsapp:{ANA}" if channel == "whatsapp" else ANA)
    validator = RequestValidator("twilio-token")
    assert validator.validate(callback, form, received.headers["x-twilio-signature"])


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("sent", "SERVER_ACK"),
        ("delivered", "DELIVERY_ACK"),
        ("read", "READ"),
        ("failed", "ERROR"),
    ],
)
def test_evolution_tells_with_its_own_words_and_our_secret(
    simulator: RunningSimulator, receiver: Receiver, status: str, word: str
) -> None:
    message = by_evolution(simulator)
    report(simulator, message["id"], status=status).raise_for_status()
    received = receiver.next()
    assert received.headers["x-recado-secret"] == "evolution-secret"
    envelope = received.json()
    assert (envelope["event"], envelope["instance"]) == ("messages.update", "taller")
    data = envelope["data"]
    assert (data["keyId"], data["status"]) == (message["provider_message_id"], word)
    assert (data["fromMe"], data["remoteJid"]) == (True, "593991234567@s.whatsapp.net")


def test_messenger_names_what_was_delivered_and_a_time_up_to_which_all_was_read(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    message = by_messenger(simulator, "/graph/v25.0/5001/messages", "page-token")
    for status in ("delivered", "read"):
        report(simulator, message["id"], status=status).raise_for_status()
    delivered, read = receiver.several(2)
    assert is_signed_by_meta(delivered, "page-secret")
    assert delivered.json()["object"] == "page"
    [[delivery], [reading]] = [one.json()["entry"][0]["messaging"] for one in (delivered, read)]
    assert delivery["sender"] == {"id": "900100"}
    assert delivery["recipient"] == {"id": "5001"}
    assert delivery["delivery"]["mids"] == [message["provider_message_id"]]
    assert reading["read"] == {"watermark": reading["timestamp"]}


def test_instagram_names_the_message_that_was_read(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    message = by_messenger(simulator, "/graph/v25.0/6001/messages", "instagram-token")
    report(simulator, message["id"], status="read").raise_for_status()
    received = receiver.next()
    assert is_signed_by_meta(received, "instagram-secret")
    assert received.json()["object"] == "instagram"
    [event] = received.json()["entry"][0]["messaging"]
    assert event["read"] == {"mid": message["provider_message_id"]}
    assert report(simulator, message["id"], status="delivered").status_code == 400


def event_of(received: Received) -> dict[str, Any]:
    """The event that a call of SNS's Publish carries."""
    assert received.path == "/"
    assert "/us-east-1/sns/aws4_request" in received.headers["authorization"]
    form = received.form()
    assert (form["Action"], form["TopicArn"]) == ("Publish", TOPIC)
    event: dict[str, Any] = json.loads(form["Message"])
    return event


@pytest.mark.parametrize(
    ("status", "code", "kind", "details"),
    [
        ("sent", None, "Send", {}),
        ("delivered", None, "Delivery", {"recipients": ["ana@taller.example"]}),
        ("bounce", None, "Bounce", {"bounceType": "Permanent", "bounceSubType": "General"}),
        (
            "bounce",
            "Transient.MailboxFull",
            "Bounce",
            {"bounceType": "Transient", "bounceSubType": "MailboxFull"},
        ),
        ("complaint", None, "Complaint", {"complaintFeedbackType": "abuse"}),
        ("failed", None, "Reject", {"reason": "Bad content"}),
    ],
)
def test_ses_publishes_what_becomes_of_a_mail(
    simulator: RunningSimulator,
    receiver: Receiver,
    status: str,
    code: str | None,
    kind: str,
    details: dict[str, object],
) -> None:
    [message] = by_ses(simulator, "ana@taller.example")
    report(simulator, message["id"], status=status, code=code).raise_for_status()
    event = event_of(receiver.next())
    assert event["eventType"] == kind
    assert event["mail"]["messageId"] == message["provider_message_id"]
    assert event["mail"]["source"] == "Taller <avisos@example.com>"
    assert event["mail"]["tags"]["recado_notification"] == ["notification-1"]
    assert details.items() <= event[kind.lower()].items()


def test_ses_tells_of_several_recipients_in_one_event(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    messages = by_ses(simulator, "ana@taller.example", "bob@taller.example")
    report(simulator, [message["id"] for message in messages], status="bounce").raise_for_status()
    bounced = event_of(receiver.next())["bounce"]["bouncedRecipients"]
    assert [one["emailAddress"] for one in bounced] == ["ana@taller.example", "bob@taller.example"]
    assert receiver.nothing_else()


def test_ses_without_a_topic_tells_nobody(receiver: Receiver) -> None:
    accounts = talkative(receiver)
    assert accounts.ses
    silent = accounts.model_copy(
        update={"ses": accounts.ses.model_copy(update={"topic_arn": None})}
    )
    with talking(silent, receiver) as simulator:
        [message] = by_ses(simulator, "ana@taller.example")
        answer = report(simulator, message["id"], status="bounce")
    assert (answer.status_code, answer.json()["error"]["field"]) == (409, "topic_arn")


def test_the_most_that_was_told_of_a_message_is_shown_with_it(
    simulator: RunningSimulator,
) -> None:
    message = by_meta(simulator)
    assert "told" not in message
    for status in ("delivered", "sent"):
        report(simulator, message["id"], status=status)
    assert simulator.messages()[0]["told"] == "delivered"


@pytest.mark.parametrize(
    ("wanted", "status", "field"),
    [
        ({"message": "unknown", "status": "read"}, 404, "message"),
        ({"message": [], "status": "read"}, 400, "message"),
        ({"message": "unknown", "status": "eaten"}, 400, "status"),
        ({"message": "unknown", "status": "read", "times": 0}, 400, "times"),
        ({"message": "unknown", "status": "failed", "code": "no code"}, 400, "code"),
    ],
)
def test_a_receipt_that_cannot_be_names_the_field(
    simulator: RunningSimulator, wanted: dict[str, Any], status: int, field: str
) -> None:
    answer = simulator.http.post("/_sim/receipts", json=wanted)
    assert answer.status_code == status
    assert answer.json()["error"]["field"].startswith(field)


def test_what_a_provider_does_not_tell_is_refused(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    sms = by_twilio(simulator, callback=f"{receiver.url}/status")
    assert report(simulator, sms["id"], status="read").json()["error"]["field"] == "status"
    silent = by_twilio(simulator)
    assert report(simulator, silent["id"], status="sent").status_code == 409
    both = [sms["id"], by_meta(simulator)["id"]]
    assert report(simulator, both, status="sent").json()["error"]["field"] == "message"
    assert receiver.nothing_else()


def test_a_receiver_that_is_not_there_is_told(receiver: Receiver) -> None:
    accounts = talkative(receiver)
    assert accounts.meta
    nowhere = accounts.meta.model_copy(update={"webhook_url": "http://127.0.0.1:9/whatsapp"})
    with talking(accounts.model_copy(update={"meta": nowhere}), receiver) as simulator:
        answer = report(simulator, by_meta(simulator)["id"], status="read")
    assert (answer.status_code, answer.json()["error"]["field"]) == (502, "webhook_url")


def test_meta_tries_again_until_it_is_answered_200_and_the_log_tells(receiver: Receiver) -> None:
    with talking(talkative(receiver), receiver, retry_seconds=(0.0, 0.0, 0.0)) as simulator:
        receiver.answer(500, 204, 200)
        answer = report(simulator, by_meta(simulator)["id"], status="read")
        assert answer.json() == {"answers": [500]}
        assert len({received.body for received in receiver.several(3)}) == 1
        # The log is complete once the next webhook came: tries are noted in order.
        report(simulator, by_meta(simulator)["id"], status="sent")
        first, second = simulator.http.get("/_sim/webhooks").json()["webhooks"]
    assert [one["status"] for one in first["tries"]] == [500, 204, 200]
    assert (first["provider"], first["kind"], first["status"]) == ("meta", "receipts", 200)
    assert [one["status"] for one in second["tries"]] == [200]


def test_twilio_shows_that_its_tries_are_one_request(receiver: Receiver) -> None:
    with talking(talkative(receiver), receiver, retry_seconds=(0.0,)) as simulator:
        receiver.answer(503, 503)
        message = by_twilio(simulator, callback=f"{receiver.url}/status")
        report(simulator, message["id"], status="delivered")
        first, second = receiver.several(2)
    token = "i-twilio-idempotency-token"
    assert first.headers[token] == second.headers[token]
    assert first.body == second.body


@pytest.mark.parametrize(("status", "tries"), [(401, 1), (422, 1), (503, 2)])
def test_evolution_does_not_try_again_what_was_refused_for_good(
    receiver: Receiver, status: int, tries: int
) -> None:
    with talking(talkative(receiver), receiver, retry_seconds=(0.0,)) as simulator:
        receiver.answer(status)
        message = by_evolution(simulator)
        report(simulator, message["id"], status="delivered")
        receiver.several(tries)
        report(simulator, message["id"], status="read")
        assert receiver.next().json()["data"]["status"] == "READ"


def test_the_log_of_webhooks_shows_no_credentials(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    report(simulator, by_evolution(simulator)["id"], status="read")
    assert receiver.next().json()["apikey"] == "evolution-key"
    log = simulator.http.get("/_sim/webhooks").text
    assert "evolution-key" not in log
    assert json.loads(log)["webhooks"][0]["body"]["apikey"] == "[redacted]"


def test_a_reset_empties_the_log(simulator: RunningSimulator) -> None:
    report(simulator, by_meta(simulator)["id"], status="read")
    simulator.http.post("/_sim/reset").raise_for_status()
    assert simulator.http.get("/_sim/webhooks").json() == {"webhooks": []}
