"""What PartiQL statements change reaches a table's stream, once, and only when it stays changed."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from local import differences
from local.places import ROOT, program

type Item = dict[str, Any]
type Answer = tuple[int, dict[str, str], bytes]
type Statement = Callable[[DynamoDB], Answer]

OK: Answer = (200, {}, b"")
REFUSED: Answer = (400, {}, b"")

OLD = {"pk": {"S": "1"}, "state": {"S": "queued"}}
NEW = {"pk": {"S": "1"}, "state": {"S": "sent"}}


class DynamoDB:
    """MiniStack's DynamoDB as far as it writes: statements write no stream record, puts do.

    A statement is a function that does its work on this and gives the answer to it.
    """

    def __init__(self, *items: Item) -> None:
        self.table = {"TableName": "notifications"}
        self.items = {item["pk"]["S"]: item for item in items}
        self.stream: list[tuple[str, str, Item | None, Item | None]] = []

    def _set_item(self, table: Item, partition_key: str, sort_key: str, item: Item) -> Item | None:
        old = self.items.get(partition_key)
        self.items[partition_key] = item
        return old

    def _remove_item(self, table: Item, partition_key: str, sort_key: str) -> Item | None:
        return self.items.pop(partition_key, None)

    def _emit_stream_event(
        self, table_name: str, kind: str, old: Item | None, new: Item | None
    ) -> None:
        self.stream.append((table_name, kind, old, new))

    def _execute_statement(self, request: dict[str, Statement]) -> Answer:
        return request["Statement"](self)

    def _execute_transaction(self, request: dict[str, list[Statement]]) -> Answer:
        answers = [statement(self) for statement in request["TransactStatements"]]
        return REFUSED if REFUSED in answers else OK

    def put_item(self, item: Item) -> None:
        """Store an item as MiniStack's PutItem does."""
        old = self._set_item(self.table, item["pk"]["S"], "", item)
        self._emit_stream_event("notifications", "MODIFY" if old else "INSERT", old, item)


def write(dynamodb: DynamoDB) -> Answer:
    dynamodb._set_item(dynamodb.table, "1", "", NEW)
    return OK


def remove(dynamodb: DynamoDB) -> Answer:
    dynamodb._remove_item(dynamodb.table, "1", "")
    return OK


def refuse(_: DynamoDB) -> Answer:
    return REFUSED


def read(_: DynamoDB) -> Answer:
    return OK


def mended(*items: Item) -> DynamoDB:
    """MiniStack's DynamoDB with the difference put right, and what it holds."""
    dynamodb = DynamoDB(*items)
    differences.emit_changes_by_statements(dynamodb)
    return dynamodb


@pytest.mark.parametrize(
    ("items", "statement", "record"),
    [
        ([], write, ("notifications", "INSERT", None, NEW)),
        ([OLD], write, ("notifications", "MODIFY", OLD, NEW)),
        ([OLD], remove, ("notifications", "REMOVE", OLD, None)),
    ],
    ids=["insert", "update", "delete"],
)
def test_a_statement_writes_one_record_with_both_images(
    items: list[Item], statement: Statement, record: tuple[Any, ...]
) -> None:
    dynamodb = mended(*items)
    assert dynamodb._execute_statement({"Statement": statement}) == OK
    assert dynamodb.stream == [record]


@pytest.mark.parametrize("statement", [refuse, read])
def test_a_statement_that_changes_nothing_writes_no_record(
    statement: Statement,
) -> None:
    dynamodb = mended(OLD)
    assert dynamodb._execute_statement({"Statement": statement}) == statement(dynamodb)
    assert dynamodb.stream == []


def test_a_transaction_writes_its_records_in_the_order_of_its_statements() -> None:
    dynamodb = mended(OLD)
    dynamodb._execute_transaction({"TransactStatements": [write, remove]})
    assert dynamodb.stream == [
        ("notifications", "MODIFY", OLD, NEW),
        ("notifications", "REMOVE", NEW, None),
    ]


def test_a_refused_transaction_writes_no_record_of_what_it_takes_back() -> None:
    dynamodb = mended(OLD)
    dynamodb._execute_transaction({"TransactStatements": [write, refuse]})
    assert dynamodb.stream == []


def test_a_put_writes_its_own_record_only() -> None:
    dynamodb = mended()
    dynamodb.put_item(NEW)
    assert dynamodb.stream == [("notifications", "INSERT", None, NEW)]


class Replicated(DynamoDB):
    """One with a replica, which MiniStack writes, and streams, along with the record."""

    def _emit_stream_event(
        self, table_name: str, kind: str, old: Item | None, new: Item | None
    ) -> None:
        super()._emit_stream_event(table_name, kind, old, new)
        if new and "replica" not in self.items:
            self._set_item({"TableName": "replica"}, "replica", "", new)
            super()._emit_stream_event("replica", kind, old, new)


def test_what_a_record_writes_to_a_replica_writes_no_second_record_there() -> None:
    dynamodb = Replicated()
    differences.emit_changes_by_statements(dynamodb)
    dynamodb._execute_statement({"Statement": write})
    assert [record[0] for record in dynamodb.stream] == ["notifications", "replica"]


def test_ministack_starts_in_its_own_environment_with_the_differences_of_this_checkout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served: list[str] = []
    monkeypatch.setattr(differences, "serve", lambda: served.append("MiniStack"))
    monkeypatch.setattr(sys, "path", [])
    interpreter, *options, code = differences.ministack_command()
    exec(code, {})  # noqa: S102 (our own)
    assert interpreter == program("cloud", "python")
    assert options == ["-P", "-c"]
    assert sys.path == [str(ROOT)]
    assert served == ["MiniStack"]
