"""Vehicles and the maintenance that their owners are reminded of."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from recado.domain.model import Model
from recado.domain.sorting import Position, sort_form

UNDATED = "undated"
"""Where a reminder without a day stands: after all days."""


class Vehicle(Model):
    """A customer's vehicle.

    Parameters
    ----------
    mileage, mileage_on
        Kilometres on the odometer, and the day on which they were read.
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
    """Whether a reminder still reminds."""

    PENDING = "pending"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Reminder(Model):
    """Something that a customer is to be reminded of, by a day or by kilometres.

    Parameters
    ----------
    due_on, due_mileage
        When it is due: on a day, or when the vehicle has run so far; one of them at least.
    repeat_every_days
        How long after a reminder that nobody acted on the next one goes out.
    give_up_after_days
        How long after it was due nobody is reminded any more.
    completed_on, completed_mileage, next_reminder_id
        When it was done, at how many kilometres, and which reminder follows.
    """

    tenant_id: str
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
