"""Evolution's webhooks: whose secret counts, and what its events mean in all their shapes."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from recado.adapters.webhooks.evolution import EvolutionWebhookReader
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.receipts import Failure, FailureKind, Receipt, ReceiptStatus
from recado.domain.updates import (
    AccountUpdate,
    Identity,
    IdentityKind,
    InboundMessage,
    InboundType,
    Location,
    Media,
    SharedContact,
    Update,
)
from recado.ports.webhooks import Webhook, WebhookRequest
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.webhooks import FakeWebhookAccounts, FakeWebhookSecrets

SECRETS = {"evo": "hook-secret", "gone": "another", "blank": ""}
ACCOUNT = ChannelAccount(tenant_id="andinos", account_id="evo", provider=Provider.EVOLUTION)
READER = EvolutionWebhookReader(
    FakeWebhookSecrets(
        evolution={name: {"webhook_secret": secret} for name, secret in SECRETS.items()}
    ),
    FakeWebhookAccounts(("evo", ACCOUNT)),
    FakeClock(),
)

JID, LID = "593991234567@s.whatsapp.net", "188734512345678@lid"
PERSON = Identity(kind=IdentityKind.PHONE, value="+593991234567")
HIDDEN = Identity(kind=IdentityKind.EVOLUTION_LID, value=LID)
SENT_AT = datetime(2026, 3, 2, 11, 59, 30, tzinfo=UTC)
UPDATE: TypeAdapter[Update] = TypeAdapter(Update)


def a_request(
    body: bytes, *, account_id: str | None = "evo", secret: str | None = SECRETS["evo"]
) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url="https://recado.example/webhooks/evolution/evo",
        headers={} if secret is None else {"x-recado-secret": secret},
        body=body,
        account_id=account_id,
    )


def read(event: str, data: object, **envelope: object) -> Webhook:
    body = {"event": event, "instance": "andinos", "data": data, "apikey": "ser-ver", **envelope}
    return READER.read(a_request(json.dumps(body).encode()))


def an_upsert(
    message: object, *, key: dict[str, Any] | None = None, **fields: object
) -> dict[str, Any]:
    return {
        "key": {"remoteJid": JID, "fromMe": False, "id": "3EB0", **(key or {})},
        "pushName": "Ana",
        "message": message,
        "messageTimestamp": int(SENT_AT.timestamp()),
        **fields,
    }


def message(
    content: object, *, key: dict[str, Any] | None = None, **fields: object
) -> InboundMessage:
    (update,) = read("messages.upsert", an_upsert(content, key=key, **fields)).updates
    assert isinstance(update, InboundMessage)
    return update


def a_status(status: str, **fields: object) -> dict[str, Any]:
    return {"keyId": "3EB0", "remoteJid": JID, "fromMe": True, "status": status, **fields}


@pytest.mark.parametrize(
    ("account_id", "secret"),
    [
        ("evo", None),
        ("evo", ""),
        ("evo", "hook-secret "),
        ("evo", "hook-secrét"),
        ("evo", "another"),
        ("unknown", "hook-secret"),
        ("blank", ""),
        ("", "hook-secret"),
        (None, "hook-secret"),
    ],
)
def test_a_request_without_the_accounts_own_secret_is_refused(
    account_id: str | None, secret: str | None
) -> None:
    body = json.dumps({"event": "messages.upsert", "data": an_upsert({})}).encode()

    with pytest.raises(WebhookRefusedError):
        READER.read(a_request(body, account_id=account_id, secret=secret))


def test_the_secret_is_checked_before_the_body_is_read() -> None:
    with pytest.raises(WebhookRefusedError):
        READER.read(a_request(b"{", secret="wrong"))


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[]", b"3", b"null", b"{}", b'{"event": 3}', b"[" * 100_000],
)
def test_a_body_that_is_no_event_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhookError):
        READER.read(a_request(body))


def test_an_unknown_account_with_a_secret_is_answered_and_logged_without_people(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = json.dumps({"event": "messages.upsert", "data": an_upsert({"conversation": "Hola"})})
    with caplog.at_level(logging.DEBUG):
        webhook = READER.read(a_request(body.encode(), account_id="gone", secret="another"))

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())
    (record,) = caplog.records
    told = str(record.__dict__)
    assert record.__dict__["account_id"] == "gone"
    assert not [personal for personal in ("59399", "Ana", "Hola") if personal in told]


def test_a_text_is_read() -> None:
    assert message({"conversation": "¿A qué hora abren?"}) == InboundMessage(
        tenant_id="andinos",
        account_id="evo",
        provider=Provider.EVOLUTION,
        provider_message_id="3EB0",
        sender=(PERSON,),
        sender_name="Ana",
        at=SENT_AT,
        received_at=NOON,
        type=InboundType.TEXT,
        text="¿A qué hora abren?",
    )


def test_an_extended_text_may_quote_a_message_in_either_place() -> None:
    inside = message({"extendedTextMessage": {"text": "sí", "contextInfo": {"stanzaId": "3E00"}}})
    outside = message({"conversation": "sí"}, contextInfo={"stanzaId": "3E00"})

    assert [(m.type, m.text, m.refers_to) for m in (inside, outside)] == [
        (InboundType.TEXT, "sí", "3E00")
    ] * 2


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        (SENT_AT.timestamp() * 1000, SENT_AT),
        (str(int(SENT_AT.timestamp())), SENT_AT),
        (None, NOON),
        ("soon", NOON),
        (-1, NOON),
        (10**30, NOON),
        (10**400, NOON),
        ("9" * 5000, NOON),
        ({"low": 1, "high": 0}, NOON),
    ],
)
def test_a_time_is_in_seconds_or_milliseconds_or_else_the_receipts(
    timestamp: object, at: datetime
) -> None:
    assert message({"conversation": "a"}, messageTimestamp=timestamp).at == at


@pytest.mark.parametrize(
    "key",
    [
        {"remoteJid": JID, "remoteJidAlt": LID, "addressingMode": "pn"},
        {"remoteJid": LID, "remoteJidAlt": JID, "addressingMode": "lid"},
        {"remoteJid": LID, "senderPn": JID},
        {"remoteJid": LID, "participantAlt": JID},
        {"remoteJid": "593991234567:12@s.whatsapp.net", "senderLid": LID, "remoteJidAlt": JID},
    ],
)
def test_a_lid_comes_after_the_phone_wherever_the_phone_stands(key: dict[str, Any]) -> None:
    assert message({"conversation": "a"}, key=key).sender == (PERSON, HIDDEN)


def test_a_lid_alone_is_never_taken_for_a_phone() -> None:
    assert message({"conversation": "a"}, key={"remoteJid": LID}).sender == (HIDDEN,)


@pytest.mark.parametrize(
    "key",
    [
        {"fromMe": True},
        {"remoteJid": "120363041967849074@g.us", "participant": JID},
        {"remoteJid": "status@broadcast", "participant": JID},
        {"remoteJid": "593990000000@broadcast"},
        {"remoteJid": "120363144038483540@newsletter"},
    ],
)
def test_what_no_person_wrote_to_us_is_ignored(key: dict[str, Any]) -> None:
    webhook = read("messages.upsert", an_upsert({"conversation": "a"}, key=key))

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


@pytest.mark.parametrize(
    "name",
    ["imageMessage", "videoMessage", "audioMessage", "documentMessage", "stickerMessage"],
)
def test_a_file_is_found_by_its_message_or_its_address(name: str) -> None:
    part = {
        "mimetype": "application/pdf",
        "caption": "la factura",
        "fileName": "f.pdf",
        "fileSha256": "q83v",
        "url": "https://mmg.whatsapp.example/only-encrypted",
    }
    sent = message({name: part, "mediaUrl": "https://files.example/f.pdf"})

    assert (sent.type, sent.text) == (InboundType.MEDIA, "la factura")
    assert sent.media == (
        Media(
            mime_type="application/pdf",
            media_id="3EB0",
            url="https://files.example/f.pdf",
            file_name="f.pdf",
            sha256="q83v",
        ),
    )


def test_a_file_without_its_fields_is_still_a_file() -> None:
    assert message({"audioMessage": {"fileSha256": {"0": 171}}}).media == (
        Media(mime_type="application/octet-stream", media_id="3EB0"),
    )


def test_wrapped_messages_are_unwrapped() -> None:
    document = {"documentMessage": {"mimetype": "application/pdf", "caption": "la factura"}}
    wrapped = {
        "ephemeralMessage": {"message": {"documentWithCaptionMessage": {"message": document}}}
    }

    assert message(wrapped).text == "la factura"


def test_a_place_is_read() -> None:
    place = {"degreesLatitude": -0.18, "degreesLongitude": -78, "name": "Taller", "address": "C 1"}
    sent = message({"locationMessage": place})

    assert sent.type is InboundType.LOCATION
    assert sent.location == Location(latitude=-0.18, longitude=-78, name="Taller", address="C 1")


def test_cards_bring_their_international_numbers() -> None:
    card = "\r\n".join(
        [
            "BEGIN:VCARD",
            "FN:Luis",
            "item1.TEL;type=CELL;waid=593981111111:+593 98 111 1111",
            "TEL:+593 (2) 222-2222",
            "TEL;type=HOME:022 333 333",
            "END:VCARD",
        ]
    )
    luis = SharedContact(name="Luis", phones=("+593981111111", "+59322222222"))
    one = {"displayName": "Luis", "vcard": card}

    alone = message({"contactMessage": one})
    several = message({"contactsArrayMessage": {"contacts": [one, {"displayName": "Eva"}]}})

    assert (alone.type, alone.contacts) == (InboundType.CONTACTS, (luis,))
    assert several.contacts == (luis, SharedContact(name="Eva"))


@pytest.mark.parametrize(("part", "emoji"), [({"text": "👍"}, "👍"), ({"text": ""}, ""), ({}, "")])
def test_a_reaction_names_its_message_and_is_empty_when_taken_back(
    part: dict[str, str], emoji: str
) -> None:
    sent = message({"reactionMessage": {"key": {"id": "3E00", "fromMe": True}, **part}})

    assert (sent.type, sent.text, sent.refers_to) == (InboundType.REACTION, emoji, "3E00")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (
            {"buttonsResponseMessage": {"selectedButtonId": "1", "selectedDisplayText": "Sí"}},
            InboundType.BUTTON,
        ),
        (
            {"templateButtonReplyMessage": {"selectedId": "1", "selectedDisplayText": "Sí"}},
            InboundType.BUTTON,
        ),
        (
            {"listResponseMessage": {"title": "Sí", "singleSelectReply": {"selectedRowId": "1"}}},
            InboundType.LIST,
        ),
        (
            {
                "interactiveResponseMessage": {
                    "body": {"text": "Sí"},
                    "nativeFlowResponseMessage": {"paramsJson": "1"},
                }
            },
            InboundType.FORM,
        ),
    ],
)
def test_a_choice_brings_its_title_its_payload_and_what_it_answers(
    content: dict[str, dict[str, Any]], kind: InboundType
) -> None:
    (name,) = content
    content[name]["contextInfo"] = {"stanzaId": "3E00"}
    sent = message(content)

    assert (sent.type, sent.text, sent.payload, sent.refers_to) == (kind, "Sí", "1", "3E00")


@pytest.mark.parametrize("content", [{"pollCreationMessage": {}}, {}, None])
def test_what_a_person_sent_and_we_cannot_show_is_still_a_message(content: object) -> None:
    assert message(content).type is InboundType.UNSUPPORTED


def test_what_only_programs_exchange_is_no_message() -> None:
    content = {"protocolMessage": {"type": 3}, "messageContextInfo": {}}

    assert read("messages.upsert", an_upsert(content)) == read("presence.update", {})


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("SERVER_ACK", ReceiptStatus.SENT),
        ("DELIVERY_ACK", ReceiptStatus.DELIVERED),
        ("READ", ReceiptStatus.READ),
        ("PLAYED", ReceiptStatus.READ),
    ],
)
def test_a_flat_status_is_a_receipt(word: str, status: ReceiptStatus) -> None:
    (told,) = read("messages.update", a_status(word), date_time="2026-03-02T06:00:00.000Z").updates

    assert told == Receipt(
        tenant_id="andinos",
        account_id="evo",
        provider=Provider.EVOLUTION,
        provider_message_id="3EB0",
        status=status,
        at=NOON,
        received_at=NOON,
    )


def test_an_error_is_the_messages_failure_and_suppresses_nobody() -> None:
    (told,) = read("messages.update", a_status("ERROR")).updates

    assert isinstance(told, Receipt)
    assert told.status is ReceiptStatus.FAILED
    assert told.failure == Failure(
        kind=FailureKind.MESSAGE,
        code="ERROR",
        detail="WhatsApp did not take the message from the session",
    )


@pytest.mark.parametrize(
    "data",
    [
        a_status("PENDING"),
        a_status("DELETED"),
        a_status("READ", fromMe=False),
        a_status("READ", remoteJid="120363041967849074@g.us"),
        {"keyId": "3EB0", "remoteJid": JID, "fromMe": True, "pollUpdates": []},
    ],
)
def test_a_status_that_says_nothing_of_our_message_is_ignored(data: object) -> None:
    webhook = read("messages.update", data)

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


def test_the_sessions_state_is_an_update_of_the_account() -> None:
    data = {"instance": "andinos", "state": "close", "statusReason": 401, "wuid": JID}

    assert read("connection.update", data).updates == (
        AccountUpdate(
            tenant_id="andinos",
            account_id="evo",
            provider=Provider.EVOLUTION,
            subject="connection",
            event="close",
            detail="statusReason 401",
            at=NOON,
            received_at=NOON,
        ),
    )


@pytest.mark.parametrize("event", ["send.message", "qrcode.updated", "contacts.upsert", "", "x"])
def test_other_events_are_answered_and_ignored(event: str) -> None:
    webhook = read(event, an_upsert({"conversation": "a"}))

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("messages.upsert", None),
        ("messages.upsert", {"message": {"conversation": "a"}}),
        ("messages.upsert", an_upsert({"conversation": "a"}, key={"id": None})),
        ("messages.upsert", an_upsert({"conversation": "a"}, key={"remoteJid": "593991234567"})),
        ("messages.upsert", an_upsert({"extendedTextMessage": "a"})),
        ("messages.upsert", an_upsert({"locationMessage": {"degreesLatitude": 1}})),
        ("messages.upsert", an_upsert({"reactionMessage": {"text": "👍"}})),
        ("messages.update", a_status("ENCHANTED")),
        ("messages.update", {"key": {"id": "3EB0"}, "update": {"status": "READ"}}),
        ("connection.update", {"instance": "andinos"}),
    ],
)
def test_what_cannot_be_read_is_kept_without_the_servers_key(event: str, data: object) -> None:
    webhook = read(event, data)

    assert (webhook.answer.status, webhook.updates) == (200, ())
    (kept,) = webhook.unreadable
    assert json.loads(kept) == {"account_id": "evo", "event": event, "data": data}


def test_an_element_that_cannot_be_read_costs_no_other() -> None:
    data = [a_status("READ", keyId="1"), 7, a_status("?"), a_status("READ", keyId="2")]
    webhook = read("messages.update", data)

    assert [update.model_dump()["provider_message_id"] for update in webhook.updates] == ["1", "2"]
    assert [json.loads(kept)["data"] for kept in webhook.unreadable] == [7, a_status("?")]


def test_half_an_emoji_does_not_keep_a_message_out_of_the_queue() -> None:
    sent = message({"conversation": "gracias \ud83d"}, pushName="Ana \ude00")

    assert (sent.text, sent.sender_name) == ("gracias ?", "Ana ?")
    assert UPDATE.validate_json(sent.model_dump_json()) == sent


def test_nesting_that_can_just_be_read_can_also_be_kept() -> None:
    depth = 5_000
    body = b'{"event": "messages.update", "data": ' + b"[" * depth + b"]" * depth + b"}"

    assert len(READER.read(a_request(body)).unreadable) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
MESSAGE_PARTS = st.sampled_from(
    [
        *("conversation", "extendedTextMessage", "imageMessage", "locationMessage", "mediaUrl"),
        *("contactMessage", "contactsArrayMessage", "reactionMessage", "ephemeralMessage"),
        *("buttonsResponseMessage", "listResponseMessage", "interactiveResponseMessage"),
    ]
)
PART = st.dictionaries(
    st.sampled_from(
        [
            *("text", "key", "id", "caption", "mimetype", "message", "contextInfo", "contacts"),
            *("degreesLatitude", "degreesLongitude", "displayName", "vcard", "singleSelectReply"),
        ]
    ),
    JSON,
)
UPSERT = st.builds(
    an_upsert,
    JSON | st.dictionaries(MESSAGE_PARTS, JSON | PART),
    key=st.dictionaries(st.sampled_from(["remoteJid", "id", "fromMe", "senderPn"]), JSON),
    pushName=JSON,
    messageTimestamp=JSON,
    contextInfo=JSON,
)
STATUS = st.builds(a_status, JSON, keyId=JSON, remoteJid=JSON)
EVENTS = st.sampled_from(["messages.upsert", "messages.update", "connection.update", "other"])


@given(EVENTS, JSON | UPSERT | STATUS | st.lists(UPSERT | STATUS, max_size=3))
def test_any_event_is_read_or_kept_and_what_it_carries_fits_a_queue(
    event: str, data: object
) -> None:
    webhook = read(event, data)

    for update in webhook.updates:
        assert UPDATE.validate_json(update.model_dump_json()) == update
    for kept in webhook.unreadable:
        assert json.loads(kept)["event"] == event


@given(JSON.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_any_body_under_the_right_secret_is_an_event_or_malformed(body: bytes) -> None:
    try:
        webhook = READER.read(a_request(body))
    except MalformedWebhookError:
        return
    assert webhook.answer.status == 200
