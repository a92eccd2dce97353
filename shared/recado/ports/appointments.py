"""Appointments, as services see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from recado.domain.appointments import Appointment
from recado.domain.model import Model
from recado.domain.notification import Mode
from recado.domain.sorting import Position


class AppointmentsPage(Model):
    """Some appointments; `next` leads on."""

    appointments: tuple[Appointment, ...]
    next: Position | None = None


class AppointmentRepository(Protocol):
    """Appointments, those of test and live mode apart.

    `save` and `delete` are conditional on the version that was read: they give False when it was
    changed meanwhile. Lists follow what is stored within a second.
    """

    def appointment(self, tenant_id: str, mode: Mode, appointment_id: str) -> Appointment | None:
        """An appointment as stored now."""
        ...

    def save_appointment(self, appointment: Appointment) -> bool:
        """Store an appointment's next version."""
        ...

    def delete_appointment(self, appointment: Appointment) -> bool:
        """Remove an appointment."""
        ...

    def appointments(
        self,
        tenant_id: str,
        mode: Mode,
        *,
        customer_id: str | None,
        starts_from: datetime | None,
        starts_before: datetime | None,
        descending: bool,
        after: Position | None,
        limit: int,
    ) -> AppointmentsPage:
        """Appointments sorted by when they begin; of one customer where one is named."""
        ...

    def appointments_of(self, tenant_id: str, customer_id: str) -> Sequence[Appointment]:
        """All appointments of a person, of both modes."""
        ...
