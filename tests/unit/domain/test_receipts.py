"""Receipts: ranks that only rise, in any order, and failures that come late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.channels import Provider
from recado.domain.delivery import Conclusion, move_on
from recado.domain.directory import SuppressionReason
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
    WindowClosedError,
)
from recado.domain.notification import Notification, State
from recado.domain.receipts import (
    Failure,
    Receipt,
    ReceiptStatus,
    apply_receipt,
    comes_too_early,
)
from recado.domain.replies import Interest, Reply
from recado.domain.tenants import Tenant
from tests.unit.domain.notifications import NOON, claimed_notification

TENANT = Tenant(tenant_id="andinos", name="Andinos", time_zone="America/Guayaquil")
LATER = NOON + timedelta(minutes=1)
REFUSED = Failure.of(PermanentMessageError("131049", "not delivered"))


def a_receipt(
    status: ReceiptStatus, *, failure: Failure | None = None, at: datetime = LATER
) -> Receipt:
    if status is ReceiptStatus.FAILED and failure is None:
        failure = REFUSED
    return Receipt(
        tenant_id="andinos",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        provider_message_id="wamid.1",
        status=status,
        at=at,
        received_at=at,
        failure=failure,
    )


def applied(notification: Notification, receipt: Receipt, *, attempt: int = 1) -> Conclusion:
    return apply_receipt(notification, attempt, receipt, tenant=TENANT, now=LATER, draw=lambda: 1.0)


def sent() -> Notification:
    return claimed_notification().accepted(NOON, provider_message_id="wa-1")


def on_the_next_channel() -> Notification:
    return move_on(sent().given_up(NOON, reason="131049"), NOON).notification


def after(start: Notification, statuses: Sequence[ReceiptStatus]) -> Notification:
    current = start
    for status in statuses:
        current = applied(current, a_receipt(status)).change.notification
    return current


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (ReceiptStatus.SENT, State.SENT),
        (ReceiptStatus.DELIVERED, State.DELIVERED),
        (ReceiptStatus.READ, State.READ),
    ],
)
def test_a_receipt_raises_the_state(status: ReceiptStatus, state: State) -> None:
    moved = after(sent(), [status])

    assert moved.state is state
    assert moved.is_final


def test_who_read_a_message_had_it_delivered() -> None:
    moved = after(sent(), [ReceiptStatus.READ])

    assert (moved.delivered_at, moved.read_at) == (LATER, LATER)


def test_the_first_time_of_arrival_stays() -> None:
    read = after(sent(), [ReceiptStatus.DELIVERED])
    again = applied(read, a_receipt(ReceiptStatus.READ, at=LATER + timedelta(hours=1)))

    moved = again.change.notification
    assert (moved.delivered_at, moved.read_at) == (LATER, LATER + timedelta(hours=1))


@pytest.mark.parametrize("status", ReceiptStatus)
def test_history_keeps_every_receipt_even_one_that_changes_nothing(status: ReceiptStatus) -> None:
    read = after(sent(), [ReceiptStatus.READ])

    change = applied(read, a_receipt(status)).change

    assert change.notification.state is State.READ
    assert change.history is not None
    assert change.history.kind == f"receipt_{status}"


@given(st.permutations([*ReceiptStatus, *ReceiptStatus]), st.integers(1, 8))
def test_invariant_5_receipts_in_any_order_and_number_give_the_same_state(
    order: list[ReceiptStatus], count: int
) -> None:
    some = order[:count]
    states = {after(sent(), [*some[turn:], *some[:turn]]).state for turn in range(len(some))}

    assert len(states) == 1


def test_invariant_5_every_order_of_the_whole_ladder_ends_as_read() -> None:
    ends = {after(sent(), order).state for order in permutations(ReceiptStatus)}

    assert ends == {State.READ}


@given(st.permutations([*ReceiptStatus, *ReceiptStatus, None, None]))
def test_invariant_5_an_answer_among_receipts_of_any_order_is_the_end(
    order: list[ReceiptStatus | None],
) -> None:
    current = sent()
    for each in order:
        if each is None:
            reply = Reply(message_id="msg_1", at=LATER, text="ok", interest=Interest.UNKNOWN)
            current = current.replied(LATER, reply)
        else:
            current = after(current, [each])

    assert (current.state, current.is_final) == (State.REPLIED, True)
    assert current.reply is not None


@given(st.permutations(range(4)))
def test_invariant_5_of_answers_in_any_order_the_latest_stands(order: list[int]) -> None:
    current = sent()
    for number in order:
        at = LATER + timedelta(minutes=number)
        reply = Reply(message_id=f"msg_{number}", at=at, text="", interest=Interest.UNKNOWN)
        current = current.replied(LATER, reply)

    assert current.reply is not None
    assert current.reply.message_id == "msg_3"


@pytest.mark.parametrize("status", [ReceiptStatus.DELIVERED, ReceiptStatus.READ])
def test_invariant_9_a_late_receipt_cancels_a_fallback_that_waits(status: ReceiptStatus) -> None:
    waiting = on_the_next_channel()
    assert waiting.state is State.QUEUED

    moved = applied(waiting, a_receipt(status)).change.notification

    assert moved.state is State(status)
    assert moved.due_at is None


def test_a_late_sent_or_failed_leaves_the_next_channel_alone() -> None:
    waiting = on_the_next_channel()

    assert after(waiting, [ReceiptStatus.SENT, ReceiptStatus.FAILED]) == waiting


def test_a_receipt_settles_an_unknown_outcome() -> None:
    unknown = claimed_notification().outcome_unknown(NOON, wait=timedelta(minutes=10))

    moved = after(unknown, [ReceiptStatus.SENT])

    assert (moved.state, moved.sent_at, moved.due_at) == (State.SENT, LATER, None)


@pytest.mark.parametrize("status", [ReceiptStatus.DELIVERED, ReceiptStatus.READ])
def test_what_arrived_has_not_failed(status: ReceiptStatus) -> None:
    failed = sent().ended(NOON, State.FAILED, reason="131026")

    moved = after(failed, [status])

    assert (moved.state, moved.reason) == (State(status), None)


# Failures after acceptance


@pytest.mark.parametrize(
    "error",
    [
        PermanentMessageError("131049", "not delivered"),
        PermanentRecipientError("131026", suppression=SuppressionReason.INVALID_ADDRESS),
        AccountError("131042", "no payment"),
    ],
)
def test_a_failure_after_acceptance_gives_the_channel_up(error: DeliveryError) -> None:
    receipt = a_receipt(ReceiptStatus.FAILED, failure=Failure.of(error))

    conclusion = applied(sent(), receipt)

    assert conclusion.gives_up
    moved = conclusion.change.notification
    assert (moved.state, moved.reason) == (State.PENDING, error.code)


def test_a_passing_failure_after_acceptance_is_tried_again() -> None:
    failure = Failure.of(RetryableError("131000", retry_after=90))

    conclusion = applied(sent(), a_receipt(ReceiptStatus.FAILED, failure=failure))

    moved = conclusion.change.notification
    assert conclusion.is_deferred
    assert (moved.state, moved.delay) == (State.QUEUED, timedelta(seconds=90))


def test_a_passing_failure_of_the_last_attempt_gives_the_channel_up() -> None:
    last = claimed_notification(tries=4).accepted(NOON, provider_message_id="wa-1")
    failure = Failure.of(RetryableError("131000"))
    receipt = a_receipt(ReceiptStatus.FAILED, failure=failure)

    conclusion = applied(last, receipt, attempt=4)

    assert conclusion.gives_up


def test_a_failure_is_told_with_its_code() -> None:
    entry = applied(sent(), a_receipt(ReceiptStatus.FAILED)).change.history

    assert entry is not None
    assert entry.detail == "attempt 1: 131049 not delivered"


@pytest.mark.parametrize(
    "error",
    [
        RetryableError("1", "busy", retry_after=3),
        PermanentMessageError("2", "no"),
        PermanentRecipientError("3", "gone", suppression=SuppressionReason.OPT_OUT),
        AccountError("4", "closed"),
        WindowClosedError("5", "too late"),
    ],
)
def test_a_failure_survives_a_queue(error: DeliveryError) -> None:
    stored = Failure.model_validate_json(Failure.of(error).model_dump_json())

    read = stored.error()
    assert type(read) is type(error)
    assert (read.code, read.detail) == (error.code, error.detail)
    assert Failure.of(read) == stored


# Early receipts, tags


def test_a_receipt_waits_while_a_worker_has_the_notification() -> None:
    assert comes_too_early(claimed_notification(), 1)
    assert comes_too_early(sent(), 2)
    assert not comes_too_early(sent(), 1)


@pytest.mark.parametrize(
    ("tag", "attempt"),
    [
        ("ntf_1.2", ("ntf_1", 2)),
        ("ntf_1", None),
        ("ntf_1.x", None),
        ("other.1", None),
        ("", None),
        (None, None),
    ],
)
def test_our_tag_names_notification_and_attempt(
    tag: str | None, attempt: tuple[str, int] | None
) -> None:
    receipt = a_receipt(ReceiptStatus.SENT).model_copy(update={"tag": tag})

    assert receipt.attempt() == attempt


def priced(status: ReceiptStatus, category: str | None = "utility") -> Receipt:
    return a_receipt(status).model_copy(update={"pricing_category": category})


@pytest.mark.parametrize(
    "order", list(permutations([ReceiptStatus.SENT, ReceiptStatus.DELIVERED, ReceiptStatus.READ]))
)
def test_a_notification_knows_as_what_its_provider_bills_it(order: Sequence[ReceiptStatus]) -> None:
    current = sent()
    for status in order:
        category = None if status is ReceiptStatus.READ else "utility"
        current = applied(current, priced(status, category)).change.notification

    assert current.pricing_category == "utility"


def test_an_older_attempts_price_is_not_the_current_ones() -> None:
    current = claimed_notification(tries=2).accepted(NOON, provider_message_id="wa-2")

    moved = applied(current, priced(ReceiptStatus.DELIVERED), attempt=1).change.notification

    assert moved.pricing_category is None


@pytest.mark.parametrize("late", [ReceiptStatus.SENT, ReceiptStatus.FAILED])
def test_the_price_of_what_failed_later_does_not_go_to_the_next_attempt(
    late: ReceiptStatus,
) -> None:
    accepted = applied(sent(), priced(ReceiptStatus.SENT)).change.notification
    failed = applied(accepted, a_receipt(ReceiptStatus.FAILED)).change.notification

    assert applied(failed, priced(late)).change.notification.pricing_category is None
