"""Accept that a person is to be erased."""

from __future__ import annotations

from datetime import timedelta

from recado.domain.domain_events import KEPT as EVENTS_KEPT
from recado.domain.erasure import DayErasure, Erasure, new_pseudonym
from recado.domain.errors import InUseError, NotFoundError
from recado.domain.tasks import NumberedRecord, Task, TaskKind
from recado.ports.appointments import AppointmentRepository
from recado.ports.clock import Clock
from recado.ports.communications import CommunicationLog
from recado.ports.configuration import ConfigurationRepository
from recado.ports.people import PeopleRepository, ReminderRepository, VehicleRepository
from recado.services.accept_task import AcceptTask
from recado.services.read_communications import EARLIEST
from recado.services.trace_person import AHEAD, LONGEST_ID, TracePerson

DAY = timedelta(days=1)


class AcceptErasure:
    """Accepts the erasure of a person: of them first, and then of each day's events about them."""

    def __init__(
        self,
        *,
        people: PeopleRepository,
        vehicles: VehicleRepository,
        reminders: ReminderRepository,
        appointments: AppointmentRepository,
        log: CommunicationLog,
        trace: TracePerson,
        configuration: ConfigurationRepository,
        accept: AcceptTask,
        clock: Clock,
    ) -> None:
        self._people = people
        self._vehicles = vehicles
        self._reminders = reminders
        self._appointments = appointments
        self._log = log
        self._trace = trace
        self._configuration = configuration
        self._accept = accept
        self._clock = clock

    def __call__(self, tenant_id: str, customer_id: str, *, division: str | None) -> Task:
        """Accept an erasure; a division erases its own customers.

        Raises
        ------
        NotFoundError
            Nothing is known of them; an erased person is not known either.
        InUseError
            They are the tenant's team.
        UnavailableError
            Nothing was kept: send it again.
        """
        if not self._is_theirs(tenant_id, customer_id, division):
            raise NotFoundError("no such customer", field="customer_id")
        tenant = self._configuration.tenant(tenant_id)
        if tenant is not None and tenant.team_recipient_id == customer_id:
            raise InUseError("the team's notifications go to this customer", field="customer_id")
        erasure = Erasure(customer_id=customer_id, pseudonym=new_pseudonym())
        documents = [erasure, *self._days(tenant_id, customer_id)]
        records = [
            NumberedRecord(index=index, record=document.model_dump(mode="json"))
            for index, document in enumerate(documents)
        ]
        kind = TaskKind.CUSTOMER_ERASURE
        return self._accept(tenant_id, kind, records, division=division, records_at_once=1)

    def _days(self, tenant_id: str, customer_id: str) -> list[DayErasure]:
        """The days of which events are kept, today's last: all are looked through one by one.

        What leads to a person is found out now: when they are erased, nothing does any more.
        """
        now = self._clock.now()
        first = now - EVENTS_KEPT - DAY
        traces = self._trace(tenant_id, customer_id, since=first)
        own = self._trace.own(tenant_id, customer_id, traces)
        return [
            DayErasure(
                day=(first + days * DAY).date(),
                ids=(customer_id, *sorted(traces.conversations)),
                addresses=tuple(sorted(address.value for address in own)),
            )
            for days in range(EVENTS_KEPT.days + 3)
        ]

    def _is_theirs(self, tenant_id: str, customer_id: str, division: str | None) -> bool:
        if len(customer_id) > LONGEST_ID:
            return False
        person = self._people.person(tenant_id, customer_id)
        if division is not None:
            return person is not None and person.division == division
        return person is not None or self._is_known(tenant_id, customer_id)

    def _is_known(self, tenant_id: str, customer_id: str) -> bool:
        """Whether something is left of them elsewhere: candidates need not be in the directory."""
        until = self._clock.now() + AHEAD
        return bool(
            self._vehicles.vehicles_of(tenant_id, customer_id)
            or self._reminders.reminders_of(tenant_id, customer_id)
            or self._appointments.appointments_of(tenant_id, customer_id)
            or self._log.entries(
                tenant_id,
                since=EARLIEST,
                until=until,
                correspondent_id=customer_id,
                after=None,
                limit=1,
            ).entries
        )
