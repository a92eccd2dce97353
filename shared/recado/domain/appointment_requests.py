"""Appointments as clients write them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field, field_validator

from recado.domain.appointments import AppointmentKind, AppointmentReminder, AppointmentStatus
from recado.domain.customers import LONGEST_ID
from recado.domain.errors import InvalidValueError, UnprocessableError
from recado.domain.events import (
    FARTHEST_AHEAD,
    LARGEST_CONTEXT,
    ContextName,
    ContextValue,
    Moment,
    Slug,
)
from recado.domain.model import RequestModel
from recado.domain.vehicle_requests import KnownId

FIRST_YEAR = 2000
MOST_REMINDERS = 10
FARTHEST_BEFORE = 60 * 24 * 60
"""Minutes: a reminder goes at most 60 days before."""

LARGEST_VALUES = LARGEST_CONTEXT // 2
"""Bytes of a context: day and hour are added to it when a reminder is planned."""

Minutes = Annotated[int, Field(strict=True, ge=1, le=FARTHEST_BEFORE)]
Duration = Annotated[int, Field(strict=True, ge=1, le=7 * 24 * 60)]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")

_PREFIX = {
    AppointmentKind.APPOINTMENT: "APPOINTMENT_REMINDER",
    AppointmentKind.INTERVIEW: "INTERVIEW_REMINDER",
}
_USUAL = {24: 24 * 60, 2: 2 * 60}


class ReminderBefore(RequestModel):
    """A reminder so long before the appointment begins."""

    before_minutes: Minutes = Field(
        description="Real minutes before it begins, whatever clocks are changed in between.",
        examples=[1440],
    )
    event_type: str = Field(
        pattern=r"^[A-Za-z0-9_.-]{1,80}$", examples=["APPOINTMENT_REMINDER_24H"]
    )


class AppointmentInput(RequestModel):
    """All that a client says of an appointment."""

    customer_id: KnownId = Field(description="Who is reminded.", examples=["customer-001"])
    service_type_id: Slug = Field(
        description="A service type or subtype of the catalogue.",
        examples=["mantenimiento-preventivo"],
    )
    kind: AppointmentKind = Field(
        default=AppointmentKind.APPOINTMENT,
        description="Which templates its reminders have, and what they are called.",
    )
    starts_at: Moment = Field(
        description=f"When it begins, with its offset; at most {FARTHEST_AHEAD.days} days ahead.",
        examples=["2026-01-20T14:30:00-05:00"],
    )
    duration_minutes: Duration | None = Field(default=None, examples=[60])
    context: Mapping[ContextName, ContextValue] = Field(
        default_factory=dict,
        max_length=50,
        description=(
            "Values for the templates. `Fecha` and `Hora` are filled from `starts_at`, by the "
            "customer's own clock and in their language, unless they stand here."
        ),
    )
    reminders: tuple[ReminderBefore, ...] | None = Field(
        default=None,
        max_length=MOST_REMINDERS,
        description="When it is reminded of; 24 and 2 hours before where this is left out.",
    )
    status: AppointmentStatus | None = Field(
        default=None,
        description=(
            "What was heard from the customer by other ways. Left out, it stays what it is, and "
            "is `scheduled` again when the appointment is moved or becomes another customer's."
        ),
    )

    @field_validator("starts_at")
    @classmethod
    def _is_in_our_time(cls, starts_at: datetime) -> datetime:
        if starts_at.year < FIRST_YEAR:
            raise InvalidValueError("before the year {year}", year=FIRST_YEAR)
        return starts_at

    @field_validator("context")
    @classmethod
    def _leaves_room(cls, context: Mapping[str, str]) -> Mapping[str, str]:
        if len(json.dumps(dict(context), ensure_ascii=False).encode()) > LARGEST_VALUES:
            raise InvalidValueError("larger than {most} bytes", most=LARGEST_VALUES)
        return context

    @field_validator("reminders")
    @classmethod
    def _differ(
        cls, reminders: tuple[ReminderBefore, ...] | None
    ) -> tuple[ReminderBefore, ...] | None:
        moments = [reminder.before_minutes for reminder in reminders or ()]
        if len(set(moments)) < len(moments):
            raise ValueError("two reminders at the same moment")
        return reminders

    def wanted_reminders(self) -> tuple[AppointmentReminder, ...]:
        """The reminders that are wanted, the earliest first."""
        if self.reminders is None:
            return tuple(
                AppointmentReminder(before_minutes=minutes, event_type=f"{_PREFIX[self.kind]}_{h}H")
                for h, minutes in _USUAL.items()
            )
        wanted = sorted(self.reminders, key=lambda each: each.before_minutes, reverse=True)
        return tuple(AppointmentReminder(**each.model_dump()) for each in wanted)


def refuse_no_id(appointment_id: str) -> None:
    """Refuse what cannot be an appointment's id.

    Raises
    ------
    UnprocessableError
        It is too long, or has other signs than an id may have.
    """
    if len(appointment_id) > LONGEST_ID or not _ID.fullmatch(appointment_id):
        raise UnprocessableError(
            "an appointment's id has at most {most} letters, digits and . _ : -",
            field="appointment_id",
            most=LONGEST_ID,
        )


def refuse_start_too_far_ahead(starts_at: datetime, *, now: datetime) -> None:
    """Refuse moments that nobody plans for.

    Raises
    ------
    UnprocessableError
        It is more than `FARTHEST_AHEAD` from now.
    """
    if starts_at - now > FARTHEST_AHEAD:
        raise UnprocessableError(
            "starts_at is more than {days} days ahead", field="starts_at", days=FARTHEST_AHEAD.days
        )
