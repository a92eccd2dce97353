"""Read appointments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from recado.domain.access import Caller
from recado.domain.appointments import Appointment, AppointmentStatus
from recado.domain.customers import LONGEST_ID
from recado.domain.errors import NotFoundError
from recado.domain.model import Model
from recado.domain.sorting import Position
from recado.ports.appointments import AppointmentRepository, AppointmentsPage
from recado.ports.people import PeopleRepository
from recado.services.find_customer import owner_is_seen
from recado.services.look_through import Found, look_through


class AppointmentQuery(Model):
    """Which appointments are wanted: all conditions hold at once.

    Parameters
    ----------
    starts_from, starts_before
        Moments between which they begin, the first one included and the last one not.
    """

    status: AppointmentStatus | None = None
    customer_id: str | None = None
    starts_from: datetime | None = None
    starts_before: datetime | None = None
    descending: bool = False
    after: Position | None = None
    limit: int


class ReadAppointments:
    """A key of a division sees the appointments of that division's customers alone."""

    def __init__(self, *, appointments: AppointmentRepository, people: PeopleRepository) -> None:
        self._appointments = appointments
        self._people = people

    def one(self, caller: Caller, appointment_id: str) -> Appointment:
        """An appointment.

        Raises
        ------
        NotFoundError
            There is none, or its customer belongs to a division that is not the caller's.
        """
        return find_appointment(self._appointments, self._people, caller, appointment_id)

    def page(self, caller: Caller, query: AppointmentQuery) -> AppointmentsPage:
        """Some appointments, by when they begin."""
        customer_id = query.customer_id
        if customer_id is not None and not owner_is_seen(self._people, caller, customer_id):
            return AppointmentsPage(appointments=())
        owners_are_seen = customer_id is not None or caller.division is None

        def page(after: Position | None, limit: int) -> Found[Appointment]:
            listed = self._appointments.appointments(
                caller.tenant_id,
                caller.mode,
                customer_id=customer_id,
                starts_from=query.starts_from,
                starts_before=query.starts_before,
                descending=query.descending,
                after=after,
                limit=limit,
            )
            return Found(listed.appointments, listed.next)

        def keep(appointments: Sequence[Appointment]) -> list[Appointment]:
            wanted = [each for each in appointments if query.status in (None, each.status)]
            return wanted if owners_are_seen else self._seen(caller, wanted)

        found = (
            look_through(page, keep, after=query.after, limit=query.limit)
            if query.status or not owners_are_seen
            else page(query.after, query.limit)
        )
        return AppointmentsPage(appointments=tuple(found.things), next=found.next)

    def _seen(self, caller: Caller, appointments: Sequence[Appointment]) -> list[Appointment]:
        owners = self._people.profiles(caller.tenant_id, {a.customer_id for a in appointments})
        seen = {owner.recipient_id for owner in owners.values() if caller.sees(owner.division)}
        return [appointment for appointment in appointments if appointment.customer_id in seen]


def find_appointment(
    appointments: AppointmentRepository,
    people: PeopleRepository,
    caller: Caller,
    appointment_id: str,
) -> Appointment:
    """An appointment whose customer the caller sees.

    Raises
    ------
    NotFoundError
        There is none, or its customer belongs to a division that is not the caller's.
    """
    may_exist = 0 < len(appointment_id) <= LONGEST_ID
    found = (
        appointments.appointment(caller.tenant_id, caller.mode, appointment_id)
        if may_exist
        else None
    )
    if found is None or not owner_is_seen(people, caller, found.customer_id):
        raise NotFoundError(
            "no appointment '{appointment}'",
            field="appointment_id",
            appointment=appointment_id[:LONGEST_ID],
        )
    return found
