"""Twilio's webhooks: whose signature counts, and what their forms mean."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from hashlib import sha1
from hmac import digest
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from recado.adapters.webhooks.twilio import TwilioWebhookReader
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.directory import SuppressionReason
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.receipts import FailureKind, Receipt, ReceiptStatus
from recado.domain.updates import (
    Identity,
    IdentityKind,
    InboundMessage,
    InboundType,
    Location,
    Media,
    Update,
)
from recado.ports.webhooks import Webhook, WebhookRequest
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.webhooks import FakeWebhookAccounts, FakeWebhookSecrets

VECTORS_FILE = Path(__file__).parents[3] / "vectors" / "twilio_signature.json"
VECTORS = json.loads(VECTORS_FILE.read_text())["requests"]

URL = "https://recado.example/webhooks/twilio"
ANDINOS, NORTE, PARTNER = "AC0001", "AC0002", "AC0003"
TOKENS = {ANDINOS: "token-of-andinos", NORTE: "token-of-norte"}
OURS, THEIRS = "+12025550100", "+593991234567"
WHATSAPP_FORM = {"To": f"whatsapp:{OURS}", "From": f"whatsapp:{THEIRS}", "WaId": THEIRS[1:]}
PERSON = Identity(kind=IdentityKind.PHONE, value=THEIRS)
UPDATE: TypeAdapter[Update] = TypeAdapter(Update)


def an_account(
    account_id: str, provider: Provider, sid: str = ANDINOS, **settings: str
) -> ChannelAccount:
    return ChannelAccount(
        tenant_id="norte" if sid == NORTE else "andinos",
        account_id=account_id,
        provider=provider,
        settings={"account_sid": sid, **settings},
    )


ACCOUNTS = FakeWebhookAccounts(
    (OURS, an_account("sms", Provider.TWILIO_SMS)),
    (OURS, an_account("wa", Provider.TWILIO_WHATSAPP)),
    ("MG0001", an_account("service", Provider.TWILIO_SMS)),
    ("whatsapp:+12025550101", an_account("prefixed", Provider.TWILIO_WHATSAPP)),
    ("+12025550199", an_account("norte", Provider.TWILIO_SMS, NORTE)),
    (
        "+12025550188",
        an_account("partner", Provider.TWILIO_SMS, PARTNER, parent_account_sid=NORTE),
    ),
    ("+12025550166", an_account("alone", Provider.TWILIO_SMS, "AC0004")),
)


def reader(tokens: dict[str, str] = TOKENS) -> TwilioWebhookReader:
    secrets = {sid: {"auth_token": token} for sid, token in tokens.items()}
    return TwilioWebhookReader(FakeWebhookSecrets(twilio=secrets), ACCOUNTS, FakeClock())


def signature(url: str, fields: dict[str, str], token: str) -> str:
    text = url + "".join(chain.from_iterable(sorted(fields.items())))
    return b64encode(digest(token.encode(), text.encode(), sha1)).decode()


def a_request(
    fields: dict[str, str], *, url: str = URL, token: str = TOKENS[ANDINOS]
) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url=url,
        headers={"x-twilio-signature": signature(url, fields, token)},
        body=urlencode(fields).encode(),
    )


def incoming(**fields: str) -> dict[str, str]:
    required = {"MessageSid": "SM1", "AccountSid": ANDINOS, "SmsStatus": "received", "Body": ""}
    return {**required, "To": OURS, "From": THEIRS, **fields}


def callback(status: str, **fields: str) -> dict[str, str]:
    required = {"MessageSid": "SM1", "AccountSid": ANDINOS, "MessageStatus": status}
    return {**required, "From": OURS, "To": THEIRS, **fields}


def message(**fields: str) -> InboundMessage:
    (update,) = reader().read(a_request(incoming(**fields))).updates
    assert isinstance(update, InboundMessage)
    return update


def receipt(fields: dict[str, str], *, url: str = URL) -> Receipt:
    (update,) = reader().read(a_request(fields, url=url)).updates
    assert isinstance(update, Receipt)
    return update


@pytest.mark.parametrize("vector", VECTORS[:5])
def test_twilios_own_signatures_are_accepted(vector: dict[str, str]) -> None:
    request = WebhookRequest(
        method="POST",
        url=vector["url"],
        headers={"x-twilio-signature": vector["signature"]},
        body=vector["body"].encode(),
    )

    webhook = reader({ANDINOS: vector["auth_token"]}).read(request)

    assert len(webhook.unreadable) == 1  # the vectors are calls, not messages


@pytest.mark.parametrize("vector", VECTORS)
def test_a_body_that_was_changed_is_refused(vector: dict[str, str]) -> None:
    request = WebhookRequest(
        method="POST",
        url=vector["url"],
        headers={"x-twilio-signature": vector["signature"]},
        body=vector["body"].replace("1234", "1235").replace("true", "null").encode(),
    )

    with pytest.raises(WebhookRefusedError):
        reader({ANDINOS: vector["auth_token"]}).read(request)


def test_a_signed_body_that_is_no_form_is_malformed() -> None:
    vector = VECTORS[5]
    request = WebhookRequest(
        method="POST",
        url=vector["url"],
        headers={"x-twilio-signature": vector["signature"]},
        body=vector["body"].encode(),
    )

    with pytest.raises(MalformedWebhookError):
        reader({ANDINOS: vector["auth_token"]}).read(request)


def test_an_empty_body_is_malformed_when_it_is_signed() -> None:
    with pytest.raises(MalformedWebhookError):
        reader().read(a_request({}))


def test_blank_fields_are_part_of_what_is_signed() -> None:
    fields = incoming(ButtonText="", ProfileName="")
    request = a_request(fields)
    without_blanks = urlencode({name: value for name, value in fields.items() if value})

    assert reader().read(request).updates
    with pytest.raises(WebhookRefusedError):
        reader().read(request.model_copy(update={"body": without_blanks.encode()}))


@pytest.mark.parametrize(
    "url",
    [
        "https://abc123.execute-api.us-east-1.amazonaws.com/webhooks/twilio",
        "http://recado.example/webhooks/twilio",
        "https://recado.example/prod/webhooks/twilio",
        f"{URL}?recado_tag=ntf_2.1",
    ],
)
def test_a_signature_counts_for_the_public_address_only(url: str) -> None:
    request = a_request(incoming())

    with pytest.raises(WebhookRefusedError):
        reader().read(request.model_copy(update={"url": url}))


@pytest.mark.parametrize("url", [f"{URL}?a=1%202&b=x+y&c=", "https://recado.example:443/t?b=2&a=1"])
def test_the_query_counts_as_it_was_written(url: str) -> None:
    assert reader().read(a_request(incoming(), url=url)).updates


def test_a_request_without_a_signature_is_refused() -> None:
    with pytest.raises(WebhookRefusedError):
        reader().read(a_request(incoming()).model_copy(update={"headers": {}}))


def test_an_empty_secret_verifies_nothing() -> None:
    with pytest.raises(WebhookRefusedError):
        reader({ANDINOS: ""}).read(a_request(incoming(), token=""))


def test_without_secrets_everything_is_refused() -> None:
    with pytest.raises(WebhookRefusedError):
        reader({}).read(a_request(incoming()))


def test_a_known_account_sid_is_held_to_its_own_secret() -> None:
    with pytest.raises(WebhookRefusedError):
        reader().read(a_request(incoming(), token=TOKENS[NORTE]))


def test_a_secret_does_not_speak_for_an_account_that_has_its_own() -> None:
    forged = callback("read", From="+12025550199", AccountSid="AC9999")

    assert reader().read(a_request(forged)) == Webhook(
        answer=reader().read(a_request(incoming())).answer
    )


def test_a_subaccount_that_names_its_parent_may_have_its_secret() -> None:
    fields = callback("read", From="+12025550188", AccountSid=PARTNER)

    assert reader().read(a_request(fields, token=TOKENS[NORTE])).updates


def test_an_account_that_names_no_parent_has_no_other_secret_than_its_own() -> None:
    forged = callback("read", From="+12025550166", AccountSid="AC0004")

    assert reader().read(a_request(forged, token=TOKENS[NORTE])).updates == ()


def test_the_answer_is_twiml_that_sends_nothing() -> None:
    answer = reader().read(a_request(incoming())).answer

    assert (answer.status, answer.content_type) == (200, "application/xml")
    assert answer.body == '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def test_an_unknown_number_is_answered_and_logged_without_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        webhook = reader().read(a_request(incoming(To="+12025550177", Body="Hola")))

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())
    (record,) = caplog.records
    told = str(record.__dict__)
    assert not [personal for personal in ("5550177", THEIRS[1:], "Hola") if personal in told]


def test_an_incoming_text_is_read() -> None:
    assert message(Body="¿A qué hora abren?") == InboundMessage(
        tenant_id="andinos",
        account_id="sms",
        provider=Provider.TWILIO_SMS,
        provider_message_id="SM1",
        sender=(PERSON,),
        at=NOON,
        received_at=NOON,
        type=InboundType.TEXT,
        text="¿A qué hora abren?",
    )


def test_the_same_number_has_an_account_for_each_channel() -> None:
    assert message(**WHATSAPP_FORM).account_id == "wa"
    assert message().account_id == "sms"


def test_a_number_that_is_set_up_with_its_prefix_is_found() -> None:
    fields = WHATSAPP_FORM | {"To": "whatsapp:+12025550101"}

    assert message(**fields).account_id == "prefixed"


def test_a_messaging_service_stands_in_for_its_numbers() -> None:
    assert message(To="+12025550122", MessagingServiceSid="MG0001").account_id == "service"
    unsent = callback("failed", From="", MessagingServiceSid="MG0001")
    assert receipt(unsent).account_id == "service"


@pytest.mark.parametrize(
    ("user", "kind"),
    [("US.1234", IdentityKind.META_USER), ("US.ENT.1234", IdentityKind.META_PARENT_USER)],
)
def test_a_person_may_hide_the_number_behind_metas_id(user: str, kind: IdentityKind) -> None:
    fields = WHATSAPP_FORM | {"From": f"whatsapp:{user}", "WaId": ""}

    assert message(**fields).sender == (Identity(kind=kind, value=user),)


def test_a_person_has_every_name_once_and_the_one_for_answers_first() -> None:
    assert message(
        **WHATSAPP_FORM | {"From": "whatsapp:US.1"},
        ExternalUserId="US.1",
        ParentExternalUserId="US.ENT.2",
    ).sender == (
        Identity(kind=IdentityKind.META_USER, value="US.1"),
        PERSON,
        Identity(kind=IdentityKind.META_PARENT_USER, value="US.ENT.2"),
    )
    assert message(**WHATSAPP_FORM, ProfileName="Ana").sender == (PERSON,)


def test_a_button_brings_its_payload_and_what_it_answers() -> None:
    pressed = message(
        **WHATSAPP_FORM,
        Body="Sí, confirmo",
        ButtonText="Sí, confirmo",
        ButtonPayload="confirm",
        OriginalRepliedMessageSid="SM0",
        ProfileName="Ana",
    )

    assert (pressed.type, pressed.text) == (InboundType.BUTTON, "Sí, confirmo")
    assert (pressed.payload, pressed.refers_to) == ("confirm", "SM0")
    assert pressed.sender_name == "Ana"


def test_a_message_brings_all_its_files() -> None:
    sent = message(
        Body="mira",
        NumMedia="2",
        MediaUrl0="https://api.twilio.example/1",
        MediaContentType0="image/jpeg",
        MediaUrl1="https://api.twilio.example/2",
    )

    assert (sent.type, sent.text) == (InboundType.MEDIA, "mira")
    assert sent.media == (
        Media(mime_type="image/jpeg", url="https://api.twilio.example/1"),
        Media(mime_type="application/octet-stream", url="https://api.twilio.example/2"),
    )


def test_a_number_of_files_that_are_not_there_is_not_believed() -> None:
    assert message(Body="hola", NumMedia="999999999999").media == ()


def test_a_place_is_read() -> None:
    sent = message(
        **WHATSAPP_FORM, Latitude="-0.18", Longitude="-78.46", Label="Taller", Address="Calle 1"
    )

    assert sent.type is InboundType.LOCATION
    assert sent.location == Location(
        latitude=-0.18, longitude=-78.46, name="Taller", address="Calle 1"
    )


@pytest.mark.parametrize("latitude", ["nan", "inf", "1e999", "91", "north", ""])
def test_a_place_that_is_none_costs_the_message_nothing_else(latitude: str) -> None:
    sent = message(Body="aquí", Latitude=latitude, Longitude="1")

    assert (sent.type, sent.text, sent.location) == (InboundType.TEXT, "aquí", None)


def test_an_empty_text_is_a_text_and_an_unknown_kind_is_none() -> None:
    assert message().type is InboundType.TEXT
    assert message(**WHATSAPP_FORM, MessageType="poll").type is InboundType.UNSUPPORTED


@pytest.mark.parametrize(
    ("status", "reached"),
    [
        ("sent", ReceiptStatus.SENT),
        ("delivered", ReceiptStatus.DELIVERED),
        ("read", ReceiptStatus.READ),
    ],
)
def test_a_status_callback_is_a_receipt(status: str, reached: ReceiptStatus) -> None:
    told = receipt(callback(status), url=f"{URL}?account=sms&recado_tag=ntf_1.2")

    assert (told.status, told.failure) == (reached, None)
    assert (told.provider_message_id, told.account_id) == ("SM1", "sms")
    assert (told.at, told.received_at) == (NOON, NOON)
    assert told.attempt() == ("ntf_1", 2)


def test_the_tag_is_found_under_both_names_and_only_where_it_is_signed() -> None:
    assert receipt(callback("sent"), url=f"{URL}?uuid=ntf_1.3").attempt() == ("ntf_1", 3)
    request = a_request(callback("sent")).model_copy(update={"query": {"recado_tag": "ntf_9.9"}})
    (told,) = reader().read(request).updates
    assert isinstance(told, Receipt)
    assert told.tag is None


@pytest.mark.parametrize("status", ["queued", "accepted", "scheduled", "sending"])
def test_a_message_on_its_way_is_no_news(status: str) -> None:
    webhook = reader().read(a_request(callback(status)))

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


@pytest.mark.parametrize("status", ["failed", "undelivered"])
@pytest.mark.parametrize(
    ("code", "kind", "suppression"),
    [
        ("21610", FailureKind.RECIPIENT, SuppressionReason.OPT_OUT),
        ("30005", FailureKind.RECIPIENT, SuppressionReason.INVALID_ADDRESS),
        ("63016", FailureKind.WINDOW, None),
        ("30007", FailureKind.MESSAGE, None),
        ("30008", FailureKind.PASSING, None),
        ("30034", FailureKind.ACCOUNT, None),
    ],
)
def test_a_failure_means_what_the_senders_table_says(
    status: str, code: str, kind: FailureKind, suppression: SuppressionReason | None
) -> None:
    failure = receipt(callback(status, ErrorCode=code)).failure

    assert failure
    assert (failure.code, failure.kind, failure.suppression) == (code, kind, suppression)


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"ErrorCode": "99999"}, "99999"), ({"ErrorCode": "Ana, 099"}, "failed"), ({}, "failed")],
)
def test_a_failure_that_nobody_listed_is_the_messages_and_is_logged(
    fields: dict[str, str], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    failure = receipt(callback("failed", **fields)).failure

    assert failure
    assert (failure.kind, failure.code) == (FailureKind.MESSAGE, code)
    assert [record.__dict__["provider_code"] for record in caplog.records] == [code]


@pytest.mark.parametrize(
    "fields",
    [
        callback("canceled"),
        callback("constipated"),
        incoming(From="72975"),
        incoming(From="BANCO"),
        {"AccountSid": ANDINOS, "CallSid": "CA1"},
    ],
)
def test_what_has_no_meaning_here_is_kept_as_it_is(fields: dict[str, str]) -> None:
    webhook = reader().read(a_request(fields))

    assert (webhook.answer.status, webhook.updates) == (200, ())
    (kept,) = webhook.unreadable
    assert json.loads(kept) == {name: [value] for name, value in fields.items()}


def field_values() -> st.SearchStrategy[str]:
    known = st.sampled_from(["", "received", "sent", "failed", OURS, THEIRS, f"whatsapp:{OURS}"])
    return known | st.text() | st.integers().map(str) | st.floats().map(str)


FIELD_NAMES = st.sampled_from(
    [
        *("MessageSid", "MessageStatus", "SmsStatus", "AccountSid", "From", "To", "WaId", "Body"),
        *("MediaUrl0", "MediaUrl1", "NumMedia", "MediaContentType0", "Latitude", "Longitude"),
        *("ErrorCode", "ButtonPayload", "MessagingServiceSid", "ExternalUserId", "MessageType"),
    ]
)


@given(
    st.dictionaries(FIELD_NAMES | st.text(), field_values()),
    st.sampled_from([{}, callback("sent"), callback("failed"), incoming()]),
)
def test_any_signed_form_is_read_and_what_it_carries_fits_a_queue(
    changes: dict[str, str], valid: dict[str, str]
) -> None:
    fields = {**valid, **changes}
    try:
        webhook = reader({"AC": TOKENS[ANDINOS]}).read(a_request(fields))
    except MalformedWebhookError:
        assert not fields
        return
    for update in webhook.updates:
        assert UPDATE.validate_json(update.model_dump_json()) == update
    for kept in webhook.unreadable:
        assert isinstance(json.loads(kept), dict)


@given(st.binary(), st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255)))
def test_any_body_without_its_signature_is_refused(body: bytes, given_signature: str) -> None:
    headers: dict[str, Any] = {"x-twilio-signature": given_signature}

    with pytest.raises(WebhookRefusedError):
        reader().read(WebhookRequest(method="POST", url=URL, headers=headers, body=body))
