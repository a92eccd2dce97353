"""What goes from DynamoDB when a person is erased."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import date
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import ATTEMPTS, StoreBusyError, Table, row
from recado.domain.conversations import Conversation
from recado.domain.directory import Address, Suppression
from recado.domain.erasure import attempt_without_person, entry_without_person, without_evidence
from recado.domain.notification import Attempt, HistoryEntry, Notification
from recado.ports.notifications import NotificationKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item

VALUES_AT_ONCE = 20
"""Values that one query looks for: an expression of DynamoDB takes 4 KB."""

_CONDITION_FAILED = "ConditionalCheckFailedException"


class DynamoDBErasableLog:
    """Implements `ports.ErasableLog`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = Table(client, table_name)

    def replace(self, before: Notification, after: Notification) -> bool:
        """See `ports.ErasableLog`. The row comes last: until then it is found as the person's."""
        partition = keys.notification(
            NotificationKey(tenant_id=before.tenant_id, notification_id=before.notification_id)
        )
        if after.recipient_id != before.recipient_id:
            rows = self._table.query(partition, consistent=True)
            others = [item for item in rows if item["sk"]["S"] != keys.META]
            self._table.put_many([_blank_row(item) for item in others])
        return self._put(partition, before, after)

    def _put(self, partition: str, before: Notification, after: Notification) -> bool:
        changes = "document = :document, recipient_key = :key, version = :version, #state = :state"
        removes = " REMOVE due_shard, due_at" if after.due_at is None else ""
        try:
            self._client.update_item(
                TableName=self._table.name,
                Key={"pk": {"S": partition}, "sk": {"S": keys.META}},
                UpdateExpression=f"SET {changes}{removes}",
                ConditionExpression="version = :read",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":document": {
                        "S": after.model_dump_json(exclude_none=True, exclude={"version"})
                    },
                    ":key": {"S": keys.recipient(after.tenant_id, after.recipient_id)},
                    ":version": {"N": str(before.version + 1)},
                    ":state": {"S": after.state},
                    ":read": {"N": str(before.version)},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONDITION_FAILED:
                return False
            raise
        return True

    def told_about(self, tenant_id: str, customer_id: str) -> list[str]:
        """See `ports.ErasableLog`."""
        partition = keys.told_about(tenant_id, customer_id)
        return [item["sk"]["S"] for item in self._table.query(partition, consistent=True)]

    def forget_told_about(self, tenant_id: str, customer_id: str, notification_id: str) -> None:
        """See `ports.ErasableLog`."""
        self._table.delete(keys.told_about(tenant_id, customer_id), notification_id)

    def forget_received(self, tenant_id: str, message_id: str) -> None:
        """See `ports.ErasableLog`. The message comes last: it leads to its files."""
        partition = keys.inbound(tenant_id, message_id)
        sorts = [item["sk"]["S"] for item in self._table.query(partition, consistent=True)]
        for sort in sorted(sorts, key=lambda sort: sort == keys.INBOUND):
            self._table.delete(partition, sort)


class DynamoDBErasableConversations:
    """Implements `ports.ErasableConversations`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def forget_conversation(self, conversation: Conversation) -> bool:
        """See `ports.ErasableConversations`. Names that lead to nothing harm nobody; the row
        comes last, since it has them."""
        tenant_id, conversation_id = conversation.tenant_id, conversation.conversation_id
        item = self._table.get(
            keys.conversation(tenant_id, conversation_id), keys.CONVERSATION, consistent=True
        )
        if item is None:
            return True
        if int(item["version"]["N"]) != conversation.version:
            return False
        wanted = [
            (keys.name_of_person(tenant_id, conversation.account_id, name), keys.NAME)
            for name in conversation.identities
        ]
        for name in self._table.get_many(wanted, consistent=True):
            if name["document"]["S"] == conversation_id:
                self._table.delete(name["pk"]["S"], keys.NAME)
        return self._table.delete_unchanged(item)


class DynamoDBErasableSuppressions:
    """Implements `ports.ErasableSuppressions`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def forget_evidence(self, tenant_id: str, address: Address) -> None:
        """See `ports.ErasableSuppressions`."""
        partition = keys.suppression(tenant_id, address.channel, address.value)
        for _ in range(ATTEMPTS):
            items = list(self._table.query(partition, consistent=True))
            if all(self._is_forgotten(item) for item in items):
                return
        raise StoreBusyError(partition)

    def _is_forgotten(self, item: Item) -> bool:
        partition, sort = item["pk"]["S"], item["sk"]["S"]
        if sort != keys.SUPPRESSION:
            self._table.delete(partition, sort)
            return True
        known = Suppression.model_validate_json(item["document"]["S"])
        blank = without_evidence(known)
        document = blank.model_dump_json(exclude_none=True)
        return blank == known or self._table.replace(row(partition, sort, document), over=item)


class DynamoDBErasableEvents:
    """Implements `ports.ErasableEvents`.

    Events are found by their day alone, so a day's are looked at one by one, by DynamoDB.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = Table(client, table_name)

    def forget_events(
        self, tenant_id: str, day: date, *, ids: Collection[str], addresses: Collection[str]
    ) -> bool:
        """See `ports.ErasableEvents`."""
        partition = keys.events(tenant_id, day)
        parts = [
            *(_part(field, name) for field in ("recipient_id", "conversation_id") for name in ids),
            *(_part("address", address) for address in addresses),
        ]
        has_found = False
        for group in batched(sorted(parts), VALUES_AT_ONCE, strict=False):
            for sort in self._found(partition, group):
                self._table.delete(partition, sort)
                has_found = True
        return has_found

    def _found(self, partition: str, parts: Iterable[str]) -> Iterable[str]:
        values = {f":v{number}": {"S": part} for number, part in enumerate(parts)}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table.name,
            KeyConditionExpression="pk = :pk",
            FilterExpression=" OR ".join(f"contains(#document, {value})" for value in values),
            ProjectionExpression="sk",
            ExpressionAttributeNames={"#document": "document"},
            ExpressionAttributeValues={":pk": {"S": partition}, **values},
        )
        for page in pages:
            for item in page["Items"]:
                yield item["sk"]["S"]


def _part(field: str, value: str) -> str:
    """What an event's document holds where a field has a value, and in no other case."""
    return f"{json.dumps(field)}:{json.dumps(value, ensure_ascii=False)}"


def _blank_row(item: Item) -> dict[str, Any]:
    """An attempt or a history entry that says nothing of a person.

    A provider's receipt does not find the attempt any more by the provider's id.
    """
    document = item["document"]["S"]
    blank: Attempt | HistoryEntry
    if item["sk"]["S"].startswith("ATTEMPT#"):
        blank = attempt_without_person(Attempt.model_validate_json(document))
    else:
        blank = entry_without_person(HistoryEntry.model_validate_json(document))
    return row(
        item["pk"]["S"],
        item["sk"]["S"],
        blank.model_dump_json(exclude_none=True),
        expires_at=int(item["expires_at"]["N"]),
    )
