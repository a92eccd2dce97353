"""DynamoDB's units, worked out from items and calls."""

from __future__ import annotations

from typing import Any

import pytest

from bench.aws_calls import Call
from bench.capacity import (
    CapacityMeter,
    Item,
    Schema,
    Units,
    item_bytes,
    read_units,
    write_units,
)

SCHEMA = Schema(("pk", "sk"), (("day", "at"), ("due_shard", "due_at")))
KEY = {"pk": {"S": "a"}, "sk": {"S": "META"}}


@pytest.fixture
def meter() -> CapacityMeter:
    return CapacityMeter({"log": SCHEMA})


def row(size: int = 100, **attributes: str) -> dict[str, Any]:
    """An item of so many bytes and its keys, with attributes for the indexes."""
    return {
        **KEY,
        "d": {"S": "x" * (size - 1)},
        **{name: {"S": value} for name, value in attributes.items()},
    }


def call(operation: str, parameters: dict[str, Any], answer: dict[str, Any] | None = None) -> Call:
    return Call("dynamodb", operation, parameters, answer or {})


def update(changes: str, *values: str, condition: str = "1") -> dict[str, Any]:
    """A PartiQL statement as the repository of notifications sends it."""
    parameters = [*values, "a", "META", condition]
    return {
        "Statement": f'UPDATE "log" {changes} WHERE pk=? AND sk=? AND version=?',
        "Parameters": [{"S": value} for value in parameters],
    }


def put(meter: CapacityMeter, item: Item) -> Units:
    return meter.units(call("PutItem", {"TableName": "log", "Item": item}))


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({}, 0),
        ({"pk": {"S": "abc"}}, 5),
        ({"á": {"S": "ñ"}}, 4),
        ({"n": {"N": "12345"}}, 1 + 3 + 1),
        ({"n": {"N": "-1.5"}}, 1 + 1 + 1),
        ({"b": {"BOOL": True}, "z": {"NULL": True}}, 4),
    ],
)
def test_an_item_is_as_large_as_its_names_and_values(item: Item, size: int) -> None:
    assert item_bytes(item) == size


def test_a_value_of_an_unknown_type_is_refused_rather_than_guessed() -> None:
    with pytest.raises(ValueError, match="type SS"):
        item_bytes({"a": {"SS": ["x"]}})


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        pytest.param(0, 1, 1, id="a started KB counts whole"),
        pytest.param(0, 1024 - 9, 1, id="just one KB"),
        pytest.param(0, 1025 - 9, 2, id="a byte more"),
        pytest.param(3000, 10, 3, id="shrinking costs what it was"),
        pytest.param(10, 3000, 3, id="growing costs what it becomes"),
    ],
)
def test_a_write_costs_a_unit_for_each_kilobyte(before: int, after: int, units: int) -> None:
    keys = item_bytes(KEY)
    assert keys == 9
    old = row(before) if before else {}
    assert write_units(old, row(after), Schema(("pk", "sk"))) == units


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        pytest.param({}, row(day="d", at="1"), 2, id="an entry is made"),
        pytest.param({}, row(day="d"), 1, id="no entry without all its keys"),
        pytest.param(row(day="d", at="1"), row(200, day="d", at="1"), 1, id="entry unchanged"),
        pytest.param(row(day="d", at="1"), row(day="d", at="2"), 3, id="an entry moves"),
        pytest.param(row(day="d", at="1"), row(), 2, id="an entry goes"),
        pytest.param(
            row(day="d", at="1", due_shard="s", due_at="1"), {}, 3, id="the item goes with two"
        ),
    ],
)
def test_an_index_costs_what_its_entries_change(before: Item, after: Item, units: int) -> None:
    assert write_units(before, after, SCHEMA) == units


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(0, True, 1), (0, False, 0.5), (4096, True, 1), (4097, True, 2), (4097, False, 1)],
)
def test_a_read_costs_a_unit_for_4_kb_and_half_when_eventually_consistent(
    size: int, consistent: bool, units: float
) -> None:
    assert read_units(size, consistent=consistent) == units


def test_an_update_by_partiql_knows_what_the_row_was(meter: CapacityMeter) -> None:
    put(meter, row(day="d", at="1", due_shard="s", due_at="1"))
    moved = update("SET d=? SET due_shard=? SET due_at=?", "x" * 2000, "s", "2")
    ended = update("SET d=? REMOVE due_shard REMOVE due_at", "x")
    answer: dict[str, Any] = {"Responses": [{}]}

    first = meter.units(call("BatchExecuteStatement", {"Statements": [moved]}, answer))
    second = meter.units(call("BatchExecuteStatement", {"Statements": [ended]}, answer))
    third = meter.units(call("BatchExecuteStatement", {"Statements": [ended]}, answer))

    assert (first.write, second.write, third.write) == (2 + 2, 2 + 1, 1)


def test_a_statement_whose_condition_failed_costs_the_row_and_changes_nothing(
    meter: CapacityMeter,
) -> None:
    put(meter, row(1500, due_shard="s", due_at="1"))
    moved = {"Statements": [update("SET due_shard=? SET due_at=?", "s", "2")]}
    refused = {"Responses": [{"Error": {"Code": "ConditionalCheckFailed"}}]}

    lost = meter.units(call("BatchExecuteStatement", moved, refused))
    won = meter.units(call("BatchExecuteStatement", moved, {"Responses": [{}]}))

    assert (lost.write, won.write) == (2, 2 + 2)


def test_a_put_whose_condition_failed_costs_the_row_that_is_there(meter: CapacityMeter) -> None:
    put(meter, row(1500))
    refused = {"Error": {"Code": "ConditionalCheckFailedException"}}
    again = call("PutItem", {"TableName": "log", "Item": row(5000)}, refused)
    assert meter.units(again) == Units(write=2)


def test_an_update_expression_sets_attributes_by_their_names(meter: CapacityMeter) -> None:
    put(meter, row(10))
    asked = {
        "TableName": "log",
        "Key": KEY,
        "UpdateExpression": "SET #d = :d, due_shard = :s, due_at = :at",
        "ExpressionAttributeNames": {"#d": "d"},
        "ExpressionAttributeValues": {":d": {"S": "x" * 2000}, ":s": {"S": "s"}, ":at": {"S": "1"}},
    }
    assert meter.units(call("UpdateItem", asked)) == Units(write=2 + 1)


def test_a_batch_of_puts_and_deletes_costs_each_of_them(meter: CapacityMeter) -> None:
    put(meter, row(day="d", at="1"))
    other = {**row(3000), "sk": {"S": "OTHER"}}
    requests = [{"DeleteRequest": {"Key": KEY}}, {"PutRequest": {"Item": other}}]
    batch = call("BatchWriteItem", {"RequestItems": {"log": requests}})
    assert meter.units(batch) == Units(write=2 + 3)


def test_a_transaction_costs_twice(meter: CapacityMeter) -> None:
    items = [{"Put": {"TableName": "log", "Item": row(1500)}}]
    assert meter.units(call("TransactWriteItems", {"TransactItems": items})) == Units(write=4)


@pytest.mark.parametrize(
    ("operation", "parameters", "answer", "units"),
    [
        ("GetItem", {}, {"Item": row(5000)}, 1),
        ("GetItem", {"ConsistentRead": True}, {"Item": row(5000)}, 2),
        ("GetItem", {"ConsistentRead": True}, {}, 1),
        ("Query", {}, {"Items": [row(3000), row(3000)]}, 1),
        ("Query", {"ConsistentRead": True}, {"Items": []}, 1),
        (
            "BatchGetItem",
            {"RequestItems": {"log": {"Keys": [1, 2, 3], "ConsistentRead": True}}},
            {"Responses": {"log": [row(5000), row(10)]}},
            2 + 1 + 1,
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"log": {"Keys": [1, 2]}}},
            {"Responses": {}},
            0.5 + 0.5,
        ),
    ],
)
def test_reads_cost_what_they_give_and_what_they_miss(
    meter: CapacityMeter,
    operation: str,
    parameters: dict[str, Any],
    answer: dict[str, Any],
    units: float,
) -> None:
    assert meter.units(call(operation, parameters, answer)) == Units(read=units)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("ExecuteStatement", {}),
        ("BatchExecuteStatement", {"Statements": [{"Statement": 'DELETE FROM "log"'}]}),
        (
            "UpdateItem",
            {
                "TableName": "log",
                "Key": KEY,
                "UpdateExpression": "ADD n :one",
            },
        ),
    ],
)
def test_what_it_does_not_know_it_refuses_rather_than_guesses(
    meter: CapacityMeter, operation: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="not known here"):
        meter.units(call(operation, parameters, {"Responses": [{}]}))
