"""Vehicles and the maintenance that their owners are reminded of."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from recado.domain.model import Model


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
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 0
