"""Give out everything that is held on a person."""

from __future__ import annotations

from recado.domain.addresses import matching_form
from recado.domain.appointments import Appointment
from recado.domain.communications import LogEntry, LogPosition, made_at
from recado.domain.communications import id_of as id_of_entry
from recado.domain.conversations import Conversation
from recado.domain.directory import Recipient, Suppression
from recado.domain.errors import NotFoundError
from recado.domain.model import Model
from recado.domain.vehicles import Reminder, Vehicle
from recado.ports.appointments import AppointmentRepository
from recado.ports.clock import Clock
from recado.ports.communications import CommunicationLog
from recado.ports.directory import DirectoryRepository
from recado.ports.people import PeopleRepository, ReminderRepository, VehicleRepository
from recado.services.read_communications import EARLIEST
from recado.services.trace_person import AHEAD, LONGEST_ID, TracePerson, Traces


class PersonExport(Model):
    """Everything that is held on a person; of their messages a page, newest first.

    Parameters
    ----------
    person
        None for somebody who is not in the directory and whom something was sent to.
    next
        Where the messages go on.
    """

    person: Recipient | None
    vehicles: tuple[Vehicle, ...]
    reminders: tuple[Reminder, ...]
    appointments: tuple[Appointment, ...]
    suppressions: tuple[Suppression, ...]
    conversations: tuple[Conversation, ...]
    messages: tuple[LogEntry, ...]
    next: LogPosition | None


class ExportPerson:
    """Gives out what is held on people."""

    def __init__(
        self,
        *,
        people: PeopleRepository,
        vehicles: VehicleRepository,
        reminders: ReminderRepository,
        appointments: AppointmentRepository,
        directory: DirectoryRepository,
        log: CommunicationLog,
        trace: TracePerson,
        clock: Clock,
    ) -> None:
        self._people = people
        self._vehicles = vehicles
        self._reminders = reminders
        self._appointments = appointments
        self._directory = directory
        self._log = log
        self._trace = trace
        self._clock = clock

    def __call__(
        self,
        tenant_id: str,
        customer_id: str,
        *,
        division: str | None,
        after: LogPosition | None,
        limit: int,
    ) -> PersonExport:
        """What is held on a person, with up to `limit` messages after a position.

        Raises
        ------
        NotFoundError
            Nothing is; or they belong to another division than the one that asks.
        """
        may_exist = len(customer_id) <= LONGEST_ID
        person = self._people.person(tenant_id, customer_id) if may_exist else None
        belongs = division is None or (person is not None and person.division == division)
        if not may_exist or not belongs:
            raise NotFoundError("no such customer", field="customer_id")
        traces = self._trace(tenant_id, customer_id)
        conversations = list(traces.conversations.values())
        messages, following = self._messages(tenant_id, customer_id, conversations, after, limit)
        export = PersonExport(
            person=person,
            vehicles=tuple(self._vehicles.vehicles_of(tenant_id, customer_id)),
            reminders=tuple(self._reminders.reminders_of(tenant_id, customer_id)),
            appointments=tuple(self._appointments.appointments_of(tenant_id, customer_id)),
            suppressions=tuple(self._suppressions(tenant_id, traces)),
            conversations=tuple(conversations),
            messages=tuple(messages),
            next=following,
        )
        owned = export.vehicles or export.reminders or export.appointments
        if not (person or owned or messages or after):
            raise NotFoundError("no such customer", field="customer_id")
        return export

    def _suppressions(self, tenant_id: str, traces: Traces) -> list[Suppression]:
        """What is suppressed of their addresses, each in one spelling.

        What an erasure left of a suppression does not say of which address it is.
        """
        unique = {
            (address.channel, matching_form(address.channel, address.value)): address
            for address in traces.addresses
        }
        found = ((a, self._directory.suppression(tenant_id, a)) for a in unique.values())
        return [
            known.model_copy(update={"address": known.address or address.value})
            for address, known in found
            if known is not None
        ]

    def _messages(
        self,
        tenant_id: str,
        customer_id: str,
        conversations: list[Conversation],
        after: LogPosition | None,
        limit: int,
    ) -> tuple[list[LogEntry], LogPosition | None]:
        """A page of what was said, also while nobody knew yet whose conversation it was."""
        until = self._clock.now() + AHEAD
        pages = [
            self._log.entries(
                tenant_id,
                since=EARLIEST,
                until=until,
                correspondent_id=correspondent_id,
                after=after,
                limit=limit,
            )
            for correspondent_id in (customer_id, *(c.conversation_id for c in conversations))
        ]
        entries = sorted(
            (entry for page in pages for entry in page.entries),
            key=lambda entry: (made_at(entry), id_of_entry(entry)),
            reverse=True,
        )
        has_more = len(entries) > limit or any(page.next for page in pages)
        shown = entries[:limit]
        return shown, LogPosition.of(shown[-1]) if shown and has_more else None
