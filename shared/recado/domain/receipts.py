"""What providers report about an attempt, and what it means for its notification.

Receipts come in any order, any number of times, and sometimes before the attempt's own record.
They only ever raise a rank, so the state in the end is the same whatever the order was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from recado.domain.channels import Provider
from recado.domain.delivery import Change, Conclusion, conclude_late
from recado.domain.directory import SuppressionReason
from recado.domain.erasure import is_erased
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
    WindowClosedError,
)
from recado.domain.model import Model
from recado.domain.notification import RANK, HistoryEntry, Notification, State
from recado.domain.tenants import Tenant

EARLY_LIMIT = timedelta(minutes=5)
"""A receipt for an attempt that nobody knows yet waits so long for its record."""


class ReceiptStatus(StrEnum):
    """How far a message came, by its provider."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class FailureKind(StrEnum):
    """What a failure is about, as the classes of `DeliveryError` say it."""

    PASSING = "passing"
    MESSAGE = "message"
    WINDOW = "window"
    RECIPIENT = "recipient"
    ACCOUNT = "account"


class Failure(Model):
    """A provider's refusal that came after it had accepted the message, fit for a queue."""

    kind: FailureKind
    code: str
    detail: str = ""
    retry_after: float | None = None
    suppression: SuppressionReason | None = None

    @classmethod
    def of(cls, error: DeliveryError) -> Failure:
        """The failure that an adapter's error table made of a provider's code."""
        kind, retry_after, suppression = FailureKind.MESSAGE, None, None
        match error:
            case RetryableError():
                kind, retry_after = FailureKind.PASSING, error.retry_after
            case PermanentRecipientError():
                kind, suppression = FailureKind.RECIPIENT, error.suppression
            case AccountError():
                kind = FailureKind.ACCOUNT
            case WindowClosedError():
                kind = FailureKind.WINDOW
            case _:
                pass
        return cls(
            kind=kind,
            code=error.code,
            detail=error.detail,
            retry_after=retry_after,
            suppression=suppression,
        )

    def error(self) -> DeliveryError:
        """The error that the provider's answer would have been."""
        match self.kind:
            case FailureKind.PASSING:
                return RetryableError(self.code, self.detail, retry_after=self.retry_after)
            case FailureKind.RECIPIENT:
                return PermanentRecipientError(self.code, self.detail, suppression=self.suppression)
            case FailureKind.ACCOUNT:
                return AccountError(self.code, self.detail)
            case FailureKind.WINDOW:
                return WindowClosedError(self.code, self.detail)
            case FailureKind.MESSAGE:
                return PermanentMessageError(self.code, self.detail)


class Receipt(Model):
    """A provider's report about one message.

    Parameters
    ----------
    at, received_at
        When it happened by the provider's clock, and when we heard of it.
    tag
        Our own mark, where the provider echoes it: names notification and attempt.
    failure
        Why it failed; set with `failed` and only then.
    pricing_category
        What the provider charges the message as.
    """

    kind: Literal["receipt"] = "receipt"
    tenant_id: str
    account_id: str
    provider: Provider
    provider_message_id: str
    status: ReceiptStatus
    at: datetime
    received_at: datetime
    tag: str | None = None
    failure: Failure | None = None
    pricing_category: str | None = None

    def attempt(self) -> tuple[str, int] | None:
        """The notification and the attempt's number that our tag names."""
        notification_id, _, number = (self.tag or "").rpartition(".")
        if not notification_id.startswith("ntf_") or not number.isdecimal():
            return None
        return notification_id, int(number)


def comes_too_early(notification: Notification, attempt_number: int) -> bool:
    """Whether a receipt must wait, because a worker has the notification in its hands."""
    return notification.state is State.SENDING or attempt_number > notification.attempts


def apply_receipt(
    notification: Notification,
    attempt_number: int,
    receipt: Receipt,
    *,
    tenant: Tenant,
    now: datetime,
    draw: Callable[[], float],
) -> Conclusion:
    """What a receipt for an attempt makes of its notification; history keeps it in any case."""
    entry = HistoryEntry(
        at=receipt.at, kind=f"receipt_{receipt.status}", detail=_told(attempt_number, receipt)
    )
    failure = receipt.failure
    if failure is not None and failure.suppression is not SuppressionReason.COMPLAINT:
        return _apply_failure(notification, attempt_number, failure, entry, tenant, now, draw)
    # Who calls a message unwanted has got it.
    reached = State.DELIVERED if failure else State(receipt.status)
    is_current = attempt_number == notification.attempts
    if reached is State.SENT:
        settles = is_current and notification.state is State.UNKNOWN
        moved = (
            notification.accepted(receipt.at, provider_message_id=receipt.provider_message_id)
            if settles
            else notification
        )
    elif RANK[reached] > RANK.get(notification.state, -1):
        moved = notification.reached(now, reached, at=receipt.at)
    else:
        moved = notification
    has_it = RANK.get(moved.state, -1) >= RANK[State.SENT]
    if is_current and has_it and moved.pricing_category is None:
        moved = moved.model_copy(update={"pricing_category": receipt.pricing_category})
    is_of_a_left_one = not is_current or notification.state is State.QUEUED
    if notification.standing is not None and is_of_a_left_one and moved is not notification:
        cost = _cost_of_silence(notification, tenant)
        entry = entry.model_copy(update={"detail": f"{entry.detail}; {cost}"})
    return Conclusion(Change(notification=moved, history=entry))


def _cost_of_silence(notification: Notification, tenant: Tenant) -> str:
    """What it has cost that a receipt came only after its channel had been left."""
    step = notification.current_step
    if notification.state is State.QUEUED:
        return f"in time: {step.channel} is called off"
    price = tenant.price_of(step.provider, notification.pricing_category)
    money = f" ({price} {tenant.currency})" if price is not None else ""
    return f"too late: it went by {step.channel} as well{money}"


def _apply_failure(
    notification: Notification,
    attempt_number: int,
    failure: Failure,
    entry: HistoryEntry,
    tenant: Tenant,
    now: datetime,
    draw: Callable[[], float],
) -> Conclusion:
    """A failure counts for the attempt that is the last one, and never against an arrival."""
    waits = notification.state in (State.SENT, State.UNKNOWN)
    if attempt_number != notification.attempts or not waits:
        return Conclusion(Change(notification=notification, history=entry))
    if is_erased(notification):
        ended = notification.ended(now, State.FAILED, reason=failure.code)
        return Conclusion(Change(notification=ended, history=entry))
    # The next attempt may go by another provider, or at another price.
    unpriced = notification.model_copy(update={"pricing_category": None})
    return conclude_late(
        unpriced, tenant=tenant, error=failure.error(), entry=entry, now=now, draw=draw
    )


def _told(attempt_number: int, receipt: Receipt) -> str:
    failure = receipt.failure
    said = f": {failure.code} {failure.detail}".rstrip() if failure else ""
    priced = f" ({receipt.pricing_category})" if receipt.pricing_category else ""
    return f"attempt {attempt_number}{said}{priced}"
