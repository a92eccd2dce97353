"""Erase a person: everything that tells who they are goes, what happened stays as counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from recado.domain.directory import Recipient
from recado.domain.erasure import (
    DayErasure,
    Erasure,
    is_erased,
    without_person,
    without_subject,
)
from recado.domain.errors import LostRaceError
from recado.domain.notification import Notification
from recado.domain.received import Received
from recado.domain.sync import SourceMark, SyncedKind
from recado.domain.tasks import RecordOutcome, TaskPart
from recado.ports.appointments import AppointmentRepository
from recado.ports.clock import Clock
from recado.ports.erasure import (
    ErasableConversations,
    ErasableEvents,
    ErasableFiles,
    ErasableLog,
    ErasableSuppressions,
)
from recado.ports.media import InboundMedia
from recado.ports.notifications import NotificationRepository
from recado.ports.people import PeopleRepository, ReminderRepository, VehicleRepository
from recado.ports.tasks import Departures
from recado.services.trace_person import TracePerson

TRIES = 5


class ErasePerson:
    """Erases people."""

    def __init__(
        self,
        *,
        people: PeopleRepository,
        vehicles: VehicleRepository,
        reminders: ReminderRepository,
        appointments: AppointmentRepository,
        trace: TracePerson,
        departures: Departures,
        suppressions: ErasableSuppressions,
        notifications: NotificationRepository,
        erasable_log: ErasableLog,
        media: InboundMedia,
        files: ErasableFiles,
        erasable_conversations: ErasableConversations,
        events: ErasableEvents,
        clock: Clock,
    ) -> None:
        self._people = people
        self._vehicles = vehicles
        self._reminders = reminders
        self._appointments = appointments
        self._trace = trace
        self._departures = departures
        self._suppressions = suppressions
        self._notifications = notifications
        self._erasable_log = erasable_log
        self._media = media
        self._files = files
        self._erasable_conversations = erasable_conversations
        self._events = events
        self._clock = clock

    def __call__(self, part: TaskPart, document: Mapping[str, Any]) -> RecordOutcome:
        """Erase a person, or the events of a day about one; twice changes nothing more.

        Raises
        ------
        LostRaceError
            Something changed meanwhile, or a worker has a message to them in its hands: try again.
        """
        if "day" in document:
            day = DayErasure.model_validate(document)
            is_found = self._events.forget_events(
                part.tenant_id, day.day, ids=day.ids, addresses=day.addresses
            )
        else:
            is_found = self._erase(part.tenant_id, Erasure.model_validate(document))
        return RecordOutcome.APPLIED if is_found else RecordOutcome.UNCHANGED

    def _erase(self, tenant_id: str, erasure: Erasure) -> bool:
        """Erase a person; False when nothing is known of them.

        What leads to other things goes after them, so that it may break off anywhere and begin
        again. The log is gone through once more in the end, when nothing new is planned for them.
        """
        customer_id = erasure.customer_id
        traces = self._trace(tenant_id, customer_id)
        for address in self._trace.own(tenant_id, customer_id, traces):
            self._suppressions.forget_evidence(tenant_id, address)
        for conversation in traces.conversations.values():
            self._blank_log(tenant_id, conversation.conversation_id, erasure.pseudonym)
            if not self._erasable_conversations.forget_conversation(conversation):
                raise LostRaceError
        self._blank_log(tenant_id, customer_id, erasure.pseudonym)
        has_told_team = self._blank_what_the_team_was_told(tenant_id, customer_id)
        has_owned = self._forget_property(tenant_id, customer_id)
        if traces.person is not None:
            self._forget_person(traces.person)
        self._blank_log(tenant_id, customer_id, erasure.pseudonym)
        is_known = traces.person or traces.has_log or traces.conversations
        return bool(is_known or has_told_team or has_owned)

    def _blank_log(self, tenant_id: str, correspondent_id: str, pseudonym: str) -> None:
        for entry in self._trace.entries(tenant_id, correspondent_id):
            if isinstance(entry, Received):
                self._forget_message(entry)
            else:
                self._blank(entry, pseudonym)

    def _forget_message(self, received: Received) -> None:
        for stored in self._media.of(received.tenant_id, received.message_id).values():
            if stored.key is not None:
                self._files.forget_file(stored.key)
        self._erasable_log.forget_received(received.tenant_id, received.message_id)

    def _blank(self, entry: Notification, pseudonym: str) -> None:
        """Blank a notification as it is now: the index that it was found by may be behind."""
        for _ in range(TRIES):
            current = self._notifications.get(entry.tenant_id, entry.notification_id)
            if current is None or is_erased(current):
                return
            self._leave_to_its_worker(current)
            blank = without_person(current, pseudonym, self._clock.now())
            if self._erasable_log.replace(current, blank):
                return
        raise LostRaceError

    def _blank_what_the_team_was_told(self, tenant_id: str, customer_id: str) -> bool:
        ids = self._erasable_log.told_about(tenant_id, customer_id)
        for notification_id in ids:
            current = self._notifications.get(tenant_id, notification_id)
            if current is not None:
                self._leave_to_its_worker(current)
                blank = without_subject(current, self._clock.now())
                if not self._erasable_log.replace(current, blank):
                    raise LostRaceError
            self._erasable_log.forget_told_about(tenant_id, customer_id, notification_id)
        return bool(ids)

    def _leave_to_its_worker(self, notification: Notification) -> None:
        """Wait while a worker is in the middle of a send: it would store again what the provider
        says of the person."""
        if notification.lease_is_live(self._clock.now()):
            raise LostRaceError

    def _forget_property(self, tenant_id: str, customer_id: str) -> bool:
        reminders = self._reminders.reminders_of(tenant_id, customer_id)
        vehicles = self._vehicles.vehicles_of(tenant_id, customer_id)
        appointments = self._appointments.appointments_of(tenant_id, customer_id)
        removed = [self._reminders.delete_reminder(reminder) for reminder in reminders]
        removed += [self._vehicles.delete_vehicle(vehicle) for vehicle in vehicles]
        removed += [self._appointments.delete_appointment(each) for each in appointments]
        if not all(removed):
            raise LostRaceError
        return bool(removed)

    def _forget_person(self, person: Recipient) -> None:
        """Remove a person, and let no older change of another system bring them back."""
        mark = SourceMark(source_version=person.source_version, source_at=self._now(person))
        self._departures.depart(person.tenant_id, SyncedKind.CUSTOMER, person.recipient_id, mark)
        if not self._people.delete_person(person):
            raise LostRaceError

    def _now(self, person: Recipient) -> datetime:
        now = self._clock.now()
        return max(now, person.source_at or now)
