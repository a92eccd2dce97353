"""Telegram's webhooks: whose secret counts, and what updates mean in all their shapes."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from recado.adapters.webhooks.telegram import TelegramWebhookReader
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.updates import (
    ContactEvent,
    ContactUpdate,
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

SECRETS = {"bot": "hook-secret", "gone": "another", "blank": ""}
ACCOUNT = ChannelAccount(tenant_id="andinos", account_id="bot", provider=Provider.TELEGRAM)
READER = TelegramWebhookReader(
    FakeWebhookSecrets(
        telegram={name: {"secret_token": secret} for name, secret in SECRETS.items()}
    ),
    FakeWebhookAccounts(("account:bot", ACCOUNT)),
    FakeClock(),
)

CHAT = 6_100_200_300
ANA = {"id": CHAT, "is_bot": False, "first_name": "Ana", "last_name": "Paz", "username": "anap"}
PRIVATE = {"id": CHAT, "type": "private", "first_name": "Ana"}
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "Taller"}
PERSON = Identity(kind=IdentityKind.TELEGRAM_CHAT, value=str(CHAT))
SENT_AT = datetime(2026, 3, 2, 11, 59, 30, tzinfo=UTC)
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "Sí", "callback_data": "yes"}],
        [{"text": "No", "callback_data": "no"}, {"text": "Mapa", "url": "https://maps.example"}],
    ]
}
UPDATE: TypeAdapter[Update] = TypeAdapter(Update)


def a_request(
    body: bytes, *, account_id: str | None = "bot", secret: str | None = SECRETS["bot"]
) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url="https://recado.example/webhook/telegram/bot",
        headers={} if secret is None else {"x-telegram-bot-api-secret-token": secret},
        body=body,
        account_id=account_id,
    )


def read(update: dict[str, Any]) -> Webhook:
    return READER.read(a_request(json.dumps({"update_id": 900, **update}).encode()))


def a_message(**fields: Any) -> dict[str, Any]:
    date = int(SENT_AT.timestamp())
    return {"message_id": 41, "from": ANA, "chat": PRIVATE, "date": date, **fields}


def a_press(**fields: Any) -> dict[str, Any]:
    shown = a_message(message_id=40, text="¿Viene hoy?", reply_markup=KEYBOARD)
    press = {"id": "4382bfdwdsb323b2d9", "from": ANA, "message": shown, "data": "yes"}
    return {"callback_query": {**press, "chat_instance": "1", **fields}}


def a_membership(status: str, **fields: Any) -> dict[str, Any]:
    change = {
        "chat": PRIVATE,
        "from": ANA,
        "date": int(SENT_AT.timestamp()),
        "old_chat_member": {"status": "member"},
        "new_chat_member": {"status": status},
        **fields,
    }
    return {"my_chat_member": change}


def received(update: dict[str, Any]) -> InboundMessage:
    (told,) = read(update).updates
    assert isinstance(told, InboundMessage)
    return told


def message(**fields: Any) -> InboundMessage:
    return received({"message": a_message(**fields)})


@pytest.mark.parametrize(
    ("account_id", "secret"),
    [
        ("bot", None),
        ("bot", ""),
        ("bot", "hook-secret "),
        ("bot", "hook-secrét"),
        ("bot", "another"),
        ("unknown", "hook-secret"),
        ("blank", ""),
        ("", "hook-secret"),
        (None, "hook-secret"),
    ],
)
def test_a_request_without_the_bots_own_secret_is_refused(
    account_id: str | None, secret: str | None
) -> None:
    body = json.dumps({"update_id": 1, "message": a_message(text="Hola")}).encode()

    with pytest.raises(WebhookRefusedError):
        READER.read(a_request(body, account_id=account_id, secret=secret))


def test_the_secret_is_checked_before_the_body_is_read() -> None:
    with pytest.raises(WebhookRefusedError):
        READER.read(a_request(b"{", secret="wrong"))


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff", b"[]", b"3", b"null", b"{}", b"[" * 100_000),
        *(b'{"update_id": "1"}', b'{"update_id": true}', b'{"update_id": 1e99}'),
        b'{"update_id": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_update_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhookError):
        READER.read(a_request(body))


def test_an_unknown_account_with_a_secret_is_answered_and_logged_without_people(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = json.dumps({"update_id": 1, "message": a_message(text="Hola")}).encode()
    with caplog.at_level(logging.DEBUG):
        webhook = READER.read(a_request(body, account_id="gone", secret="another"))

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())
    (record,) = caplog.records
    told = str(vars(record))
    assert vars(record)["account_id"] == "gone"
    assert [personal for personal in (str(CHAT), "Ana", "Hola") if personal in told] == []


def test_a_text_is_read() -> None:
    assert message(text="¿A qué hora <b>abren</b>?") == InboundMessage(
        tenant_id="andinos",
        account_id="bot",
        provider=Provider.TELEGRAM,
        provider_message_id=f"{CHAT}:41",
        sender=(PERSON,),
        sender_name="Ana Paz",
        at=SENT_AT,
        received_at=NOON,
        type=InboundType.TEXT,
        text="¿A qué hora <b>abren</b>?",
    )


def test_an_update_that_comes_again_is_the_same_message() -> None:
    first, again = message(text="Hola"), message(text="Hola")

    assert first.key == again.key


def test_chats_beyond_32_and_52_bits_keep_their_number() -> None:
    told = message(chat={"id": 2**53 + 1, "type": "private"}, text="a")

    assert told.sender[0].value == "9007199254740993"
    assert told.provider_message_id == "9007199254740993:41"


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ({"first_name": "Ana"}, "Ana"),
        ({"username": "anap"}, "anap"),
        ({}, None),
        ({"first_name": 3}, None),
    ],
)
def test_a_person_has_a_name_as_far_as_they_tell_it(
    person: dict[str, object], name: str | None
) -> None:
    assert message(text="a", **{"from": person}).sender_name == name


def test_an_answer_names_the_message_that_it_quotes_as_the_sender_does() -> None:
    assert message(text="sí", reply_to_message=a_message(message_id=40)).refers_to == f"{CHAT}:40"


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/start c2F1bA-_9", "c2F1bA-_9"),
        ("/start", None),
        ("/start a b", None),
        ("start x", None),
    ],
)
def test_a_link_to_the_bot_brings_its_parameter(text: str, payload: str | None) -> None:
    told = message(text=text)

    assert (told.type, told.text, told.payload) == (InboundType.TEXT, text, payload)


def a_file(**fields: object) -> dict[str, object]:
    return {"file_id": "BQACAgQ", "file_unique_id": "AgAD", "file_size": 12, **fields}


@pytest.mark.parametrize(
    ("fields", "media"),
    [
        (
            {"photo": [a_file(file_id="small"), a_file(file_id="large")]},
            Media(mime_type="image/jpeg", media_id="large"),
        ),
        (
            {"document": a_file(mime_type="application/pdf", file_name="f.pdf")},
            Media(mime_type="application/pdf", media_id="BQACAgQ", file_name="f.pdf"),
        ),
        (
            {"document": a_file()},
            Media(mime_type="application/octet-stream", media_id="BQACAgQ"),
        ),
        (
            {"animation": a_file(file_id="gif"), "document": a_file()},
            Media(mime_type="video/mp4", media_id="gif"),
        ),
        ({"video": a_file()}, Media(mime_type="video/mp4", media_id="BQACAgQ")),
        ({"video_note": a_file()}, Media(mime_type="video/mp4", media_id="BQACAgQ")),
        ({"voice": a_file()}, Media(mime_type="audio/ogg", media_id="BQACAgQ")),
        (
            {"audio": a_file(mime_type="audio/mp4")},
            Media(mime_type="audio/mp4", media_id="BQACAgQ"),
        ),
        ({"sticker": a_file()}, Media(mime_type="image/webp", media_id="BQACAgQ")),
        (
            {"sticker": a_file(is_video=True)},
            Media(mime_type="video/webm", media_id="BQACAgQ"),
        ),
        (
            {"sticker": a_file(is_animated=True)},
            Media(mime_type="application/x-tgsticker", media_id="BQACAgQ"),
        ),
    ],
)
def test_a_file_is_found_by_its_id(fields: dict[str, Any], media: Media) -> None:
    told = message(caption="la factura", **fields)

    assert (told.type, told.text, told.media) == (InboundType.MEDIA, "la factura", (media,))


def test_a_place_may_have_a_name() -> None:
    place = {"latitude": -0.18, "longitude": -78}
    venue = {"location": place, "title": "Taller", "address": "C 1"}
    told = message(location=place, venue=venue)

    assert told.type is InboundType.LOCATION
    assert told.location == Location(latitude=-0.18, longitude=-78, name="Taller", address="C 1")
    assert message(location=place).location == Location(latitude=-0.18, longitude=-78)


@pytest.mark.parametrize(
    ("number", "phones"),
    [
        ("593991234567", ("+593991234567",)),
        ("+593 (99) 123-4567", ("+593991234567",)),
        ("0991234567", ()),
        (None, ()),
    ],
)
def test_a_card_brings_its_number_if_it_is_international(
    number: str | None, phones: tuple[str, ...]
) -> None:
    card = {"phone_number": number, "first_name": "Luis", "last_name": "Vera"}
    told = message(contact=card)

    assert told.type is InboundType.CONTACTS
    assert told.contacts == (SharedContact(name="Luis Vera", phones=phones),)


@pytest.mark.parametrize("fields", [{"dice": {"value": 3}}, {"poll": {}}, {}])
def test_what_a_person_sent_and_we_cannot_show_is_still_a_message(fields: dict[str, Any]) -> None:
    assert message(**fields).type is InboundType.UNSUPPORTED


def test_what_nobody_wrote_is_no_message() -> None:
    webhook = read({"message": a_message(pinned_message=a_message())})

    assert (webhook.updates, webhook.unreadable) == ((), ())


def test_an_edit_is_a_message_of_its_own_that_names_the_edited_one() -> None:
    edited = a_message(text="mañana", edit_date=int(SENT_AT.timestamp()) + 10)
    told = received({"edited_message": edited})

    assert (told.type, told.text, told.refers_to) == (InboundType.EDIT, "mañana", f"{CHAT}:41")
    assert told.provider_message_id == f"{CHAT}:41:900"
    assert told.at == datetime(2026, 3, 2, 11, 59, 40, tzinfo=UTC)


def test_a_place_that_moves_is_not_an_edit_every_few_seconds() -> None:
    moved = a_message(location={"latitude": 1, "longitude": 2, "live_period": 900})

    assert read({"edited_message": moved}).updates == ()


def test_a_pressed_button_brings_its_title_its_payload_and_its_message() -> None:
    assert received(a_press()) == InboundMessage(
        tenant_id="andinos",
        account_id="bot",
        provider=Provider.TELEGRAM,
        provider_message_id="callback:4382bfdwdsb323b2d9",
        sender=(PERSON,),
        sender_name="Ana Paz",
        at=NOON,
        received_at=NOON,
        type=InboundType.BUTTON,
        text="Sí",
        payload="yes",
        refers_to=f"{CHAT}:40",
    )


@pytest.mark.parametrize(
    ("shown", "refers_to"),
    [({"chat": PRIVATE, "message_id": 40, "date": 0}, f"{CHAT}:40"), (None, None)],
)
def test_a_button_of_a_message_that_is_not_shown_has_no_title(
    shown: object, refers_to: str | None
) -> None:
    told = received(a_press(message=shown))

    assert (told.text, told.payload, told.refers_to) == ("", "yes", refers_to)
    assert told.sender == (PERSON,)


@pytest.mark.parametrize("press", [a_press(), a_press(data=None), a_press(message={"chat": 1})])
def test_every_press_is_answered_in_the_answer(press: dict[str, Any]) -> None:
    answer = read(press).answer

    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(answer.body) == {
        "method": "answerCallbackQuery",
        "callback_query_id": "4382bfdwdsb323b2d9",
    }


def test_a_message_is_answered_with_nothing() -> None:
    assert read({"message": a_message(text="a")}).answer.body == ""


@pytest.mark.parametrize(
    ("status", "event"),
    [("kicked", ContactEvent.BLOCKED), ("member", ContactEvent.UNBLOCKED)],
)
def test_who_blocks_the_bot_or_no_longer_does_is_told(status: str, event: ContactEvent) -> None:
    assert read(a_membership(status)).updates == (
        ContactUpdate(
            tenant_id="andinos",
            account_id="bot",
            provider=Provider.TELEGRAM,
            sender=(PERSON,),
            event=event,
            at=SENT_AT,
            received_at=NOON,
        ),
    )


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"poll": {}},
        {"channel_post": a_message(text="a")},
        {"message": a_message(text="a", chat=GROUP)},
        {"message": a_message(photo=[], chat=GROUP)},
        {"edited_message": a_message(text="a", chat=GROUP)},
        a_press(message=a_message(chat=GROUP)),
        a_press(data=None),
        a_membership("left"),
        a_membership("kicked", chat=GROUP),
    ],
)
def test_what_is_not_between_a_person_and_the_bot_is_ignored(update: dict[str, Any]) -> None:
    webhook = read(update)

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


@pytest.mark.parametrize(
    "update",
    [
        {"message": None},
        {"message": "Hola"},
        {"message": a_message(text="a", chat=None)},
        {"message": a_message(text="a", chat={"id": "6100200300", "type": "private"})},
        {"message": a_message(text="a", chat={"id": 10**400, "type": "private"})},
        {"message": a_message(text="a", message_id=None)},
        {"message": a_message(text="a", reply_to_message={"text": "b"})},
        {"message": a_message(photo=[])},
        {"message": a_message(photo=["a"])},
        {"message": a_message(document={"mime_type": "application/pdf"})},
        {"message": a_message(location={"latitude": 91, "longitude": 0})},
        {"message": a_message(location={"latitude": "1", "longitude": 0})},
        {"message": a_message(contact=7)},
        a_press(id=None),
        a_press(message=None, **{"from": {}}),
        a_membership("kicked", chat={"type": "private"}),
    ],
)
def test_what_cannot_be_read_is_kept(update: dict[str, Any]) -> None:
    webhook = read(update)

    assert (webhook.answer.status, webhook.updates) == (200, ())
    (kept,) = webhook.unreadable
    assert json.loads(kept) == {"account_id": "bot", "update": {"update_id": 900, **update}}


@pytest.mark.parametrize("date", [None, "soon", -1, 10**30, True])
def test_a_time_that_is_none_is_the_receipts(date: object) -> None:
    assert message(text="a", date=date).at == NOON


def test_half_an_emoji_does_not_keep_a_message_out_of_the_queue() -> None:
    told = message(text="gracias \ud83d")

    assert told.text == "gracias ?"
    assert UPDATE.validate_json(told.model_dump_json()) == told


def test_nesting_that_can_just_be_read_can_also_be_kept() -> None:
    depth = 5_000
    body = b'{"update_id": 1, "message": ' + b"[" * depth + b"]" * depth + b"}"

    assert len(READER.read(a_request(body)).unreadable) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
PART = st.dictionaries(
    st.sampled_from(
        [
            *("file_id", "mime_type", "file_name", "latitude", "longitude", "title", "address"),
            *("phone_number", "first_name", "id", "type", "message_id", "inline_keyboard"),
        ]
    ),
    JSON,
)
MESSAGE = st.builds(
    lambda fields: a_message(**fields),
    st.dictionaries(
        st.sampled_from(
            [
                *(
                    "text",
                    "caption",
                    "photo",
                    "document",
                    "sticker",
                    "location",
                    "venue",
                    "contact",
                ),
                *("reply_to_message", "from", "date", "message_id", "chat", "reply_markup"),
            ]
        ),
        JSON | PART | st.lists(PART, max_size=2),
    ),
)
PRESS = st.builds(
    lambda fields: a_press(**fields)["callback_query"],
    st.dictionaries(st.sampled_from(["id", "from", "message", "data"]), JSON | PART | MESSAGE),
)
MEMBERSHIP = st.builds(
    lambda fields: a_membership("kicked", **fields)["my_chat_member"],
    st.dictionaries(st.sampled_from(["chat", "date", "new_chat_member"]), JSON | PART),
)
KINDS = st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "other"])


@given(KINDS, JSON | MESSAGE | PRESS | MEMBERSHIP)
def test_any_update_is_read_or_kept_and_what_it_carries_fits_a_queue(
    kind: str, told: object
) -> None:
    webhook = read({kind: told})

    assert webhook.answer.status == 200
    for update in webhook.updates:
        assert UPDATE.validate_json(update.model_dump_json()) == update
    for kept in webhook.unreadable:
        assert json.loads(kept)["account_id"] == "bot"


@given(JSON.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_any_body_under_the_right_secret_is_an_update_or_malformed(body: bytes) -> None:
    try:
        webhook = READER.read(a_request(body))
    except MalformedWebhookError:
        return
    assert webhook.answer.status == 200
