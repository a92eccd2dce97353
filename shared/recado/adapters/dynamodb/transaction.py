"""Several rows of a table, written all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from recado.adapters.dynamodb.table import ATTEMPTS, StoreBusyError, Table, back_off

if TYPE_CHECKING:
    from recado.adapters.dynamodb.table import Item

MOST_ROWS = 100

_NO_FAULT, _LOST, _MET = "None", "ConditionalCheckFailed", "TransactionConflict"


class Transaction:
    """What is to be written together; nothing is before `commit`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._changes: list[Any] = []

    @property
    def has_room(self) -> bool:
        """Whether another change fits in."""
        return len(self._changes) < MOST_ROWS

    def put(self, item: Item) -> None:
        """Store a row, over whatever is there."""
        self._add("Put", Item=item)

    def put_version(self, item: Item, *, over: Item | None) -> None:
        """Store a row where the version that was read is still there, or still none."""
        self._add("Put", Item=item, **_unchanged(over))

    def delete(self, partition: str, sort: str) -> None:
        """Remove a row, if it is there."""
        self._add("Delete", Key=_key(partition, sort))

    def delete_version(self, item: Item) -> None:
        """Remove a row where the version that was read is still there."""
        self._add("Delete", Key={"pk": item["pk"], "sk": item["sk"]}, **_unchanged(item))

    def demand(self, partition: str, sort: str) -> None:
        """Write nothing unless a row is there."""
        self._add(
            "ConditionCheck",
            Key=_key(partition, sort),
            ConditionExpression="attribute_exists(pk)",
        )

    def commit(self) -> bool:
        """Write all; False, and nothing is written, where a row is not as it must be.

        What meets another write of the same rows is tried again: it says nothing of what they are.

        Raises
        ------
        StoreBusyError
            It met others each time; nothing is written.
        """
        for attempt in range(ATTEMPTS):
            try:
                self._table.client.transact_write_items(TransactItems=self._changes)
            except ClientError as error:
                reasons = error.response.get("CancellationReasons", [])
                codes = {reason.get("Code", _NO_FAULT) for reason in reasons} - {_NO_FAULT}
                if not codes or not codes <= {_LOST, _MET}:
                    raise
                if _LOST in codes:
                    return False
                back_off(attempt)
            else:
                return True
        raise StoreBusyError(self._table.name)

    def _add(self, kind: str, **parts: object) -> None:
        self._changes.append({kind: {"TableName": self._table.name, **parts}})


def version_of(item: Item) -> int:
    """The version of a stored row; one of a release that counted none is the first.

    It is not 0, which is the version of what is not there yet.
    """
    return int(item["version"]["N"]) if "version" in item else 1


def _unchanged(item: Item | None) -> dict[str, Any]:
    if item is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    if "version" not in item:
        return {"ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(version)"}
    return {
        "ConditionExpression": "version = :over",
        "ExpressionAttributeValues": {":over": item["version"]},
    }


def _key(partition: str, sort: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": sort}}
