"""Find out what leads to a person: their addresses, their conversations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from recado.domain.communications import LogEntry
from recado.domain.conversations import Conversation
from recado.domain.directory import Address, Recipient
from recado.domain.erasure import is_erased
from recado.domain.identities import identity_of
from recado.domain.received import Received
from recado.ports.clock import Clock
from recado.ports.communications import CommunicationLog
from recado.ports.configuration import ConfigurationRepository
from recado.ports.conversations import ConversationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.people import PeopleRepository
from recado.services.read_communications import EARLIEST

LONGEST_ID = 128
"""Of a customer; DynamoDB refuses a key of more than 2048 bytes as a fault of ours."""

AHEAD = timedelta(days=1)
"""A provider's clock may be ahead of ours."""

AT_ONCE = 100
MOST_PEOPLE = 20
"""How many who share an address are looked at."""


@dataclass
class Traces:
    """What leads to a person, wherever it stands.

    Parameters
    ----------
    person
        None for somebody who is not in the directory and whom something was sent to.
    conversations
        By their ids.
    has_log
        Whether the log has something of them.
    """

    person: Recipient | None
    addresses: set[Address] = field(default_factory=set)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    has_log: bool = False


class TracePerson:
    """Finds out what leads to people."""

    def __init__(
        self,
        *,
        people: PeopleRepository,
        directory: DirectoryRepository,
        log: CommunicationLog,
        conversations: ConversationRepository,
        configuration: ConfigurationRepository,
        clock: Clock,
    ) -> None:
        self._people = people
        self._directory = directory
        self._log = log
        self._conversations = conversations
        self._configuration = configuration
        self._clock = clock

    def __call__(self, tenant_id: str, customer_id: str, *, since: datetime = EARLIEST) -> Traces:
        """What leads to a person, by the directory and by the log from a moment on.

        What was said at an address that is somebody else's too is theirs only where it is known
        to be.
        """
        traces = Traces(self._people.person(tenant_id, customer_id))
        if traces.person is not None:
            traces.addresses |= set(traces.person.addresses)
        accounts = {a.account_id for a in self._configuration.accounts(tenant_id)}
        ids: set[str] = set()
        for entry in self.entries(tenant_id, customer_id, since=since):
            traces.has_log = True
            if isinstance(entry, Received):
                ids.add(entry.conversation_id)
            elif not is_erased(entry):
                traces.addresses |= {step.address for step in entry.route}
                accounts |= {step.account_id for step in entry.route}
        for conversation_id in ids:
            conversation = self._conversations.get(tenant_id, conversation_id)
            if conversation and conversation.recipient_id in (None, customer_id):
                traces.conversations[conversation_id] = conversation
        for address in traces.addresses:
            for conversation in self._at(tenant_id, customer_id, address, accounts):
                traces.conversations[conversation.conversation_id] = conversation
        for conversation in traces.conversations.values():
            traces.addresses |= {
                Address(channel=conversation.channel, value=name.value)
                for name in conversation.identities
            }
        return traces

    def entries(
        self, tenant_id: str, correspondent_id: str, *, since: datetime = EARLIEST
    ) -> Iterator[LogEntry]:
        """What was said to and by somebody, or in a conversation, newest first."""
        after = None
        while True:
            page = self._log.entries(
                tenant_id,
                since=since,
                until=self._clock.now() + AHEAD,
                correspondent_id=correspondent_id,
                after=after,
                limit=AT_ONCE,
            )
            yield from page.entries
            after = page.next
            if after is None:
                return

    def own(self, tenant_id: str, customer_id: str, traces: Traces) -> set[Address]:
        """Those of a person's addresses at which nobody else is reached."""
        return {a for a in traces.addresses if not self._is_shared(tenant_id, customer_id, a)}

    def _at(
        self, tenant_id: str, customer_id: str, address: Address, accounts: set[str]
    ) -> Iterator[Conversation]:
        """What was said at an address, unless it was said to or by somebody else."""
        name = identity_of(address)
        if name is None:
            return
        whose: tuple[str | None, ...] = (None, customer_id)
        if self._is_shared(tenant_id, customer_id, address):
            whose = (customer_id,)
        for account_id in accounts:
            for conversation in self._conversations.find(tenant_id, account_id, [name]):
                if conversation.channel is address.channel and conversation.recipient_id in whose:
                    yield conversation

    def _is_shared(self, tenant_id: str, customer_id: str, address: Address) -> bool:
        reached = self._directory.reached_at(tenant_id, address, limit=MOST_PEOPLE)
        return any(person.recipient_id != customer_id for person in reached)
