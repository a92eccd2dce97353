"""Appointments as clients read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from recado.api.cursors import to_cursor
from recado.domain.appointments import Appointment, AppointmentKind, AppointmentStatus
from recado.domain.model import Model
from recado.ports.appointments import AppointmentsPage


class AppointmentReminderView(Model):
    """A reminder that goes before an appointment."""

    before_minutes: int = Field(description="Real minutes before it begins.", examples=[1440])
    event_type: str = Field(examples=["APPOINTMENT_REMINDER_24H"])
    send_at: datetime = Field(description="When it goes, unless the customer's night is quiet.")
    notification_id: str | None = Field(
        description="Its notification; null where its moment had passed when it was asked for."
    )


class AppointmentView(Model):
    """Something that a customer is to come to."""

    appointment_id: str = Field(examples=["appointment-001"])
    customer_id: str = Field(examples=["customer-001"])
    service_type_id: str = Field(examples=["mantenimiento-preventivo"])
    kind: AppointmentKind
    starts_at: datetime
    duration_minutes: int | None = Field(examples=[60])
    context: Mapping[str, str]
    reminders: list[AppointmentReminderView]
    status: AppointmentStatus
    answered_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, appointment: Appointment) -> AppointmentView:
        """The view of an appointment."""
        stored = appointment.model_dump(include=set(cls.model_fields) - {"reminders"})
        return cls(
            **stored,
            service_type_id=appointment.service_type,
            reminders=[
                AppointmentReminderView(
                    **reminder.model_dump(), send_at=appointment.reminds_at(reminder)
                )
                for reminder in appointment.reminders
            ],
        )


class AppointmentList(Model):
    """Some appointments; `next_cursor` leads on."""

    appointments: list[AppointmentView]
    next_cursor: str | None

    @classmethod
    def of(cls, page: AppointmentsPage) -> AppointmentList:
        """The view of a page."""
        appointments = [AppointmentView.of(appointment) for appointment in page.appointments]
        return cls(appointments=appointments, next_cursor=to_cursor(page.next))
