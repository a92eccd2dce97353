"""Maintenance reminders as clients write them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import uuid4

from pydantic import Field, StringConstraints

from recado.domain.customers import ChosenId
from recado.domain.days import Day
from recado.domain.errors import UnprocessableError
from recado.domain.events import Slug
from recado.domain.model import RequestModel
from recado.domain.patches import PatchModel, left_out
from recado.domain.vehicle_requests import Kilometres, KnownId
from recado.domain.vehicles import Reminder, ReminderStatus

Description = Annotated[str, StringConstraints(max_length=500)]
RepeatDays = Annotated[int, Field(strict=True, ge=1, le=365)]
GiveUpDays = Annotated[int, Field(strict=True, ge=1, le=3650)]
OpenStatus = Literal[ReminderStatus.PENDING, ReminderStatus.CANCELLED]


class ReminderInput(RequestModel):
    """All that a client says of a reminder: due on a day, at a mileage, or whichever is first."""

    customer_id: KnownId = Field(description="Who is reminded.", examples=["customer-001"])
    vehicle_id: KnownId | None = Field(
        default=None, description="One of their vehicles.", examples=["vehicle-001"]
    )
    service_type_id: Slug = Field(
        description="A service type or subtype of the catalogue.",
        examples=["mantenimiento-preventivo"],
    )
    description: Description = Field(default="", examples=["Cambio de aceite"])
    due_on: Day | None = None
    due_mileage: Kilometres | None = Field(
        default=None, description="Kilometres of the vehicle.", examples=[20000]
    )
    repeat_every_days: RepeatDays = Field(
        default=7, description="How long after a reminder that nobody acted on the next one goes."
    )
    give_up_after_days: GiveUpDays = Field(
        default=90, description="How long after it was due nobody is reminded any more."
    )
    status: OpenStatus = Field(
        default=ReminderStatus.PENDING, description="It is completed at `complete/` only."
    )


class NewReminder(ReminderInput):
    """A reminder to be made."""

    reminder_id: ChosenId | None = Field(
        default=None, description="Made up when left out.", examples=["reminder-001"]
    )


class ReminderPatch(PatchModel):
    """A change of some fields of a reminder."""

    customer_id: KnownId = left_out("Who is reminded.")
    vehicle_id: KnownId | None = None
    service_type_id: Slug = left_out()
    description: Description = left_out()
    due_on: Day | None = None
    due_mileage: Kilometres | None = None
    repeat_every_days: RepeatDays = left_out()
    give_up_after_days: GiveUpDays = left_out()
    status: OpenStatus = left_out()


class Completion(RequestModel):
    """What was done, and when it is due again; with a `next_` field a reminder follows."""

    completed_on: Day | None = Field(default=None, description="Today when left out.")
    mileage: Kilometres | None = Field(
        default=None, description="Kilometres of the vehicle at that time."
    )
    next_due_on: Day | None = None
    next_due_mileage: Kilometres | None = None

    @property
    def has_next(self) -> bool:
        """Whether a reminder follows."""
        return self.next_due_on is not None or self.next_due_mileage is not None


def new_reminder_id() -> str:
    """An id for a reminder whose client gives none."""
    return f"rem_{uuid4().hex}"


def refuse_never_due(reminder: Reminder) -> None:
    """Refuse a reminder that nothing makes due.

    Raises
    ------
    UnprocessableError
        Neither a day nor a mileage, or a mileage without a vehicle.
    """
    if reminder.due_on is None and reminder.due_mileage is None:
        raise UnprocessableError("a reminder needs due_on or due_mileage", field="due_on")
    if reminder.due_mileage is not None and reminder.vehicle_id is None:
        raise UnprocessableError("a mileage needs a vehicle", field="vehicle_id")
