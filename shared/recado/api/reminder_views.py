"""Maintenance reminders as clients read them."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from recado.api.cursors import to_cursor
from recado.domain.model import Model
from recado.domain.notification import Mode
from recado.domain.vehicles import Reminder, ReminderStatus
from recado.ports.people import RemindersPage
from recado.services.complete_reminder import Completed


class ReminderView(Model):
    """Something that a customer is reminded of."""

    reminder_id: str = Field(examples=["reminder-001"])
    customer_id: str = Field(examples=["customer-001"])
    vehicle_id: str | None = Field(examples=["vehicle-001"])
    service_type_id: str = Field(examples=["mantenimiento-preventivo"])
    description: str = Field(examples=["Cambio de aceite"])
    due_on: date | None
    due_mileage: int | None = Field(examples=[20000])
    repeat_every_days: int
    give_up_after_days: int
    status: ReminderStatus
    mode: Mode = Field(
        description="Of the key that made it: with a test key's nobody is written to."
    )
    completed_on: date | None
    completed_mileage: int | None
    next_reminder_id: str | None = Field(description="The reminder that followed this one.")
    next_reminder_on: date | None = Field(
        description=(
            "The day on which it is looked at next: somebody is reminded then if it is due. Null "
            "when it reminds no more."
        )
    )
    last_reminded_on: date | None
    times_reminded: int
    last_notification_id: str | None = Field(description="The notification of the last reminder.")
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, reminder: Reminder) -> ReminderView:
        """The view of a reminder."""
        stored = reminder.model_dump(include=set(cls.model_fields))
        return cls(
            **stored, service_type_id=reminder.service_type, next_reminder_on=reminder.look_on
        )


class ReminderList(Model):
    """Some reminders; `next_cursor` leads on."""

    reminders: list[ReminderView]
    next_cursor: str | None

    @classmethod
    def of(cls, page: RemindersPage) -> ReminderList:
        """The view of a page."""
        reminders = [ReminderView.of(reminder) for reminder in page.reminders]
        return cls(reminders=reminders, next_cursor=to_cursor(page.next))


class CompletedView(Model):
    """A completed reminder, and the one that follows it."""

    reminder: ReminderView
    next_reminder: ReminderView | None

    @classmethod
    def of(cls, completed: Completed) -> CompletedView:
        """The view of what completing did."""
        following = completed.following
        return cls(
            reminder=ReminderView.of(completed.reminder),
            next_reminder=ReminderView.of(following) if following else None,
        )
