"""Receipts: found by our tag or the provider's id, early, late, doubled, mixed in a batch."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from recado.domain.channels import Channel, Provider
from recado.domain.delivery import Change
from recado.domain.directory import SuppressionReason
from recado.domain.erasure import new_pseudonym, without_person
from recado.domain.errors import (
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from recado.domain.notification import Notification, State
from recado.domain.receipts import EARLY_LIMIT, Failure, Receipt, ReceiptStatus
from recado.services.apply_receipts import ApplyReceipts
from tests.unit.services.conftest import House
from tests.workshop import ACCOUNTS

BLOCKED = PermanentRecipientError("131026", suppression=SuppressionReason.INVALID_ADDRESS)


@pytest.fixture
def apply(house: House) -> ApplyReceipts:
    return ApplyReceipts(
        notifications=house.notifications,
        orphans=house.notifications,
        directory=house.directory,
        configuration=house.configuration,
        queues=house.queues,
        clock=house.clock,
        draw=lambda: 1.0,
    )


def receipt(
    house: House,
    status: ReceiptStatus,
    *,
    of: Notification | None = None,
    provider_message_id: str = "wa-1",
    failure: Failure | None = None,
) -> Receipt:
    """A receipt by the provider's id; with `of`, by our tag on its first attempt."""
    return Receipt(
        tenant_id="andinos",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        provider_message_id=provider_message_id,
        status=status,
        at=house.clock.now(),
        received_at=house.clock.now(),
        tag=f"{of.notification_id}.1" if of else None,
        failure=failure,
    )


def failed(house: House, error: DeliveryError) -> Receipt:
    return receipt(house, ReceiptStatus.FAILED, failure=Failure.of(error))


def numbered(*receipts: Receipt) -> dict[str, Receipt]:
    return {f"m{number}": each for number, each in enumerate(receipts)}


def kinds(house: House, notification: Notification) -> list[str]:
    return [entry.kind for entry in house.timeline(notification).history]


@pytest.mark.parametrize("tagged", [True, False])
def test_a_message_is_followed_to_read(house: House, apply: ApplyReceipts, tagged: bool) -> None:
    notification = house.dispatch()
    house.work()
    of = notification if tagged else None
    ladder = [receipt(house, status, of=of) for status in list(ReceiptStatus)[:3]]

    assert apply(numbered(*ladder)) == set()

    assert house.state(notification) is State.READ
    assert kinds(house, notification) == ["receipt_sent", "receipt_delivered", "receipt_read"]


def test_a_batch_of_many_notifications_in_any_order(house: House, apply: ApplyReceipts) -> None:
    notifications = [house.dispatch() for _ in range(20)]
    house.work()
    receipts = [
        receipt(house, status, of=notification)
        for notification in notifications
        for status in (ReceiptStatus.SENT, ReceiptStatus.DELIVERED, ReceiptStatus.READ)
    ]
    random.Random(7).shuffle(receipts)  # noqa: S311

    assert apply(numbered(*receipts, *receipts)) == set()

    assert {house.state(notification) for notification in notifications} == {State.READ}


def test_a_receipt_that_comes_before_the_record_waits_for_it(
    house: House, apply: ApplyReceipts
) -> None:
    early = receipt(house, ReceiptStatus.DELIVERED)
    assert apply(numbered(early)) == {"m0"}

    notification = house.dispatch()
    house.work()

    assert apply(numbered(early)) == set()
    assert house.state(notification) is State.DELIVERED


def test_a_receipt_during_the_send_waits_for_its_end(house: House, apply: ApplyReceipts) -> None:
    notification = house.dispatch()
    during: list[set[str]] = []

    def report(_: object) -> None:
        during.append(apply(numbered(receipt(house, ReceiptStatus.DELIVERED, of=notification))))

    house.senders.script["wa"].append(report)
    house.work()

    assert during == [{"m0"}]
    assert house.state(notification) is State.SENT


def test_a_receipt_for_nothing_of_ours_is_kept_as_an_orphan(
    house: House, apply: ApplyReceipts
) -> None:
    stray = receipt(house, ReceiptStatus.READ, provider_message_id="unknown")
    house.clock.advance(seconds=EARLY_LIMIT.total_seconds())

    assert apply(numbered(stray, stray)) == set()

    assert house.notifications.orphans == {stray}


def test_a_receipt_settles_an_unknown_outcome_by_our_tag(
    house: House, apply: ApplyReceipts
) -> None:
    house.senders.script["wa"].append(OutcomeUnknownError("timeout"))
    notification = house.dispatch()
    house.work()
    assert house.state(notification) is State.UNKNOWN

    apply(numbered(receipt(house, ReceiptStatus.SENT, of=notification)))

    assert house.state(notification) is State.SENT
    house.clock.advance(hours=1)
    assert house.sweep().changed == 0


def test_a_failure_after_acceptance_takes_the_next_channel(
    house: House, apply: ApplyReceipts
) -> None:
    notification = house.dispatch()
    house.work()

    apply(numbered(failed(house, PermanentMessageError("131047", "outside the window"))))
    house.work()

    assert [m.to.channel for m in house.senders.accepted] == ["whatsapp", "email"]
    assert house.state(notification) is State.SENT


def test_a_passing_failure_after_acceptance_is_sent_again_on_the_same_channel(
    house: House, apply: ApplyReceipts
) -> None:
    house.dispatch()
    house.work()

    apply(numbered(failed(house, RetryableError("131000"))))
    [(channel, _, delay)] = house.queues.queued

    assert (channel, delay) == (Channel.WHATSAPP, timedelta(seconds=20))


def test_invariant_6_a_failure_that_speaks_against_the_address_suppresses_it(
    house: House, apply: ApplyReceipts
) -> None:
    house.dispatch()
    house.work()

    apply(numbered(failed(house, BLOCKED)))

    decisions = {d.channel: d.reason for d in house.dispatch().decisions}
    assert decisions[Channel.WHATSAPP] == "suppressed"


def test_a_complaint_suppresses_though_the_message_arrived(
    house: House, apply: ApplyReceipts
) -> None:
    complaint = PermanentRecipientError("complaint", suppression=SuppressionReason.COMPLAINT)
    notification = house.dispatch()
    house.work()

    apply(numbered(receipt(house, ReceiptStatus.DELIVERED), failed(house, complaint)))

    assert house.state(notification) is State.DELIVERED
    [suppression] = house.directory.suppressions.values()
    assert suppression.reason is SuppressionReason.COMPLAINT


def test_invariant_6_a_complaint_holds_though_another_account_took_the_message_over(
    house: House, apply: ApplyReceipts
) -> None:
    complaint = PermanentRecipientError("complaint", suppression=SuppressionReason.COMPLAINT)
    notification = house.dispatch()
    house.work()
    stored = house.timeline(notification).notification
    moved = stored.with_account(ACCOUNTS[0].model_copy(update={"account_id": "wa-2"}))
    house.notifications.save([Change(notification=moved)])

    apply(numbered(failed(house, complaint)))

    [suppression] = house.directory.suppressions.values()
    assert suppression.reason is SuppressionReason.COMPLAINT


def test_a_complaint_that_comes_first_says_that_the_message_arrived(
    house: House, apply: ApplyReceipts
) -> None:
    complaint = PermanentRecipientError("complaint", suppression=SuppressionReason.COMPLAINT)
    notification = house.dispatch()
    house.work()

    apply(numbered(failed(house, complaint)))

    assert house.state(notification) is State.DELIVERED
    assert house.queues.dead == []


def test_invariant_9_a_late_receipt_cancels_the_fallback(
    house: House, apply: ApplyReceipts
) -> None:
    notification = house.dispatch()
    house.work()
    apply(numbered(failed(house, PermanentMessageError("131049"))))
    house.fall_back(house.queues.take_dead())
    assert house.state(notification) is State.QUEUED

    apply(numbered(receipt(house, ReceiptStatus.READ)))
    house.work()

    assert house.state(notification) is State.READ
    assert [m.to.channel for m in house.senders.accepted] == ["whatsapp"]


def erase(house: House, notification: Notification) -> None:
    """Blank a notification, as the erasure of its person does."""
    current = house.timeline(notification).notification
    blank = without_person(current, new_pseudonym(), house.clock.now())
    assert house.notifications.save([Change(notification=blank)]).stored


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (BLOCKED, State.FAILED),
        (RetryableError("131016", "+593991234567 is busy"), State.FAILED),
        (PermanentRecipientError("x", suppression=SuppressionReason.COMPLAINT), State.DELIVERED),
    ],
)
def test_a_late_failure_for_an_erased_person_ends_the_message_and_suppresses_nothing(
    house: House, apply: ApplyReceipts, error: DeliveryError, state: State
) -> None:
    notification = house.dispatch()
    house.work()
    erase(house, notification)
    late = failed(house, error).model_copy(update={"tag": f"{notification.notification_id}.1"})

    assert apply(numbered(late)) == set()

    timeline = house.timeline(notification)
    assert timeline.notification.state is state
    assert (timeline.notification.detail, timeline.history[-1].detail) == ("", "")
    assert house.directory.suppressions == {}
    assert (house.queues.queued, house.queues.dead) == ([], [])


def test_a_late_receipt_for_an_erased_person_brings_no_message_id_back(
    house: House, apply: ApplyReceipts
) -> None:
    house.senders.script["wa"].append(OutcomeUnknownError("timeout"))
    notification = house.dispatch()
    house.work()
    assert house.state(notification) is State.UNKNOWN
    erase(house, notification)

    apply(numbered(receipt(house, ReceiptStatus.SENT, of=notification)))

    settled = house.timeline(notification).notification
    assert (settled.state, settled.provider_message_id) == (State.SENT, None)


def test_invariant_8_a_receipt_that_cannot_be_stored_costs_the_others_nothing(
    house: House, apply: ApplyReceipts
) -> None:
    notifications = [house.dispatch() for _ in range(5)]
    house.work()
    house.notifications.saves_to_fail.append(notifications[2].notification_id)
    receipts = numbered(*[receipt(house, ReceiptStatus.READ, of=n) for n in notifications])

    assert apply(receipts) == {"m2"}
    assert apply({"m2": receipts["m2"]}) == set()

    assert {house.state(notification) for notification in notifications} == {State.READ}


def test_invariant_10_a_tenants_receipt_never_touches_anothers_notification(
    house: House, apply: ApplyReceipts
) -> None:
    notification = house.dispatch()
    house.work()
    foreign = receipt(house, ReceiptStatus.READ, of=notification)

    waiting = apply(numbered(foreign.model_copy(update={"tenant_id": "costa"})))

    assert waiting == {"m0"}
    assert house.state(notification) is State.SENT


def test_invariant_10_not_even_in_one_batch_with_that_tenants_own_receipt(
    house: House, apply: ApplyReceipts
) -> None:
    notification = house.dispatch()
    house.work()
    own = receipt(house, ReceiptStatus.DELIVERED, of=notification)
    foreign = receipt(house, ReceiptStatus.READ, of=notification)

    waiting = apply(numbered(own, foreign.model_copy(update={"tenant_id": "costa"})))

    assert waiting == {"m1"}
    assert house.state(notification) is State.DELIVERED
