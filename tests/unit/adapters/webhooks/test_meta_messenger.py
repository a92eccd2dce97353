"""Webhooks of Messenger and Instagram: what people send, what they read; nothing that breaks."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from recado.adapters.webhooks.meta import MetaWebhookReader
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.receipts import Receipt, ReceiptStatus
from recado.domain.updates import (
    Identity,
    IdentityKind,
    InboundMessage,
    InboundType,
    Media,
    ReadUpTo,
    Update,
)
from recado.ports.webhooks import Webhook, WebhookRequest
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.webhooks import FakeWebhookAccounts, FakeWebhookSecrets

OUR_APP, INSTAGRAM_APP = "111", "333"
SECRET, INSTAGRAM_SECRET = "our-secret", "instagram-secret"
PAGE, INSTAGRAM = "411223344556677", "17841400000000000"
PERSON = "7788990011223344"
AT = datetime(2026, 3, 2, 11, 59, 30, tzinfo=UTC)
MILLISECONDS = int(AT.timestamp() * 1000)
UPDATE: TypeAdapter[Update] = TypeAdapter(Update)


def an_account(provider: Provider, **settings: str) -> ChannelAccount:
    return ChannelAccount(
        tenant_id="andinos", account_id=provider.value, provider=provider, settings=settings
    )


READER = MetaWebhookReader(
    FakeWebhookSecrets(
        meta={
            OUR_APP: {"app_secret": SECRET},
            INSTAGRAM_APP: {"app_secret": INSTAGRAM_SECRET},
        }
    ),
    FakeWebhookAccounts(
        (PAGE, an_account(Provider.MESSENGER, page_id=PAGE, app_id=OUR_APP)),
        (INSTAGRAM, an_account(Provider.INSTAGRAM, instagram_id=INSTAGRAM)),
    ),
    FakeClock(),
)


def read(document: object, secret: str = SECRET) -> Webhook:
    body = json.dumps(document).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={digest}"}
    request = WebhookRequest(
        method="POST", url="https://recado.example/webhook/meta", headers=headers, body=body
    )
    return READER.read(request)


def of_page(*events: object, **entry: object) -> dict[str, object]:
    messaging = {"messaging": list(events)} if events else {}
    return {"object": "page", "entry": [{"id": PAGE, "time": MILLISECONDS, **messaging, **entry}]}


def of_instagram(*events: object, **entry: object) -> dict[str, object]:
    messaging = {"messaging": list(events)} if events else {}
    sent = {"id": INSTAGRAM, "time": MILLISECONDS, **messaging, **entry}
    return {"object": "instagram", "entry": [sent]}


def an_event(**what: object) -> dict[str, Any]:
    return {
        "sender": {"id": PERSON},
        "recipient": {"id": PAGE},
        "timestamp": MILLISECONDS,
        **what,
    }


def a_message(**message: object) -> dict[str, Any]:
    return an_event(message={"mid": "m_1", **message})


def file_of(kind: str, url: str | None = "https://cdn.example/1") -> dict[str, object]:
    return {"type": kind, "payload": {"url": url} if url else {}}


def inbound_of(event: object, wrapped: Callable[..., object] = of_page) -> InboundMessage:
    webhook = read(wrapped(event))
    assert webhook.unreadable == ()
    (update,) = webhook.updates
    assert isinstance(update, InboundMessage)
    return update


# Whose it is.


@pytest.mark.parametrize(
    ("wrapped", "provider", "kind"),
    [
        (of_page, Provider.MESSENGER, IdentityKind.MESSENGER_USER),
        (of_instagram, Provider.INSTAGRAM, IdentityKind.INSTAGRAM_USER),
    ],
)
def test_a_person_is_known_by_the_id_of_that_page_or_account(
    wrapped: Callable[..., object], provider: Provider, kind: IdentityKind
) -> None:
    found = inbound_of(a_message(text="hola"), wrapped)
    assert (found.tenant_id, found.account_id, found.provider) == (
        "andinos",
        provider.value,
        provider,
    )
    assert found.sender == (Identity(kind=kind, value=PERSON),)
    assert (found.provider_message_id, found.type, found.text) == ("m_1", InboundType.TEXT, "hola")
    assert (found.at, found.received_at) == (AT, NOON)


def test_a_page_is_not_an_instagram_account_of_the_same_id() -> None:
    document = {**of_page(a_message(text="hola")), "object": "instagram"}
    assert read(document).updates == ()


def test_an_app_speaks_only_for_its_own_page() -> None:
    assert read(of_page(a_message(text="x")), INSTAGRAM_SECRET).updates == ()
    assert len(read(of_instagram(a_message(text="x")), INSTAGRAM_SECRET).updates) == 1


def test_an_unknown_page_is_answered_and_left_out() -> None:
    webhook = read(of_page(a_message(text="x"), 7, id="5"))
    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        (MILLISECONDS, AT),
        (MILLISECONDS // 1000, AT),
        (str(MILLISECONDS), AT),
        (None, NOON),
        (10**30, NOON),
    ],
)
def test_times_come_in_milliseconds_and_in_seconds(timestamp: object, at: datetime) -> None:
    assert inbound_of({**a_message(text="x"), "timestamp": timestamp}).at == at


# What was written.


@pytest.mark.parametrize(
    ("message", "kind", "text", "payload"),
    [
        ({"text": "Sí 👍"}, InboundType.TEXT, "Sí 👍", None),
        (
            {"text": "Sí", "quick_reply": {"payload": "confirm:1"}},
            InboundType.BUTTON,
            "Sí",
            "confirm:1",
        ),
        ({"quick_reply": {"payload": "confirm:1"}}, InboundType.BUTTON, "confirm:1", "confirm:1"),
        ({"attachments": [{"type": "like_heart"}]}, InboundType.TEXT, "❤️", None),
        (
            {"attachments": [file_of("fallback", "https://news.example")]},
            InboundType.TEXT,
            "https://news.example",
            None,
        ),
        (
            {"text": "mira", "attachments": [file_of("fallback", "https://news.example")]},
            InboundType.TEXT,
            "mira",
            None,
        ),
        ({"attachments": [file_of("template")]}, InboundType.UNSUPPORTED, "", None),
        ({"attachments": [file_of("image", None)]}, InboundType.UNSUPPORTED, "", None),
        ({"attachments": [{"type": ["image"]}, 7]}, InboundType.UNSUPPORTED, "", None),
        ({"is_unsupported": True}, InboundType.UNSUPPORTED, "", None),
        ({"is_unsupported": True, "text": "x"}, InboundType.UNSUPPORTED, "x", None),
        ({}, InboundType.UNSUPPORTED, "", None),
    ],
)
def test_what_a_person_sends_is_read(
    message: dict[str, object], kind: InboundType, text: str, payload: str | None
) -> None:
    found = inbound_of(a_message(**message))
    assert (found.type, found.text, found.payload) == (kind, text, payload)
    assert found.media == ()


@pytest.mark.parametrize(
    ("kind", "mime_type"),
    [
        ("image", "image/*"),
        ("video", "video/*"),
        ("audio", "audio/*"),
        ("file", "application/octet-stream"),
        ("story_mention", "application/octet-stream"),
    ],
)
def test_files_are_named_by_their_addresses(kind: str, mime_type: str) -> None:
    sticker = {"type": "image", "payload": {"url": "https://cdn.example/2", "sticker_id": 369239}}
    found = inbound_of(a_message(text="el golpe", attachments=[file_of(kind), sticker]))
    assert (found.type, found.text) == (InboundType.MEDIA, "el golpe")
    assert found.media == (
        Media(mime_type=mime_type, url="https://cdn.example/1"),
        Media(mime_type="image/*", url="https://cdn.example/2"),
    )


@pytest.mark.parametrize(
    ("reply_to", "quoted"),
    [({"mid": "m_0"}, "m_0"), ({"story": {"id": "1", "url": "https://cdn.example/s"}}, None)],
)
def test_an_answer_names_the_message_that_it_quotes(
    reply_to: dict[str, object], quoted: str | None
) -> None:
    assert inbound_of(a_message(text="ok", reply_to=reply_to)).refers_to == quoted


def test_a_button_of_ours_is_a_button_with_its_own_id_where_it_has_one() -> None:
    found = inbound_of(an_event(postback={"mid": "m_2", "title": "Sí", "payload": "confirm:1"}))
    assert (found.type, found.text, found.payload) == (InboundType.BUTTON, "Sí", "confirm:1")
    assert found.provider_message_id == "m_2"


def test_getting_started_is_a_button_whatever_led_there() -> None:
    referral = {"ref": "cartel", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    found = inbound_of(an_event(postback={"payload": "GET_STARTED", "referral": referral}))
    assert (found.text, found.payload) == ("GET_STARTED", "GET_STARTED")


@pytest.mark.parametrize(
    ("reaction", "text"),
    [
        ({"action": "react", "reaction": "love", "emoji": "❤"}, "❤"),
        ({"action": "react", "reaction": "other"}, "other"),
        ({"action": "unreact", "emoji": "❤"}, ""),
        ({"action": "unreact"}, ""),
    ],
)
def test_a_reaction_names_its_message_and_is_empty_when_it_is_taken_back(
    reaction: dict[str, object], text: str
) -> None:
    found = inbound_of(an_event(reaction={"mid": "m_0", **reaction}))
    assert (found.type, found.text, found.refers_to) == (InboundType.REACTION, text, "m_0")


def test_a_deletion_names_its_message_and_is_another_update_than_it() -> None:
    written = inbound_of(a_message(text="hola"), of_instagram)
    deleted = inbound_of(a_message(is_deleted=True), of_instagram)
    assert (deleted.type, deleted.refers_to, deleted.text) == (InboundType.REVOKE, "m_1", "")
    assert deleted.key != written.key


def test_an_edit_names_its_message_and_holds_the_new_text() -> None:
    edit = {"mid": "m_0", "text": "a las 5", "num_edit": 1}
    found = inbound_of(an_event(message_edit=edit))
    assert (found.type, found.refers_to, found.text) == (InboundType.EDIT, "m_0", "a las 5")


def test_an_event_without_an_id_has_the_same_one_when_it_comes_again_and_no_address_in_it() -> None:
    events = [
        an_event(reaction={"mid": "m_0", "action": "react", "emoji": "❤"}),
        an_event(reaction={"mid": "m_0", "action": "unreact"}),
        an_event(reaction={"mid": "m_1", "action": "react", "emoji": "❤"}),
        an_event(postback={"title": "Sí", "payload": "y"}),
        {**an_event(postback={"title": "Sí", "payload": "y"}), "sender": {"id": "1"}},
        {**an_event(postback={"title": "Sí", "payload": "y"}), "timestamp": MILLISECONDS + 1},
        an_event(message_edit={"mid": "m_0", "text": "a", "num_edit": 1}),
    ]
    first, again = ([inbound_of(event).provider_message_id for event in events] for _ in range(2))
    assert first == again
    assert len(set(first)) == len(events)
    assert not [found for found in first if PERSON in found]


@pytest.mark.parametrize(
    "event",
    [
        a_message(text="hola", is_echo=True, app_id=7),
        an_event(optin={"ref": "x", "user_ref": "y"}),
        {"optin": {"user_ref": "y"}, "timestamp": MILLISECONDS},
        an_event(referral={"ref": "cartel"}),
        an_event(message_edit={"mid": "m_0", "num_edit": 0}),
        {"message_edit": {"mid": "m_0", "num_edit": 0}, "timestamp": MILLISECONDS},
        an_event(delivery={"watermark": MILLISECONDS}),
        an_event(),
    ],
)
def test_what_nobody_wrote_is_left_out(event: dict[str, Any]) -> None:
    webhook = read(of_page(event))
    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


def test_what_another_app_answers_is_left_out() -> None:
    webhook = read(of_page(standby=[a_message(text="hola")]))
    assert (webhook.updates, webhook.unreadable) == ((), ())


def test_instagram_may_send_events_as_changes() -> None:
    change = {"field": "messages", "value": a_message(text="hola")}
    other = {"field": "comments", "value": {"text": "bonito"}}
    (update,) = read(of_instagram(changes=[change, other])).updates
    assert isinstance(update, InboundMessage)
    assert update.text == "hola"


# What was delivered and read.


def test_each_delivered_message_has_its_receipt_at_the_time_of_the_watermark() -> None:
    event = an_event(delivery={"mids": ["m_8", "m_9"], "watermark": MILLISECONDS - 1000})
    receipts = read(of_page(event)).updates
    assert receipts == tuple(
        Receipt(
            tenant_id="andinos",
            account_id="messenger",
            provider=Provider.MESSENGER,
            provider_message_id=message_id,
            status=ReceiptStatus.DELIVERED,
            at=datetime(2026, 3, 2, 11, 59, 29, tzinfo=UTC),
            received_at=NOON,
        )
        for message_id in ("m_8", "m_9")
    )


def test_a_person_on_messenger_reads_all_up_to_a_moment() -> None:
    webhook = read(of_page(an_event(read={"watermark": MILLISECONDS - 1000})))
    person = Identity(kind=IdentityKind.MESSENGER_USER, value=PERSON)
    assert webhook.updates == (
        ReadUpTo(
            tenant_id="andinos",
            account_id="messenger",
            provider=Provider.MESSENGER,
            sender=(person,),
            up_to=datetime(2026, 3, 2, 11, 59, 29, tzinfo=UTC),
            at=AT,
            received_at=NOON,
        ),
    )


def test_a_person_on_instagram_reads_one_message() -> None:
    (receipt,) = read(of_instagram(an_event(read={"mid": "m_9"}))).updates
    assert isinstance(receipt, Receipt)
    assert (receipt.provider_message_id, receipt.status, receipt.at) == (
        "m_9",
        ReceiptStatus.READ,
        AT,
    )


# Whole requests.


@pytest.mark.parametrize(
    "broken",
    [
        7,
        None,
        {"message": "hola"},
        an_event(message={"text": "hola"}),
        an_event(message={"mid": "x" * 513, "text": "hola"}),
        an_event(message={"mid": "x" * 512, "is_deleted": True}),
        {**a_message(text="x"), "sender": {"id": 7}},
        {**a_message(text="x"), "sender": {"id": "ana"}},
        {"message": {"mid": "m_1", "text": "x"}},
        a_message(quick_reply={}),
        a_message(quick_reply="yes"),
        an_event(postback={}),
        an_event(reaction={"mid": "m_0", "action": "stare"}),
        an_event(reaction={"action": "react"}),
        an_event(delivery={"mids": [7]}),
        an_event(read={}),
        an_event(read={"watermark": "yesterday"}),
        an_event(read={"mid": 7}),
    ],
)
def test_one_unreadable_event_is_kept_alone_and_costs_the_others_nothing(broken: object) -> None:
    webhook = read(of_page(a_message(text="antes"), broken, a_message(mid="m_2", text="después")))
    assert [u.text for u in webhook.updates if isinstance(u, InboundMessage)] == [
        "antes",
        "después",
    ]
    assert [json.loads(text) for text in webhook.unreadable] == [of_page(broken)]


def test_what_was_kept_unreadable_is_read_by_a_release_that_understands_it() -> None:
    (kept,) = read(of_instagram(a_message(quick_reply={}))).unreadable
    mended = json.loads(kept.replace('"quick_reply": {}', '"text": "hola"'))
    (update,) = read(mended).updates
    assert isinstance(update, InboundMessage)
    assert (update.text, update.provider) == ("hola", Provider.INSTAGRAM)


@pytest.mark.parametrize(
    "entry",
    [
        7,
        {},
        {"id": PAGE},
        {"id": 7, "messaging": []},
        {"id": f"page:{PAGE}", "messaging": [a_message()]},
    ],
)
def test_an_entry_that_is_none_is_kept_whole(entry: object) -> None:
    document = {"object": "page", "entry": [entry]}
    webhook = read(document)
    assert [json.loads(text) for text in webhook.unreadable] == [document]


@pytest.mark.parametrize("change", [7, {}, {"field": 7}, {"field": "messages", "value": 7}])
def test_a_change_that_cannot_be_read_is_kept(change: object) -> None:
    webhook = read(of_instagram(changes=[change]))
    assert [json.loads(text) for text in webhook.unreadable] == [of_instagram(changes=[change])]


def test_nothing_of_a_person_is_logged_whatever_comes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    events = [
        a_message(text="secreto", is_echo=True),
        a_message(text={"secreto": 1}),
        an_event(optin={"ref": "secreto"}),
        an_event(message_edit={"mid": "m_0"}),
    ]
    read(of_page(*events, standby=[a_message(text="secreto")]))
    read(of_page(a_message(text="secreto"), id="5"))
    read(of_instagram(changes=[{"field": "comments", "value": {"text": "secreto"}}]))
    told = [str(record.__dict__) for record in caplog.records]
    assert len(told) == 5
    assert not [line for line in told if "secreto" in line or PERSON in line]


# Anything may come under a right signature.

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None), max_size=20)
    | st.sampled_from([PERSON, PAGE, str(MILLISECONDS), "image", "react", "m_0"])
)
NAMES = st.text(max_size=5) | st.sampled_from(
    [
        *("sender", "recipient", "timestamp", "message", "postback", "reaction", "delivery"),
        *("read", "mid", "mids", "watermark", "text", "quick_reply", "payload", "title"),
        *("attachments", "type", "url", "is_echo", "is_deleted", "reply_to", "action", "emoji"),
        *("id", "messaging", "changes", "standby", "field", "value", "message_edit", "optin"),
    ]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
PARTS: dict[str, dict[str, object]] = {
    "message": {"mid": "m_1", "text": "x"},
    "postback": {"title": "Sí", "payload": "y"},
    "reaction": {"mid": "m_0", "action": "react", "emoji": "❤"},
    "message_edit": {"mid": "m_0", "text": "x"},
    "delivery": {"mids": ["m_8"], "watermark": MILLISECONDS},
    "read": {"watermark": MILLISECONDS},
}


@st.composite
def disturbed_events(draw: st.DrawFn) -> dict[str, Any]:
    """Events that are almost right: some of their fields are anything."""
    name = draw(st.sampled_from(sorted(PARTS)))
    what = {**PARTS[name], **draw(st.dictionaries(NAMES, JSON, max_size=2))}
    return {**an_event(**{name: what}), **draw(st.dictionaries(NAMES, JSON, max_size=1))}


@pytest.mark.parametrize("wrapped", [of_page, of_instagram])
@given(events=st.lists(disturbed_events() | JSON, max_size=4))
def test_whatever_stands_in_an_entry_every_good_event_is_read(
    wrapped: Callable[..., object], events: list[object]
) -> None:
    webhook = read(wrapped(*events, a_message(mid="good", text="x")))
    good = [
        update
        for update in webhook.updates
        if isinstance(update, InboundMessage) and update.provider_message_id == "good"
    ]
    assert len(good) >= 1
    for update in webhook.updates:
        assert UPDATE.validate_json(UPDATE.dump_json(update)) == update
    for text in webhook.unreadable:
        assert len(json.loads(text)["entry"]) == 1


@pytest.mark.parametrize("name", ["page", "instagram"])
@given(entry=JSON | st.dictionaries(NAMES, JSON).map(lambda drawn: {**drawn, "id": PAGE}))
def test_whatever_an_entry_is_the_request_is_answered(name: str, entry: object) -> None:
    assert read({"object": name, "entry": [entry]}).answer.status == 200
