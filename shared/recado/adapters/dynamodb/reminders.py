"""Maintenance reminders in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.listing import (
    BY_LISTING,
    BY_OWNER,
    FIRST,
    LAST,
    Index,
    all_rows,
    listed_rows,
)
from recado.adapters.dynamodb.table import Table, row
from recado.adapters.dynamodb.transaction import Transaction, version_of
from recado.domain.vehicles import UNDATED, Reminder, ReminderStatus
from recado.ports.people import RemindersPage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item
    from recado.domain.sorting import Position


BY_LOOK = Index("by_look", "look", "look_sort")
"""Only what the clock still looks at is in it."""


class DynamoDBReminderRepository:
    """Implements `ports.ReminderRepository`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def reminder(self, tenant_id: str, reminder_id: str) -> Reminder | None:
        """See `ports.ReminderRepository`."""
        item = self._stored(tenant_id, reminder_id)
        return _reminder(item) if item else None

    def add_reminder(self, reminder: Reminder) -> bool:
        """See `ports.ReminderRepository`."""
        transaction = Transaction(self._table)
        transaction.demand(keys.recipient(reminder.tenant_id, reminder.customer_id), keys.PROFILE)
        transaction.put_version(_row(reminder), over=None)
        return transaction.commit()

    def save_reminder(self, reminder: Reminder) -> bool:
        """See `ports.ReminderRepository`."""
        return self._table.put_version(_row(reminder), over=reminder.version)

    def save_completed(self, reminder: Reminder, following: Reminder) -> bool:
        """See `ports.ReminderRepository`."""
        stored = self._stored(reminder.tenant_id, reminder.reminder_id)
        if stored is None or version_of(stored) != reminder.version:
            return False
        transaction = Transaction(self._table)
        transaction.put_version(_row(reminder), over=stored)
        transaction.put_version(_row(following), over=None)
        return transaction.commit()

    def delete_reminder(self, reminder: Reminder) -> bool:
        """See `ports.ReminderRepository`."""
        stored = self._stored(reminder.tenant_id, reminder.reminder_id)
        if stored is None or version_of(stored) != reminder.version:
            return False
        transaction = Transaction(self._table)
        transaction.delete_version(stored)
        return transaction.commit()

    def reminders(
        self,
        tenant_id: str,
        *,
        customer_id: str | None,
        due_from: date | None,
        due_before: date | None,
        descending: bool,
        after: Position | None,
        limit: int,
    ) -> RemindersPage:
        """See `ports.ReminderRepository`."""
        # A day itself comes before every sort key that begins with it.
        end = UNDATED if due_from else LAST
        rows, following = listed_rows(
            self._table,
            BY_LISTING if customer_id is None else BY_OWNER,
            keys.reminder_listing(tenant_id, customer_id),
            row=keys.REMINDER,
            low=due_from.isoformat() if due_from else FIRST,
            high=due_before.isoformat() if due_before else end,
            descending=descending,
            after=after,
            limit=limit,
        )
        return RemindersPage(reminders=tuple(_reminder(item) for item in rows), next=following)

    def reminders_of(self, tenant_id: str, customer_id: str) -> Sequence[Reminder]:
        """See `ports.ReminderRepository`."""
        listing = keys.reminder_listing(tenant_id, customer_id)
        return [_reminder(i) for i in all_rows(self._table, BY_OWNER, listing, row=keys.REMINDER)]

    def to_look_at(self, tenant_id: str, day: date) -> Iterator[str]:
        """See `ports.ReminderRepository`."""
        pages = self._table.client.get_paginator("query").paginate(
            TableName=self._table.name,
            IndexName=BY_LOOK.name,
            KeyConditionExpression="#partition = :partition AND #sort < :end",
            ExpressionAttributeNames={"#partition": BY_LOOK.partition, "#sort": BY_LOOK.sort},
            ExpressionAttributeValues={
                ":partition": {"S": keys.looks(tenant_id)},
                ":end": {"S": keys.end_of(keys.look(day, ""))},
            },
        )
        for page in pages:
            for item in page["Items"]:
                yield keys.read_look(item[BY_LOOK.sort]["S"])

    def _stored(self, tenant_id: str, reminder_id: str) -> Item | None:
        partition = keys.reminder(tenant_id, reminder_id)
        return self._table.get(partition, keys.REMINDER, consistent=True)


def _row(reminder: Reminder) -> dict[str, Any]:
    """The row of a reminder's next version."""
    place = keys.listed(reminder.position)
    looks = (
        {
            BY_LOOK.partition: keys.looks(reminder.tenant_id),
            BY_LOOK.sort: keys.look(reminder.look_on, reminder.reminder_id),
        }
        if reminder.look_on and reminder.status is ReminderStatus.PENDING
        else {}
    )
    return row(
        keys.reminder(reminder.tenant_id, reminder.reminder_id),
        keys.REMINDER,
        reminder.model_dump_json(exclude_none=True, exclude={"version"}),
        version=reminder.version + 1,
        listing=keys.reminder_listing(reminder.tenant_id, None),
        listing_sort=place,
        owner=keys.reminder_listing(reminder.tenant_id, reminder.customer_id),
        owner_sort=place,
        **looks,
    )


def _reminder(item: Item) -> Reminder:
    stored = Reminder.model_validate_json(item["document"]["S"])
    return stored.model_copy(update={"version": version_of(item)})
