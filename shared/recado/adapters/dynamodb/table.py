"""One table of JSON documents under a partition and a sort key.

A row's values live in one text attribute, `document`: it costs a fraction of the CPU time of
DynamoDB's typed maps, and numbers stay what they were. Attributes beside it exist for indexes,
conditions and expiry only.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    Item = Mapping[str, Any]

KEYS_AT_ONCE = 100
PUTS_AT_ONCE = 25
ATTEMPTS = 5

_CONDITION_FAILED = "ConditionalCheckFailedException"


class StoreBusyError(Exception):
    """The store kept refusing for lack of capacity; the caller's message comes again."""


def row(partition: str, sort: str, document: str, **attributes: str | int) -> dict[str, Any]:
    """An item of this table; attributes are texts or numbers."""
    texts = {"pk": partition, "sk": sort, "document": document}
    return {name: _attribute(value) for name, value in {**texts, **attributes}.items()}


def _attribute(value: str | int) -> dict[str, str]:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def get_from_tables(
    client: DynamoDBClient,
    keys: Mapping[str, Collection[tuple[str, str]]],
    *,
    consistent: bool = False,
    keys_only: bool = False,
) -> dict[str, list[Item]]:
    """The rows that exist among some keys of each table, by table and in no order.

    Raises
    ------
    StoreBusyError
        Some could not be read for lack of capacity, however often it was tried.
    """
    how: Any = {"ConsistentRead": consistent}
    if keys_only:
        how["ProjectionExpression"] = "pk, sk"
    found: dict[str, list[Item]] = {name: [] for name in keys}
    unique = [(name, key) for name, those in keys.items() for key in dict.fromkeys(those)]
    for start in range(0, len(unique), KEYS_AT_ONCE):
        wanted: dict[str, list[Any]] = {}
        for name, key in unique[start : start + KEYS_AT_ONCE]:
            wanted.setdefault(name, []).append(_key(*key))
        for attempt in range(ATTEMPTS):
            asked: Any = {name: {**how, "Keys": those} for name, those in wanted.items()}
            answer = client.batch_get_item(RequestItems=asked)
            for name, items in answer["Responses"].items():
                found[name].extend(items)
            left: Any = answer.get("UnprocessedKeys", {})
            wanted = {name: each["Keys"] for name, each in left.items()}
            if not wanted:
                break
            back_off(attempt)
        else:
            raise StoreBusyError(", ".join(wanted))
    return found


class Table:
    """Reads and writes rows of one table; safe for threads, like the client."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self.client = client
        self.name = name

    def get(self, partition: str, sort: str, *, consistent: bool = False) -> Item | None:
        """A row, or None."""
        answer = self.client.get_item(
            TableName=self.name, Key=_key(partition, sort), ConsistentRead=consistent
        )
        return answer.get("Item")

    def get_many(
        self,
        keys: Collection[tuple[str, str]],
        *,
        consistent: bool = False,
        keys_only: bool = False,
    ) -> list[Item]:
        """The rows that exist among some keys, in no order."""
        found = get_from_tables(
            self.client, {self.name: keys}, consistent=consistent, keys_only=keys_only
        )
        return found[self.name]

    def query(
        self, partition: str, *, prefix: str = "", consistent: bool = False
    ) -> Iterator[Item]:
        """The rows of a partition in the order of their sort keys."""
        condition = "pk = :pk"
        values = {":pk": {"S": partition}}
        if prefix:
            condition += " AND begins_with(sk, :prefix)"
            values[":prefix"] = {"S": prefix}
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=consistent,
        )
        for page in pages:
            yield from page["Items"]

    def put(self, item: Item) -> None:
        """Store a row, over whatever was there."""
        self.client.put_item(TableName=self.name, Item=item)

    def put_new(self, item: Item) -> bool:
        """Store a row unless its key is taken; False when it is."""
        try:
            self.client.put_item(
                TableName=self.name, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONDITION_FAILED:
                return False
            raise
        return True

    def put_version(self, item: Item, *, over: int) -> bool:
        """Store a row's next version; False when the stored one is another than `over`.

        The item has its own version in `version`; a row that is not there yet has version 0.
        """
        if over == 0:
            return self.put_new(item)
        try:
            self.client.put_item(
                TableName=self.name,
                Item=item,
                ConditionExpression="version = :over",
                ExpressionAttributeValues={":over": {"N": str(over)}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONDITION_FAILED:
                return False
            raise
        return True

    def put_many(self, items: Sequence[Item]) -> None:
        """Store rows, over whatever was there, in as few calls as can be.

        Of several rows with one key the last is stored: DynamoDB refuses a call that has both.
        """
        unique = list({(item["pk"]["S"], item["sk"]["S"]): item for item in items}.values())
        for start in range(0, len(unique), PUTS_AT_ONCE):
            wanted: Any = [
                {"PutRequest": {"Item": item}} for item in unique[start : start + PUTS_AT_ONCE]
            ]
            for attempt in range(ATTEMPTS):
                answer = self.client.batch_write_item(RequestItems={self.name: wanted})
                wanted = answer.get("UnprocessedItems", {}).get(self.name)
                if not wanted:
                    break
                back_off(attempt)
            else:
                raise StoreBusyError(self.name)

    def replace(self, item: Item, *, over: Item) -> bool:
        """Store a row where the one that was read is still there; False when it is not."""
        return self._if_unchanged(self.client.put_item, over, Item=item)

    def delete_unchanged(self, item: Item) -> bool:
        """Remove a row if it is still as it was read; False when it is not."""
        key = _key(item["pk"]["S"], item["sk"]["S"])
        return self._if_unchanged(self.client.delete_item, item, Key=key)

    def _if_unchanged(self, call: Callable[..., object], read: Item, **arguments: object) -> bool:
        try:
            call(
                TableName=self.name,
                ConditionExpression="#document = :read",
                ExpressionAttributeNames={"#document": "document"},
                ExpressionAttributeValues={":read": read["document"]},
                **arguments,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONDITION_FAILED:
                return False
            raise
        return True

    def delete(self, partition: str, sort: str) -> None:
        """Remove a row, if it is there."""
        self.client.delete_item(TableName=self.name, Key=_key(partition, sort))


def back_off(attempt: int) -> None:
    """Wait up to 50 ms, 100 ms, 200 ms, … before a busy store is asked again."""
    time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311


def _key(partition: str, sort: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": sort}}
