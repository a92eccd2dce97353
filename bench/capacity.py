"""DynamoDB's capacity units of calls, by the rules that AWS publishes for on-demand tables.

The laptop cloud reports no consumed capacity, so it is worked out from the items themselves:

- A write costs a unit for each started KB of the item, as it was or as it becomes, whichever is
  larger; one whose condition fails costs as much. A transaction costs twice that.
- An index costs a unit for each started KB of an entry that is written and of one that is removed,
  so two when an entry moves. An entry exists where the item has all of the index's keys.
- A read costs a unit for each started 4 KB, half when it is eventually consistent: for each key
  of a BatchGetItem, found or not, and for the sum of what a Query gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from bench.aws_calls import Call

Item = Mapping[str, Mapping[str, Any]]
"""Values by attribute, each with its type: `{"pk": {"S": "a"}}`. No item is `{}`."""

WRITE_STEP = 1024
READ_STEP = 4096

_PARTIQL_UPDATE = re.compile(r'UPDATE "(?P<table>[^"]+)" (?P<changes>.+) WHERE (?P<where>.+)')
_PARTIQL_SET = re.compile(r'SET "?(\w+)"?\s*=\s*\?')
_PARTIQL_REMOVE = re.compile(r'REMOVE "?(\w+)"?')
_PARTIQL_EQUALITY = re.compile(r'"?(\w+)"?\s*=\s*\?')
_ASSIGNMENT = re.compile(r"([#\w]+)\s*=\s*(:\w+)")


@dataclass(frozen=True)
class Schema:
    """A table's key attributes, and those of each of its indexes (which hold keys only)."""

    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Units:
    """Write and read request units."""

    write: float = 0
    read: float = 0

    def __add__(self, other: Units) -> Units:
        return Units(self.write + other.write, self.read + other.read)


def item_bytes(item: Item) -> int:
    """The size of an item: its attributes' names and values in UTF-8.

    A number takes about one byte for two digits, and one more.
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def write_units(before: Item, after: Item, schema: Schema) -> int:
    """What it costs to make an item another one, with its entries in the indexes."""
    own = _steps(max(item_bytes(before), item_bytes(after)), WRITE_STEP)
    return own + sum(_index_units(before, after, schema.key, index) for index in schema.indexes)


def read_units(size: int, *, consistent: bool) -> float:
    """What it costs to read so many bytes; nothing found costs as much as a little."""
    return _steps(size, READ_STEP) / (1 if consistent else 2)


class CapacityMeter:
    """Works out the units of calls in their order.

    What an item was before a write is known from the writes seen before; an item that was
    written elsewhere counts as new.
    """

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._items: dict[tuple[str, ...], Item] = {}

    def units(self, call: Call) -> Units:
        """The units of a call.

        Raises
        ------
        ValueError
            The rules for this operation are not known here.
        """
        asked = call.parameters
        match call.operation:
            case "GetItem" | "Query" | "BatchGetItem":
                return Units(read=_reads(call))
            case "PutItem" | "UpdateItem" | "DeleteItem":
                return Units(write=self._write(call.operation, asked, failed=call.failed))
            case "BatchWriteItem":
                return Units(write=sum(self._batch(asked["RequestItems"])))
            case "TransactWriteItems":
                return Units(write=2 * sum(self._transaction(call)))
            case "BatchExecuteStatement":
                return Units(write=sum(self._statements(call)))
            case _:
                raise ValueError(f"the units of {call.operation} are not known here")

    def _batch(self, requests: Mapping[str, Any]) -> Iterable[int]:
        for table, entries in requests.items():
            for entry in entries:
                for kind, body in entry.items():
                    operation = kind.replace("Request", "Item")
                    yield self._write(operation, {"TableName": table, **body}, failed=False)

    def _transaction(self, call: Call) -> Iterable[int]:
        for entry in call.parameters["TransactItems"]:
            for kind, body in entry.items():
                yield self._write(f"{kind}Item", body, failed=call.failed)

    def _statements(self, call: Call) -> Iterable[int]:
        answers = call.answer["Responses"]
        for statement, answer in zip(call.parameters["Statements"], answers, strict=True):
            yield self._statement(statement, failed="Error" in answer)

    def _write(self, operation: str, asked: Mapping[str, Any], *, failed: bool) -> int:
        table = asked["TableName"]
        key = asked["Item"] if operation == "PutItem" else asked["Key"]
        before = self._before(table, key)
        match operation:
            case _ if failed:
                after = before
            case "PutItem":
                after = asked["Item"]
            case "DeleteItem":
                after = {}
            case _:
                after = {**key, **before, **_assignments(asked)}
        return self._store(table, key, after)

    def _statement(self, statement: Mapping[str, Any], *, failed: bool) -> int:
        parsed = _PARTIQL_UPDATE.fullmatch(statement["Statement"])
        if parsed is None:
            raise ValueError("the units of this PartiQL statement are not known here")
        names = _PARTIQL_SET.findall(parsed["changes"])
        values = statement["Parameters"]
        where = dict(
            zip(_PARTIQL_EQUALITY.findall(parsed["where"]), values[len(names) :], strict=True)
        )
        table = parsed["table"]
        key = {name: where[name] for name in self._schemas[table].key}
        before = self._before(table, key)
        if failed:
            return self._store(table, key, before)
        removed = set(_PARTIQL_REMOVE.findall(parsed["changes"]))
        after = {**before, **dict(zip(names, values, strict=False))}
        return self._store(table, key, {n: v for n, v in after.items() if n not in removed})

    def _before(self, table: str, key: Item) -> Item:
        return self._items.get(self._place(table, key), {})

    def _store(self, table: str, key: Item, after: Item) -> int:
        units = write_units(self._before(table, key), after, self._schemas[table])
        self._items[self._place(table, key)] = after
        return units

    def _place(self, table: str, key: Item) -> tuple[str, ...]:
        return (table, *(str(key[name]) for name in self._schemas[table].key))


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return ceil(len(content.strip("-").replace(".", "")) / 2) + 1
        case "BOOL" | "NULL":
            return 1
        case _:
            raise ValueError(f"the size of a value of type {kind} is not known here")


def _steps(size: int, step: int) -> int:
    return max(ceil(size / step), 1)


def _index_units(before: Item, after: Item, key: tuple[str, ...], index: tuple[str, ...]) -> int:
    old, new = _entry(before, key, index), _entry(after, key, index)
    if old == new:
        return 0
    return sum(_steps(item_bytes(entry), WRITE_STEP) for entry in (old, new) if entry)


def _entry(item: Item, key: tuple[str, ...], index: tuple[str, ...]) -> Item:
    if any(name not in item for name in index):
        return {}
    return {name: item[name] for name in (*key, *index)}


def _reads(call: Call) -> float:
    asked, answer = call.parameters, call.answer
    consistent = bool(asked.get("ConsistentRead"))
    match call.operation:
        case "GetItem":
            return read_units(item_bytes(answer.get("Item", {})), consistent=consistent)
        case "Query":
            return read_units(sum(map(item_bytes, answer["Items"])), consistent=consistent)
        case _:
            return sum(
                _batch_reads(wanted, answer["Responses"].get(table, []))
                for table, wanted in asked["RequestItems"].items()
            )


def _batch_reads(wanted: Mapping[str, Any], found: list[Item]) -> float:
    consistent = bool(wanted.get("ConsistentRead"))
    missing = len(wanted["Keys"]) - len(found)
    sizes = [*map(item_bytes, found), *[0] * missing]
    return sum(read_units(size, consistent=consistent) for size in sizes)


def _assignments(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What an update expression sets; one that does something else is not known here."""
    expression = asked["UpdateExpression"]
    if not expression.startswith("SET "):
        raise ValueError(f"the units of '{expression}' are not known here")
    names = asked.get("ExpressionAttributeNames", {})
    values = asked["ExpressionAttributeValues"]
    return {names.get(n, n): values[v] for n, v in _ASSIGNMENT.findall(expression)}
