"""Meta's webhooks: signatures over the exact bytes, every type of message, nothing that breaks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.adapters.channels.whatsapp_cloud_errors import ERRORS
from recado.adapters.webhooks.meta import MetaWebhookReader
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.receipts import FailureKind, Receipt, ReceiptStatus
from recado.domain.updates import (
    AccountUpdate,
    Identity,
    IdentityChange,
    IdentityKind,
    InboundMessage,
    InboundType,
)
from recado.ports.webhooks import Webhook, WebhookRequest
from recado.webhook_events import read_webhook
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.webhooks import FakeWebhookAccounts, FakeWebhookSecrets

SECRET = "test_app_secret"
APPS = {
    "app-1": {"app_secret": SECRET, "verify_token": "verify-me"},
    "app-2": {"app_secret": "otro_secreto", "verify_token": "verify-two"},
}


def account(account_id: str, **settings: str) -> ChannelAccount:
    return ChannelAccount(
        tenant_id="andinos",
        account_id=account_id,
        provider=Provider.WHATSAPP_CLOUD,
        settings=settings,
    )


FIRST = account("wa", app_id="app-1")
SECOND = account("wa-2")
READER = MetaWebhookReader(
    secrets=FakeWebhookSecrets(meta=APPS),
    accounts=FakeWebhookAccounts(("100", FIRST), ("200", SECOND), ("waba:900", FIRST)),
    clock=FakeClock(),
)


def signed(body: bytes, secret: str = SECRET) -> WebhookRequest:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest(
        method="POST",
        url="https://recado.example.com/webhook/whatsapp",
        headers={"x-hub-signature-256": f"sha256={digest}"},
        body=body,
    )


def change(*, number: str = "100", **value: Any) -> dict[str, Any]:
    metadata = {"phone_number_id": number}
    return {"field": "messages", "value": {"metadata": metadata, **value}}


def read(*changes: dict[str, Any], secret: str = SECRET) -> Webhook:
    entries = [{"id": "900", "time": 1768917600, "changes": [each]} for each in changes]
    document = {"object": "whatsapp_business_account", "entry": entries}
    return READER.read(signed(json.dumps(document).encode(), secret))


def read_message(**message: Any) -> InboundMessage:
    given = {"id": "wamid.in", "from": "593991234567", "timestamp": "1768917600", **message}
    contacts = [{"wa_id": "593991234567", "profile": {"name": "Ana"}}]
    [update] = read(change(messages=[given], contacts=contacts)).updates
    assert isinstance(update, InboundMessage)
    return update


def read_status(**status: Any) -> Receipt:
    given = {"id": "wamid.1", "status": "delivered", "timestamp": "1768917600", **status}
    [update] = read(change(statuses=[given])).updates
    assert isinstance(update, Receipt)
    return update


# Signatures and the challenge


@pytest.mark.parametrize(
    ("secret", "body", "signature"),
    [
        (
            "test_app_secret",
            b'{"object":"whatsapp_business_account","entry":[]}',
            "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756",
        ),
        (
            "test_app_secret",
            b'{"object": "whatsapp_business_account", "entry": []}',
            "sha256=56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a",
        ),
        (
            "otro_secreto",
            b'{"object":"whatsapp_business_account","entry":[]}',
            "sha256=769b03d8c2ae6498f2d1e1f7299c0ba55448c69d741e7b0bb243d852d8a8d8c7",
        ),
    ],
)
def test_a_signature_holds_for_these_very_bytes_only(
    secret: str, body: bytes, signature: str
) -> None:
    request = signed(body, secret)
    assert request.headers["x-hub-signature-256"] == signature

    assert READER.read(request).answer.status == 200
    with pytest.raises(WebhookRefusedError):
        READER.read(request.model_copy(update={"body": body + b" "}))


@pytest.mark.parametrize(
    "header", ["", "sha256=", "sha1=abc", "sha256=" + "0" * 63, "sha256=" + "0" * 64, "nothing"]
)
def test_any_other_signature_is_refused(header: str) -> None:
    request = signed(b"{}")

    with pytest.raises(WebhookRefusedError):
        READER.read(request.model_copy(update={"headers": {"x-hub-signature-256": header}}))


def test_a_body_in_base64_is_checked_as_it_was_sent() -> None:
    body = '{"object": "whatsapp_business_account", "entry": [], "é": "ñ"}'.encode()
    event = {
        "rawPath": "/webhook/whatsapp",
        "requestContext": {"http": {"method": "POST"}},
        "headers": {"X-Hub-Signature-256": signed(body).headers["x-hub-signature-256"]},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }

    request = read_webhook(event, public_url="https://recado.example.com/")

    assert request.url == "https://recado.example.com/webhook/whatsapp"
    assert READER.read(request).answer.status == 200


@pytest.mark.parametrize("token", ["verify-me", "verify-two"])
def test_the_challenge_is_answered_as_it_is(token: str) -> None:
    answer = READER.read(challenge(token, "1158201444")).answer

    assert (answer.status, answer.body, answer.content_type) == (200, "1158201444", "text/plain")


@pytest.mark.parametrize(
    ("token", "text"),
    [("guess", "1"), ("", "1"), ("verify-me", ""), ("verify-me", "<script>")],
)
def test_any_other_challenge_is_refused(token: str, text: str) -> None:
    with pytest.raises(WebhookRefusedError):
        READER.read(challenge(token, text))


def challenge(token: str, text: str) -> WebhookRequest:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": text}
    return WebhookRequest(method="GET", url="https://recado.example.com", query=query)


def test_an_account_is_served_only_what_its_own_app_signed() -> None:
    forged = read(change(statuses=[{"id": "1", "status": "read"}]), secret="otro_secreto")
    of_any_app = read(
        change(number="200", statuses=[{"id": "1", "status": "read"}]), secret="otro_secreto"
    )

    assert forged.updates == ()
    assert [update.account_id for update in of_any_app.updates] == ["wa-2"]


def test_an_unknown_number_is_answered_and_left_out() -> None:
    webhook = read(change(number="999", statuses=[{"id": "1", "status": "read"}]))

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


# Statuses


@pytest.mark.parametrize(
    ("status", "reached"),
    [
        ("sent", ReceiptStatus.SENT),
        ("delivered", ReceiptStatus.DELIVERED),
        ("read", ReceiptStatus.READ),
        ("played", ReceiptStatus.READ),
    ],
)
def test_a_status_is_a_receipt(status: str, reached: ReceiptStatus) -> None:
    receipt = read_status(
        status=status,
        biz_opaque_callback_data="ntf_1.2",
        pricing={"category": "utility", "billable": True},
    )

    assert (receipt.status, receipt.provider_message_id) == (reached, "wamid.1")
    assert receipt.attempt() == ("ntf_1", 2)
    assert receipt.pricing_category == "utility"
    assert receipt.at == datetime(2026, 1, 20, 14, 0, tzinfo=UTC)
    assert receipt.received_at == NOON


@pytest.mark.parametrize("code", ERRORS)
def test_a_late_failure_means_what_it_means_at_once(code: str) -> None:
    failure = read_status(status="failed", errors=[{"code": int(code), "title": "x"}]).failure

    assert failure is not None
    assert type(failure.error()) is ERRORS[code].error
    assert failure.code == code


def test_free_text_after_24_hours_of_silence_fails_late_as_a_closed_window() -> None:
    sent, failed = (
        {"id": "wamid.1", "status": "sent"},
        {"id": "wamid.1", "status": "failed", "errors": [{"code": 131047}]},
    )

    updates = read(change(statuses=[sent, failed])).updates

    failures = [update.failure for update in updates if isinstance(update, Receipt)]
    assert failures[0] is None
    assert failures[1] is not None
    assert failures[1].kind is FailureKind.WINDOW


def test_a_limit_per_recipient_fails_late_as_passing_and_says_nothing_of_the_account() -> None:
    failure = read_status(status="failed", errors=[{"code": 131056}]).failure

    assert failure is not None
    assert (failure.kind, failure.retry_after) == (FailureKind.PASSING, 6)


def test_marketing_that_meta_held_back_is_not_tried_again() -> None:
    failure = read_status(status="failed", errors=[{"code": 131049}]).failure

    assert failure is not None
    assert failure.kind is FailureKind.MESSAGE


@pytest.mark.parametrize("answer", ["[1, 2]", "7", "not json", '"text"', {"a": 1}, [1], None])
def test_a_form_may_hold_anything(answer: object) -> None:
    reply = {"name": "flow", "body": "Sent", "response_json": answer}
    inbound = read_message(
        type="interactive", interactive={"type": "nfm_reply", "nfm_reply": reply}
    )

    assert inbound.type is InboundType.FORM
    assert inbound.payload == (answer if isinstance(answer, str | None) else json.dumps(answer))


@pytest.mark.parametrize("errors", [[], [{"code": 987654}]])
def test_a_failure_that_we_do_not_know_is_about_the_message(errors: list[object]) -> None:
    failure = read_status(status="failed", errors=errors).failure

    assert failure is not None
    assert failure.kind is FailureKind.MESSAGE


def test_a_status_that_we_do_not_know_is_left_out() -> None:
    webhook = read(change(statuses=[{"id": "1", "status": "deleted"}]))

    assert (webhook.updates, webhook.unreadable) == ((), ())


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("1768917600", datetime(2026, 1, 20, 14, 0, tzinfo=UTC)),
        (1768917600, datetime(2026, 1, 20, 14, 0, tzinfo=UTC)),
        ("1768917600500", datetime(2026, 1, 20, 14, 0, 0, 500_000, tzinfo=UTC)),
        (None, NOON),
        (10**30, NOON),
    ],
)
def test_times_come_in_seconds_and_in_milliseconds(timestamp: object, moment: datetime) -> None:
    assert read_status(timestamp=timestamp).at == moment


# Messages


@pytest.mark.parametrize(
    ("message", "kind", "text", "payload"),
    [
        ({"type": "text", "text": {"body": "Sí 👍"}}, InboundType.TEXT, "Sí 👍", None),
        (
            {"type": "button", "button": {"payload": "P", "text": "Confirmar"}},
            InboundType.BUTTON,
            "Confirmar",
            "P",
        ),
        (
            {
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": {"id": "b", "title": "Sí"}},
            },
            InboundType.BUTTON,
            "Sí",
            "b",
        ),
        (
            {
                "type": "interactive",
                "interactive": {"type": "list_reply", "list_reply": {"id": "r", "title": "9:00"}},
            },
            InboundType.LIST,
            "9:00",
            "r",
        ),
        (
            {
                "type": "interactive",
                "interactive": {
                    "type": "nfm_reply",
                    "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "[1]"},
                },
            },
            InboundType.FORM,
            "Sent",
            "[1]",
        ),
        ({"type": "interactive", "interactive": {}}, InboundType.UNSUPPORTED, "", None),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, InboundType.UNSUPPORTED, "", None),
        ({"type": "of next year"}, InboundType.UNSUPPORTED, "", None),
    ],
)
def test_what_a_person_sends_is_read(
    message: dict[str, Any], kind: InboundType, text: str, payload: str | None
) -> None:
    inbound = read_message(**message)

    assert (inbound.type, inbound.text, inbound.payload) == (kind, text, payload)
    assert inbound.sender == (Identity(kind=IdentityKind.PHONE, value="+593991234567"),)
    assert inbound.sender_name is None or inbound.sender_name == "Ana"


@pytest.mark.parametrize("kind", ["image", "video", "document", "sticker", "audio"])
def test_a_file_is_named_by_its_id(kind: str) -> None:
    file = {"id": "m1", "mime_type": "image/jpeg", "sha256": "x", "caption": "el golpe"}

    inbound = read_message(type=kind, **{kind: file})

    assert (inbound.type, inbound.text) == (InboundType.MEDIA, "el golpe")
    assert inbound.media[0].media_id == "m1"


@pytest.mark.parametrize("reaction", [{"emoji": ""}, {}])
def test_a_reaction_is_taken_back_in_two_ways(reaction: dict[str, str]) -> None:
    inbound = read_message(type="reaction", reaction={"message_id": "wamid.1", **reaction})

    assert (inbound.type, inbound.text) == (InboundType.REACTION, "")
    assert inbound.refers_to == "wamid.1"


def test_an_answer_names_what_it_quotes() -> None:
    inbound = read_message(type="text", text={"body": "ok"}, context={"id": "wamid.1", "from": "1"})

    assert inbound.refers_to == "wamid.1"


def test_a_place_and_a_contact_card_are_read() -> None:
    place = read_message(type="location", location={"latitude": -0.18, "longitude": -78.47})
    card = read_message(type="contacts", contacts=[{"phones": [{"phone": "+593 2 123"}]}])

    assert place.location is not None
    assert place.location.latitude == -0.18
    assert card.contacts[0].phones == ("+5932123",)


def test_an_edit_names_its_message_and_holds_the_new_text() -> None:
    edited = {"type": "text", "text": {"body": "a las 5"}}
    edit = {"original_message_id": "wamid.1", "message": edited}

    inbound = read_message(type="edit", edit=edit)

    assert (inbound.type, inbound.refers_to) == (InboundType.EDIT, "wamid.1")
    assert inbound.text == "a las 5"


def test_a_deletion_names_its_message() -> None:
    inbound = read_message(type="revoke", revoke={"original_message_id": "wamid.1"})

    assert (inbound.type, inbound.refers_to) == (InboundType.REVOKE, "wamid.1")


@pytest.mark.parametrize(
    "names",
    [
        {"from": None, "from_user_id": "US.13491208655302741918"},
        {"from": "US.13491208655302741918"},
    ],
)
def test_a_person_without_a_phone_number_is_known_by_the_user_id(names: dict[str, Any]) -> None:
    inbound = read_message(type="text", text={"body": "hola"}, **names)

    identity = Identity(kind=IdentityKind.META_USER, value="US.13491208655302741918")
    assert inbound.sender == (identity,)


@pytest.mark.parametrize(
    ("system", "old", "new"),
    [
        (
            {"type": "user_changed_number", "new_wa_id": "593990000000"},
            "+593991234567",
            "+593990000000",
        ),
        (
            {"type": "user_changed_user_id", "previous_user_id": "US.1", "user_id": "US.2"},
            "US.1",
            "US.2",
        ),
    ],
)
def test_a_person_who_changes_a_name_is_known_by_the_new_one(
    system: dict[str, str], old: str, new: str
) -> None:
    message = {"id": "wamid.s", "from": "593991234567", "type": "system", "system": system}

    [update] = read(change(messages=[message])).updates

    assert isinstance(update, IdentityChange)
    assert (update.old.value, update.new.value) == (old, new)


def test_what_is_said_in_a_group_is_left_out() -> None:
    message = {"id": "1", "from": "5939", "type": "text", "group_id": "g", "text": {"body": "x"}}

    assert read(change(messages=[message])).updates == ()


# Whole requests


def test_two_accounts_in_one_request_each_get_their_own() -> None:
    message = {"id": "wamid.in", "from": "593991234567", "type": "text", "text": {"body": "x"}}
    status = {"id": "wamid.1", "status": "read"}

    webhook = read(
        change(number="100", messages=[message], statuses=[status, status]),
        change(number="200", statuses=[status]),
    )

    found = Counter((update.account_id, type(update)) for update in webhook.updates)
    assert found == {("wa", Receipt): 2, ("wa", InboundMessage): 1, ("wa-2", Receipt): 1}


def test_an_element_that_cannot_be_read_costs_the_others_nothing() -> None:
    webhook = read(change(statuses=[{"id": "1", "status": "read"}, {"status": 7}, {"id": "2"}]))

    assert len(webhook.updates) == 1
    kept = [
        json.loads(text)["entry"][0]["changes"][0]["value"]["statuses"]
        for text in webhook.unreadable
    ]
    assert kept == [[{"status": 7}], [{"id": "2"}]]


def test_a_template_that_is_paused_is_told_of() -> None:
    value = {
        "event": "PAUSED",
        "message_template_id": 1,
        "message_template_name": "cita",
        "message_template_language": "es-MX",
        "reason": None,
    }

    [update] = read({"field": "message_template_status_update", "value": value}).updates

    assert isinstance(update, AccountUpdate)
    assert (update.subject, update.event, update.detail) == ("template:cita/es_MX", "PAUSED", "")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5_000])
def test_a_signed_body_that_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhookError):
        READER.read(signed(body))


FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("entry", "changes", "field", "value", "metadata", "phone_number_id"),
                    *("messages", "statuses", "contacts", "id", "status", "type", "text", "from"),
                    *("timestamp", "errors", "system", "interactive", "reaction", "location"),
                ]
            ),
            children,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@given(JSON)
def test_no_json_under_a_right_signature_breaks_the_reader(document: object) -> None:
    entries = {"object": "whatsapp_business_account", "entry": [document]}
    webhook = READER.read(signed(json.dumps(entries).encode()))

    assert webhook.answer.status == 200


@given(JSON, JSON)
def test_no_message_or_status_breaks_the_reader(message: object, status: object) -> None:
    webhook = read(change(messages=[message], statuses=[status]))

    assert webhook.answer.status == 200
