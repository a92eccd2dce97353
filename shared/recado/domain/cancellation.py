"""What it means for a notification that nobody wants it sent any more."""

from __future__ import annotations

from datetime import datetime

from recado.domain.delivery import Change
from recado.domain.notification import HistoryEntry, Notification, State

CANCELLED = "cancelled"
"""The reason, and the word for it in the history."""

_WAITS = (State.PENDING, State.QUEUED)
_MAY_HAVE_ARRIVED = (State.SENT, State.DELIVERED, State.UNKNOWN)


def cancel(notification: Notification, now: datetime, *, why: str = "") -> Change | None:
    """Call off all that a notification still waits for; None when there is nothing to call off.

    What waits to be sent, or to be tried again after it had failed, is cancelled. What a provider
    took stays as it is, and no other channel follows. One that is being sent at this moment is its
    worker's.
    """
    if notification.state in _WAITS or _is_to_be_taken_up(notification):
        left = notification.ended(now, State.CANCELLED, reason=CANCELLED, detail=why)
    elif notification.state in _MAY_HAVE_ARRIVED and notification.due_at is not None:
        left = notification.waiting_no_more(now)
    else:
        return None
    return Change(notification=left, history=HistoryEntry(at=now, kind=CANCELLED, detail=why))


def _is_to_be_taken_up(notification: Notification) -> bool:
    return notification.state is State.FAILED and notification.due_at is not None
