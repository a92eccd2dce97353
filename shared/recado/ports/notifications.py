"""The log, as services see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from pydantic import Field

from recado.domain.delivery import Change
from recado.domain.model import Model
from recado.domain.notification import Attempt, Notification, Timeline
from recado.domain.receipts import Receipt


class NotificationKey(Model):
    """Names a notification of a tenant."""

    tenant_id: str
    notification_id: str


class Saved(Model):
    """What became of changes: the notifications that were stored, by id, as they stand now.

    `failed` are those that the store did not take, for lack of capacity or for another fault;
    they neither won nor lost. What is in neither place lost a race.
    """

    stored: dict[str, Notification] = Field(default_factory=dict)
    failed: frozenset[str] = frozenset()


class PlannedPage(Model):
    """Some of what was planned under a key; `next` leads on."""

    notifications: tuple[Notification, ...]
    next: str | None = None


class NotificationRepository(Protocol):
    """The log: notifications, their attempts and their history.

    A stored notification that this release cannot read is left out of what is asked for, and
    logged: it must not cost those that were asked for with it.
    """

    def create(self, notification: Notification) -> bool:
        """Store a new notification; False when its id is taken, and then nothing changes."""
        ...

    def get(self, tenant_id: str, notification_id: str) -> Notification | None:
        """A notification as it stands now (a consistent read)."""
        ...

    def get_many(self, keys: Collection[NotificationKey]) -> dict[str, Notification]:
        """Notifications by id, as they stand now; those that do not exist are left out."""
        ...

    def save(self, changes: Sequence[Change]) -> Saved:
        """Store next versions; never raises for what the store could not do.

        A change is stored only where the stored version is still the one that it was made
        from; the others lost a race and must look again. A change whose first answer was lost
        and that had been stored counts as stored. Attempts are stored in any case, and first:
        they were made, whoever won.
        """
        ...

    def look_again(self, keys: Collection[NotificationKey], at: datetime) -> None:
        """Let the clock leave notifications alone until a moment, whatever they hold."""
        ...

    def attempt(self, key: NotificationKey, number: int) -> Attempt | None:
        """An attempt by its number, if its end was recorded."""
        ...

    def attempt_of(
        self, tenant_id: str, account_id: str, provider_message_id: str
    ) -> tuple[NotificationKey, int] | None:
        """The attempt that a provider knows by its id: its notification and its number.

        An attempt that was recorded a moment ago may not be found yet.
        """
        ...

    def under_key(self, tenant_id: str, key: str, *, after: str | None, limit: int) -> PlannedPage:
        """What was planned under a client's key, as it stands now, by id.

        A page looks at up to `limit` of them after an id; it may hold fewer, or none.
        """
        ...

    def timeline(self, tenant_id: str, notification_id: str) -> Timeline | None:
        """A notification with its attempts and history, oldest first."""
        ...

    def due(self, now: datetime, limit: int) -> Iterable[NotificationKey]:
        """Notifications that the clock must look at, those most overdue first."""
        ...


class OrphanReceipts(Protocol):
    """Receipts for messages that nobody here sent, kept for people who look for them."""

    def keep(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts; the same one twice is kept once."""
        ...
