"""Sending: claims, outcomes, retries, fallbacks and what a lost worker leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from recado.domain.channels import Channel
from recado.domain.delivery import Change
from recado.domain.directory import Suppression, SuppressionReason
from recado.domain.erasure import new_pseudonym, without_person
from recado.domain.errors import (
    AccountError,
    AddressGoneError,
    DeliveryError,
    NotAttemptedError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from recado.domain.notification import Attempt, Notification, Outcome, State
from recado.domain.tenants import UnknownOutcomePolicy
from recado.ports.channels import OutboundMessage
from recado.ports.notifications import Saved
from recado.ports.queues import DeliveryMessage
from tests.fakes.queues import delivery_of
from tests.unit.services.conftest import House
from tests.workshop import ACCOUNTS, CUSTOMER, TENANT


def suppress(house: House, channel: Channel) -> None:
    address = CUSTOMER.addresses_on(channel)[0]
    house.directory.suppress(
        Suppression(
            tenant_id=TENANT.tenant_id,
            channel=channel,
            address=address.value,
            reason=SuppressionReason.OPT_OUT,
            evidence="BAJA",
            created_at=house.clock.now(),
        )
    )


def outcomes(house: House, notification: Notification) -> list[tuple[str, str]]:
    return [(a.channel, a.outcome) for a in house.timeline(notification).attempts]


def test_a_message_is_rendered_tagged_and_accepted(house: House) -> None:
    notification = house.dispatch()
    house.work()

    [message] = house.senders.accepted
    assert message.content.text == "Hola Carlos Mendoza, su auto ABC123 le espera."  # type: ignore[union-attr]
    assert message.tag == f"{notification.notification_id}.1"
    assert house.state(notification) is State.SENT
    assert house.timeline(notification).attempts[0].provider_message_id == "wa-1"


@pytest.mark.parametrize(
    "refusal",
    [
        PermanentMessageError("132001", "no such template"),
        PermanentRecipientError("131026"),
        AccountError("190", "token expired"),
    ],
)
def test_a_permanent_error_gives_the_channel_up_at_once(
    house: House, refusal: DeliveryError
) -> None:
    house.senders.script["wa"].append(refusal)
    notification = house.dispatch()
    house.work()

    assert outcomes(house, notification) == [("whatsapp", "permanent"), ("email", "accepted")]
    [fallback] = house.timeline(notification).history
    assert fallback.detail == f"whatsapp -> email ({refusal.code})"


def test_a_passing_error_is_tried_three_more_times_and_then_the_next_channel(
    house: House,
) -> None:
    house.senders.script["wa"].extend([RetryableError("503")] * 4)
    notification = house.dispatch()
    house.work()

    assert outcomes(house, notification) == [("whatsapp", "retryable")] * 4 + [
        ("email", "accepted")
    ]
    waits = [a.retry_in_seconds for a in house.timeline(notification).attempts]
    assert waits == [20, 40, 80, None, None]


def test_a_passing_error_that_passes_needs_no_fallback(house: House) -> None:
    house.senders.script["wa"].append(RetryableError("503"))
    notification = house.dispatch()
    house.work()

    assert outcomes(house, notification) == [("whatsapp", "retryable"), ("whatsapp", "accepted")]


def test_the_providers_retry_after_is_honoured(house: House) -> None:
    house.senders.script["wa"].append(RetryableError("429", retry_after=120))
    house.dispatch()
    batch = house.queues.take_queued()

    kept = house.deliver(batch)

    assert kept == {batch[0].message_id}
    assert house.queues.postponed == {batch[0].message_id: timedelta(seconds=120)}


def test_a_retry_that_comes_too_early_waits_for_its_time(house: House) -> None:
    house.senders.script["wa"].append(RetryableError("429", retry_after=120))
    house.dispatch()
    batch = house.queues.take_queued()
    house.deliver(batch)
    house.clock.advance(seconds=50)

    kept = house.deliver(batch)

    assert kept == {batch[0].message_id}
    assert house.queues.postponed == {batch[0].message_id: timedelta(seconds=70)}
    assert len(house.senders.attempted) == 1


def test_when_all_channels_fail_the_notification_fails_with_the_last_reason(
    house: House,
) -> None:
    for account in ACCOUNTS:
        house.senders.script[account.account_id].append(PermanentMessageError("no", "broken"))
    notification = house.dispatch()
    house.work()

    final = house.timeline(notification).notification
    assert (final.state, final.reason, final.detail) == (State.FAILED, "no", "broken")
    assert final.due_at is None


def test_invariant_2_a_redelivered_message_whose_claim_is_live_does_not_send_again(
    house: House,
) -> None:
    house.dispatch()
    batch = house.queues.take_queued()

    def redeliver(_: OutboundMessage) -> None:
        assert house.deliver(batch) == set()

    house.senders.script["wa"].append(redeliver)
    house.deliver(batch)

    assert len(house.senders.attempted) == 1


def test_invariant_2_of_two_workers_with_the_same_message_one_sends(house: House) -> None:
    notification = house.dispatch()
    [delivery] = house.queues.take_queued()
    stale = house.notifications.get(notification.tenant_id, notification.notification_id)
    assert stale is not None

    house.deliver([delivery, delivery])
    house.deliver([delivery])
    lost_race = house.notifications.save(
        [Change(notification=stale.claimed(house.clock.now(), timeout_seconds=10))]
    )

    assert len(house.senders.attempted) == 1
    assert lost_race == Saved()


def test_invariant_3_an_unknown_outcome_is_never_sent_again_by_default(house: House) -> None:
    house.senders.script["wa"].append(OutcomeUnknownError("timeout"))
    notification = house.dispatch()
    house.work()
    assert house.state(notification) is State.UNKNOWN

    for _ in range(30):
        house.clock.advance(minutes=1)
        house.sweep()
        house.work()

    final = house.timeline(notification).notification
    assert len(house.senders.attempted) == 1
    assert (final.state, final.due_at) == (State.UNKNOWN, None)
    assert "not sent again" in final.detail


def test_invariant_3_a_tenant_may_let_an_unknown_outcome_take_the_next_channel(
    house: House,
) -> None:
    policy = {"unknown_outcome": UnknownOutcomePolicy.NEXT_CHANNEL}
    house.configuration.put_tenant(TENANT.model_copy(update=policy))
    house.senders.script["wa"].append(OutcomeUnknownError("timeout"))
    notification = house.dispatch()
    house.work()
    assert len(house.senders.attempted) == 1

    house.clock.advance(minutes=11)
    house.sweep()
    house.work()

    assert outcomes(house, notification) == [("whatsapp", "unknown"), ("email", "accepted")]


def claim_and_die(house: House, notification: Notification) -> Notification:
    """What a worker leaves that is killed in mid-send."""
    current = house.notifications.get(notification.tenant_id, notification.notification_id)
    assert current is not None
    claimed = current.claimed(house.clock.now(), timeout_seconds=10)
    return house.notifications.save([Change(notification=claimed)]).stored[claimed.notification_id]


def test_invariant_3_a_worker_that_dies_in_mid_send_leaves_an_unknown_outcome(
    house: House,
) -> None:
    notification = house.dispatch()
    house.queues.take_queued()
    claim_and_die(house, notification)

    house.clock.advance(minutes=1)
    house.sweep()

    assert house.state(notification) is State.UNKNOWN
    assert house.senders.attempted == []
    assert [e.kind for e in house.timeline(notification).history] == ["worker_lost"]


def test_a_redelivery_finds_the_dead_workers_claim_too(house: House) -> None:
    notification = house.dispatch()
    batch = house.queues.take_queued()
    claim_and_die(house, notification)

    house.clock.advance(minutes=12)
    kept = house.deliver(batch)

    assert kept == set()
    assert house.state(notification) is State.UNKNOWN


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.ACCEPTED, State.SENT),
        (Outcome.RETRYABLE, State.QUEUED),
        (Outcome.PERMANENT, State.PENDING),
        (Outcome.UNKNOWN, State.UNKNOWN),
    ],
)
def test_a_worker_that_dies_after_it_stored_its_attempt_is_taken_at_its_word(
    house: House, outcome: Outcome, state: State
) -> None:
    notification = house.dispatch()
    house.queues.take_queued()
    claimed = claim_and_die(house, notification)
    step = claimed.current_step
    attempt = Attempt(
        number=1,
        step=0,
        channel=step.channel,
        provider=step.provider,
        account_id=step.account_id,
        started_at=house.clock.now(),
        ended_at=house.clock.now(),
        outcome=outcome,
        provider_message_id="wamid.1" if outcome is Outcome.ACCEPTED else None,
        retry_in_seconds=20 if outcome is Outcome.RETRYABLE else None,
    )
    lost_update = claimed.model_copy(update={"version": -1})
    house.notifications.save([Change(notification=lost_update, attempt=attempt)])

    house.clock.advance(minutes=1)
    house.sweep()

    assert house.state(notification) is state


def test_a_send_that_outlives_its_lease_is_still_recorded(house: House) -> None:
    notification = house.dispatch()

    def outlive(_: OutboundMessage) -> None:
        house.clock.advance(minutes=5)
        house.sweep()
        assert house.state(notification) is State.UNKNOWN

    house.senders.script["wa"].append(outlive)
    house.work()

    assert house.state(notification) is State.SENT
    assert outcomes(house, notification) == [("whatsapp", "accepted")]


@pytest.mark.parametrize("is_swept", [True, False])
def test_what_a_provider_says_after_an_erasure_names_nobody(house: House, is_swept: bool) -> None:
    notification = house.dispatch()

    def outlive(message: OutboundMessage) -> None:
        house.clock.advance(minutes=5)
        current = house.timeline(notification).notification
        blank = without_person(current, new_pseudonym(), house.clock.now())
        assert house.notifications.save([Change(notification=blank)]).stored
        if is_swept:
            house.sweep()
        raise PermanentRecipientError(
            "131026", f"{message.to.value} is gone", suppression=SuppressionReason.INVALID_ADDRESS
        )

    house.senders.script["wa"].append(outlive)
    house.work()
    house.sweep()

    timeline = house.timeline(notification)
    assert [attempt.detail for attempt in timeline.attempts] == [""]
    assert timeline.notification.detail == ""
    assert house.directory.suppressions == {}
    assert "+593991234567" not in timeline.model_dump_json()


def test_a_message_that_an_erased_person_got_has_no_provider_message_id(house: House) -> None:
    notification = house.dispatch()

    def outlive(_: OutboundMessage) -> None:
        house.clock.advance(minutes=5)
        current = house.timeline(notification).notification
        blank = without_person(current, new_pseudonym(), house.clock.now())
        assert house.notifications.save([Change(notification=blank)]).stored

    house.senders.script["wa"].append(outlive)
    house.work()
    house.sweep()

    timeline = house.timeline(notification)
    assert timeline.notification.state is State.SENT
    assert timeline.notification.provider_message_id is None
    assert [attempt.provider_message_id for attempt in timeline.attempts] == [None]


def test_invariant_6_an_opt_out_stops_what_was_planned_before_it(house: House) -> None:
    notification = house.dispatch()
    suppress(house, Channel.WHATSAPP)
    house.work()

    assert [message.to.channel for message in house.senders.attempted] == ["email"]
    kinds = [(e.kind, e.detail) for e in house.timeline(notification).history]
    assert kinds[0] == ("channel_refused", "suppressed")


def test_invariant_6_an_opt_out_everywhere_ends_as_suppressed_without_a_send(
    house: House,
) -> None:
    notification = house.dispatch()
    for channel in (Channel.WHATSAPP, Channel.EMAIL, Channel.PUSH):
        suppress(house, channel)
    house.work()

    assert house.senders.attempted == []
    assert house.state(notification) is State.SUPPRESSED


def explode(_: OutboundMessage) -> None:
    raise RuntimeError("a bug in the adapter")


def test_invariant_8_one_bad_message_costs_the_others_nothing(house: House) -> None:
    notifications = [house.dispatch() for _ in range(9)]
    batch = house.queues.take_queued()
    stray = delivery_of(DeliveryMessage(tenant_id="andinos", notification_id="ntf_x", step=0))
    house.senders.script["wa"].append(explode)

    kept = house.deliver([*batch, stray])
    again = house.deliver([d for d in [*batch, stray] if d.message_id in kept])

    assert kept == again == {stray.message_id}
    assert len(house.senders.attempted) == 9
    assert sorted(house.state(n) for n in notifications) == [State.SENT] * 8 + [State.UNKNOWN]


def test_invariant_11_an_unexpected_failure_is_logged_without_what_it_says(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    def explode_with_personal_data(message: OutboundMessage) -> None:
        raise RuntimeError(f"cannot send to {message.to.value}")

    house.senders.script["wa"].append(explode_with_personal_data)
    notification = house.dispatch()
    house.work()

    assert house.timeline(notification).attempts[0].code == "adapter_failed"
    [record] = [each for each in caplog.records if each.levelname == "ERROR"]
    assert "593991234567" not in caplog.text + str(record.__dict__)
    assert record.__dict__["error"] == "RuntimeError"
    assert "test_deliver_notification.py" in record.__dict__["raised_at"]


def test_a_resting_account_holds_the_message_and_counts_no_attempt(house: House) -> None:
    house.senders.script["wa"].append(NotAttemptedError("circuit_open", retry_after=30))
    notification = house.dispatch()
    house.deliver(house.queues.take_queued())

    [(channel, _, delay)] = house.queues.queued
    assert (channel, delay) == ("whatsapp", timedelta(seconds=30))
    house.clock.advance(seconds=30)
    house.work()
    assert outcomes(house, notification) == [("whatsapp", "accepted")]
    assert house.timeline(notification).attempts[0].number == 1


def test_an_account_that_rests_too_long_gives_way_to_the_next_channel(house: House) -> None:
    house.senders.script["wa"].extend([NotAttemptedError("circuit_open", retry_after=50)] * 5)
    notification = house.dispatch()
    for _ in range(5):
        house.deliver(house.queues.take_queued())
        house.clock.advance(seconds=50)
    house.work()

    assert outcomes(house, notification) == [("email", "accepted")]
    assert [e.kind for e in house.timeline(notification).history] == ["fallback"]


def test_what_is_past_its_deadline_is_not_sent(house: House) -> None:
    notification = house.dispatch()
    house.clock.advance(hours=25)
    house.work()

    assert house.senders.attempted == []
    assert house.state(notification) is State.EXPIRED


@pytest.mark.parametrize("reason", SuppressionReason)
def test_an_address_that_is_to_be_left_alone_is_not_written_to_again(
    house: House, reason: SuppressionReason
) -> None:
    refusal = PermanentRecipientError("131026", suppression=reason)
    house.senders.script["wa"].append(refusal)
    house.dispatch()
    house.work()

    [suppression] = house.directory.suppressions.values()
    assert (suppression.reason, suppression.evidence) == (reason, "whatsapp_cloud 131026")
    decisions = {d.channel: d.reason for d in house.dispatch().decisions}
    assert decisions[Channel.WHATSAPP] == "suppressed"


def test_a_push_subscription_that_is_gone_is_removed_and_not_suppressed(house: House) -> None:
    suppress(house, Channel.WHATSAPP)
    suppress(house, Channel.EMAIL)
    house.senders.script["push"].append(AddressGoneError("410"))
    house.dispatch()
    house.work()

    recipient = house.directory.recipient("andinos", "customer-001")
    assert recipient is not None
    assert recipient.addresses_on(Channel.PUSH) == ()
    assert ("andinos", Channel.PUSH, "https://push.example.com/abc") not in (
        house.directory.suppressions
    )


def test_only_mail_to_customers_carries_an_unsubscribe_link(house: House) -> None:
    house.senders.script["wa"].append(PermanentMessageError("x"))
    house.dispatch()
    house.dispatch(target="staff", context={"placa": "A", "nombre": "B"})
    house.work()

    links = {message.to.value: message.unsubscribe_url for message in house.senders.accepted}
    assert links["carlos@example.com"] is not None
    assert links["taller@example.com"] is None


def test_a_removed_account_gives_way_to_the_next_channel(house: House) -> None:
    notification = house.dispatch()
    house.configuration.put_account(ACCOUNTS[0].model_copy(update={"enabled": False}))
    house.work()

    assert outcomes(house, notification) == [("email", "accepted")]


def test_a_record_that_cannot_be_stored_leaves_the_claim_to_the_clock(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    notification = house.dispatch()
    batch = house.queues.take_queued()
    real_save = house.notifications.save

    def refuse_records(changes: Sequence[Change]) -> dict[str, Notification]:
        if any(change.attempt is not None for change in changes):
            raise ConnectionError("the store is out of reach")
        return real_save(changes)

    monkeypatch.setattr(house.notifications, "save", refuse_records)
    with pytest.raises(ConnectionError):
        house.deliver(batch)
    monkeypatch.undo()

    house.clock.advance(minutes=2)
    house.sweep()
    house.deliver(batch)

    assert house.state(notification) is State.UNKNOWN
    assert len(house.senders.attempted) == 1


# Faults of the store, each of which costs as little as can be


def test_invariant_8_a_claim_that_is_not_taken_costs_the_others_nothing(house: House) -> None:
    notifications = [house.dispatch() for _ in range(10)]
    batch = house.queues.take_queued()
    house.notifications.saves_to_fail.append(notifications[3].notification_id)

    kept = house.deliver(batch)

    assert kept == {batch[3].message_id}
    assert len(house.senders.accepted) == 9
    assert house.state(notifications[3]) is State.QUEUED
    house.deliver(batch)
    assert len(house.senders.accepted) == 10
    assert {house.state(notification) for notification in notifications} == {State.SENT}


def test_an_end_that_is_not_taken_is_recorded_when_the_others_have_ended(house: House) -> None:
    notifications = [house.dispatch() for _ in range(3)]
    unlucky = notifications[0].notification_id

    def fail_the_record(_: OutboundMessage) -> None:
        house.notifications.saves_to_fail.append(unlucky)

    house.senders.script["wa"].append(fail_the_record)
    house.work()

    assert {house.state(notification) for notification in notifications} == {State.SENT}
    assert house.notifications.saves_to_fail == []


def test_a_send_that_outlives_its_lease_is_recorded_when_it_can_be_looked_up(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    notification = house.dispatch()
    batch = house.queues.take_queued()
    real_get_many = house.notifications.get_many

    def throttle(_: object) -> object:
        monkeypatch.setattr(house.notifications, "get_many", real_get_many)
        raise RuntimeError("the store's own words")

    def outlive(_: OutboundMessage) -> None:
        house.clock.advance(minutes=2)
        house.sweep()
        monkeypatch.setattr(house.notifications, "get_many", throttle)

    house.senders.script["wa"].append(outlive)
    house.deliver(batch)

    assert house.state(notification) is State.SENT
    assert "late sends could not be looked up" in caplog.text
    assert "the store's own words" not in caplog.text


def test_a_suppression_that_cannot_be_stored_costs_no_record(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Suppression) -> None:
        raise RuntimeError("injected")

    monkeypatch.setattr(house.directory, "suppress", refuse)
    refusal = PermanentRecipientError("131026", suppression=SuppressionReason.INVALID_ADDRESS)
    house.senders.script["wa"].append(refusal)
    notifications = [house.dispatch() for _ in range(5)]
    house.work()

    assert {house.state(notification) for notification in notifications} == {State.SENT}
    assert len(house.senders.accepted) == 5


def test_invariant_8_what_cannot_be_prepared_costs_the_others_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = [house.dispatch() for _ in range(2)]
    broken = house.dispatch()
    batch = house.queues.take_queued()
    versions = house.configuration.template_version
    calls = iter(range(10))

    def fail_the_third(*wanted: object) -> object:
        if next(calls) == 2:
            raise RuntimeError("injected")
        return versions(*wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(house.configuration, "template_version", fail_the_third)
    kept = house.deliver(batch)

    assert kept == {batch[2].message_id}
    assert {house.state(notification) for notification in healthy} == {State.SENT}
    assert house.state(broken) is State.QUEUED


def test_a_dead_workers_retry_keeps_its_message_and_its_time(house: House) -> None:
    notification = house.dispatch()
    batch = house.queues.take_queued()
    claimed = claim_and_die(house, notification)
    attempt = Attempt(
        number=1,
        step=0,
        channel=claimed.current_step.channel,
        provider=claimed.current_step.provider,
        account_id="wa",
        started_at=house.clock.now(),
        ended_at=house.clock.now(),
        outcome=Outcome.RETRYABLE,
        retry_in_seconds=3600,
    )
    stale = claimed.model_copy(update={"version": -1})
    house.notifications.save([Change(notification=stale, attempt=attempt)])
    house.clock.advance(minutes=12)

    kept = house.deliver(batch)

    assert kept == {batch[0].message_id}
    assert house.queues.postponed == {batch[0].message_id: timedelta(minutes=48)}


# The clock


def test_a_queue_that_is_merely_long_gets_few_copies(house: House) -> None:
    house.dispatch()
    for _ in range(120):
        house.clock.advance(minutes=1)
        house.sweep()

    assert len(house.queues.queued) - 1 == len([5, 15, 35, 75])


def test_what_the_store_does_not_take_is_left_for_a_while_and_then_swept(house: House) -> None:
    notification = house.dispatch()
    house.queues.take_queued()
    house.notifications.saves_to_fail.append(notification.notification_id)
    house.clock.advance(minutes=6)

    assert (house.sweep().changed, house.sweep().looked_at) == (0, 0)
    house.clock.advance(minutes=5)
    assert house.sweep().queued == 1


def test_one_notification_that_cannot_be_swept_costs_the_others_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = house.dispatch()
    house.queues.take_queued()
    claim_and_die(house, stuck)
    house.clock.advance(minutes=1)
    others = [house.dispatch() for _ in range(60)]
    house.queues.take_queued()
    house.clock.advance(minutes=6)

    def fail(*_: object) -> None:
        raise RuntimeError("injected")

    monkeypatch.setattr(house.notifications, "attempt", fail)
    house.sweep()

    assert len(house.queues.take_queued()) == len(others)
    assert house.state(stuck) is State.SENDING
