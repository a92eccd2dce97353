"""Appointments in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from recado.domain.appointments import Appointment
from recado.domain.notification import Mode
from recado.domain.sorting import Position
from recado.ports.appointments import AppointmentsPage


class FakeAppointments:
    """Implements `ports.AppointmentRepository`."""

    def __init__(self) -> None:
        self._appointments: dict[tuple[str, Mode, str], Appointment] = {}
        self.saves_to_lose = 0
        """So many of the next changes lose a race."""

    def appointment(self, tenant_id: str, mode: Mode, appointment_id: str) -> Appointment | None:
        return self._appointments.get((tenant_id, mode, appointment_id))

    def save_appointment(self, appointment: Appointment) -> bool:
        if self.saves_to_lose:
            self.saves_to_lose -= 1
            return False
        key = (appointment.tenant_id, appointment.mode, appointment.appointment_id)
        stored = self._appointments.get(key)
        if (stored.version if stored else 0) != appointment.version:
            return False
        version = appointment.version + 1
        self._appointments[key] = appointment.model_copy(update={"version": version})
        return True

    def delete_appointment(self, appointment: Appointment) -> bool:
        key = (appointment.tenant_id, appointment.mode, appointment.appointment_id)
        stored = self._appointments.get(key)
        if stored is None or stored.version != appointment.version:
            return False
        del self._appointments[key]
        return True

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
        wanted = [
            each
            for each in self._appointments.values()
            if (each.tenant_id, each.mode) == (tenant_id, mode)
            and customer_id in (None, each.customer_id)
            and (starts_from is None or each.starts_at >= starts_from)
            and (starts_before is None or each.starts_at < starts_before)
        ]
        in_order = sorted(wanted, key=lambda each: each.position, reverse=descending)
        if after is not None:
            in_order = [
                each
                for each in in_order
                if (each.position < after if descending else each.position > after)
            ]
        page = in_order[:limit]
        return AppointmentsPage(
            appointments=tuple(page),
            next=page[-1].position if len(in_order) > limit else None,
        )

    def appointments_of(self, tenant_id: str, customer_id: str) -> Sequence[Appointment]:
        return [
            each
            for each in self._appointments.values()
            if (each.tenant_id, each.customer_id) == (tenant_id, customer_id)
        ]
