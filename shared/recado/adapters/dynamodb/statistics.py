"""Counters in DynamoDB, and what each notification contributed to them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import Table, back_off, row
from recado.domain.statistics import Cell, Contribution, Counted, CounterKey, CounterScope, Span
from recado.ports.notifications import NotificationKey
from recado.ports.statistics import CellCounts, Recount

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item

ROWS_AT_ONCE = 100
"""A transaction takes no more."""

SHARDS = 4
"""Rows that a counter may have. Who loses a race writes to another one, so that a quiet tenant's
counters have one row each, and a busy one's writers get out of each other's way."""

_NO_COUNTS = {"pk", "sk", "document", "expires_at"}

_PASSING = {
    "None",
    "ConditionalCheckFailed",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
    "TransactionConflict",
}
"""Reasons of a cancelled transaction that another try may not meet (DynamoDB,
TransactionCanceledException)."""


class DynamoDBStatistics:
    """Implements `ports.Statistics`.

    A transaction stores the contributions of as many notifications as it takes, each on condition
    that the one before it is still the one that was read, and adds the sum of what they changed to
    the counters: a row of many notifications is written once.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = Table(client, table_name)

    def counted(self, wanted: Collection[NotificationKey]) -> dict[NotificationKey, Counted]:
        """See `ports.Statistics`."""
        items = self._table.get_many(
            [(keys.notification(key), keys.COUNTED) for key in wanted], consistent=True
        )
        return {keys.read_notification(item["pk"]["S"]): _counted(item) for item in items}

    def recount(self, recounts: Sequence[Recount], *, lost_before: int) -> set[NotificationKey]:
        """See `ports.Statistics`."""
        shard = 0
        if lost_before:
            back_off(lost_before)
            shard = random.randrange(SHARDS)  # noqa: S311
        lost: set[NotificationKey] = set()
        for group, added in _fitting(recounts):
            if not self._store(group, added, shard):
                lost |= {each.key for each in group}
        return lost

    def counts(
        self, scope: CounterScope, span: Span, first: str, last: str
    ) -> Iterator[CellCounts]:
        """See `ports.Statistics`."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table.name,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": keys.counters(scope)},
                ":first": {"S": keys.counters_at(span, first)},
                ":last": {"S": keys.end_of(keys.counters_at(span, last))},
            },
        )
        for page in pages:
            for item in page["Items"]:
                yield CellCounts(
                    at=keys.read_counter(item["sk"]["S"]),
                    cell=Cell.model_validate_json(item["document"]["S"]),
                    counts=Counter(
                        {n: int(v["N"]) for n, v in item.items() if n not in _NO_COUNTS}
                    ),
                )

    def _store(
        self, group: Sequence[Recount], added: Mapping[CounterKey, Counter[str]], shard: int
    ) -> bool:
        changes: list[Any] = [self._contribution(each) for each in group]
        changes += [self._addition(key, counts, shard) for key, counts in added.items()]
        try:
            self._client.transact_write_items(TransactItems=changes)
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", [])
            if reasons and {reason.get("Code", "None") for reason in reasons} <= _PASSING:
                return False
            raise
        return True

    def _contribution(self, recount: Recount) -> Any:
        revision = recount.over.revision if recount.over else 0
        item = row(
            keys.notification(recount.key),
            keys.COUNTED,
            recount.contribution.model_dump_json(exclude_defaults=True),
            version=recount.version,
            revision=revision + 1,
            expires_at=int(recount.expires_at.timestamp()),
        )
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if revision:
            condition = {
                "ConditionExpression": "revision = :read",
                "ExpressionAttributeValues": {":read": {"N": str(revision)}},
            }
        return {"Put": {"TableName": self._table.name, "Item": item, **condition}}

    def _addition(self, key: CounterKey, counts: Mapping[str, int], shard: int) -> Any:
        names = {f"#{n}": name for n, name in enumerate(counts)}
        values = {f":{n}": {"N": str(count)} for n, count in enumerate(counts.values())}
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": {
                    "pk": {"S": keys.counters(key.scope)},
                    "sk": {"S": keys.counter(key, shard)},
                },
                "UpdateExpression": "SET #document = :document, expires_at = :expires_at ADD "
                + ", ".join(f"#{n} :{n}" for n in range(len(counts))),
                "ExpressionAttributeNames": {"#document": "document", **names},
                "ExpressionAttributeValues": {
                    ":document": {"S": key.cell.model_dump_json(exclude_defaults=True)},
                    ":expires_at": {"N": str(int(key.expires_at.timestamp()))},
                    **values,
                },
            }
        }


def _fitting(
    recounts: Iterable[Recount],
) -> Iterator[tuple[list[Recount], dict[CounterKey, Counter[str]]]]:
    """Recounts in groups that a transaction takes, with the sum of what each group adds."""
    group: list[Recount] = []
    added: dict[CounterKey, Counter[str]] = {}
    for each in recounts:
        if group and len(group) + 1 + len(added.keys() | each.added.keys()) > ROWS_AT_ONCE:
            yield group, _without_zeros(added)
            group, added = [], {}
        group.append(each)
        for key, counts in each.added.items():
            added.setdefault(key, Counter()).update(counts)
    if group:
        yield group, _without_zeros(added)


def _without_zeros(added: Mapping[CounterKey, Counter[str]]) -> dict[CounterKey, Counter[str]]:
    left = {
        key: Counter({name: count for name, count in counts.items() if count})
        for key, counts in added.items()
    }
    return {key: counts for key, counts in left.items() if counts}


def _counted(item: Item) -> Counted:
    return Counted(
        version=int(item["version"]["N"]),
        contribution=Contribution.model_validate_json(item["document"]["S"]),
        revision=int(item["revision"]["N"]),
    )
