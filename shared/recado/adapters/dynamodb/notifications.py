"""The log of notifications in DynamoDB."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched, islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import ATTEMPTS, StoreBusyError, Table, back_off, row
from recado.domain.delivery import Change
from recado.domain.notification import (
    DUE_SHARDS,
    Attempt,
    HistoryEntry,
    Notification,
    Timeline,
)
from recado.ports import NotificationKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STATEMENTS_AT_ONCE = 25

_CONFLICT = "ConditionalCheckFailed"
_DUE = "SET due_shard=? SET due_at=?"
_NOT_DUE = "REMOVE due_shard REMOVE due_at"


class DynamoDBNotificationRepository:
    """Implements `ports.NotificationRepository`.

    Changes of a batch are stored by one `BatchExecuteStatement`: a condition per notification at
    one write unit each, where a transaction would cost two and fail as a whole.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = Table(client, table_name)
        self._update = (
            f'UPDATE "{table_name}" SET document=? SET "state"=? SET version=? SET write_id=? '  # noqa: S608
            "{due} WHERE pk=? AND sk=? AND version=?"
        )

    def create(self, notification: Notification) -> bool:
        """See `ports.NotificationRepository`."""
        return self._table.put_new(
            row(
                keys.notification(_key(notification)),
                keys.META,
                _document(notification),
                state=notification.state,
                version=notification.version,
                day_shard=keys.day(
                    notification.tenant_id, notification.created_at, notification.notification_id
                ),
                created_at=keys.timestamp(notification.created_at),
                recipient_key=keys.recipient(notification.tenant_id, notification.recipient_id),
                expires_at=int(notification.expires_at.timestamp()),
                **_due(notification),
            )
        )

    def get(self, tenant_id: str, notification_id: str) -> Notification | None:
        """See `ports.NotificationRepository`."""
        key = NotificationKey(tenant_id=tenant_id, notification_id=notification_id)
        return self.get_many([key]).get(notification_id)

    def get_many(self, keys_: Collection[NotificationKey]) -> dict[str, Notification]:
        """See `ports.NotificationRepository`."""
        items = self._meta_items(keys_)
        return {n.notification_id: n for n in map(_notification, items)}

    def save(self, changes: Sequence[Change]) -> dict[str, Notification]:
        """See `ports.NotificationRepository`."""
        attempts = [
            _attempt_row(change.notification, change.attempt)
            for change in changes
            if change.attempt is not None
        ]
        self._table.put_many(attempts)
        won: set[str] = set()
        for group in batched(changes, STATEMENTS_AT_ONCE, strict=False):
            won |= self._update_rows([change.notification for change in group])
        stored = [change for change in changes if change.notification.notification_id in won]
        self._table.put_many(
            [
                _history_row(change.notification, change.history)
                for change in stored
                if change.history is not None
            ]
        )
        return {
            change.notification.notification_id: change.notification.model_copy(
                update={"version": change.notification.version + 1}
            )
            for change in stored
        }

    def attempt(self, key: NotificationKey, number: int) -> Attempt | None:
        """See `ports.NotificationRepository`."""
        item = self._table.get(keys.notification(key), keys.attempt(number), consistent=True)
        return Attempt.model_validate_json(item["document"]["S"]) if item else None

    def timeline(self, tenant_id: str, notification_id: str) -> Timeline | None:
        """See `ports.NotificationRepository`."""
        key = NotificationKey(tenant_id=tenant_id, notification_id=notification_id)
        meta: Notification | None = None
        attempts: list[Attempt] = []
        history: list[HistoryEntry] = []
        for item in self._table.query(keys.notification(key), consistent=True):
            kind, document = item["sk"]["S"].partition("#")[0], item["document"]["S"]
            if kind == "ATTEMPT":
                attempts.append(Attempt.model_validate_json(document))
            elif kind == "HISTORY":
                history.append(HistoryEntry.model_validate_json(document))
            else:
                meta = _notification(item)
        if meta is None:
            return None
        return Timeline(notification=meta, attempts=tuple(attempts), history=tuple(history))

    def due(self, now: datetime, limit: int) -> Iterable[NotificationKey]:
        """See `ports.NotificationRepository`."""
        shards = [self._due_in(f"due#{shard}", now) for shard in range(DUE_SHARDS)]
        merged = heapq.merge(*shards)
        return [keys.read_notification(pk) for _, pk in islice(merged, limit)]

    def _due_in(self, shard: str, now: datetime) -> Iterator[tuple[str, str]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table.name,
            IndexName="due",
            KeyConditionExpression="due_shard = :shard AND due_at <= :now",
            ExpressionAttributeValues={
                ":shard": {"S": shard},
                ":now": {"S": keys.timestamp(now)},
            },
        )
        for page in pages:
            for item in page["Items"]:
                yield item["due_at"]["S"], item["pk"]["S"]

    def _meta_items(self, wanted: Collection[NotificationKey]) -> list[Any]:
        return list(
            self._table.get_many(
                [(keys.notification(key), keys.META) for key in wanted], consistent=True
            )
        )

    def _update_rows(self, notifications: Sequence[Notification]) -> set[str]:
        """Store the rows of one call's worth of notifications; gives the ids of the winners."""
        write_id = uuid4().hex
        waiting = list(notifications)
        stored: set[str] = set()
        doubtful: list[Notification] = []
        for attempt in range(ATTEMPTS):
            answer = self._client.batch_execute_statement(
                Statements=[self._statement(notification, write_id) for notification in waiting]
            )
            busy: list[Notification] = []
            for notification, response in zip(waiting, answer["Responses"], strict=True):
                code = response.get("Error", {}).get("Code")
                if code is None:
                    stored.add(notification.notification_id)
                elif code == _CONFLICT:
                    doubtful.append(notification)
                else:
                    busy.append(notification)
            waiting = busy
            if not waiting:
                break
            back_off(attempt)
        else:
            raise StoreBusyError(self._table.name)
        return stored | self._stored_by(write_id, doubtful)

    def _stored_by(self, write_id: str, notifications: Sequence[Notification]) -> set[str]:
        """Which conflicts are our own write, whose first answer was lost on the way."""
        items = self._meta_items([_key(notification) for notification in notifications])
        return {
            keys.read_notification(item["pk"]["S"]).notification_id
            for item in items
            if item.get("write_id", {}).get("S") == write_id
        }

    def _statement(self, notification: Notification, write_id: str) -> Any:
        due = _due(notification)
        parameters: list[str | int] = [
            _document(notification),
            notification.state,
            notification.version + 1,
            write_id,
            *due.values(),
            keys.notification(_key(notification)),
            keys.META,
            notification.version,
        ]
        return {
            "Statement": self._update.format(due=_DUE if due else _NOT_DUE),
            "Parameters": [
                {"N": str(value)} if isinstance(value, int) else {"S": value}
                for value in parameters
            ],
        }


def _key(notification: Notification) -> NotificationKey:
    return NotificationKey(
        tenant_id=notification.tenant_id, notification_id=notification.notification_id
    )


def _due(notification: Notification) -> dict[str, str]:
    if notification.due_at is None:
        return {}
    return {"due_shard": notification.due_shard, "due_at": keys.timestamp(notification.due_at)}


def _document(notification: Notification) -> str:
    """The row's document; its version stands beside it, where conditions can see it."""
    return notification.model_dump_json(exclude_none=True, exclude={"version"})


def _notification(item: Any) -> Notification:
    stored = Notification.model_validate_json(item["document"]["S"])
    return stored.model_copy(update={"version": int(item["version"]["N"])})


def _attempt_row(notification: Notification, attempt: Attempt) -> dict[str, Any]:
    index = {}
    if attempt.provider_message_id is not None:
        index["provider_message"] = keys.provider_message(
            notification.tenant_id, attempt.account_id, attempt.provider_message_id
        )
    return row(
        keys.notification(_key(notification)),
        keys.attempt(attempt.number),
        attempt.model_dump_json(exclude_none=True),
        expires_at=int(notification.expires_at.timestamp()),
        **index,
    )


def _history_row(notification: Notification, entry: HistoryEntry) -> dict[str, Any]:
    return row(
        keys.notification(_key(notification)),
        keys.history(entry.at, entry.kind),
        entry.model_dump_json(),
        expires_at=int(notification.expires_at.timestamp()),
    )
