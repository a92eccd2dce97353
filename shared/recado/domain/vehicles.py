"""Vehicles and the maintenance that their owners are reminded of."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from recado.domain.model import Model
from recado.domain.notification import Mode
from recado.domain.sorting import Position, sort_form

UNDATED = "undated"
"""Where a reminder without a day stands: after all days."""


class Vehicle(Model):
    """A customer's vehicle.

    Parameters
    ----------
    mileage, mileage_on
        Kilometres on the odometer, and the day on which they were read, where somebody said it.
    reading_on
        The day as of which `mileage` counts: the one said, or that on which it came.
    earlier_mileage, earlier_mileage_on
        A reading before that one, which says with it how much the vehicle is driven.
    source_version, source_at
        Of the last change that another system told us of: an older one never takes its place.
    version
        Counts the stored changes; 0 before the first.
    """

    tenant_id: str
    vehicle_id: str
    customer_id: str
    plate: str
    make: str | None = None
    model: str | None = None
    year: int | None = None
    mileage: int | None = None
    mileage_on: date | None = None
    reading_on: date | None = None
    earlier_mileage: int | None = None
    earlier_mileage_on: date | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    source_version: int | None = None
    source_at: datetime | None = None
    version: int = 0

    @property
    def position(self) -> Position:
        """Its place in a list of vehicles."""
        return plate_form(self.plate), self.vehicle_id


class ReminderStatus(StrEnum):
    """Whether a reminder still reminds; it is expired when it was due too long ago."""

    PENDING = "pending"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Reminder(Model):
    """Something that a customer is to be reminded of, by a day or by kilometres.

    Parameters
    ----------
    mode
        That of the key that made it: what a test key made reaches nobody.
    due_on, due_mileage
        When it is due: on a day, or when the vehicle has run so far; one of them at least.
    repeat_every_days
        How long after a reminder that nobody acted on the next one goes out.
    give_up_after_days
        How long after it was due nobody is reminded any more.
    completed_on, completed_mileage, next_reminder_id
        When it was done, at how many kilometres, and which reminder follows.
    look_on
        The day on which the clock looks at it next; None when it reminds no more.
    due_since
        Since when it is due, where the clock found that it is; of one that was due when it was
        opened again, since then.
    last_reminded_on, times_reminded, last_notification_id
        The day of the last reminder, how many there were, and the notification that it was.
    """

    tenant_id: str
    mode: Mode = Mode.LIVE
    reminder_id: str
    customer_id: str
    vehicle_id: str | None = None
    service_type: str
    description: str = ""
    due_on: date | None = None
    due_mileage: int | None = None
    repeat_every_days: int = Field(default=7, ge=1)
    give_up_after_days: int = Field(default=90, ge=1)
    status: ReminderStatus = ReminderStatus.PENDING
    completed_at: datetime | None = None
    completed_on: date | None = None
    completed_mileage: int | None = None
    next_reminder_id: str | None = None
    look_on: date | None = None
    due_since: date | None = None
    last_reminded_on: date | None = None
    times_reminded: int = 0
    last_notification_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 0

    @property
    def position(self) -> Position:
        """Its place in a list of reminders."""
        return (self.due_on.isoformat() if self.due_on else UNDATED), self.reminder_id


def plate_form(plate: str) -> str:
    """A plate without what people write differently: case, blanks, hyphens."""
    return "".join(char for char in sort_form(plate) if char.isalnum())
