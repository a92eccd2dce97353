"""What the outcome of an attempt means for its notification: pure rules, no sending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from recado.domain.channels import ChannelAccount
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    NotAttemptedError,
    OutcomeUnknownError,
    RetryableError,
    WindowClosedError,
)
from recado.domain.model import Model
from recado.domain.notification import (
    MOST_TAKE_UPS,
    RATE_LIMITED,
    Attempt,
    HistoryEntry,
    MessageType,
    Notification,
    Outcome,
    State,
)
from recado.domain.orchestration import Target
from recado.domain.tenants import Tenant, UnknownOutcomePolicy

FREQUENCY_CAP = "frequency_cap"
BUDGET_EXHAUSTED = "budget_exhausted"

HOLD_LIMIT = timedelta(minutes=2)
"""How long a notification waits for a resting account before it takes the next channel."""


class Change(Model):
    """A notification's next version, with the rows that tell how it came to be."""

    notification: Notification
    attempt: Attempt | None = None
    history: HistoryEntry | None = None


@dataclass(frozen=True)
class Conclusion:
    """What to store after an attempt, and what becomes of the queue's message.

    At most one is set: `retry_in` (keep the message, visible again after so long), `is_deferred`
    (a new message, after the notification's delay), `gives_up` (to the dead-letter queue).
    """

    change: Change
    retry_in: timedelta | None = None
    is_deferred: bool = False
    gives_up: bool = False


def conclude(
    claimed: Notification,
    *,
    tenant: Tenant,
    result: str | DeliveryError,
    now: datetime,
    draw: Callable[[], float],
) -> Conclusion:
    """Judge an attempt by its result: the provider's message id, or the error.

    `draw` gives a number from 0 to 1 for the backoff's jitter.
    """
    if isinstance(result, NotAttemptedError):
        return _conclude_not_attempted(claimed, result, now)
    if isinstance(result, str):
        attempt = _attempt(claimed, now, Outcome.ACCEPTED, provider_message_id=result)
        return Conclusion(
            Change(notification=claimed.accepted(now, provider_message_id=result), attempt=attempt)
        )
    if isinstance(result, OutcomeUnknownError):
        attempt = _attempt(claimed, now, Outcome.UNKNOWN, error=result)
        wait = timedelta(seconds=tenant.unknown_wait_seconds)
        waiting = claimed.outcome_unknown(now, wait=wait)
        return Conclusion(Change(notification=waiting, attempt=attempt))
    if isinstance(result, WindowClosedError) and _may_go_as_template(claimed):
        attempt = _attempt(claimed, now, Outcome.RETRYABLE, error=result, retry_in_seconds=0)
        waiting = _as_template(claimed, result, now)
        return Conclusion(Change(notification=waiting, attempt=attempt), retry_in=timedelta())
    if isinstance(result, RetryableError) and not tenant.retry.exhausted(claimed.tries):
        delay = tenant.retry.delay(claimed.tries, result.retry_after, draw)
        if now + timedelta(seconds=delay) < claimed.deadline:
            attempt = _attempt(
                claimed, now, Outcome.RETRYABLE, error=result, retry_in_seconds=delay
            )
            retry_in = timedelta(seconds=delay)
            waiting = claimed.to_retry(now, delay=retry_in, reason=result.code)
            return Conclusion(Change(notification=waiting, attempt=attempt), retry_in=retry_in)
    outcome = Outcome.RETRYABLE if isinstance(result, RetryableError) else Outcome.PERMANENT
    attempt = _attempt(claimed, now, outcome, error=result)
    given_up = claimed.given_up(
        now, reason=result.code, detail=result.detail, refused=is_refusal(result)
    )
    return Conclusion(Change(notification=given_up, attempt=attempt), gives_up=True)


def conclude_late(
    notification: Notification,
    *,
    tenant: Tenant,
    error: DeliveryError,
    entry: HistoryEntry,
    now: datetime,
    draw: Callable[[], float],
) -> Conclusion:
    """Judge a message that its provider accepted and could not deliver after all.

    As for a refusal at once, but no message of a queue is in our hands any more.
    """
    if isinstance(error, WindowClosedError) and _may_go_as_template(notification):
        waiting = _as_template(notification, error, now)
        return Conclusion(Change(notification=waiting, history=entry), is_deferred=True)
    if isinstance(error, RetryableError) and not tenant.retry.exhausted(notification.tries):
        delay = timedelta(seconds=tenant.retry.delay(notification.tries, error.retry_after, draw))
        if now + delay < notification.deadline:
            waiting = notification.to_retry(now, delay=delay, reason=error.code)
            return Conclusion(Change(notification=waiting, history=entry), is_deferred=True)
    given_up = notification.given_up(
        now, reason=error.code, detail=error.detail, refused=is_refusal(error)
    )
    return Conclusion(Change(notification=given_up, history=entry), gives_up=True)


def is_refusal(error: DeliveryError) -> bool:
    """Whether another try would end as this one did; an account can be mended."""
    return not isinstance(error, RetryableError | AccountError)


def _may_go_as_template(notification: Notification) -> bool:
    """Whether free text was sent where an approved template would still reach the person."""
    step = notification.current_step
    return step.free_text_until is not None and step.has_approved_template


def _as_template(
    notification: Notification, error: WindowClosedError, now: datetime
) -> Notification:
    retried = notification.without_free_text()
    return retried.to_retry(now, delay=timedelta(), reason=error.code)


def _conclude_not_attempted(
    claimed: Notification, error: NotAttemptedError, now: datetime
) -> Conclusion:
    delay = timedelta(seconds=error.retry_after)
    waited_since = claimed.held_since or now
    if now + delay < min(waited_since + HOLD_LIMIT, claimed.deadline):
        return Conclusion(Change(notification=claimed.deferred(now, delay=delay)), is_deferred=True)
    given_up = claimed.released(now).given_up(now, reason=error.code, detail=error.detail)
    return Conclusion(Change(notification=given_up), gives_up=True)


def go_by(
    notification: Notification, account: ChannelAccount, *, error: DeliveryError, now: datetime
) -> Conclusion:
    """Try another account of the channel at once, because of an error of the one that tried.

    The error may be of an attempt, or from before there was any.
    """
    left = notification.current_step.account_id
    told = f"{left} -> {account.account_id} ({error.code})"
    entry = HistoryEntry(at=now, kind="account", detail=told)
    if isinstance(error, NotAttemptedError):
        moved = notification.deferred(now, delay=timedelta()).with_account(account)
        return Conclusion(Change(notification=moved, history=entry), is_deferred=True)
    attempt = None
    if notification.state is not State.QUEUED:
        attempt = _attempt(notification, now, Outcome.RETRYABLE, error=error, retry_in_seconds=0)
    moved = notification.with_account(account).to_retry(now, delay=timedelta(), reason=error.code)
    return Conclusion(Change(notification=moved, attempt=attempt, history=entry), is_deferred=True)


def refuse(
    notification: Notification, *, reason: str, detail: str, now: datetime, for_good: bool = True
) -> Conclusion:
    """Give a channel up before anything was sent on it; `for_good` when no try would help."""
    entry = HistoryEntry(at=now, kind="channel_refused", detail=reason)
    given_up = notification.given_up(now, reason=reason, detail=detail, refused=for_good)
    return Conclusion(Change(notification=given_up, history=entry), gives_up=True)


def keep_quiet(notification: Notification, tenant: Tenant, now: datetime) -> Change | None:
    """Let a message wait for the end of its recipient's quiet hours; None when none are on.

    Urgent ones go all the same, and so does what a person is waiting for: the answer to what
    they wrote, and the one confirmation of their own choice.
    """
    if _is_awaited(notification):
        return None
    until = tenant.quiet_until(now, notification.time_zone)
    if until is None:
        return None
    entry = HistoryEntry(at=now, kind="quiet_hours", detail=f"until {until:%Y-%m-%d %H:%M} UTC")
    return Change(notification=notification.scheduled(now, until), history=entry)


def _is_awaited(notification: Notification) -> bool:
    """Whether it goes at any hour, and whatever else the person got today."""
    communication = notification.communication
    talks = communication is not None and communication.message_type is MessageType.REPLY
    return notification.urgent or notification.confirms_choice or talks


def counts_for_person(notification: Notification) -> bool:
    """Whether it is one of those of which a person gets so many a day, and was not sent before."""
    is_for_team = notification.target is Target.STAFF
    return notification.attempts == 0 and not is_for_team and not _is_awaited(notification)


def wait_in_line(
    notification: Notification, now: datetime, *, wait: timedelta, has_turn: bool
) -> Conclusion:
    """Put a message back because its account, or its recipient, takes only so many at once.

    It is no attempt, however long it takes, and no reason for the next channel. The timeline tells
    of the first time.
    """
    waiting = notification.in_line(now, wait=wait, has_turn=has_turn)
    is_first = notification.reason != RATE_LIMITED
    entry = HistoryEntry(at=now, kind=RATE_LIMITED) if is_first else None
    return Conclusion(Change(notification=waiting, history=entry), is_deferred=True)


def cap(notification: Notification, now: datetime, *, most: int) -> Conclusion:
    """End a notification to a person who got as many today as the tenant allows."""
    ended = notification.ended(now, State.SUPPRESSED, reason=FREQUENCY_CAP)
    entry = HistoryEntry(at=now, kind=FREQUENCY_CAP, detail=f"{most} a day")
    return Conclusion(Change(notification=ended, history=entry))


def call_off(notification: Notification, reason: str, now: datetime, *, detail: str = "") -> Change:
    """End a notification that is not to be sent any more."""
    ended = notification.ended(now, State.CANCELLED, reason=reason, detail=detail)
    return Change(notification=ended, history=HistoryEntry(at=now, kind=reason))


def expire(notification: Notification, now: datetime) -> Change:
    """End a notification whose deadline has passed."""
    ended = notification.ended(now, State.EXPIRED, reason="deadline_passed")
    return Change(notification=ended, history=HistoryEntry(at=now, kind="expired"))


def move_on(notification: Notification, now: datetime) -> Change:
    """Take the next channel of the route, or end when there is none or no time left."""
    if notification.is_past_deadline(now):
        return expire(notification, now)
    moved = notification.advanced(now)
    left = notification.current_step.channel
    if moved.state is State.QUEUED:
        told = f"{left} -> {moved.current_step.channel} ({notification.reason})"
        entry = HistoryEntry(at=now, kind="fallback", detail=told)
    else:
        entry = HistoryEntry(at=now, kind=moved.state, detail=moved.reason or "")
    return Change(notification=moved, history=entry)


def break_silence(notification: Notification, now: datetime) -> Change:
    """Take the next channel, because no receipt came that the matrix waits for.

    When the deadline has passed as well, nothing is left to wait for.
    """
    if notification.is_past_deadline(now):
        return Change(notification=notification.waiting_no_more(now))
    reason = "not_delivered" if notification.state is State.SENT else "not_read"
    left = notification.current_step
    minutes = left.undelivered_after if reason == "not_delivered" else left.unread_after
    moved = notification.left_in_silence(now, reason=reason)
    told = f"{left.channel} -> {moved.current_step.channel} ({reason} in {minutes} min)"
    return Change(notification=moved, history=HistoryEntry(at=now, kind="silence", detail=told))


def take_up(notification: Notification, now: datetime) -> Change:
    """Try the channels again that failed for a passing reason, unless it is too late."""
    if notification.is_past_deadline(now):
        return Change(notification=notification.waiting_no_more(now))
    taken = notification.taken_up(now)
    told = f"{taken.take_ups}/{MOST_TAKE_UPS} ({notification.reason})"
    return Change(notification=taken, history=HistoryEntry(at=now, kind="taken_up", detail=told))


def recover(
    notification: Notification, attempt: Attempt | None, tenant: Tenant, now: datetime
) -> Conclusion:
    """Take up a notification whose worker died: before, or just after, it recorded its attempt.

    Without a recorded attempt the provider may or may not have the message.
    """
    entry = HistoryEntry(at=now, kind="worker_lost", detail=f"attempt {notification.attempts}")
    if attempt is None or attempt.outcome is Outcome.UNKNOWN:
        wait = timedelta(seconds=tenant.unknown_wait_seconds)
        waiting = notification.outcome_unknown(now, wait=wait)
        return Conclusion(Change(notification=waiting, history=entry))
    if attempt.outcome is Outcome.ACCEPTED:
        accepted = notification.accepted(
            attempt.ended_at, provider_message_id=attempt.provider_message_id
        )
        return Conclusion(Change(notification=accepted, history=entry))
    if attempt.retry_in_seconds is not None:
        retry_at = attempt.ended_at + timedelta(seconds=attempt.retry_in_seconds)
        retry_in = max(retry_at - now, timedelta())
        moved = notification.to_retry(now, delay=retry_in, reason=attempt.code or "")
        return Conclusion(Change(notification=moved, history=entry), retry_in=retry_in)
    given_up = notification.given_up(
        now,
        reason=attempt.code or "",
        detail=attempt.detail,
        refused=attempt.outcome is Outcome.PERMANENT,
    )
    return Conclusion(Change(notification=given_up, history=entry), gives_up=True)


def settle_unknown(notification: Notification, tenant: Tenant, now: datetime) -> Change:
    """No receipt came in time: the tenant's policy decides."""
    if tenant.unknown_outcome is UnknownOutcomePolicy.NEXT_CHANNEL:
        return move_on(notification.with_step_refused(), now)
    ended = notification.ended(
        now,
        State.UNKNOWN,
        reason="outcome_unknown",
        detail="no receipt arrived; not sent again, so that nobody is told twice",
    )
    return Change(notification=ended, history=HistoryEntry(at=now, kind="unknown"))


def _attempt(
    claimed: Notification,
    now: datetime,
    outcome: Outcome,
    *,
    error: DeliveryError | None = None,
    provider_message_id: str | None = None,
    retry_in_seconds: float | None = None,
) -> Attempt:
    step = claimed.current_step
    return Attempt(
        number=claimed.attempts,
        step=claimed.step,
        channel=step.channel,
        provider=step.provider,
        account_id=step.account_id,
        started_at=claimed.claimed_at or now,
        ended_at=now,
        outcome=outcome,
        code=error.code if error else None,
        detail=error.detail if error else "",
        provider_message_id=provider_message_id,
        retry_in_seconds=retry_in_seconds,
    )
