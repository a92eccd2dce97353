"""Erase a person: everything that tells who they are goes, what happened stays as counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from recado.domain.communications import LogEntry
from recado.domain.conversations import Conversation
from recado.domain.directory import Address, Recipient
from recado.domain.domain_events import KEPT as EVENTS_KEPT
from recado.domain.erasure import Erasure, is_erased, without_person
from recado.domain.errors import LostRaceError
from recado.domain.identities import identity_of
from recado.domain.notification import Notification
from recado.domain.received import Received
from recado.domain.sync import SourceMark, SyncedKind
from recado.domain.tasks import RecordOutcome, TaskPart
from recado.ports.clock import Clock
from recado.ports.communications import CommunicationLog
from recado.ports.configuration import ConfigurationRepository
from recado.ports.conversations import ConversationRepository
from recado.ports.directory import DirectoryRepository
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
from recado.services.read_communications import EARLIEST

AT_ONCE = 100
TRIES = 5
MOST_PEOPLE = 20
"""How many who share an address are looked at."""

AHEAD = timedelta(days=1)
"""A provider's clock may be ahead of ours."""


@dataclass
class _Known:
    """What is known of a person, wherever it stands."""

    person: Recipient | None
    addresses: set[Address] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    has_said: bool = False


class ErasePerson:
    """Erases people."""

    def __init__(
        self,
        *,
        people: PeopleRepository,
        vehicles: VehicleRepository,
        reminders: ReminderRepository,
        directory: DirectoryRepository,
        departures: Departures,
        suppressions: ErasableSuppressions,
        log: CommunicationLog,
        notifications: NotificationRepository,
        erasable_log: ErasableLog,
        media: InboundMedia,
        files: ErasableFiles,
        conversations: ConversationRepository,
        erasable_conversations: ErasableConversations,
        events: ErasableEvents,
        configuration: ConfigurationRepository,
        clock: Clock,
    ) -> None:
        self._people = people
        self._vehicles = vehicles
        self._reminders = reminders
        self._directory = directory
        self._departures = departures
        self._suppressions = suppressions
        self._log = log
        self._notifications = notifications
        self._erasable_log = erasable_log
        self._media = media
        self._files = files
        self._conversations = conversations
        self._erasable_conversations = erasable_conversations
        self._events = events
        self._configuration = configuration
        self._clock = clock

    def __call__(self, part: TaskPart, document: Mapping[str, Any]) -> RecordOutcome:
        """Erase a person; twice changes nothing more.

        What leads to other things goes after them, so that it may break off anywhere and begin
        again. The log is gone through once more in the end, when nothing new is planned for them.

        Raises
        ------
        LostRaceError
            Something changed meanwhile: try again at once.
        """
        erasure = Erasure.model_validate(document)
        tenant_id, customer_id = part.tenant_id, erasure.customer_id
        known = self._known(tenant_id, customer_id)
        self._forget_traces(tenant_id, customer_id, known)
        for conversation in known.conversations.values():
            self._blank_log(tenant_id, conversation.conversation_id, erasure.pseudonym)
            if not self._erasable_conversations.forget_conversation(conversation):
                raise LostRaceError
        self._blank_log(tenant_id, customer_id, erasure.pseudonym)
        has_owned = self._forget_property(tenant_id, customer_id)
        if known.person is not None:
            self._forget_person(known.person)
        self._blank_log(tenant_id, customer_id, erasure.pseudonym)
        is_found = known.person or known.has_said or known.conversations or has_owned
        return RecordOutcome.APPLIED if is_found else RecordOutcome.UNCHANGED

    def _known(self, tenant_id: str, customer_id: str) -> _Known:
        known = _Known(self._people.person(tenant_id, customer_id))
        if known.person is not None:
            known.addresses |= set(known.person.addresses)
        known.accounts |= {a.account_id for a in self._configuration.accounts(tenant_id)}
        ids: set[str] = set()
        for entry in self._entries(tenant_id, customer_id):
            known.has_said = True
            if isinstance(entry, Received):
                ids.add(entry.conversation_id)
            elif not is_erased(entry):
                known.addresses |= {step.address for step in entry.route}
                known.accounts |= {step.account_id for step in entry.route}
        for conversation_id in ids:
            conversation = self._conversations.get(tenant_id, conversation_id)
            if conversation and conversation.recipient_id in (None, customer_id):
                known.conversations[conversation_id] = conversation
        for address in known.addresses:
            self._add_conversations(tenant_id, customer_id, address, known)
        for conversation in known.conversations.values():
            known.addresses |= {
                Address(channel=conversation.channel, value=name.value)
                for name in conversation.identities
            }
        return known

    def _add_conversations(
        self, tenant_id: str, customer_id: str, address: Address, known: _Known
    ) -> None:
        """Add what was said at an address, unless it was said to or by somebody else."""
        name = identity_of(address)
        if name is None:
            return
        whose: tuple[str | None, ...] = (None, customer_id)
        if self._is_shared(tenant_id, customer_id, address):
            whose = (customer_id,)
        for account_id in known.accounts:
            for conversation in self._conversations.find(tenant_id, account_id, [name]):
                if conversation.channel is address.channel and conversation.recipient_id in whose:
                    known.conversations[conversation.conversation_id] = conversation

    def _is_shared(self, tenant_id: str, customer_id: str, address: Address) -> bool:
        reached = self._directory.reached_at(tenant_id, address, limit=MOST_PEOPLE)
        return any(person.recipient_id != customer_id for person in reached)

    def _forget_traces(self, tenant_id: str, customer_id: str, known: _Known) -> None:
        """Forget what names them in the suppression list, and in what others were told."""
        today = self._clock.now().date()
        own = {a for a in known.addresses if not self._is_shared(tenant_id, customer_id, a)}
        for address in own:
            self._suppressions.forget_evidence(tenant_id, address)
        for days in range(-1, EVENTS_KEPT.days + 1):
            self._events.forget_events(
                tenant_id,
                today - timedelta(days=days),
                ids={customer_id, *known.conversations},
                addresses={address.value for address in own},
            )

    def _blank_log(self, tenant_id: str, correspondent_id: str, pseudonym: str) -> None:
        for entry in self._entries(tenant_id, correspondent_id):
            if isinstance(entry, Received):
                self._forget_message(entry)
            else:
                self._blank(entry, pseudonym)

    def _entries(self, tenant_id: str, correspondent_id: str) -> Iterator[LogEntry]:
        after = None
        while True:
            page = self._log.entries(
                tenant_id,
                since=EARLIEST,
                until=self._clock.now() + AHEAD,
                correspondent_id=correspondent_id,
                after=after,
                limit=AT_ONCE,
            )
            yield from page.entries
            after = page.next
            if after is None:
                return

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
            blank = without_person(current, pseudonym, self._clock.now())
            if self._erasable_log.replace(current, blank):
                return
        raise LostRaceError

    def _forget_property(self, tenant_id: str, customer_id: str) -> bool:
        reminders = self._reminders.reminders_of(tenant_id, customer_id)
        vehicles = self._vehicles.vehicles_of(tenant_id, customer_id)
        removed = [self._reminders.delete_reminder(reminder) for reminder in reminders]
        removed += [self._vehicles.delete_vehicle(vehicle) for vehicle in vehicles]
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
