"""Which events follow from a change, what they say, and that the same change makes the same."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from recado.domain.account_states import AccountState, AccountStatus, TemplateState
from recado.domain.alerts import Alert, AlertKind
from recado.domain.appointments import CHANGE, CONFIRM, Appointment, AppointmentStatus
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.client_endpoints import ClientEndpoint, DisabledReason
from recado.domain.directory import Suppression, SuppressionReason
from recado.domain.domain_events import (
    DomainEvent,
    EventType,
    events_of_account,
    events_of_alert,
    events_of_appointment,
    events_of_endpoint,
    events_of_notification,
    events_of_received,
    events_of_suppression,
    events_of_template,
    events_of_weight,
    trial_event,
)
from recado.domain.identities import Identity, IdentityKind
from recado.domain.notification import Notification, State
from recado.domain.received import Received
from recado.domain.replies import Interest, Reply
from recado.domain.updates import InboundType
from recado.domain.weights import WeightReason, at_rest
from tests.fakes.clock import NOON
from tests.unit.domain.notifications import claimed_notification, new_notification

LATER = NOON + timedelta(hours=1)


def types(events: list[DomainEvent]) -> list[str]:
    return [event.type for event in events]


def notification_events(before: Notification | None, after: Notification) -> list[DomainEvent]:
    return events_of_notification(before, after.stored_again(), LATER)


def test_a_new_notification_is_accepted() -> None:
    [event] = notification_events(None, new_notification().queued(NOON))

    assert event.type == "notification.accepted"
    assert event.tenant_id == "andinos"
    assert event.at == NOON
    assert event.data["notification_id"] == "ntf_1"
    assert event.data["channel"] == "whatsapp"
    assert event.data["account_id"] == "wa"


def test_one_that_no_channel_can_carry_is_accepted_and_fails() -> None:
    nobody = new_notification(channels=0).ended(NOON, State.FAILED, reason="no_channel")

    accepted, failed = notification_events(None, nobody)

    assert types([accepted, failed]) == ["notification.accepted", "notification.failed"]
    assert failed.data["reason"] == "no_channel"
    assert failed.data["channel"] is None


@pytest.mark.parametrize(
    "state",
    [
        State.SENT,
        State.DELIVERED,
        State.READ,
        State.REPLIED,
        State.FAILED,
        State.EXPIRED,
        State.SUPPRESSED,
        State.CANCELLED,
        State.UNKNOWN,
    ],
)
def test_a_state_that_is_news_is_told_once(state: State) -> None:
    before = claimed_notification()
    after = before.ended(LATER, state, reason="why")

    [event] = notification_events(before, after)

    assert event.type == f"notification.{state}"
    assert event.at == LATER
    assert event.data["state"] == state
    assert notification_events(after, after.stored_again()) == []


@pytest.mark.parametrize("state", [State.PENDING, State.QUEUED, State.SENDING])
def test_the_way_to_a_provider_is_no_news(state: State) -> None:
    before = new_notification().ended(NOON, State.UNKNOWN, reason="x")

    assert notification_events(before, before.model_copy(update={"state": state})) == []


def test_the_next_channel_is_a_fallback_that_names_both() -> None:
    before = claimed_notification().given_up(NOON, reason="not_on_whatsapp")

    [event] = notification_events(before, before.advanced(LATER))

    assert event.type == "notification.fallback"
    assert event.data["previous_channel"] == "whatsapp"
    assert event.data["channel"] == "email"
    assert event.data["step"] == 1
    assert event.data["reason"] == "not_on_whatsapp"


def test_a_fallback_is_told_even_where_the_state_stays() -> None:
    before = new_notification().queued(NOON)

    assert types(notification_events(before, before.advanced(LATER))) == ["notification.fallback"]


def test_a_reply_is_told_without_its_text() -> None:
    before = claimed_notification().accepted(NOON, provider_message_id="wamid.1")
    reply = Reply(message_id="msg_1", at=LATER, text="secreto", interest=Interest.INTERESTED)

    [event] = notification_events(before, before.replied(LATER, reply))

    assert event.data["reply"] == {
        "message_id": "msg_1",
        "at": "2026-03-02T13:00:00Z",
        "interest": "interested",
    }


def test_a_notifications_events_hold_neither_address_nor_context() -> None:
    before = claimed_notification()
    person = {"context": {"Nombre": "Carlos"}}
    reply = Reply(message_id="m", at=LATER, text="secreto", interest=Interest.UNKNOWN)
    after = before.replied(LATER, reply).model_copy(update=person)

    told = json.dumps([dict(event.data) for event in notification_events(before, after)])

    for secret in ("+593991234567", "carlos@example.com", "Carlos", "secreto"):
        assert secret not in told


def test_a_removed_notification_is_no_news() -> None:
    assert events_of_notification(new_notification(), None, LATER) == []


def test_the_same_change_makes_the_same_event() -> None:
    before = claimed_notification()
    after = before.accepted(NOON, provider_message_id="wamid.1")

    assert notification_events(before, after) == notification_events(before, after)


def test_a_state_that_is_entered_twice_makes_two_events() -> None:
    first = claimed_notification().accepted(NOON, provider_message_id="wamid.1").stored_again()
    again = first.to_retry(NOON, delay=timedelta(), reason="x").stored_again()
    second = (
        again.claimed(LATER, timeout_seconds=1)
        .accepted(LATER, provider_message_id="wamid.2")
        .stored_again()
    )

    ids = {
        event.id
        for event in (
            *notification_events(claimed_notification(), first),
            *notification_events(again, second),
        )
    }

    assert len(ids) == 2


def test_events_of_one_change_have_ids_of_their_own() -> None:
    nobody = new_notification(channels=0).ended(NOON, State.FAILED, reason="no_channel")

    ids = [event.id for event in notification_events(None, nobody)]

    assert len(set(ids)) == 2
    assert all(len(event_id) == 36 and event_id.startswith("evt_") for event_id in ids)


def test_invariant_10_two_tenants_never_share_an_event_id() -> None:
    theirs = new_notification().model_copy(update={"tenant_id": "costa"})

    [ours], [other] = (
        notification_events(None, new_notification()),
        notification_events(None, theirs),
    )

    assert ours.id != other.id


def a_message(**changes: object) -> Received:
    return Received(
        message_id="msg_1",
        tenant_id="andinos",
        conversation_id="cnv_1",
        recipient_id=None,
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        channel=Channel.WHATSAPP,
        sender=Identity(kind=IdentityKind.PHONE, value="+593991234567"),
        provider_message_id="wamid.1",
        at=NOON,
        received_at=LATER,
        expires_at=LATER + timedelta(days=1),
        type=InboundType.TEXT,
        text="Sí, quiero",
        replies_to="ntf_1",
        interest=Interest.INTERESTED,
    ).model_copy(update=changes)


def test_a_persons_message_is_told_without_what_it_says() -> None:
    [event] = events_of_received(None, a_message(), LATER)

    assert event.type == "reply.received"
    assert event.at == LATER
    assert event.data == {
        "message_id": "msg_1",
        "conversation_id": "cnv_1",
        "recipient_id": None,
        "channel": "whatsapp",
        "account_id": "wa",
        "type": "text",
        "interest": "interested",
        "replies_to": "ntf_1",
        "at": "2026-03-02T12:00:00Z",
    }


def test_a_message_that_activates_its_channel_is_told_as_both_without_an_address() -> None:
    said, activated = events_of_received(
        None, a_message(activates=True, recipient_id="customer-001"), LATER
    )

    assert (said.type, activated.type) == ("reply.received", "channel.activated")
    assert said.id != activated.id
    assert activated.data == {
        "message_id": "msg_1",
        "recipient_id": "customer-001",
        "channel": "whatsapp",
        "account_id": "wa",
        "at": "2026-03-02T12:00:00Z",
    }


def test_only_a_message_that_is_new_is_told() -> None:
    assert events_of_received(a_message(), a_message(text="x"), LATER) == []
    assert events_of_received(a_message(), None, LATER) == []


def a_suppression(
    reason: SuppressionReason = SuppressionReason.OPT_OUT, **changes: object
) -> Suppression:
    return Suppression(
        tenant_id="andinos",
        channel=Channel.WHATSAPP,
        address="+593991234567",
        reason=reason,
        evidence="BAJA",
        created_at=NOON,
        recipient_id="customer-001",
    ).model_copy(update=changes)


@pytest.mark.parametrize(
    ("reason", "told", "lifted"),
    [
        (SuppressionReason.OPT_OUT, "contact.opted_out", "contact.opted_in"),
        (SuppressionReason.COMPLAINT, "contact.suppressed", "contact.unsuppressed"),
        (SuppressionReason.BLOCKED, "contact.suppressed", "contact.unsuppressed"),
        (SuppressionReason.INVALID_ADDRESS, "contact.suppressed", "contact.unsuppressed"),
    ],
)
def test_a_suppression_is_told_when_it_begins_and_ends(
    reason: SuppressionReason, told: str, lifted: str
) -> None:
    [begins] = events_of_suppression(None, a_suppression(reason), LATER)
    [ends] = events_of_suppression(a_suppression(reason), None, LATER)

    assert (begins.type, begins.at) == (told, NOON)
    assert (ends.type, ends.at) == (lifted, LATER)
    assert begins.data == {
        "channel": "whatsapp",
        "address": "+593991234567",
        "recipient_id": "customer-001",
        "reason": reason,
        "at": "2026-03-02T12:00:00Z",
    }


def test_nobody_is_told_that_an_erased_persons_suppression_ends() -> None:
    assert events_of_suppression(a_suppression(address=""), None, LATER) == []


def test_an_opt_out_of_who_was_suppressed_already_is_told() -> None:
    known = a_suppression(SuppressionReason.INVALID_ADDRESS)

    assert types(events_of_suppression(known, a_suppression(), LATER)) == ["contact.opted_out"]
    assert events_of_suppression(a_suppression(), a_suppression(evidence="x"), LATER) == []


def test_opting_out_again_is_another_event() -> None:
    [first] = events_of_suppression(None, a_suppression(), LATER)
    [second] = events_of_suppression(None, a_suppression(created_at=LATER), LATER)

    assert first.id != second.id


def test_no_address_shows_in_an_events_id() -> None:
    [event] = events_of_suppression(None, a_suppression(), LATER)

    assert "593991234567" not in event.id


def an_account(status: AccountStatus) -> AccountState:
    return AccountState(
        tenant_id="andinos",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        status=status,
        event="FLAGGED",
        at=NOON,
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, AccountStatus.HEALTHY, []),
        (None, AccountStatus.DISCONNECTED, ["channel_account.degraded"]),
        (AccountStatus.HEALTHY, AccountStatus.HEALTHY, []),
        (AccountStatus.HEALTHY, AccountStatus.DEGRADED, ["channel_account.degraded"]),
        (AccountStatus.DEGRADED, AccountStatus.DISABLED, ["channel_account.degraded"]),
        (AccountStatus.DISABLED, AccountStatus.DISABLED, []),
        (AccountStatus.DISABLED, AccountStatus.HEALTHY, ["channel_account.recovered"]),
    ],
)
def test_an_account_is_told_when_its_status_changes(
    before: AccountStatus | None, after: AccountStatus, told: list[str]
) -> None:
    known = an_account(before) if before else None

    events = events_of_account(known, an_account(after), LATER)

    assert types(events) == told
    assert [event.data["previous_status"] for event in events] == [before] * len(told)


def a_template(status: str | None) -> TemplateState:
    return TemplateState(
        tenant_id="andinos", account_id="wa", name="cita", language="es", status=status, at=NOON
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, "APPROVED", 1),
        (None, None, 0),
        ("APPROVED", "APPROVED", 0),
        ("APPROVED", "PAUSED", 1),
        (None, "REJECTED", 1),
    ],
)
def test_a_template_is_told_when_its_status_changes(
    before: str | None, after: str | None, told: int
) -> None:
    events = events_of_template(a_template(before), a_template(after), LATER)

    assert types(events) == ["template.status_changed"] * told
    assert [event.data["status"] for event in events] == [after] * told


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("UTILITY", "MARKETING", 1),
        ("UTILITY", "UTILITY", 0),
        ("UTILITY", None, 0),
        (None, "MARKETING", 0),
    ],
)
def test_a_template_is_told_when_it_is_billed_as_something_else(
    before: str | None, after: str | None, told: int
) -> None:
    states = [
        a_template("APPROVED").model_copy(update={"category": category})
        for category in (before, after)
    ]

    events = events_of_template(*states, LATER)

    assert types(events) == ["template.recategorised"] * told
    for event in events:
        assert (event.data["previous_category"], event.data["category"]) == (before, after)
        assert event.at == LATER
    assert events == events_of_template(*states, LATER)
    again = {event.id for event in events_of_template(*states, LATER + timedelta(days=1))}
    assert again.isdisjoint(event.id for event in events)


AN_ALERT = Alert(tenant_id="andinos", kind=AlertKind.DEAD_LETTERS, subject="parked")
RAISED_ALERT = AN_ALERT.model_copy(update={"raised_at": NOON, "facts": {"messages": "2"}})
CLEARED_ALERT = RAISED_ALERT.model_copy(update={"cleared_at": LATER})


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, RAISED_ALERT, ["alert.raised"]),
        (AN_ALERT, RAISED_ALERT, ["alert.raised"]),
        (CLEARED_ALERT, RAISED_ALERT, ["alert.raised"]),
        (None, AN_ALERT, []),
        (RAISED_ALERT, RAISED_ALERT.told(NOON.date()), []),
        (RAISED_ALERT, CLEARED_ALERT, ["alert.cleared"]),
        (CLEARED_ALERT, CLEARED_ALERT.told(NOON.date()), []),
        (CLEARED_ALERT, None, []),
    ],
)
def test_an_alert_is_told_when_it_is_raised_and_when_it_is_over(
    before: Alert | None, after: Alert | None, told: list[str]
) -> None:
    events = events_of_alert(before, after, LATER)

    assert types(events) == told
    for event in events:
        assert event.data["kind"] == "dead_letters"
        assert event.data["facts"] == {"messages": "2"}
        assert event.at == (NOON if event.type == "alert.raised" else LATER)
    assert events == events_of_alert(before, after, LATER + timedelta(days=1))


ENDPOINT = ClientEndpoint(
    tenant_id="andinos",
    endpoint_id="ep_1",
    url="https://example.com/hook?token=s3cret",
    secret_name="s",
    created_at=NOON,
    version=3,
)


def test_an_account_is_told_when_its_weight_changes() -> None:
    rest = at_rest(ChannelAccount(tenant_id="andinos", account_id="mail", provider=Provider.SES))
    lowered = rest.lowered(100, NOON, WeightReason.SLOW, "4 of the latest 20 calls were slow")

    [moved_away] = events_of_weight(None, lowered, LATER)
    [came_back] = events_of_weight(lowered, lowered.raised(100, LATER), LATER)

    assert moved_away.type == "channel_account.weight_changed"
    assert moved_away.at == NOON
    assert moved_away.data == {
        "account_id": "mail",
        "provider": "ses",
        "weight": 80,
        "previous_weight": 100,
        "reason": "slow",
        "detail": "4 of the latest 20 calls were slow",
        "at": "2026-03-02T12:00:00Z",
    }
    assert (came_back.data["weight"], came_back.data["reason"]) == (100, "recovering")
    assert events_of_weight(lowered, lowered, LATER) == []
    assert events_of_weight(lowered, None, LATER) == []
    assert [moved_away] == events_of_weight(None, lowered, LATER)


def test_an_endpoint_that_is_called_no_longer_is_told_without_its_address() -> None:
    disabled = ENDPOINT.disabled(DisabledReason.GONE)

    [event] = events_of_endpoint(ENDPOINT, disabled, LATER)

    assert event.type == "client_endpoint.disabled"
    assert event.data == {"endpoint_id": "ep_1", "reason": "gone", "failing_since": None}
    assert events_of_endpoint(disabled, disabled, LATER) == []
    assert events_of_endpoint(disabled, ENDPOINT, LATER) == []
    assert events_of_endpoint(None, disabled, LATER) == []


def test_each_trial_is_an_event_of_its_own() -> None:
    assert trial_event(ENDPOINT, NOON).type == EventType.WEBHOOK_TEST
    assert trial_event(ENDPOINT, NOON).id != trial_event(ENDPOINT, LATER).id


def test_an_event_belongs_to_its_day_in_utc() -> None:
    late = trial_event(ENDPOINT, NOON.replace(hour=23))
    abroad = late.model_copy(update={"at": late.at.astimezone(tz=None) + timedelta(hours=1)})

    assert late.day.isoformat() == "2026-03-02"
    assert abroad.day.isoformat() == "2026-03-03"


def an_appointment() -> Appointment:
    return Appointment(
        tenant_id="andinos",
        appointment_id="a-1",
        customer_id="customer-001",
        service_type="mantenimiento",
        starts_at=NOON + timedelta(days=1),
        context={"Placa": "secreto"},
        expires_at=NOON + timedelta(days=365),
    )


def test_what_a_person_says_to_an_appointment_is_told_without_its_words() -> None:
    before = an_appointment()
    confirmed = before.answered(CONFIRM, NOON)
    changed = confirmed.answered(CHANGE, LATER)

    [first] = events_of_appointment(before, confirmed, LATER)
    [second] = events_of_appointment(confirmed, changed, LATER)

    assert types([first, second]) == ["appointment.confirmed", "appointment.change_requested"]
    assert (first.at, second.at) == (NOON, LATER)
    assert first.data == {
        "appointment_id": "a-1",
        "mode": "live",
        "kind": "appointment",
        "service_type": "mantenimiento",
        "recipient_id": "customer-001",
        "starts_at": "2026-03-03T12:00:00Z",
        "status": "confirmed",
        "at": "2026-03-02T12:00:00Z",
    }
    assert events_of_appointment(before, confirmed, LATER)[0].id == first.id


def test_what_the_tenant_itself_does_to_an_appointment_is_no_news() -> None:
    before = an_appointment()
    noted = before.model_copy(update={"status": AppointmentStatus.CONFIRMED})
    confirmed = before.answered(CONFIRM, NOON)
    moved = confirmed.model_copy(
        update={"status": AppointmentStatus.SCHEDULED, "answered_at": None}
    )

    for earlier, later in ((None, before), (before, noted), (confirmed, moved), (moved, None)):
        assert events_of_appointment(earlier, later, LATER) == []
    again = confirmed.answered(CONFIRM, LATER)
    assert events_of_appointment(confirmed, again, LATER) == []
