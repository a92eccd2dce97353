"""People's messages in the log, and the log in both directions, in DynamoDB."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.notifications import DynamoDBNotificationRepository, readable
from recado.adapters.dynamodb.table import Table, row
from recado.domain.communications import LogEntry, LogPosition, Page
from recado.domain.notification import Notification
from recado.domain.received import MESSAGE_ID_PREFIX, Received

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


DAYS_AT_ONCE = timedelta(days=31)
"""A request looks into so many days at most, four queries each, and leads on from there."""


class DynamoDBCommunicationLog:
    """Implements `ports.InboundLog` and `ports.CommunicationLog` over the notifications' table.

    A person's message stands in the same indexes as the notifications, so that the log is read in
    both directions at once.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        notifications: DynamoDBNotificationRepository,
    ) -> None:
        self._client = client
        self._table = Table(client, table_name)
        self._notifications = notifications

    def keep_received(self, received: Received) -> bool:
        """See `ports.InboundLog`."""
        return self._table.put_new(
            row(
                keys.inbound(received.tenant_id, received.message_id),
                keys.INBOUND,
                received.model_dump_json(exclude_none=True),
                day_shard=keys.day(received.tenant_id, received.at, received.message_id),
                created_at=keys.timestamp(received.at),
                recipient_key=keys.recipient(received.tenant_id, received.correspondent_id),
                expires_at=int(received.expires_at.timestamp()),
            )
        )

    def received(self, tenant_id: str, message_id: str) -> Received | None:
        """See `ports.InboundLog`."""
        item = self._table.get(keys.inbound(tenant_id, message_id), keys.INBOUND, consistent=True)
        return Received.model_validate_json(item["document"]["S"]) if item else None

    def latest_to(
        self, tenant_id: str, correspondent_id: str, *, since: datetime, limit: int
    ) -> list[Notification]:
        """See `ports.InboundLog`."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table.name,
            IndexName="by_recipient",
            KeyConditionExpression="recipient_key = :who AND created_at >= :since",
            ExpressionAttributeValues={
                ":who": {"S": keys.recipient(tenant_id, correspondent_id)},
                ":since": {"S": keys.timestamp(since)},
            },
            ScanIndexForward=False,
        )
        made = (
            keys.read_notification(item["pk"]["S"])
            for page in pages
            for item in page["Items"]
            if item["sk"]["S"] == keys.META
        )
        wanted = list(islice(made, limit))
        found = self._notifications.get_many(wanted)
        return [found[key.notification_id] for key in wanted if key.notification_id in found]

    def entry(self, tenant_id: str, entry_id: str) -> LogEntry | None:
        """See `ports.CommunicationLog`."""
        if entry_id.startswith(MESSAGE_ID_PREFIX):
            return self.received(tenant_id, entry_id)
        return self._notifications.get(tenant_id, entry_id)

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
        """See `ports.CommunicationLog`."""
        until = min(until, after.at) if after else until
        if until < since:
            return Page(entries=())
        earliest = since
        if correspondent_id is not None:
            who = keys.recipient(tenant_id, correspondent_id)
            found = self._made("by_recipient", "recipient_key", who, since, until)
        else:
            first_day = until.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            earliest = max(since, first_day - DAYS_AT_ONCE)
            found = self._made_by_day(tenant_id, earliest, until)
        if after is not None:
            begin = keys.log_position(tenant_id, after.at, after.entry_id)
            found = (place for place in found if place[:2] < begin)
        places = list(islice(found, limit))
        entries = self._read_entries([(pk, sk) for _, pk, sk in places])
        if len(places) == limit:
            at, pk, _ = places[-1]
            last = LogPosition(at=datetime.fromisoformat(at), entry_id=pk.partition("#")[2])
            return Page(entries=entries, next=last)
        if earliest > since:
            return Page(entries=entries, next=LogPosition(at=earliest, entry_id=""))
        return Page(entries=entries)

    def _made_by_day(
        self, tenant_id: str, since: datetime, until: datetime
    ) -> Iterator[tuple[str, str, str]]:
        """What was made in a period, newest first: a day's shards are merged, day after day."""
        date, first = until.astimezone(UTC).date(), since.astimezone(UTC).date()
        while date >= first:
            shards = [
                self._made("by_day", "day_shard", shard, since, until)
                for shard in keys.day_shards(tenant_id, date)
            ]
            yield from heapq.merge(*shards, reverse=True)
            date -= timedelta(days=1)

    def _made(
        self, index: str, attribute: str, value: str, since: datetime, until: datetime
    ) -> Iterator[tuple[str, str, str]]:
        """When it was made, and its key, of what stands in an index, newest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table.name,
            IndexName=index,
            KeyConditionExpression=f"{attribute} = :value AND created_at BETWEEN :since AND :until",
            ExpressionAttributeValues={
                ":value": {"S": value},
                ":since": {"S": keys.timestamp(since)},
                ":until": {"S": keys.timestamp(until)},
            },
            ScanIndexForward=False,
        )
        for page in pages:
            # An index leaves the order of what was made in one moment open.
            yield from sorted(
                ((i["created_at"]["S"], i["pk"]["S"], i["sk"]["S"]) for i in page["Items"]),
                reverse=True,
            )

    def _read_entries(self, wanted: Sequence[tuple[str, str]]) -> list[LogEntry]:
        items = {(item["pk"]["S"], item["sk"]["S"]): item for item in self._table.get_many(wanted)}
        entries = (_entry(items[key]) for key in wanted if key in items)
        return [entry for entry in entries if entry is not None]


def _entry(item: Any) -> LogEntry | None:
    if item["sk"]["S"] == keys.INBOUND:
        return Received.model_validate_json(item["document"]["S"])
    return readable(item)
