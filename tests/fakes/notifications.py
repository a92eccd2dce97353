"""The log in memory, with the same rule for races as the real one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from recado.domain.communications import LogEntry, LogPosition, Page, id_of, made_at
from recado.domain.delivery import Change
from recado.domain.notification import Attempt, HistoryEntry, Notification, Timeline
from recado.domain.receipts import Receipt
from recado.domain.received import Received
from recado.ports.notifications import NotificationKey, PlannedPage, Saved


class FakeNotifications:
    """Implements `ports.NotificationRepository`, `ports.OrphanReceipts`, `ports.InboundLog` and
    `ports.CommunicationLog`."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Notification] = {}
        self._attempts: dict[tuple[str, str], dict[int, Attempt]] = {}
        self._history: dict[tuple[str, str], list[HistoryEntry]] = {}
        self._look_again: dict[NotificationKey, datetime] = {}
        self.orphans: set[Receipt] = set()
        self.inbound: dict[tuple[str, str], Received] = {}
        self.saves_to_fail: list[str] = []
        """Ids of notifications of which the next change is not taken, each once."""

    def create(self, notification: Notification) -> bool:
        key = (notification.tenant_id, notification.notification_id)
        if key in self._rows:
            return False
        self._rows[key] = notification
        return True

    def get(self, tenant_id: str, notification_id: str) -> Notification | None:
        return self._rows.get((tenant_id, notification_id))

    def get_many(self, keys: Collection[NotificationKey]) -> dict[str, Notification]:
        found = (self.get(key.tenant_id, key.notification_id) for key in keys)
        return {n.notification_id: n for n in found if n is not None}

    def save(self, changes: Sequence[Change]) -> Saved:
        stored = {}
        failed = set()
        for change in changes:
            if change.notification.notification_id in self.saves_to_fail:
                self.saves_to_fail.remove(change.notification.notification_id)
                failed.add(change.notification.notification_id)
                continue
            key = (change.notification.tenant_id, change.notification.notification_id)
            if change.attempt is not None:
                self._attempts.setdefault(key, {})[change.attempt.number] = change.attempt
            current = self._rows.get(key)
            if current is None or current.version != change.notification.version:
                continue
            next_version = change.notification.version + 1
            self._rows[key] = change.notification.model_copy(update={"version": next_version})
            if change.history is not None:
                self._history.setdefault(key, []).append(change.history)
            stored[change.notification.notification_id] = self._rows[key]
        return Saved(stored=stored, failed=frozenset(failed))

    def look_again(self, keys: Collection[NotificationKey], at: datetime) -> None:
        self._look_again.update(dict.fromkeys(keys, at))

    def attempt(self, key: NotificationKey, number: int) -> Attempt | None:
        return self._attempts.get((key.tenant_id, key.notification_id), {}).get(number)

    def attempt_of(
        self, tenant_id: str, account_id: str, provider_message_id: str
    ) -> tuple[NotificationKey, int] | None:
        for (tenant, notification_id), attempts in self._attempts.items():
            for attempt in attempts.values():
                known = (tenant, attempt.account_id, attempt.provider_message_id)
                if known == (tenant_id, account_id, provider_message_id):
                    key = NotificationKey(tenant_id=tenant, notification_id=notification_id)
                    return key, attempt.number
        return None

    def under_key(self, tenant_id: str, key: str, *, after: str | None, limit: int) -> PlannedPage:
        planned = sorted(
            (
                row
                for row in self._rows.values()
                if (row.tenant_id, row.key) == (tenant_id, key)
                and (after is None or row.notification_id > after)
            ),
            key=lambda row: row.notification_id,
        )
        page = planned[:limit]
        has_more = len(planned) > limit
        return PlannedPage(
            notifications=tuple(page), next=page[-1].notification_id if has_more else None
        )

    def keep(self, receipts: Sequence[Receipt]) -> None:
        self.orphans |= set(receipts)

    def timeline(self, tenant_id: str, notification_id: str) -> Timeline | None:
        key = (tenant_id, notification_id)
        if key not in self._rows:
            return None
        attempts = self._attempts.get(key, {})
        return Timeline(
            notification=self._rows[key],
            attempts=tuple(attempts[number] for number in sorted(attempts)),
            history=tuple(self._history.get(key, [])),
        )

    def keep_received(self, received: Received) -> bool:
        key = (received.tenant_id, received.message_id)
        if key in self.inbound:
            return False
        self.inbound[key] = received
        return True

    def received(self, tenant_id: str, message_id: str) -> Received | None:
        return self.inbound.get((tenant_id, message_id))

    def latest_to(
        self, tenant_id: str, correspondent_id: str, *, since: datetime, limit: int
    ) -> list[Notification]:
        theirs = [
            row
            for row in self._rows.values()
            if (row.tenant_id, row.recipient_id) == (tenant_id, correspondent_id)
            and row.created_at >= since
        ]
        return sorted(theirs, key=lambda row: row.created_at, reverse=True)[:limit]

    def entry(self, tenant_id: str, entry_id: str) -> LogEntry | None:
        return self.get(tenant_id, entry_id) or self.received(tenant_id, entry_id)

    def entries(
        self,
        tenant_id: str,
        *,
        since: datetime,
        until: datetime,
        correspondent_id: str | None,
        after: LogPosition | None,
        limit: int,
    ) -> Page:
        def place(entry: LogEntry) -> tuple[datetime, str]:
            return made_at(entry), id_of(entry)

        whose = {
            **{n.notification_id: n.recipient_id for n in self._rows.values()},
            **{r.message_id: r.correspondent_id for r in self.inbound.values()},
        }
        wanted = [
            entry
            for entry in (*self._rows.values(), *self.inbound.values())
            if entry.tenant_id == tenant_id
            and since <= made_at(entry) <= until
            and correspondent_id in (None, whose[id_of(entry)])
            and (after is None or place(entry) < (after.at, after.entry_id))
        ]
        entries = tuple(sorted(wanted, key=place, reverse=True)[:limit])
        return Page(
            entries=entries, next=LogPosition.of(entries[-1]) if len(entries) == limit else None
        )

    def due(self, now: datetime, limit: int) -> Iterable[NotificationKey]:
        overdue = sorted(
            (row.due_at, row.tenant_id, row.notification_id)
            for row in self._rows.values()
            if row.due_at is not None and row.due_at <= now
        )
        keys = [NotificationKey(tenant_id=t, notification_id=n) for _, t, n in overdue]
        return [key for key in keys if self._look_again.get(key, now) <= now][:limit]
