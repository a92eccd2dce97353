"""What the API takes and answers when notifications are cancelled."""

from __future__ import annotations

from pydantic import Field

from recado.api.cursors import to_cursor
from recado.domain.model import Model, RequestModel
from recado.domain.notification import Notification, State
from recado.services.cancel_notifications import Cancelled


class CancelByKey(RequestModel):
    """What is to be cancelled: all that was planned under a key."""

    key: str = Field(
        min_length=1,
        max_length=128,
        description="As it stood in the events.",
        examples=["order-4711"],
    )
    cursor: str | None = Field(
        default=None,
        max_length=3000,
        description="`next_cursor` of the answer before, where one key has more than 1,000.",
    )


class CancelledView(Model):
    """A notification that is cancelled."""

    notification_id: str
    state: State
    reason: str | None

    @classmethod
    def of(cls, notification: Notification) -> CancelledView:
        """The view of a notification."""
        return cls.model_validate(notification.model_dump(include=set(cls.model_fields)))


class TooLateView(Model):
    """A notification that was sent, is being sent, or had ended otherwise."""

    id: str
    state: State


class CancelledByKeyView(Model):
    """What became of the notifications under a key; `next_cursor` leads to more of them."""

    cancelled: list[str] = Field(description="The ids of those that are cancelled.")
    too_late: list[TooLateView] = Field(description="Those that could not be, as they stand.")
    next_cursor: str | None

    @classmethod
    def of(cls, cancelled: Cancelled) -> CancelledByKeyView:
        """The view of what cancelling did."""
        return cls(
            cancelled=[each.notification_id for each in cancelled.cancelled],
            too_late=[
                TooLateView(id=each.notification_id, state=each.state)
                for each in cancelled.too_late
            ],
            next_cursor=to_cursor((cancelled.next,) if cancelled.next else None),
        )
