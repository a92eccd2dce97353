"""What the outcome of an attempt means for its notification."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.delivery import (
    HOLD_LIMIT,
    Conclusion,
    conclude,
    expire,
    move_on,
    recover,
    refuse,
    settle_unknown,
)
from recado.domain.directory import SuppressionReason
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
from recado.domain.retry import RetryPolicy
from recado.domain.tenants import Tenant, UnknownOutcomePolicy
from tests.fakes.clock import NOON
from tests.unit.domain.notifications import (
    DEADLINE,
    STEPS,
    claimed_notification,
    new_notification,
)

TENANT = Tenant(
    tenant_id="andinos",
    name="Andinos",
    time_zone="America/Guayaquil",
    retry=RetryPolicy(max_retries=3, base_seconds=10, cap_seconds=300),
    unknown_wait_seconds=600,
)
TELLS_TWICE = TENANT.model_copy(update={"unknown_outcome": UnknownOutcomePolicy.NEXT_CHANNEL})
LATER = NOON + timedelta(seconds=2)


def concluded(claimed: Notification, result: str | DeliveryError) -> Conclusion:
    return conclude(claimed, tenant=TENANT, result=result, now=LATER, draw=lambda: 1.0)


def recorded(outcome: Outcome, *, retry_in_seconds: float | None = None) -> Attempt:
    return Attempt(
        number=1,
        step=0,
        channel=STEPS[0].channel,
        provider=STEPS[0].provider,
        account_id="wa",
        started_at=NOON,
        ended_at=LATER,
        outcome=outcome,
        code="131026",
        detail="why",
        retry_in_seconds=retry_in_seconds,
    )


# Conclusions


def test_an_accepted_attempt_is_recorded_with_the_providers_message_id() -> None:
    conclusion = concluded(claimed_notification(), "wamid.1")

    assert conclusion.change.notification.state is State.SENT
    assert conclusion.change.attempt == Attempt(
        number=1,
        step=0,
        channel=STEPS[0].channel,
        provider=STEPS[0].provider,
        account_id="wa",
        started_at=NOON,
        ended_at=LATER,
        outcome=Outcome.ACCEPTED,
        provider_message_id="wamid.1",
    )
    assert (conclusion.retry_in, conclusion.is_deferred, conclusion.gives_up) == (
        None,
        False,
        False,
    )


@pytest.mark.parametrize(("tries", "seconds"), [(1, 20), (2, 40), (3, 80)])
def test_a_retryable_error_waits_longer_after_each_attempt(tries: int, seconds: int) -> None:
    conclusion = concluded(claimed_notification(tries=tries), RetryableError("503", "busy"))

    moved, attempt = conclusion.change.notification, conclusion.change.attempt
    assert conclusion.retry_in == timedelta(seconds=seconds)
    assert (moved.state, moved.reason) == (State.QUEUED, "503")
    assert moved.not_before == LATER + timedelta(seconds=seconds)
    assert attempt is not None
    assert (attempt.number, attempt.outcome) == (tries, Outcome.RETRYABLE)
    assert (attempt.code, attempt.detail, attempt.retry_in_seconds) == ("503", "busy", seconds)


def test_the_providers_retry_after_is_honoured() -> None:
    conclusion = concluded(claimed_notification(), RetryableError("429", retry_after=120))

    assert conclusion.retry_in == timedelta(seconds=120)


def test_attempts_that_are_used_up_give_the_channel_up() -> None:
    conclusion = concluded(claimed_notification(tries=4), RetryableError("503", "busy"))

    assert conclusion.gives_up
    assert conclusion.retry_in is None
    assert conclusion.change.notification.state is State.PENDING
    assert conclusion.change.notification.reason == "503"
    assert conclusion.change.attempt is not None
    assert conclusion.change.attempt.outcome is Outcome.RETRYABLE


@pytest.mark.parametrize(("seconds_left", "gives_up"), [(60, True), (61, False)])
def test_a_retry_that_would_come_after_the_deadline_gives_the_channel_up(
    seconds_left: int, gives_up: bool
) -> None:
    deadline = LATER + timedelta(seconds=seconds_left)
    claimed = claimed_notification().model_copy(update={"deadline": deadline})

    conclusion = concluded(claimed, RetryableError("429", retry_after=60))

    assert conclusion.gives_up is gives_up
    assert (conclusion.retry_in is None) is gives_up


@pytest.mark.parametrize(
    "error",
    [
        PermanentMessageError("131008", "why"),
        PermanentRecipientError("131026", "why", suppression=SuppressionReason.OPT_OUT),
        AddressGoneError("410", "why"),
        AccountError("190", "why"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_permanent_error_gives_the_channel_up(error: DeliveryError) -> None:
    conclusion = concluded(claimed_notification(), error)

    moved, attempt = conclusion.change.notification, conclusion.change.attempt
    assert conclusion.gives_up
    assert (moved.state, moved.reason, moved.detail) == (State.PENDING, error.code, "why")
    assert attempt is not None
    assert (attempt.outcome, attempt.code, attempt.detail) == (
        Outcome.PERMANENT,
        error.code,
        "why",
    )


def test_an_unknown_outcome_waits_and_is_not_sent_again() -> None:
    conclusion = concluded(claimed_notification(), OutcomeUnknownError("timeout"))

    moved = conclusion.change.notification
    assert (moved.state, moved.due_at) == (State.UNKNOWN, LATER + timedelta(seconds=600))
    assert moved.reason == "outcome_unknown"
    assert conclusion.change.attempt is not None
    assert conclusion.change.attempt.outcome is Outcome.UNKNOWN
    assert (conclusion.retry_in, conclusion.is_deferred, conclusion.gives_up) == (
        None,
        False,
        False,
    )


def test_a_resting_account_defers_the_message_without_an_attempt() -> None:
    error = NotAttemptedError("circuit_open", retry_after=30)
    conclusion = concluded(claimed_notification(), error)

    assert conclusion.is_deferred
    assert conclusion.change.notification.delay == timedelta(seconds=30)
    assert conclusion.change.attempt is None
    assert conclusion.change.notification.attempts == 0


def test_a_real_attempt_ends_the_wait_for_a_resting_account() -> None:
    held = claimed_notification().model_copy(update={"held_since": NOON - HOLD_LIMIT})

    retried = concluded(held, RetryableError("503")).change.notification

    assert retried.held_since is None


@pytest.mark.parametrize(
    ("held", "retry_after"),
    [
        (timedelta(), HOLD_LIMIT.total_seconds()),
        (HOLD_LIMIT - timedelta(seconds=10), 10),
        (HOLD_LIMIT * 2, 1),
    ],
)
def test_an_account_that_rests_too_long_gives_the_channel_up_without_an_attempt(
    held: timedelta, retry_after: float
) -> None:
    claimed = claimed_notification().model_copy(update={"held_since": LATER - held})
    error = NotAttemptedError("circuit_open", "resting", retry_after=retry_after)

    conclusion = concluded(claimed, error)

    moved = conclusion.change.notification
    assert conclusion.gives_up
    assert conclusion.change.attempt is None
    assert (moved.reason, moved.detail) == ("circuit_open", "resting")
    assert (moved.tries, moved.attempts) == (0, 0)


def test_an_account_that_rests_beyond_the_deadline_gives_the_channel_up() -> None:
    claimed = claimed_notification().model_copy(update={"deadline": LATER + timedelta(seconds=9)})

    conclusion = concluded(claimed, NotAttemptedError("circuit_open", retry_after=9))

    assert conclusion.gives_up


# What happens without a result


def test_a_refused_channel_is_given_up_with_its_reason_in_the_history() -> None:
    queued = new_notification().queued(NOON)

    conclusion = refuse(queued, reason="suppressed", detail="opted out", now=LATER)

    assert conclusion.gives_up
    assert conclusion.change.attempt is None
    assert conclusion.change.notification.reason == "suppressed"
    assert conclusion.change.notification.detail == "opted out"
    assert conclusion.change.history is not None
    assert (conclusion.change.history.kind, conclusion.change.history.detail) == (
        "channel_refused",
        "suppressed",
    )


def test_a_notification_past_its_deadline_expires() -> None:
    change = expire(new_notification().queued(NOON), DEADLINE)

    assert (change.notification.state, change.notification.reason) == (
        State.EXPIRED,
        "deadline_passed",
    )
    assert change.history is not None
    assert change.history.kind == "expired"


def test_moving_on_tells_from_where_to_where_and_why() -> None:
    given_up = claimed_notification().given_up(NOON, reason="131026")

    change = move_on(given_up, LATER)

    assert change.notification.step == 1
    assert change.history is not None
    assert (change.history.kind, change.history.detail) == (
        "fallback",
        "whatsapp -> email (131026)",
    )


def test_moving_on_from_the_last_channel_ends_the_notification() -> None:
    given_up = claimed_notification(channels=1).given_up(NOON, reason="131026")

    change = move_on(given_up, LATER)

    assert change.notification.state is State.FAILED
    assert change.history is not None
    assert (change.history.kind, change.history.detail) == ("failed", "131026")


def test_moving_on_too_late_is_an_end() -> None:
    change = move_on(claimed_notification().given_up(NOON, reason="x"), DEADLINE)

    assert change.notification.state is State.EXPIRED


# Lost workers


@pytest.mark.parametrize("attempt", [None, recorded(Outcome.UNKNOWN)])
def test_a_lost_worker_that_may_have_sent_leaves_an_unknown_outcome(
    attempt: Attempt | None,
) -> None:
    change = recover(claimed_notification(), attempt, TENANT, LATER).change

    assert change.notification.state is State.UNKNOWN
    assert change.notification.due_at == LATER + timedelta(seconds=600)
    assert change.history is not None
    assert (change.history.kind, change.history.detail) == ("worker_lost", "attempt 1")


def test_an_accepted_attempt_of_a_lost_worker_is_believed() -> None:
    moved = recover(claimed_notification(), recorded(Outcome.ACCEPTED), TENANT, LATER).change

    assert moved.notification.state is State.SENT
    assert moved.notification.sent_at == LATER


@pytest.mark.parametrize("outcome", [Outcome.RETRYABLE, Outcome.PERMANENT])
def test_a_lost_workers_last_attempt_gives_the_channel_up(outcome: Outcome) -> None:
    conclusion = recover(claimed_notification(tries=4), recorded(outcome), TENANT, LATER)

    moved = conclusion.change.notification
    assert conclusion.gives_up
    assert (moved.state, moved.reason, moved.detail) == (State.PENDING, "131026", "why")


@pytest.mark.parametrize(("minutes_later", "left"), [(0, 600), (4, 360), (20, 0)])
def test_a_lost_workers_retry_keeps_its_time(minutes_later: int, left: int) -> None:
    attempt = recorded(Outcome.RETRYABLE, retry_in_seconds=600)
    now = LATER + timedelta(minutes=minutes_later)

    conclusion = recover(claimed_notification(), attempt, TENANT, now)

    moved = conclusion.change.notification
    assert conclusion.retry_in == timedelta(seconds=left)
    assert (moved.state, moved.reason, moved.delay) == (
        State.QUEUED,
        "131026",
        timedelta(seconds=left),
    )


# Unknown outcomes whose wait is over


def test_by_policy_nobody_is_told_twice() -> None:
    unknown = claimed_notification().outcome_unknown(NOON, wait=timedelta(minutes=10))

    change = settle_unknown(unknown, TENANT, LATER)

    assert (change.notification.state, change.notification.reason) == (
        State.UNKNOWN,
        "outcome_unknown",
    )
    assert change.notification.is_final
    assert change.notification.detail


def test_by_policy_nobody_is_left_out() -> None:
    unknown = claimed_notification().outcome_unknown(NOON, wait=timedelta(minutes=10))

    change = settle_unknown(unknown, TELLS_TWICE, LATER)

    assert (change.notification.state, change.notification.step) == (State.QUEUED, 1)


def test_by_either_policy_the_deadline_holds() -> None:
    unknown = claimed_notification().outcome_unknown(NOON, wait=timedelta(minutes=10))

    assert settle_unknown(unknown, TENANT, DEADLINE).notification.state is State.UNKNOWN
    assert settle_unknown(unknown, TELLS_TWICE, DEADLINE).notification.state is State.EXPIRED
