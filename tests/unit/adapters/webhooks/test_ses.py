"""SES's events: which failures they are, whom they name, and what is kept."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from recado.adapters.channels.ses import TAG_NAME, tag_value
from recado.adapters.webhooks.ses import SesEventReader
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.directory import SuppressionReason
from recado.domain.errors import MalformedWebhookError
from recado.domain.receipts import FailureKind, Receipt, ReceiptStatus
from recado.domain.updates import Update
from recado.ports.webhooks import Webhook
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.webhooks import FakeWebhookAccounts

SOURCE = "avisos@andinos.example"
TAG = "ntf_01J9ZC.2"
SENT_AT = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
TOLD_AT = datetime(2026, 3, 2, 11, 30, 2, 669000, tzinfo=UTC)
UPDATE: TypeAdapter[Update] = TypeAdapter(Update)
READER = SesEventReader(
    FakeWebhookAccounts(
        (SOURCE, ChannelAccount(tenant_id="andinos", account_id="mail", provider=Provider.SES)),
        (
            "configuration_set:norte",
            ChannelAccount(tenant_id="norte", account_id="mail-n", provider=Provider.SES),
        ),
    ),
    FakeClock(),
)


def an_event(kind: str, *, mail: dict[str, Any] | None = None, **parts: object) -> dict[str, Any]:
    return {
        "eventType": kind,
        "mail": {
            "timestamp": "2026-03-02T11:00:00.000Z",
            "source": f"Taller Andinos <{SOURCE}>",
            "messageId": "0100-1",
            "destination": ["ana@example.com"],
            "tags": {TAG_NAME: [tag_value(TAG)], "ses:configuration-set": ["shared"]},
            **(mail or {}),
        },
        **parts,
    }


def a_bounce(
    bounce_type: object, subtype: object = "General", addresses: tuple[str, ...] = ("ana@e.com",)
) -> dict[str, Any]:
    recipients = [
        {"emailAddress": address, "status": "5.1.1", "diagnosticCode": f"550 no {address}"}
        for address in addresses
    ]
    bounce = {
        "bounceType": bounce_type,
        "bounceSubType": subtype,
        "bouncedRecipients": recipients,
        "timestamp": "2026-03-02T11:30:02.669Z",
    }
    return an_event("Bounce", bounce=bounce)


def a_complaint(**fields: object) -> dict[str, Any]:
    recipients = [{"emailAddress": "ana@e.com"}]
    return an_event("Complaint", complaint={"complainedRecipients": recipients, **fields})


def a_delivery(*recipients: object) -> dict[str, Any]:
    delivery = {"recipients": recipients, "timestamp": "2026-03-02T11:30:02.669Z"}
    return an_event("Delivery", delivery=delivery)


def read(event: object) -> Webhook:
    return READER.read_notification(json.dumps(event))


def receipt(event: object) -> Receipt:
    (update,) = read(event).updates
    assert isinstance(update, Receipt)
    return update


def test_a_delivery_is_a_receipt_with_our_tag_and_the_providers_time() -> None:
    told = receipt(a_delivery("ana@e.com"))

    assert told == Receipt(
        tenant_id="andinos",
        account_id="mail",
        provider=Provider.SES,
        provider_message_id="0100-1",
        status=ReceiptStatus.DELIVERED,
        at=TOLD_AT,
        received_at=NOON,
        tag=TAG,
    )
    assert told.attempt() == ("ntf_01J9ZC", 2)


@pytest.mark.parametrize("tag", ["ntf_1.1", "ntf_1-a.12"])
def test_a_tag_comes_back_as_the_sender_wrote_it(tag: str) -> None:
    assert receipt(an_event("Send", mail={"tags": {TAG_NAME: [tag_value(tag)]}})).tag == tag


def test_a_mail_that_left_settles_whether_ses_had_it() -> None:
    told = receipt(an_event("Send", send={}))

    assert (told.status, told.at) == (ReceiptStatus.SENT, SENT_AT)


@pytest.mark.parametrize(
    ("bounce_type", "subtype", "kind", "suppression"),
    [
        ("Permanent", "General", FailureKind.RECIPIENT, SuppressionReason.INVALID_ADDRESS),
        ("Permanent", "NoEmail", FailureKind.RECIPIENT, SuppressionReason.INVALID_ADDRESS),
        ("Permanent", "Suppressed", FailureKind.RECIPIENT, SuppressionReason.INVALID_ADDRESS),
        ("Permanent", "UnsubscribedRecipient", FailureKind.RECIPIENT, SuppressionReason.OPT_OUT),
        ("Transient", "General", FailureKind.RECIPIENT, None),
        ("Transient", "MailboxFull", FailureKind.RECIPIENT, None),
        ("Transient", "MessageTooLarge", FailureKind.MESSAGE, None),
        ("Transient", "ContentRejected", FailureKind.MESSAGE, None),
        ("Transient", "AttachmentRejected", FailureKind.MESSAGE, None),
        ("Undetermined", "Undetermined", FailureKind.RECIPIENT, None),
    ],
)
def test_only_a_permanent_bounce_suppresses_and_none_is_tried_again(
    bounce_type: str, subtype: str, kind: FailureKind, suppression: SuppressionReason | None
) -> None:
    told = receipt(a_bounce(bounce_type, subtype))

    assert (told.status, told.at) == (ReceiptStatus.FAILED, TOLD_AT)
    assert told.failure
    assert told.failure.code == f"{bounce_type}.{subtype}"
    assert (told.failure.kind, told.failure.suppression) == (kind, suppression)


def test_a_subtype_that_is_new_counts_as_its_type() -> None:
    failure = receipt(a_bounce("Permanent", "Moved")).failure

    assert failure
    assert failure.code == "Permanent.Moved"
    assert failure.suppression is SuppressionReason.INVALID_ADDRESS


@pytest.mark.parametrize(
    ("bounce_type", "code"), [("Novel", "Novel.General"), (None, "Bounce"), ("a@b c", "Bounce")]
)
def test_a_bounce_that_nobody_listed_suppresses_nobody_and_is_logged(
    bounce_type: object, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    failure = receipt(a_bounce(bounce_type)).failure

    assert failure
    assert (failure.code, failure.kind, failure.suppression) == (code, FailureKind.RECIPIENT, None)
    assert [record.__dict__["provider_code"] for record in caplog.records] == [code]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"complaintFeedbackType": "abuse", "complaintSubType": None}, "Complaint.abuse"),
        ({"complaintSubType": "OnAccountSuppressionList"}, "Complaint.OnAccountSuppressionList"),
        ({}, "Complaint"),
    ],
)
def test_every_complaint_suppresses(fields: dict[str, Any], code: str) -> None:
    failure = receipt(a_complaint(**fields)).failure

    assert failure
    assert (failure.code, failure.kind) == (code, FailureKind.RECIPIENT)
    assert failure.suppression is SuppressionReason.COMPLAINT


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (an_event("Reject", reject={"reason": "Bad content"}), "Reject"),
        (an_event("Rendering Failure", failure={"errorMessage": "no Ana"}), "Rendering Failure"),
    ],
)
def test_a_mail_that_ses_did_not_send_is_the_messages_failure(
    event: dict[str, Any], code: str
) -> None:
    told = receipt(event)

    assert (told.status, told.at) == (ReceiptStatus.FAILED, SENT_AT)
    assert told.failure
    assert (told.failure.kind, told.failure.code) == (FailureKind.MESSAGE, code)


def test_an_event_is_about_those_whom_it_names_and_not_about_all_of_the_mail() -> None:
    bounce = a_bounce("Permanent", addresses=("ana@e.com", "eva@e.com"))
    bounce["mail"]["destination"] = ["ana@e.com", "eva@e.com", "luis@e.com"]

    assert [update.kind for update in read(bounce).updates] == ["receipt", "receipt"]
    assert len(read(a_delivery("ana@e.com", "eva@e.com", "luis@e.com")).updates) == 3


def test_a_recipient_that_cannot_be_read_costs_no_other() -> None:
    bounce = a_bounce("Permanent")
    bounce["bounce"]["bouncedRecipients"] += [7, {"emailAddress": None}]
    webhook = read(bounce)

    assert len(webhook.updates) == 1
    assert [json.loads(kept)["recipient"] for kept in webhook.unreadable] == [
        7,
        {"emailAddress": None},
    ]


def test_nothing_personal_of_a_bounce_is_told_on() -> None:
    assert "ana@" not in read(a_bounce("Permanent")).model_dump_json()


@pytest.mark.parametrize(
    ("source", "configuration_set", "account_id"),
    [
        (SOURCE, "norte", "mail"),
        (f"=?utf-8?q?Taller_=C3=91?= <{SOURCE}>", "norte", "mail"),
        ("other@norte.example", "norte", "mail-n"),
        (None, "norte", "mail-n"),
    ],
)
def test_the_account_is_the_senders_else_the_configuration_sets(
    source: object, configuration_set: str, account_id: str
) -> None:
    tags = {"ses:configuration-set": [configuration_set]}
    event = an_event("Send", mail={"source": source, "tags": tags})

    assert receipt(event).account_id == account_id


def test_identity_notifications_are_read_and_have_no_tag() -> None:
    event = a_delivery("ana@e.com")
    event["notificationType"] = event.pop("eventType")
    del event["mail"]["tags"]
    told = receipt(event)

    assert (told.status, told.tag) == (ReceiptStatus.DELIVERED, None)


def test_an_unknown_sender_is_logged_without_people(caplog: pytest.LogCaptureFixture) -> None:
    event = a_bounce("Permanent")
    event["mail"]["source"] = "luis@elsewhere.example"
    with caplog.at_level(logging.DEBUG):
        webhook = read(event)

    assert (webhook.answer.status, webhook.updates, webhook.unreadable) == (200, (), ())
    (record,) = caplog.records
    told = str(record.__dict__)
    assert not [personal for personal in ("luis@", "ana@") if personal in told]


@pytest.mark.parametrize(
    "message",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "done"}),
        json.dumps(an_event("Open", open={})),
        json.dumps(an_event("Click", click={})),
        json.dumps(an_event("DeliveryDelay", deliveryDelay={})),
        json.dumps(an_event("Subscription", subscription={})),
    ],
)
def test_what_moves_nothing_is_ignored(message: str) -> None:
    webhook = READER.read_notification(message)

    assert (webhook.updates, webhook.unreadable) == ((), ())


@pytest.mark.parametrize(
    "message",
    ["", "hello", "[]", "null", "{}", '{"eventType": 3}', "[" * 100_000, "1" * 5000],
)
def test_a_text_that_is_no_event_is_malformed(message: str) -> None:
    with pytest.raises(MalformedWebhookError):
        READER.read_notification(message)


@pytest.mark.parametrize(
    "event",
    [
        an_event("Teleport"),
        an_event("Send", mail={"messageId": None}),
        an_event("Delivery"),
        an_event("Delivery", delivery={"recipients": "ana@e.com"}),
        an_event("Bounce", bounce={"bouncedRecipients": []}),
        {"eventType": "Bounce"},
    ],
)
def test_an_event_that_cannot_be_read_is_kept_as_it_is(event: dict[str, Any]) -> None:
    webhook = read(event)

    assert webhook.updates == ()
    assert [json.loads(kept) for kept in webhook.unreadable] == [event]


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("2026-03-02T06:30:02.669-05:00", TOLD_AT),
        ("2026-03-02T11:30:02.669", TOLD_AT),
        ("yesterday", NOON),
        (1772451002, NOON),
        ("0001-01-01T00:00:00+14:00", NOON),
    ],
)
def test_a_time_has_a_zone_or_is_utc_or_is_the_receipts(timestamp: object, at: datetime) -> None:
    event = a_delivery("ana@e.com")
    event["delivery"]["timestamp"] = timestamp

    assert receipt(event).at == at


@pytest.mark.parametrize("value", ["", "ntf", 7, None, "ntf_1-", "x-y"])
def test_a_tag_that_is_not_ours_names_no_attempt(value: object) -> None:
    assert receipt(an_event("Send", mail={"tags": {TAG_NAME: [value]}})).attempt() is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
KINDS = st.sampled_from(["Bounce", "Complaint", "Delivery", "Send", "Reject", "Open", "Other"])
EVENT = st.builds(
    an_event,
    KINDS,
    mail=st.dictionaries(st.sampled_from(["source", "messageId", "tags", "timestamp"]), JSON),
    bounce=JSON
    | st.fixed_dictionaries(
        {"bouncedRecipients": JSON | st.lists(JSON)},
        optional={"bounceType": JSON, "bounceSubType": JSON, "timestamp": JSON},
    ),
    complaint=JSON | st.fixed_dictionaries({"complainedRecipients": JSON | st.lists(JSON)}),
    delivery=JSON | st.fixed_dictionaries({"recipients": JSON | st.lists(JSON)}),
)


@given(EVENT | JSON)
def test_any_event_is_read_or_kept_and_what_it_carries_fits_a_queue(event: object) -> None:
    try:
        webhook = read(event)
    except MalformedWebhookError:
        return
    for update in webhook.updates:
        assert UPDATE.validate_json(update.model_dump_json()) == update
    for kept in webhook.unreadable:
        assert isinstance(json.loads(kept), dict)


@given(st.text())
def test_any_text_is_an_event_or_malformed(message: str) -> None:
    try:
        webhook = READER.read_notification(message)
    except MalformedWebhookError:
        return
    assert webhook.answer.status == 200
