"""The queues of what went wrong, as services see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from recado.domain.channels import DeliveryQueueName
from recado.domain.model import Model


class QueueName(StrEnum):
    """A queue whose messages can end in a dead-letter queue; `parked` is none of those."""

    REQUESTS = "requests"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"
    PUSH = "push"
    CHAT = "chat"
    RECEIPTS = "receipts"
    INBOUND = "inbound"
    MEDIA = "media"
    CLIENT_WEBHOOKS = "client-webhooks"
    DIRECTORY_TASKS = "directory-tasks"
    PARKED = "parked"


DELIVERY_QUEUES = frozenset(QueueName(queue.value) for queue in DeliveryQueueName)
"""Those whose dead-letter queues `channel_fallback` reads."""


class DeadLetter(Model):
    """A message that a queue of what went wrong handed out.

    Parameters
    ----------
    receipt
        The queue's proof that we hold it, opaque here.
    sent_at
        When it was put on a queue first, as far as the queue knows.
    group
        Its message group; None where it has none.
    attributes
        What stands beside the body: `reason`, where we put it aside ourselves, and `message_id`,
        the id that it had before that.
    """

    message_id: str
    receipt: str
    body: str
    sent_at: datetime
    group: str | None = None
    attributes: Mapping[str, str] = Field(default_factory=dict)


class Move(Model):
    """Where a dead letter goes, and as what."""

    to: QueueName
    body: str
    group: str | None = None


class DeadLetters(Protocol):
    """The dead-letter queues, each named by the queue that it is for, and the parked queue."""

    def waiting(self, queue: QueueName) -> int:
        """About how many messages wait."""
        ...

    def take(self, queue: QueueName) -> list[DeadLetter]:
        """Some messages, which nobody else gets for a quarter of an hour; empty when none wait.

        One that stays longer may come again, with another receipt.
        """
        ...

    def put_back(self, queue: QueueName, receipts: Collection[str]) -> None:
        """Let messages be seen again at once, in the order of their receipts."""
        ...

    def move(self, queue: QueueName, letter: DeadLetter, move: Move) -> None:
        """Put a message on another queue, then delete it here.

        Raises what either refuses. Between the two it is in both places: never in none.
        """
        ...
