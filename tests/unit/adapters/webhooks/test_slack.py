"""Slack's webhooks: whose signature counts, and what events and presses mean."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from hmac import digest
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from recado.adapters.webhooks.slack import SlackWebhookReader
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.updates import (
    AccountUpdate,
    Identity,
    IdentityKind,
    InboundMessage,
    InboundType,
    Media,
    Update,
)
from recado.ports.webhooks import Webhook, WebhookRequest
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.webhooks import FakeWebhookAccounts, FakeWebhookSecrets

VECTOR_FILE = Path(__file__).parents[3] / "vectors" / "slack_signature.json"
VECTOR = json.loads(VECTOR_FILE.read_text())

ANDINOS_APP, NORTE_APP = "A0ANDINOS", "A0NORTE"
SECRETS = {
    ANDINOS_APP: {"signing_secret": "secret-of-andinos"},
    "A0ANDINOS-next": {"signing_secret": "next-of-andinos", "app_id": ANDINOS_APP},
    NORTE_APP: {"signing_secret": "secret-of-norte"},
    "blank": {"signing_secret": ""},
}
ANDINOS, NORTE, OPEN = "T1ANDINOS", "T1NORTE", "T1OPEN"


def an_account(account_id: str, team_id: str, **settings: str) -> ChannelAccount:
    return ChannelAccount(
        tenant_id=account_id,
        account_id=account_id,
        provider=Provider.SLACK,
        settings={"team_id": team_id, **settings},
    )


READER = SlackWebhookReader(
    FakeWebhookSecrets(slack=SECRETS),
    FakeWebhookAccounts(
        (ANDINOS, an_account("andinos", ANDINOS, app_id=ANDINOS_APP)),
        (NORTE, an_account("norte", NORTE, app_id=NORTE_APP)),
        (OPEN, an_account("open", OPEN)),
    ),
    FakeClock(),
)

USER, CHANNEL, TS = "U024BE7LH", "D024BFF1M", "1772452770.000100"
PERSON = Identity(kind=IdentityKind.SLACK_USER, value=USER)
SENT_AT = datetime(2026, 3, 2, 11, 59, 30, 100, tzinfo=UTC)
NOW = str(int(NOON.timestamp()))
FORM, JSON_TYPE = "application/x-www-form-urlencoded", "application/json"
UPDATE: TypeAdapter[Update] = TypeAdapter(Update)


def signature(body: bytes, *, secret: str, sent_at: str) -> str:
    signed = f"v0:{sent_at}:".encode() + body
    return f"v0={digest(secret.encode(), signed, 'sha256').hex()}"


def a_request(
    body: bytes,
    *,
    secret: str = "secret-of-andinos",  # noqa: S107
    sent_at: str = NOW,
    content_type: str = JSON_TYPE,
    **headers: str,
) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url="https://recado.example/webhook/slack",
        headers={
            "content-type": content_type,
            "x-slack-request-timestamp": sent_at,
            "x-slack-signature": signature(body, secret=secret, sent_at=sent_at),
            **headers,
        },
        body=body,
    )


def an_event(event: object, **fields: object) -> dict[str, Any]:
    return {
        "token": "verification-token",
        "team_id": ANDINOS,
        "api_app_id": ANDINOS_APP,
        "type": "event_callback",
        "event": event,
        "event_id": "Ev08MFMKH6",
        "event_time": int(SENT_AT.timestamp()),
        **fields,
    }


def a_message(**fields: object) -> dict[str, object]:
    required = {"type": "message", "channel": CHANNEL, "channel_type": "im", "user": USER}
    return {**required, "text": "Hola", "ts": TS, **fields}


def an_action(**fields: object) -> dict[str, object]:
    return {
        "type": "button",
        "action_id": "button_1",
        "block_id": "b1",
        "text": {"type": "plain_text", "text": "Sí &amp; ya"},
        "value": "yes",
        "action_ts": TS,
        **fields,
    }


def some_presses(*actions: object, **fields: object) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "token": "verification-token",
        "team": {"id": ANDINOS, "domain": "andinos"},
        "user": {"id": USER, "name": "ana", "team_id": ANDINOS},
        "api_app_id": ANDINOS_APP,
        "container": {
            "type": "message",
            "message_ts": "1772452700.000200",
            "channel_id": CHANNEL,
        },
        "channel": {"id": CHANNEL, "name": "directmessage"},
        "response_url": "https://hooks.slack.example/actions/1",
        "actions": list(actions),
        **fields,
    }


def read(told: object, **options: Any) -> Webhook:
    return READER.read(a_request(json.dumps(told).encode(), **options))


def read_form(told: object, **options: Any) -> Webhook:
    body = urlencode({"payload": json.dumps(told)}).encode()
    return READER.read(a_request(body, content_type=FORM, **options))


def message(**fields: object) -> InboundMessage:
    (update,) = read(an_event(a_message(**fields))).updates
    assert isinstance(update, InboundMessage)
    return update


def press(**fields: object) -> InboundMessage:
    (update,) = read_form(some_presses(an_action(**fields))).updates
    assert isinstance(update, InboundMessage)
    return update


def vector_reader(seconds_later: int = 0) -> SlackWebhookReader:
    now = datetime.fromtimestamp(int(VECTOR["timestamp"]) + seconds_later, UTC)
    return SlackWebhookReader(
        FakeWebhookSecrets(slack={"other": SECRETS[NORTE_APP], "app": VECTOR}),
        FakeWebhookAccounts(),
        FakeClock(now),
    )


def vector_request(**changes: str) -> WebhookRequest:
    vector = {**VECTOR, **changes}
    return WebhookRequest(
        method="POST",
        url="https://recado.example/webhook/slack",
        headers={
            "content-type": FORM,
            "x-slack-request-timestamp": vector["timestamp"],
            "x-slack-signature": vector["signature"],
        },
        body=vector["body"].encode(),
    )


@pytest.mark.parametrize("seconds_later", [0, 300, -300])
def test_slacks_own_signature_is_accepted_for_five_minutes(seconds_later: int) -> None:
    webhook = vector_reader(seconds_later).read(vector_request())

    assert (webhook.answer.status, webhook.answer.body, webhook.updates) == (200, "", ())


@pytest.mark.parametrize("seconds_later", [301, -301])
def test_a_request_that_was_recorded_is_refused(seconds_later: int) -> None:
    with pytest.raises(WebhookRefusedError):
        vector_reader(seconds_later).read(vector_request())


@pytest.mark.parametrize(
    "changes",
    [
        {"body": VECTOR["body"] + "&"},
        {"body": VECTOR["body"].replace("roadrunner", "coyote")},
        {"timestamp": str(int(VECTOR["timestamp"]) + 1)},
        {"timestamp": ""},
        {"timestamp": "now"},
        {"timestamp": "9" * 13},
        {"timestamp": f" {VECTOR['timestamp']}"},
        {"signature": ""},
        {"signature": VECTOR["signature"].upper()},
        {"signature": VECTOR["signature"].removeprefix("v0=")},
        {"signature": VECTOR["signature"] + "0"},
        {"signature": "v0=" + "é" * 64},
    ],
)
def test_what_slack_did_not_sign_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(WebhookRefusedError):
        vector_reader().read(vector_request(**changes))


@pytest.mark.parametrize("secret", ["", "unknown"])
def test_nobody_signs_with_a_secret_that_is_none(secret: str) -> None:
    with pytest.raises(WebhookRefusedError):
        read(an_event(a_message()), secret=secret)


def test_the_signature_is_checked_before_the_body_is_read() -> None:
    with pytest.raises(WebhookRefusedError):
        READER.read(a_request(b"{", secret="wrong"))


def test_slack_learns_that_the_address_is_ours_only_after_its_signature() -> None:
    told = {"type": "url_verification", "challenge": "3eZbrw1aB10FEMAGAZd4FyFQ"}

    assert read(told).answer.body == "3eZbrw1aB10FEMAGAZd4FyFQ"
    with pytest.raises(WebhookRefusedError):
        read(told, secret="wrong")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff", b"[]", b"3", b"null", b"{}", b'{"type": 3}', b"[" * 100_000),
        *(b'{"type": "url_verification"}', b'{"type": "url_verification", "challenge": 1}'),
    ],
)
def test_a_body_that_is_nothing_of_slacks_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhookError):
        READER.read(a_request(body))


@pytest.mark.parametrize("payload", ["{", "[]", "7", '{"actions": []}'])
def test_a_form_without_a_readable_payload_is_malformed(payload: str) -> None:
    body = urlencode({"payload": payload}).encode()

    with pytest.raises(MalformedWebhookError):
        READER.read(a_request(body, content_type=FORM))


@pytest.mark.parametrize("body", [b"ssl_check=1&token=x", b"command=%2Frecado&text=hola", b""])
def test_certificate_checks_and_commands_are_answered_with_nothing(body: bytes) -> None:
    webhook = READER.read(a_request(body, content_type=f"{FORM}; charset=utf-8"))

    assert (webhook.answer.status, webhook.answer.body, webhook.updates) == (200, "", ())


def test_a_direct_message_is_read() -> None:
    assert message() == InboundMessage(
        tenant_id="andinos",
        account_id="andinos",
        provider=Provider.SLACK,
        provider_message_id=f"{CHANNEL}:{TS}",
        sender=(PERSON,),
        at=SENT_AT,
        received_at=NOON,
        type=InboundType.TEXT,
        text="Hola",
    )


def test_an_event_that_comes_again_is_the_same_message() -> None:
    event = an_event(a_message())
    (first,) = read(event).updates
    (again,) = read(
        event, **{"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"}
    ).updates

    assert isinstance(first, InboundMessage)
    assert isinstance(again, InboundMessage)
    assert first.provider_message_id == again.provider_message_id
    assert first.key == again.key


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;", "&lt;"),
        ("vea <https://a.example/x?a=1&amp;b=2>", "vea https://a.example/x?a=1&b=2"),
        ("vea <http://a.example|a.example>", "vea a.example"),
        ("<mailto:ana@a.example|ana@a.example>", "ana@a.example"),
        ("<@U1|luis> y <@U2>", "luis y @U2"),
        ("en <#C1|general> o <#C2|>", "en general o #C2"),
        ("<!here> <!date^1392734382^{date}|18 de febrero>", "@here 18 de febrero"),
        ("", ""),
    ],
)
def test_a_text_is_what_the_person_sees(text: str, shown: str) -> None:
    assert message(text=text).text == shown


def test_an_answer_in_a_thread_names_the_message_that_began_it() -> None:
    assert message(thread_ts="1772452700.000200").refers_to == f"{CHANNEL}:1772452700.000200"
    assert message(thread_ts=TS).refers_to is None


def test_files_come_with_their_address_at_slack() -> None:
    files = [
        {
            "id": "F1",
            "mimetype": "application/pdf",
            "name": "f.pdf",
            "url_private": "https://files.slack.com/f.pdf",
            "url_private_download": "https://files.slack.com/download/f.pdf",
        },
        {"id": "F2", "url_private": "https://files.slack.com/2"},
        {"id": "F3", "file_access": "check_file_info"},
        {"id": "F4", "mode": "tombstone"},
    ]
    told = message(subtype="file_share", text="la factura", files=files)

    assert (told.type, told.text) == (InboundType.MEDIA, "la factura")
    assert told.media == (
        Media(
            mime_type="application/pdf",
            media_id="F1",
            url="https://files.slack.com/download/f.pdf",
            file_name="f.pdf",
        ),
        Media(
            mime_type="application/octet-stream",
            media_id="F2",
            url="https://files.slack.com/2",
        ),
        Media(mime_type="application/octet-stream", media_id="F3"),
    )


def test_a_message_of_blocks_alone_is_still_a_message() -> None:
    assert message(text="", blocks=[{"type": "call"}]).type is InboundType.UNSUPPORTED


@pytest.mark.parametrize(
    "event",
    [
        a_message(bot_id="B1"),
        a_message(subtype="bot_message", bot_id="B1", user=None),
        a_message(subtype="message_changed", user=None),
        a_message(subtype="message_deleted"),
        a_message(channel="C1", channel_type="channel"),
        a_message(channel_type=None),
        a_message(type="app_mention"),
        {"type": "reaction_added"},
        {"type": "tokens_revoked", "tokens": {"oauth": [USER], "bot": []}},
        {"type": "tokens_revoked"},
    ],
)
def test_what_no_person_wrote_to_the_app_is_ignored(event: dict[str, object]) -> None:
    webhook = read(an_event(event))

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


@pytest.mark.parametrize("kind", ["app_rate_limited", "view_submission", "shortcut", "x"])
def test_requests_of_other_kinds_are_answered_and_ignored(kind: str) -> None:
    for webhook in (read({"type": kind}), read_form({"type": kind})):
        assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


@pytest.mark.parametrize(
    "event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["U9"]}}]
)
def test_the_end_of_an_installation_is_an_update_of_the_account(event: dict[str, Any]) -> None:
    assert read(an_event(event)).updates == (
        AccountUpdate(
            tenant_id="andinos",
            account_id="andinos",
            provider=Provider.SLACK,
            subject="app",
            event=event["type"],
            at=SENT_AT.replace(microsecond=0),
            received_at=NOON,
        ),
    )


def test_a_pressed_button_brings_its_title_its_payload_and_its_message() -> None:
    assert press() == InboundMessage(
        tenant_id="andinos",
        account_id="andinos",
        provider=Provider.SLACK,
        provider_message_id=f"{CHANNEL}:1772452700.000200:button_1:{TS}",
        sender=(PERSON,),
        sender_name="ana",
        at=SENT_AT,
        received_at=NOON,
        type=InboundType.BUTTON,
        text="Sí & ya",
        payload="yes",
        refers_to=f"{CHANNEL}:1772452700.000200",
    )


def test_the_same_button_pressed_twice_is_two_answers() -> None:
    assert press().key != press(action_ts="1772452771.000000").key


@pytest.mark.parametrize(
    "told",
    [
        some_presses(),
        some_presses(an_action(value=None, url="https://maps.example")),
        some_presses(an_action(type="static_select")),
        some_presses(an_action(), container={"type": "view", "view_id": "V1"}),
        some_presses(an_action(), actions=None),
    ],
)
def test_what_is_no_press_on_an_answer_is_ignored(told: dict[str, Any]) -> None:
    webhook = read_form(told)

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())


@pytest.mark.parametrize(
    ("team", "secret", "tenant"),
    [
        (ANDINOS, "secret-of-andinos", "andinos"),
        (ANDINOS, "next-of-andinos", "andinos"),
        (ANDINOS, "secret-of-norte", None),
        (NORTE, "secret-of-norte", "norte"),
        (NORTE, "next-of-andinos", None),
        (OPEN, "secret-of-norte", "open"),
        ("T1UNKNOWN", "secret-of-andinos", None),
        (None, "secret-of-andinos", None),
    ],
)
def test_an_app_speaks_for_no_account_of_another(
    team: str | None, secret: str, tenant: str | None
) -> None:
    events = (
        read(an_event(a_message(), team_id=team), secret=secret),
        read_form(some_presses(an_action(), team={"id": team}, user={"id": USER}), secret=secret),
    )
    for webhook in events:
        assert webhook.answer.status == 200
        assert [update.tenant_id for update in webhook.updates] == ([tenant] if tenant else [])


def test_a_shared_channels_event_belongs_to_the_workspace_that_has_the_app() -> None:
    installed = [7, {"team_id": "T1UNKNOWN"}, {"team_id": ANDINOS}]
    (update,) = read(an_event(a_message(), team_id=NORTE, authorizations=installed)).updates

    assert update.tenant_id == "andinos"


def test_an_unknown_workspace_is_logged_without_people(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        read(an_event(a_message(), team_id="T1UNKNOWN"))

    (record,) = caplog.records
    told = str(vars(record))
    assert vars(record)["apps"] == [ANDINOS_APP]
    assert [personal for personal in (USER, "Hola") if personal in told] == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        a_message(user=None),
        a_message(user="not an id"),
        a_message(channel=None),
        a_message(ts=1772452770.0001),
        a_message(ts="soon"),
        a_message(thread_ts="soon"),
        a_message(files=["F1"]),
    ],
)
def test_an_event_that_cannot_be_read_is_kept_without_tokens(event: dict[str, object]) -> None:
    webhook = read(an_event(event))

    assert (webhook.answer.status, webhook.updates) == (200, ())
    (kept,) = webhook.unreadable
    assert json.loads(kept) == {"account_id": "andinos", "event": event}


@pytest.mark.parametrize(
    "action",
    [7, an_action(action_id=None), an_action(action_ts=None), an_action(action_id="a" * 513)],
)
def test_a_press_that_cannot_be_read_is_kept_and_costs_no_other(action: object) -> None:
    webhook = read_form(some_presses(action, an_action()))

    assert len(webhook.updates) == 1
    (kept,) = webhook.unreadable
    assert json.loads(kept) == {
        "account_id": "andinos",
        "event": {"type": "block_actions", "action": action},
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"user": {"id": None, "team_id": ANDINOS}},
        {"container": {"message_ts": 7, "channel_id": CHANNEL}},
        {"container": {"message_ts": TS}, "channel": None},
    ],
)
def test_a_press_by_nobody_or_nowhere_is_kept(fields: dict[str, object]) -> None:
    webhook = read_form(some_presses(an_action(), **fields))

    assert (webhook.updates, len(webhook.unreadable)) == ((), 1)


def test_half_an_emoji_does_not_keep_a_message_out_of_the_queue() -> None:
    told = message(text="gracias \ud83d")

    assert told.text == "gracias ?"
    assert UPDATE.validate_json(told.model_dump_json()) == told


def test_nesting_that_can_just_be_read_can_also_be_kept() -> None:
    depth = 5_000
    head = json.dumps(an_event({}))[:-1].encode()
    nested = b"[" * depth + b"]" * depth
    body = head + b', "event": {"type": "message", "channel_type": "im", "x": ' + nested + b"}}"

    assert len(READER.read(a_request(body)).unreadable) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FILE = st.dictionaries(
    st.sampled_from(["id", "mimetype", "name", "url_private", "mode"]), JSON, max_size=5
)
MESSAGE = st.builds(
    lambda fields: a_message(**fields),
    st.dictionaries(
        st.sampled_from(["text", "user", "channel", "ts", "thread_ts", "subtype", "files"]),
        JSON | st.from_regex(r"<[^>]*>", fullmatch=True) | st.lists(FILE, max_size=2),
    ),
)
EVENT = st.builds(
    lambda event, fields: an_event(event, **fields),
    MESSAGE | JSON | st.just({"type": "app_uninstalled"}),
    st.dictionaries(st.sampled_from(["event_time", "authorizations"]), JSON),
)
PRESSES = st.builds(
    lambda action, fields: some_presses(action, **fields),
    JSON
    | st.builds(
        lambda fields: an_action(**fields),
        st.dictionaries(st.sampled_from(["value", "action_id", "action_ts", "text"]), JSON),
    ),
    st.dictionaries(st.sampled_from(["user", "container", "channel", "actions"]), JSON),
)


@given(EVENT | PRESSES)
def test_any_event_is_read_or_kept_and_what_it_carries_fits_a_queue(told: dict[str, Any]) -> None:
    for webhook in (read(told), read_form(told)):
        assert webhook.answer.status == 200
        for update in webhook.updates:
            assert UPDATE.validate_json(update.model_dump_json()) == update
        for kept in webhook.unreadable:
            assert json.loads(kept)["account_id"] == "andinos"


@given(
    JSON.map(lambda value: json.dumps(value).encode()) | st.binary(),
    st.sampled_from([JSON_TYPE, FORM, "text/plain", ""]),
)
def test_any_signed_body_is_read_or_malformed(body: bytes, content_type: str) -> None:
    try:
        webhook = READER.read(a_request(body, content_type=content_type))
    except MalformedWebhookError:
        return
    assert webhook.answer.status == 200
