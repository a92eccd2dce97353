"""Meta's webhooks at their edges: who may speak for whom, what is kept, and nothing that breaks."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from recado.adapters.webhooks.meta import MetaWebhookReader
from recado.adapters.webhooks.meta_whatsapp_accounts import ACCOUNT_FIELDS
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.receipts import Receipt, ReceiptStatus
from recado.domain.updates import (
    AccountUpdate,
    Identity,
    IdentityChange,
    IdentityKind,
    InboundMessage,
    InboundType,
    Media,
    SharedContact,
    Update,
)
from recado.ports.webhooks import Webhook, WebhookRequest
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.webhooks import FakeWebhookAccounts, FakeWebhookSecrets

VECTORS_FILE = Path(__file__).parents[3] / "vectors" / "meta_signature.json"
VECTORS = json.loads(VECTORS_FILE.read_text())["requests"]

URL = "https://recado.example/webhooks/meta"
OUR_APP, NORTES_APP = "111", "222"
OUR_SECRET, NORTES_SECRET = "our-secret", "nortes-secret"
APPS = {
    OUR_APP: {"app_secret": OUR_SECRET, "verify_token": "our-token"},
    NORTES_APP: {"app_secret": NORTES_SECRET, "verify_token": "nortes-token"},
}
ANDINOS_NUMBER, NORTES_NUMBER, SHARED_NUMBER = "1001", "1002", "1003"
BUSINESS = "9001"
AT = datetime(2026, 3, 2, 11, 59, 30, tzinfo=UTC)
SECONDS = str(int(AT.timestamp()))
PERSON, OTHER_PERSON = "593991234567", "593987654321"
USER, PARENT = "EC.13491208655302741918", "EC.ENT.11815799212886844830"
NEW_USER, NEW_PARENT = "EC.24817305912873645029", "EC.ENT.2"
UPDATE: TypeAdapter[Update] = TypeAdapter(Update)


def an_account(tenant_id: str, number_id: str, **settings: str) -> ChannelAccount:
    return ChannelAccount(
        tenant_id=tenant_id,
        account_id=f"whatsapp-{number_id}",
        provider=Provider.WHATSAPP_CLOUD,
        settings={"phone_number_id": number_id, **settings},
    )


ANDINOS = an_account("andinos", ANDINOS_NUMBER, app_id=OUR_APP)
ACCOUNTS = FakeWebhookAccounts(
    (ANDINOS_NUMBER, ANDINOS),
    (f"waba:{BUSINESS}", ANDINOS),
    (NORTES_NUMBER, an_account("norte", NORTES_NUMBER, app_id=NORTES_APP)),
    (SHARED_NUMBER, an_account("comun", SHARED_NUMBER)),
)


class CountedAccounts(FakeWebhookAccounts):
    """Says how often it was asked."""

    asked = 0

    def by_external_id(self, provider: Provider, external_id: str) -> ChannelAccount | None:
        self.asked += 1
        return super().by_external_id(provider, external_id)


def a_reader(
    apps: dict[str, dict[str, str]] = APPS, accounts: FakeWebhookAccounts = ACCOUNTS
) -> MetaWebhookReader:
    return MetaWebhookReader(FakeWebhookSecrets(meta=apps), accounts, FakeClock())


def signature(body: bytes, secret: str) -> str:
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def a_post(body: bytes, header: str | None = None, secret: str = OUR_SECRET) -> WebhookRequest:
    headers = {"x-hub-signature-256": signature(body, secret) if header is None else header}
    return WebhookRequest(method="POST", url=URL, headers=headers, body=body)


def read(envelope: object, secret: str = OUR_SECRET) -> Webhook:
    return a_reader().read(a_post(json.dumps(envelope).encode(), secret=secret))


def envelope_of(*entries: object) -> dict[str, object]:
    return {"object": "whatsapp_business_account", "entry": list(entries)}


def an_entry(*changes: object, **fields: object) -> dict[str, object]:
    return {"id": BUSINESS, "changes": list(changes), **fields}


def a_change(number_id: str = ANDINOS_NUMBER, **value: object) -> dict[str, object]:
    metadata = {"display_phone_number": "12025550100", "phone_number_id": number_id}
    return {"field": "messages", "value": {"metadata": metadata, **value}}


def a_status(status: object = "delivered", **fields: object) -> dict[str, object]:
    return {"id": "wamid.1", "status": status, "timestamp": SECONDS, **fields}


def a_message(kind: str = "text", **fields: object) -> dict[str, Any]:
    return {"from": PERSON, "id": "wamid.in", "timestamp": SECONDS, "type": kind, **fields}


def a_text(body: str = "hola", **fields: object) -> dict[str, Any]:
    return a_message(text={"body": body}, **fields)


def read_change(change: object) -> Webhook:
    return read(envelope_of(an_entry(change)))


def kept_of(webhook: Webhook) -> list[Any]:
    """The entries that could not be read, each the only one of its request."""
    kept = [json.loads(text) for text in webhook.unreadable]
    assert kept == [envelope_of(*each["entry"][:1]) for each in kept]
    return [each["entry"][0] for each in kept]


def inbound_of(message: object, *contacts: object) -> InboundMessage:
    webhook = read_change(a_change(messages=[message], contacts=list(contacts)))
    assert webhook.unreadable == ()
    (update,) = webhook.updates
    assert isinstance(update, InboundMessage)
    return update


def identity_changes_of(change: object) -> list[tuple[str, str]]:
    updates = read_change(change).updates
    changes = [update for update in updates if isinstance(update, IdentityChange)]
    assert len(changes) == len(updates)
    return [(update.old.value, update.new.value) for update in changes]


# Who may speak.


@pytest.mark.parametrize("vector", VECTORS)
def test_the_published_rule_for_signatures_is_the_one_that_is_kept(vector: dict[str, str]) -> None:
    reader = a_reader({"1": {"app_secret": vector["app_secret"]}})
    body = vector["body"].encode()
    assert reader.read(a_post(body, vector["signature"])).answer.status == 200
    with pytest.raises(WebhookRefusedError):
        reader.read(a_post(body.replace(b",", b" ,"), vector["signature"]))


GOOD_SIGNATURE = signature(b"{}", OUR_SECRET)


@pytest.mark.parametrize(
    "header",
    [
        GOOD_SIGNATURE.removeprefix("sha256="),
        GOOD_SIGNATURE.replace("sha256", "sha1"),
        GOOD_SIGNATURE[:-1],
        GOOD_SIGNATURE + "0",
        GOOD_SIGNATURE + "\n",
        GOOD_SIGNATURE.upper(),
        "sha256=" + "ñ" * 64,
    ],
)
def test_a_signature_that_is_almost_right_is_refused(header: str) -> None:
    with pytest.raises(WebhookRefusedError):
        a_reader().read(a_post(b"{}", header))


def test_any_other_method_needs_a_signature_too() -> None:
    with pytest.raises(WebhookRefusedError):
        a_reader().read(WebhookRequest(method="HEAD", url=URL))


def test_an_app_without_secrets_is_nobodys_way_in() -> None:
    reader = a_reader({"1": {"app_secret": "", "verify_token": ""}, "2": {}})
    query = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}
    for request in (
        a_post(b"{}", secret=""),
        WebhookRequest(method="GET", url=URL, query=query),
        WebhookRequest(method="GET", url=URL),
    ):
        with pytest.raises(WebhookRefusedError):
            reader.read(request)


@pytest.mark.parametrize(
    "changed",
    [
        {"hub.mode": "unsubscribe"},
        {"hub.verify_token": "señal"},
        {"hub.challenge": "1\n"},
        {"hub.challenge": "1" * 201},
    ],
)
def test_a_challenge_is_answered_only_as_meta_asks_it(changed: dict[str, str]) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "our-token", "hub.challenge": "a-_9"}
    asked = WebhookRequest(method="GET", url=URL, query=query)
    assert a_reader().read(asked).answer.body == "a-_9"
    with pytest.raises(WebhookRefusedError):
        a_reader().read(asked.model_copy(update={"query": {**query, **changed}}))


@pytest.mark.parametrize(
    ("secret", "number_id", "is_served"),
    [
        (OUR_SECRET, ANDINOS_NUMBER, True),
        (OUR_SECRET, NORTES_NUMBER, False),
        (NORTES_SECRET, NORTES_NUMBER, True),
        (NORTES_SECRET, ANDINOS_NUMBER, False),
        (OUR_SECRET, SHARED_NUMBER, True),
        (NORTES_SECRET, SHARED_NUMBER, True),
    ],
)
def test_an_app_speaks_only_for_its_own_accounts_and_for_those_that_name_no_app(
    secret: str, number_id: str, is_served: bool
) -> None:
    change = a_change(number_id, statuses=[a_status(), 7])
    webhook = read(envelope_of(an_entry(change)), secret)
    assert webhook.answer.status == 200
    assert (len(webhook.updates), len(webhook.unreadable)) == (is_served, is_served)


def test_an_app_does_not_speak_for_another_apps_business_account() -> None:
    change = {"field": "account_update", "value": {"event": "DISABLED_UPDATE"}}
    assert len(read_change(change).updates) == 1
    assert read(envelope_of(an_entry(change)), NORTES_SECRET).updates == ()


def test_while_a_secret_is_rotated_both_speak_for_the_app() -> None:
    reader = a_reader({**APPS, "111-next": {"app_secret": "next-secret", "app_id": OUR_APP}})
    body = json.dumps(envelope_of(an_entry(a_change(statuses=[a_status()])))).encode()
    for secret in (OUR_SECRET, "next-secret"):
        assert len(reader.read(a_post(body, secret=secret)).updates) == 1


def test_a_phone_number_id_cannot_pass_for_a_business_account() -> None:
    webhook = read_change(a_change(f"waba:{BUSINESS}", statuses=[a_status()]))
    assert (webhook.updates, len(webhook.unreadable)) == ((), 1)


# Whole requests.


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{}",
        b'{"object":7,"entry":[]}',
        b'{"object":"whatsapp_business_account"}',
        b'{"object":"whatsapp_business_account","entry":{}}',
        b'{"object":"whatsapp_business_account","entry":[NaN]}',
    ],
)
def test_a_signed_body_that_is_no_webhook_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhookError):
        a_reader().read(a_post(body))


def test_webhooks_of_another_product_are_answered_and_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    webhook = read({"object": "user", "entry": [{"id": "1", "changes": []}]})
    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())
    assert "another product" in caplog.text


def test_emoji_are_read_from_both_ways_to_write_them() -> None:
    envelope = envelope_of(an_entry(a_change(messages=[a_text("¡listo! 🚗")])))
    for is_escaped in (True, False):
        body = json.dumps(envelope, ensure_ascii=is_escaped).encode()
        (update,) = a_reader().read(a_post(body)).updates
        assert isinstance(update, InboundMessage)
        assert update.text == "¡listo! 🚗"


def test_a_thousand_updates_of_one_post_are_read_with_one_look_at_each_account() -> None:
    accounts = CountedAccounts((ANDINOS_NUMBER, ANDINOS), (SHARED_NUMBER, ANDINOS))
    entries = [
        an_entry(
            a_change(
                (ANDINOS_NUMBER, SHARED_NUMBER)[n % 2],
                statuses=[a_status(id=f"s{n}")],
                messages=[a_text(id=f"m{n}")],
            )
        )
        for n in range(500)
    ]
    body = json.dumps(envelope_of(*entries)).encode()
    updates = a_reader(accounts=accounts).read(a_post(body)).updates
    ids = {u.provider_message_id for u in updates if isinstance(u, InboundMessage | Receipt)}
    assert (len(updates), len(ids), accounts.asked) == (1000, 1000, 2)


def test_receipts_keep_the_order_and_the_times_in_which_they_came() -> None:
    words = ("read", "failed", "delivered", "sent")
    statuses = [a_status(word, timestamp=str(int(SECONDS) - n)) for n, word in enumerate(words)]
    updates = read_change(a_change(statuses=statuses)).updates
    found = [(u.status, (AT - u.at).seconds) for u in updates if isinstance(u, Receipt)]
    assert found == [(ReceiptStatus(word), n) for n, word in enumerate(words)]


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("statuses", None),
        ("statuses", 7),
        ("statuses", {"status": "sent"}),
        ("statuses", a_status(["sent"])),
        ("statuses", a_status(id="x" * 513)),
        ("messages", []),
        ("messages", {"type": "text"}),
        ("messages", a_message(text={})),
        ("messages", a_text(id=7)),
        ("messages", {**a_text(), "from": "someone"}),
        ("messages", a_message("image", image="photo")),
        ("messages", a_message("location", location={"latitude": 91, "longitude": 0})),
        ("messages", a_message("location", location={"latitude": True, "longitude": 0})),
        ("messages", a_message("contacts", contacts={"name": {}})),
        ("messages", a_message("interactive", interactive={"type": "button_reply"})),
        ("messages", a_message("reaction", reaction={"emoji": "👍"})),
        ("messages", a_message("revoke", revoke={})),
        ("messages", a_message("system", system={"type": "user_became_a_cat"})),
    ],
)
def test_one_unreadable_element_is_kept_alone_and_costs_the_others_nothing(
    name: str, broken: object
) -> None:
    given: dict[str, list[object]] = {"statuses": [a_status()], "messages": [a_text()]}
    given[name] = [broken, *given[name]]
    webhook = read(envelope_of(an_entry(a_change(**given), 7), an_entry(a_change(**given))))
    assert sorted(update.kind for update in webhook.updates) == ["message"] * 2 + ["receipt"] * 2
    first, second, third = kept_of(webhook)
    assert first == third
    assert first["changes"][0]["value"][name] == [broken]
    assert set(first["changes"][0]["value"]) <= {"metadata", "contacts", name}
    assert second == an_entry(7)


def test_what_was_kept_unreadable_is_read_by_a_release_that_understands_it() -> None:
    contact = {"wa_id": PERSON, "profile": {"name": "Ana"}}
    change = a_change(messages=[a_message(text={}), a_text("otra")], contacts=[contact])
    (kept,) = read_change(change).unreadable
    mended = json.loads(kept.replace('"text": {}', '"text": {"body": "hola"}'))
    (update,) = read(mended).updates
    assert isinstance(update, InboundMessage)
    assert (update.text, update.sender_name, update.tenant_id) == ("hola", "Ana", "andinos")


@pytest.mark.parametrize("entry", [7, {}, {"id": BUSINESS}, {"changes": {"field": "messages"}}])
def test_an_entry_without_changes_is_kept_whole(entry: object) -> None:
    webhook = read(envelope_of(entry, an_entry(a_change(statuses=[a_status()]))))
    assert len(webhook.updates) == 1
    assert kept_of(webhook) == [entry]


@pytest.mark.parametrize("field", ["smb_message_echoes", "calls", "history"])
def test_fields_that_are_not_served_are_left_out(field: str) -> None:
    webhook = read_change({"field": field, "value": {"calls": [1]}})
    assert (webhook.updates, webhook.unreadable) == ((), ())


def test_a_failures_first_code_counts_and_no_other_status_has_one() -> None:
    errors = [{"code": 131042}, {"code": 131026}]
    statuses = [a_status("failed", errors=errors), a_status("delivered", errors=errors)]
    updates = read_change(a_change(statuses=statuses)).updates
    codes = [u.failure and u.failure.code for u in updates if isinstance(u, Receipt)]
    assert codes == ["131042", None]


@pytest.mark.parametrize("code", [True, 10**30, -1, None, {}])
def test_a_code_that_is_none_is_told_as_such(code: object) -> None:
    change = a_change(statuses=[a_status("failed", errors=[{"code": code}])])
    (update,) = read_change(change).updates
    assert isinstance(update, Receipt)
    assert update.failure is not None
    assert update.failure.code == "no_error_code"


# Who wrote.


def without_phone(**fields: object) -> dict[str, Any]:
    message = a_text(**fields)
    del message["from"]
    return message


@pytest.mark.parametrize(
    ("message", "contact", "names"),
    [
        (without_phone(from_user_id=USER), {}, [USER]),
        (
            a_text(from_user_id=USER, from_parent_user_id=PARENT),
            {},
            [f"+{PERSON}", USER, PARENT],
        ),
        (
            without_phone(from_user_id=USER),
            {"user_id": USER, "parent_user_id": PARENT, "wa_id": PERSON},
            [f"+{PERSON}", USER, PARENT],
        ),
        (a_text(), {"wa_id": PERSON, "user_id": USER}, [f"+{PERSON}", USER]),
        ({**a_text(), "from": USER}, {"wa_id": USER}, [USER]),
        ({**a_text(), "from": PARENT}, {"wa_id": PARENT}, [PARENT]),
        ({**a_text(), "from": f"+{PERSON}"}, {}, [f"+{PERSON}"]),
    ],
)
def test_a_person_is_known_by_phone_then_user_id_then_parent_wherever_they_stand(
    message: dict[str, Any], contact: dict[str, Any], names: list[str]
) -> None:
    found = inbound_of(message, {**contact, "profile": {"username": "ana.ec"}})
    kinds = {USER: IdentityKind.META_USER, PARENT: IdentityKind.META_PARENT_USER}
    assert found.sender == tuple(
        Identity(kind=kinds.get(name, IdentityKind.PHONE), value=name) for name in names
    )
    assert found.sender_name == ("ana.ec" if contact else None)


def test_each_message_of_a_batch_has_the_name_of_its_own_sender() -> None:
    people = {PERSON: "Ana", OTHER_PERSON: "Luis", "593990000003": "Eva"}
    contacts = [{"wa_id": phone, "profile": {"name": name}} for phone, name in people.items()]
    messages = [{**a_text(), "from": phone} for phone in [*reversed(people), "593990000004"]]
    updates = read_change(a_change(messages=messages, contacts=contacts)).updates
    names = [update.sender_name for update in updates if isinstance(update, InboundMessage)]
    assert names == ["Eva", "Luis", "Ana", None]


# What was written.


def test_a_file_may_come_with_an_address_and_without_a_type() -> None:
    found = inbound_of(a_message("image", image={"url": "https://lookaside.example/1"}))
    media = Media(mime_type="application/octet-stream", url="https://lookaside.example/1")
    assert (found.type, found.media) == (InboundType.MEDIA, (media,))


def test_a_file_that_meta_cannot_give_is_unsupported_and_keeps_its_caption() -> None:
    message = a_message("video", video={"caption": "mira"}, errors=[{"code": 131052}])
    found = inbound_of(message)
    assert (found.type, found.text, found.media) == (InboundType.UNSUPPORTED, "mira", ())


def test_contact_cards_have_the_number_that_whatsapp_knows_or_else_the_one_that_is_written() -> (
    None
):
    written = [{"phone": "099 123", "wa_id": PERSON}, {"phone": "+1 (202) 555-0100"}, {}]
    cards = [{"name": {"formatted_name": "Ana Paz"}, "phones": written}, {"phones": None}]
    assert inbound_of(a_message("contacts", contacts=cards)).contacts == (
        SharedContact(name="Ana Paz", phones=(f"+{PERSON}", "+12025550100")),
        SharedContact(),
    )


@pytest.mark.parametrize(
    ("answers", "payload"),
    [
        ('{"flow_token": "t", "day": 1}', '{"flow_token": "t", "day": 1}'),
        ('["Monday"]', '["Monday"]'),
        ("7", "7"),
        ("not json", "not json"),
        ("", None),
        (None, None),
        ({"day": 1}, '{"day": 1}'),
    ],
)
def test_a_forms_answers_are_kept_as_they_were_written_whatever_json_they_are(
    answers: object, payload: str | None
) -> None:
    reply = {"name": "flow", "body": "Enviado", "response_json": answers}
    message = a_message("interactive", interactive={"type": "nfm_reply", "nfm_reply": reply})
    found = inbound_of(message)
    assert (found.type, found.text, found.payload) == (InboundType.FORM, "Enviado", payload)


def test_an_order_carries_its_items_for_programs() -> None:
    order = {"catalog_id": "c", "text": "para hoy", "product_items": [{"quantity": 2}]}
    found = inbound_of(a_message("order", order=order))
    assert (found.type, found.text) == (InboundType.ORDER, "para hoy")
    assert json.loads(found.payload or "") == order


def test_an_edit_carries_the_new_content_and_names_the_message_that_it_replaces() -> None:
    new = {"type": "image", "image": {"id": "7", "mime_type": "image/png", "caption": "mejor"}}
    edit = {"original_message_id": "wamid.q", "message": {**new, "context": {"id": "wamid.z"}}}
    found = inbound_of(a_message("edit", edit=edit))
    assert (found.type, found.text, found.refers_to) == (InboundType.EDIT, "mejor", "wamid.q")
    assert found.media == (Media(mime_type="image/png", media_id="7"),)


def test_an_edit_whose_content_is_unknown_does_not_empty_the_message() -> None:
    edit = {"original_message_id": "wamid.q", "message": {"type": "hologram"}}
    found = inbound_of(a_message("edit", edit=edit))
    assert (found.type, found.refers_to) == (InboundType.UNSUPPORTED, "wamid.q")


def test_edits_inside_edits_are_unreadable() -> None:
    message: dict[str, Any] = {"type": "text", "text": {"body": "x"}}
    for _ in range(900):
        message = {"type": "edit", "edit": {"original_message_id": "q", "message": message}}
    webhook = read_change(a_change(messages=[{**a_message("edit"), **message}, a_text()]))
    assert (len(webhook.updates), len(webhook.unreadable)) == (1, 1)


@pytest.mark.parametrize(
    "message",
    [
        a_message("unsupported", unsupported={"type": "poll"}),
        a_message("interactive"),
        a_message("interactive", interactive={"type": "call_permission_reply"}),
        a_message("interactive", interactive={"type": ["list_reply"]}),
        a_message("request_welcome"),
        {**a_message(), "type": None},
        {**a_message(), "type": ["text"]},
    ],
)
def test_what_we_do_not_know_is_an_unsupported_message_of_that_person(
    message: dict[str, Any],
) -> None:
    found = inbound_of(message)
    person = Identity(kind=IdentityKind.PHONE, value=f"+{PERSON}")
    assert (found.type, found.text, found.sender) == (InboundType.UNSUPPORTED, "", (person,))


def test_half_of_an_emoji_costs_one_sign_and_not_the_message() -> None:
    assert inbound_of(a_text("hola \ud83d")).text == "hola ?"


# People change their names.


def a_system_message(kind: str, system: dict[str, object], **fields: object) -> dict[str, object]:
    message = {"id": "wamid.s", "timestamp": SECONDS, "type": "system", **fields}
    return a_change(messages=[{**message, "system": {"type": kind, **system}}])


@pytest.mark.parametrize(
    ("kind", "system", "fields", "changes"),
    [
        (
            "user_changed_number",
            {"wa_id": OTHER_PERSON, "new_wa_id": ""},
            {"from": PERSON},
            [(f"+{PERSON}", f"+{OTHER_PERSON}")],
        ),
        (
            "customer_changed_number",
            {"new_wa_id": OTHER_PERSON, "wa_id": PERSON},
            {"from": PERSON},
            [(f"+{PERSON}", f"+{OTHER_PERSON}")],
        ),
        (
            "user_changed_number",
            {"wa_id": OTHER_PERSON, "user_id": NEW_USER},
            {"from": PERSON, "from_user_id": USER},
            [(f"+{PERSON}", f"+{OTHER_PERSON}"), (USER, NEW_USER)],
        ),
        (
            "user_changed_number",
            {"wa_id": OTHER_PERSON, "user_id": USER},
            {"from": PERSON, "from_user_id": USER},
            [(f"+{PERSON}", f"+{OTHER_PERSON}")],
        ),
        # The new number is hidden: only the user id leads on.
        ("user_changed_number", {"user_id": USER}, {"from": PERSON}, [(f"+{PERSON}", USER)]),
        (
            "user_changed_user_id",
            {"previous_user_id": USER, "user_id": NEW_USER, "wa_id": PERSON},
            {"from": PERSON},
            [(USER, NEW_USER)],
        ),
        (
            "user_changed_user_id",
            {"previous_user_id": USER, "user_id": NEW_USER},
            {"from": NEW_USER, "from_user_id": NEW_USER},
            [(USER, NEW_USER)],
        ),
        (
            "user_changed_user_id",
            {"user_id": NEW_USER, "parent_user_id": NEW_PARENT},
            {"from_user_id": USER, "from_parent_user_id": PARENT},
            [(USER, NEW_USER), (PARENT, NEW_PARENT)],
        ),
        ("user_changed_user_id", {"user_id": NEW_USER}, {"from": USER}, [(USER, NEW_USER)]),
        # A number that stays must not be taken for the old name of the new user id.
        ("user_changed_user_id", {"user_id": NEW_USER}, {"from": PERSON}, []),
        ("customer_identity_changed", {"wa_id": OTHER_PERSON}, {"from": PERSON}, []),
    ],
)
def test_a_system_message_says_which_name_became_which(
    kind: str,
    system: dict[str, object],
    fields: dict[str, object],
    changes: list[tuple[str, str]],
) -> None:
    assert identity_changes_of(a_system_message(kind, system, **fields)) == changes


def test_an_update_of_user_ids_links_the_old_with_the_new() -> None:
    update = {
        "wa_id": PERSON,
        "user_id": {"previous": USER, "current": NEW_USER},
        "parent_user_id": {"previous": PARENT, "current": NEW_PARENT},
        "timestamp": SECONDS,
    }
    change = {**a_change(user_id_update=[update]), "field": "user_id_update"}
    assert identity_changes_of(change) == [(USER, NEW_USER), (PARENT, NEW_PARENT)]
    broken = {**a_change(user_id_update=[{"user_id": USER}]), "field": "user_id_update"}
    assert len(read_change(broken).unreadable) == 1


# Accounts and templates.

TEMPLATE = {"message_template_name": "cita", "message_template_language": "es-MX"}


@pytest.mark.parametrize(
    ("field", "value", "subject", "event", "detail"),
    [
        (
            "message_template_status_update",
            {**TEMPLATE, "event": "APPROVED", "reason": "NONE"},
            "template:cita/es_MX",
            "APPROVED",
            "",
        ),
        (
            "message_template_status_update",
            {**TEMPLATE, "event": "PAUSED", "other_info": {"title": "FIRST_PAUSE"}},
            "template:cita/es_MX",
            "PAUSED",
            'other_info: {"title": "FIRST_PAUSE"}',
        ),
        (
            "message_template_quality_update",
            {**TEMPLATE, "previous_quality_score": "GREEN", "new_quality_score": "RED"},
            "template:cita/es_MX",
            "RED",
            "previous_quality_score: GREEN",
        ),
        (
            "template_category_update",
            {**TEMPLATE, "new_category": "UTILITY", "correct_category": "MARKETING"},
            "template:cita/es_MX",
            "UTILITY",
            "correct_category: MARKETING",
        ),
        (
            "message_template_components_update",
            TEMPLATE,
            "template:cita/es_MX",
            "message_template_components_update",
            "",
        ),
        (
            "phone_number_quality_update",
            {"display_phone_number": "1202", "event": "ONBOARDING", "current_limit": "TIER_1K"},
            "phone_number",
            "ONBOARDING",
            "display_phone_number: 1202, current_limit: TIER_1K",
        ),
        (
            "phone_number_name_update",
            {"decision": "APPROVED", "rejection_reason": "NONE"},
            "phone_number",
            "APPROVED",
            "",
        ),
        (
            "account_update",
            {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"expiration": 1}]},
            "account",
            "ACCOUNT_RESTRICTION",
            'restriction_info: [{"expiration": 1}]',
        ),
        ("account_review_update", {"decision": "APPROVED"}, "account", "APPROVED", ""),
        (
            "account_alerts",
            {"entity_type": "BUSINESS", "alert_info": {"alert_type": "OBA_REJECTED"}},
            "account",
            "OBA_REJECTED",
            "entity_type: BUSINESS",
        ),
        ("account_alerts", {"alert_type": "OBA_APPROVED"}, "account", "OBA_APPROVED", ""),
        (
            "business_capability_update",
            {"max_daily_conversations_per_business": 2000, "max_phone_numbers_per_waba": 25},
            "account",
            "business_capability_update",
            "max_daily_conversations_per_business: 2000, max_phone_numbers_per_waba: 25",
        ),
    ],
)
@pytest.mark.parametrize(("time", "at"), [({"time": int(SECONDS)}, AT), ({}, NOON)])
def test_what_befalls_a_template_a_number_or_the_account_is_an_account_update(
    field: str,
    value: dict[str, object],
    subject: str,
    event: str,
    detail: str,
    time: dict[str, object],
    at: datetime,
) -> None:
    entry = an_entry({"field": field, "value": value}, **time)
    assert read(envelope_of(entry)).updates == (
        AccountUpdate(
            tenant_id="andinos",
            account_id=ANDINOS.account_id,
            provider=Provider.WHATSAPP_CLOUD,
            subject=subject,
            event=event,
            detail=detail,
            at=at,
            received_at=NOON,
        ),
    )


def test_a_long_detail_is_cut() -> None:
    value = {"event": "X", "ban_info": {"why": "w" * 5000}}
    (update,) = read_change({"field": "account_update", "value": value}).updates
    assert isinstance(update, AccountUpdate)
    assert len(update.detail) == 1000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_update", {}),
        ("account_update", {"event": 7}),
        ("account_update", ["event"]),
        ("message_template_status_update", {"event": "APPROVED"}),
    ],
)
def test_an_account_update_that_cannot_be_read_is_kept_with_its_time(
    field: str, value: object
) -> None:
    entry = an_entry({"field": field, "value": value}, time=int(SECONDS))
    webhook = read(envelope_of(entry))
    assert webhook.updates == ()
    assert kept_of(webhook) == [entry]


# Anything may come under a right signature.

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None), max_size=20)
    | st.sampled_from([SECONDS, PERSON, USER, ANDINOS_NUMBER, "sent", "failed", "text", "system"])
)
NAMES = st.text(max_size=5) | st.sampled_from(
    [
        *("id", "from", "type", "status", "timestamp", "errors", "code", "pricing", "category"),
        *("text", "body", "image", "interactive", "nfm_reply", "response_json", "reaction"),
        *("system", "user_id", "previous", "wa_id", "edit", "message", "context", "contacts"),
        *("name", "phones", "profile", "location", "latitude", "longitude", "event", "reason"),
    ]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
TYPES = st.sampled_from(
    [
        *("text", "image", "location", "contacts", "interactive", "button", "reaction"),
        *("order", "edit", "revoke", "system", "unsupported"),
    ]
)
PARTS = st.sampled_from(
    [
        {"body": "x"},
        {"id": "7", "mime_type": "x/y"},
        {"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}},
        {"type": "user_changed_user_id", "user_id": USER},
        {"message_id": "q", "original_message_id": "q", "message": {"type": "text"}},
    ]
)


@st.composite
def disturbed_messages(draw: st.DrawFn) -> dict[str, Any]:
    """Messages that are almost right: a type with some part, and fields that are anything."""
    kind = draw(TYPES)
    message = a_message(kind, **{kind: draw(PARTS | JSON)})
    return {**message, **draw(st.dictionaries(NAMES, JSON, max_size=2))}


def disturbed(fields: dict[str, object]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(NAMES, JSON, max_size=3).map(lambda drawn: {**fields, **drawn})


def read_safely(envelope: object) -> Webhook | None:
    """What a post means, None when it is malformed; all of it fits a queue."""
    try:
        webhook = read(envelope)
    except MalformedWebhookError:
        return None
    assert webhook.answer.status == 200
    for update in webhook.updates:
        assert UPDATE.validate_json(UPDATE.dump_json(update)) == update
    for text in webhook.unreadable:
        json.loads(text)
    return webhook


@given(JSON | st.builds(envelope_of, JSON) | st.builds(envelope_of, st.builds(an_entry, JSON)))
def test_signed_json_is_read_or_malformed_and_never_breaks_the_reader(envelope: object) -> None:
    webhook = read_safely(envelope)
    is_envelope = isinstance(envelope, dict) and isinstance(envelope.get("entry"), list)
    assert (webhook is not None) == (is_envelope and "object" in dict(envelope))


@given(
    st.lists(disturbed_messages() | JSON, max_size=3),
    st.lists(disturbed({"wa_id": PERSON, "user_id": USER}) | JSON, max_size=2),
    st.lists(disturbed(a_status()) | disturbed(a_status("failed")) | JSON, max_size=3),
    JSON,
)
def test_whatever_stands_in_a_conversation_every_good_element_is_read(
    messages: list[object], contacts: list[object], statuses: list[object], errors: object
) -> None:
    change = a_change(
        messages=[*messages, a_text(id="good")],
        contacts=contacts,
        statuses=[*statuses, a_status(id="good")],
        errors=errors,
    )
    good = a_change(statuses=[a_status(id="good")])
    webhook = read_safely(envelope_of(an_entry(change, good)))
    assert webhook is not None
    updates = webhook.updates
    ids = [u.provider_message_id for u in updates if isinstance(u, InboundMessage | Receipt)]
    assert ids.count("good") == 3


@given(st.sampled_from(sorted(ACCOUNT_FIELDS)), st.dictionaries(NAMES, JSON) | JSON, JSON)
def test_whatever_stands_in_an_account_webhook_is_read_or_kept(
    field: str, value: object, time: object
) -> None:
    change = {"field": field, "value": value}
    webhook = read_safely(envelope_of(an_entry(change, time=time)))
    assert webhook is not None
    assert len(webhook.updates) + len(webhook.unreadable) == 1


@given(st.binary(max_size=200))
def test_signed_bytes_that_are_no_webhook_are_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhookError):
        a_reader().read(a_post(body))


@pytest.mark.parametrize("depth", [500, 9_000, *range(9_980, 10_000), 20_000, 100_000])
def test_json_of_any_depth_is_kept_or_malformed(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    body = json.dumps(envelope_of(an_entry(a_change(messages=["X"])))).replace('"X"', nested)
    try:
        kept = a_reader().read(a_post(body.encode())).unreadable
    except MalformedWebhookError:
        kept = ()
    assert len(kept) == 1 or depth > 9_000
    assert all(nested in text for text in kept)


def test_nothing_of_a_person_is_logged_whatever_comes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    messages = [
        a_text("secreto", group_id="g"),
        a_message("system", system={"type": "customer_identity_changed", "body": "secreto"}),
        a_message("system", system={"type": "user_changed_user_id", "user_id": USER}),
        a_message("text", text="secreto"),
    ]
    statuses = [a_status("odd"), a_status("failed", errors=[{"code": 139999, "title": "secreto"}])]
    errors = [{"code": 131000, "details": PERSON}]
    ours = a_change(messages=messages, statuses=statuses, errors=errors)
    nobodys = a_change("5555", messages=messages)
    calls = {"field": "calls", "value": {"from": PERSON}}
    read(envelope_of(an_entry(ours, nobodys, calls)))
    told = [str(record.__dict__) for record in caplog.records]
    assert len(told) == 8
    assert not [line for line in told if "secreto" in line or PERSON in line or USER in line]
