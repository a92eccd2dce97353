"""What must go when a person is erased, as services see it; each call twice changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Protocol

from recado.domain.conversations import Conversation
from recado.domain.directory import Address
from recado.domain.notification import Notification


class ErasableLog(Protocol):
    """The log, of which counts must stay."""

    def replace(self, before: Notification, after: Notification) -> bool:
        """Store a notification without a person; False when it was changed meanwhile.

        Where it is for somebody else now, its attempts and history say nothing of the person
        either.
        """
        ...

    def told_about(self, tenant_id: str, customer_id: str) -> list[str]:
        """The ids of the notifications to the tenant's team that are about a customer."""
        ...

    def forget_told_about(self, tenant_id: str, customer_id: str, notification_id: str) -> None:
        """Forget that a notification to the team is about a customer."""
        ...

    def forget_received(self, tenant_id: str, message_id: str) -> None:
        """Remove a person's message, and what is known of its files."""
        ...


class ErasableConversations(Protocol):
    """Conversations and under which names people are known in them."""

    def forget_conversation(self, conversation: Conversation) -> bool:
        """Remove a conversation and the names that lead to it; False when it was changed
        meanwhile."""
        ...


class ErasableSuppressions(Protocol):
    """The suppression list, which must go on to hold."""

    def forget_evidence(self, tenant_id: str, address: Address) -> None:
        """Take address and evidence out of what is known of an address, and out of its past."""
        ...


class ErasableEvents(Protocol):
    """What happened in the last 30 days, as others were told."""

    def forget_events(
        self, tenant_id: str, day: date, *, ids: Collection[str], addresses: Collection[str]
    ) -> bool:
        """Remove a day's events about some people or conversations, by id, or some addresses;
        False when there were none."""
        ...


class ErasableFiles(Protocol):
    """The files that people sent."""

    def forget_file(self, key: str) -> None:
        """Remove a file."""
        ...
