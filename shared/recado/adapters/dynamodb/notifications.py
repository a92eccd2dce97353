"""The log of notifications in DynamoDB."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import batched, islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

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
from recado.domain.receipts import Receipt
from recado.ports.notifications import NotificationKey, PlannedPage, Saved

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger(__name__)

STATEMENTS_AT_ONCE = 25
ORPHANS_KEPT = timedelta(days=30)

_CONFLICT = "ConditionalCheckFailed"
_DUE = "SET due_shard=? SET due_at=?"
_NOT_DUE = "REMOVE due_shard REMOVE due_at"


_PASSING = {
    "InternalServerError",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingError",
    "TransactionConflict",
}
"""Codes of a statement that may work a moment later (DynamoDB, BatchStatementError)."""

_STORE_FAULTS = (BotoCoreError, ClientError, StoreBusyError)


class DynamoDBNotificationRepository:
    """Implements `ports.NotificationRepository` and `ports.OrphanReceipts`.

    Changes of a batch are stored by one `BatchExecuteStatement`: a condition per notification at
    one write unit each, where a transaction would cost two and fail as a whole.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = Table(client, table_name)
        self._update = (
            f'UPDATE "{table_name}" SET document=? SET "state"=? SET version=? SET write_id=? '  # noqa: S608
            "SET expires_at=? {due} WHERE pk=? AND sk=? AND version=?"
        )

    def create(self, notification: Notification) -> bool:
        """See `ports.NotificationRepository`."""
        for partition in _partitions_that_lead_to(notification):
            self._table.put(_pointer(notification, partition))
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
        return {n.notification_id: n for n in map(readable, items) if n is not None}

    def save(self, changes: Sequence[Change]) -> Saved:
        """See `ports.NotificationRepository`."""
        stored: dict[str, Notification] = {}
        failed: set[str] = set()
        for group in batched(changes, STATEMENTS_AT_ONCE, strict=False):
            ids = {change.notification.notification_id for change in group}
            try:
                self._table.put_many(_attempt_rows(group))
            except _STORE_FAULTS as error:
                _log_fault("attempts were not stored", len(group), error)
                failed |= ids
                continue
            won, lost = self._update_rows([change.notification for change in group])
            stored |= {
                change.notification.notification_id: change.notification.stored_again()
                for change in group
                if change.notification.notification_id in won
            }
            failed |= ids - won - lost
        self._keep_history([c for c in changes if c.notification.notification_id in stored])
        return Saved(stored=stored, failed=frozenset(failed))

    def look_again(self, keys_: Collection[NotificationKey], at: datetime) -> None:
        """See `ports.NotificationRepository`."""
        statement = f'UPDATE "{self._table.name}" SET due_at=? WHERE pk=? AND sk=?'  # noqa: S608
        for group in batched(keys_, STATEMENTS_AT_ONCE, strict=False):
            self._client.batch_execute_statement(
                Statements=[
                    {
                        "Statement": statement,
                        "Parameters": [
                            {"S": keys.timestamp(at)},
                            {"S": keys.notification(key)},
                            {"S": keys.META},
                        ],
                    }
                    for key in group
                ]
            )

    def attempt(self, key: NotificationKey, number: int) -> Attempt | None:
        """See `ports.NotificationRepository`."""
        item = self._table.get(keys.notification(key), keys.attempt(number), consistent=True)
        return Attempt.model_validate_json(item["document"]["S"]) if item else None

    def attempt_of(
        self, tenant_id: str, account_id: str, provider_message_id: str
    ) -> tuple[NotificationKey, int] | None:
        """See `ports.NotificationRepository`."""
        answer = self._client.query(
            TableName=self._table.name,
            IndexName="by_provider_message",
            KeyConditionExpression="provider_message = :id",
            ExpressionAttributeValues={
                ":id": {"S": keys.provider_message(tenant_id, account_id, provider_message_id)}
            },
            Limit=1,
        )
        for item in answer["Items"]:
            return keys.read_notification(item["pk"]["S"]), keys.read_attempt(item["sk"]["S"])
        return None

    def under_key(self, tenant_id: str, key: str, *, after: str | None, limit: int) -> PlannedPage:
        """See `ports.NotificationRepository`."""
        answer = self._client.query(
            TableName=self._table.name,
            KeyConditionExpression="pk = :pk AND sk > :after",
            ExpressionAttributeValues={
                ":pk": {"S": keys.planned_under(tenant_id, key)},
                # No id comes before it: a sort key is never empty.
                ":after": {"S": after or " "},
            },
            ConsistentRead=True,
            Limit=limit,
        )
        ids = [item["sk"]["S"] for item in answer["Items"]]
        found = self.get_many(
            [NotificationKey(tenant_id=tenant_id, notification_id=each) for each in ids]
        )
        planned = [found[each] for each in ids if each in found]
        return PlannedPage(
            # Of an erased person's the key is gone.
            notifications=tuple(each for each in planned if each.key == key),
            next=ids[-1] if "LastEvaluatedKey" in answer else None,
        )

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

    def keep(self, receipts: Sequence[Receipt]) -> None:
        """See `ports.OrphanReceipts`."""
        self._table.put_many(
            [
                row(
                    keys.orphans(receipt.tenant_id, receipt.received_at),
                    keys.orphan(receipt),
                    receipt.model_dump_json(exclude_none=True),
                    expires_at=int((receipt.received_at + ORPHANS_KEPT).timestamp()),
                )
                for receipt in receipts
            ]
        )

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

    def _update_rows(self, notifications: Sequence[Notification]) -> tuple[set[str], set[str]]:
        """Store the rows of one call's worth of notifications; gives who won and who lost.

        Who is in neither set could not be stored: the store is busy, or refused that row.
        """
        write_id = uuid4().hex
        waiting = list(notifications)
        won: set[str] = set()
        doubtful: list[Notification] = []
        for attempt in range(ATTEMPTS):
            try:
                answer = self._client.batch_execute_statement(
                    Statements=[self._statement(each, write_id) for each in waiting]
                )
            except _STORE_FAULTS as error:
                _log_fault("a batch of changes got no answer", len(waiting), error)
                doubtful += waiting
                break
            busy: list[Notification] = []
            for notification, response in zip(waiting, answer["Responses"], strict=True):
                code = response.get("Error", {}).get("Code")
                if code is None:
                    won.add(notification.notification_id)
                elif code == _CONFLICT:
                    doubtful.append(notification)
                elif code in _PASSING:
                    busy.append(notification)
                else:
                    extra = {"notification_id": notification.notification_id, "code": code}
                    logger.error("the store refused a notification", extra=extra)
            waiting = busy
            if not waiting:
                break
            back_off(attempt)
        ours, others = self._settle(write_id, doubtful)
        return won | ours, others

    def _settle(self, write_id: str, doubtful: Sequence[Notification]) -> tuple[set[str], set[str]]:
        """Which of the doubtful rows hold our own write, whose answer was lost, and which not."""
        try:
            items = self._meta_items([_key(notification) for notification in doubtful])
        except _STORE_FAULTS as error:
            _log_fault("changes could not be looked up", len(doubtful), error)
            return set(), set()
        ours = {
            keys.read_notification(item["pk"]["S"]).notification_id
            for item in items
            if item.get("write_id", {}).get("S") == write_id
        }
        moved = {notification.notification_id for notification in doubtful} - ours
        return ours, moved

    def _keep_history(self, changes: Sequence[Change]) -> None:
        rows = [
            _history_row(change.notification, change.history)
            for change in changes
            if change.history is not None
        ]
        try:
            self._table.put_many(rows)
        except _STORE_FAULTS as error:
            _log_fault("history was not stored", len(rows), error)

    def _statement(self, notification: Notification, write_id: str) -> Any:
        due = _due(notification)
        parameters: list[str | int] = [
            _document(notification),
            notification.state,
            notification.version + 1,
            write_id,
            int(notification.expires_at.timestamp()),
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


def _partitions_that_lead_to(notification: Notification) -> Iterator[str]:
    """Of the customer whom it tells of, so that it can be erased, and of the client's key."""
    if notification.about_id is not None:
        yield keys.told_about(notification.tenant_id, notification.about_id)
    if notification.key is not None:
        yield keys.planned_under(notification.tenant_id, notification.key)


def _pointer(notification: Notification, partition: str) -> dict[str, Any]:
    """A row that leads to a notification; there before it, so that none is missed."""
    return row(
        partition,
        notification.notification_id,
        "{}",
        expires_at=int(notification.expires_at.timestamp()),
    )


def _due(notification: Notification) -> dict[str, str]:
    if notification.due_at is None:
        return {}
    return {"due_shard": notification.due_shard, "due_at": keys.timestamp(notification.due_at)}


def _document(notification: Notification) -> str:
    """The row's document; its version stands beside it, where conditions can see it."""
    return notification.model_dump_json(exclude_none=True, exclude={"version"})


def readable(item: Any) -> Notification | None:
    """A notification from its row; None, and logged, when this release cannot read it."""
    try:
        return _notification(item)
    except ValidationError as error:
        extra = {"pk": item["pk"]["S"], "faults": error.error_count()}
        logger.error("a stored notification cannot be read", extra=extra)
        return None


def _notification(item: Any) -> Notification:
    stored = Notification.model_validate_json(item["document"]["S"])
    return stored.model_copy(update={"version": int(item["version"]["N"])})


def _attempt_rows(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [
        _attempt_row(change.notification, change.attempt)
        for change in changes
        if change.attempt is not None
    ]


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


def _log_fault(what: str, count: int, error: Exception) -> None:
    logger.error(what, extra={"count": count, "error": type(error).__name__})
