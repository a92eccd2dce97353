"""The faults of AWS that a chaos run draws."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.aws_faults import BATCHES, AwsFaults, Fault, in_part, refusal

PUT = "DynamoDB_20120810.PutItem"
SEND = "AmazonSQS.SendMessageBatch"


def test_about_so_many_calls_meet_a_fault_as_the_rate_says() -> None:
    faults = AwsFaults(rate=0.05, seed=7)

    met = sum(faults.of(SEND, f"call-{number}") is not None for number in range(20_000))

    assert 800 < met < 1_200
    assert set(faults.injected) == set(Fault)


def test_a_fault_may_outlast_the_tries_of_its_call_and_no_other_call() -> None:
    faults = AwsFaults(rate=1, seed=7)
    lasting = {call: [faults.of(PUT, f"call-{call}") for _ in range(3)] for call in range(100)}
    assert all(first is not None for first, *_ in lasting.values())
    outlasting = [tries for tries in lasting.values() if len(set(tries)) == 1]
    assert outlasting


def test_only_a_batch_is_taken_in_part() -> None:
    faults = AwsFaults(rate=1, seed=7)
    met = {faults.of(PUT, f"call-{number}") for number in range(500)}
    assert met == set(Fault) - {Fault.IN_PART}


def test_in_a_calm_nothing_fails() -> None:
    faults = AwsFaults(rate=1, seed=7)
    faults.is_calm = True
    assert faults.of(PUT, "call") is None


def test_every_service_refuses_in_its_own_words() -> None:
    assert refusal(PUT, Fault.THROTTLED).body["__type"] == "ProvisionedThroughputExceededException"
    assert refusal(SEND, Fault.THROTTLED).body["__type"] == "RequestThrottled"
    assert refusal("secretsmanager.GetSecretValue", Fault.THROTTLED).status == 400
    assert refusal(SEND, Fault.INTERNAL_ERROR).status == 500


def test_of_a_batch_for_a_queue_one_entry_fails() -> None:
    entries = [{"Id": str(number)} for number in range(3)]
    part = in_part(SEND, {"QueueUrl": "u", "Entries": entries}, lambda _: 1)

    answer = part.completed({"Successful": [{"Id": "0"}, {"Id": "2"}]})

    assert part.request == {"QueueUrl": "u", "Entries": [{"Id": "0"}, {"Id": "2"}]}
    assert [each["Id"] for each in answer["Failed"]] == ["1"]
    assert [each["Id"] for each in answer["Successful"]] == ["0", "2"]


def test_of_a_batch_of_statements_one_is_busy_in_its_place() -> None:
    request = {"Statements": [{"Statement": name} for name in "abc"]}
    part = in_part("DynamoDB_20120810.BatchExecuteStatement", request, lambda _: 1)

    answer = part.completed({"Responses": [{"TableName": "a"}, {"TableName": "c"}]})

    assert [each["Statement"] for each in part.request["Statements"]] == ["a", "c"]
    codes = [each.get("Error", {}).get("Code") for each in answer["Responses"]]
    assert codes == [None, "ProvisionedThroughputExceeded", None]


def test_of_written_items_one_comes_back_unprocessed() -> None:
    request = {"RequestItems": {"t": [{"PutRequest": 1}, {"PutRequest": 2}]}}
    part = in_part("DynamoDB_20120810.BatchWriteItem", request, lambda _: 0)

    assert part.request == {"RequestItems": {"t": [{"PutRequest": 2}]}}
    assert part.completed({})["UnprocessedItems"] == {"t": [{"PutRequest": 1}]}


def test_of_read_keys_one_comes_back_unprocessed_with_how_it_was_asked_for() -> None:
    request = {"RequestItems": {"t": {"Keys": [1, 2], "ConsistentRead": True}}}
    part = in_part("DynamoDB_20120810.BatchGetItem", request, lambda _: 0)

    answer = part.completed({"Responses": {"t": ["two"]}})

    assert part.request == {"RequestItems": {"t": {"Keys": [2], "ConsistentRead": True}}}
    assert answer["UnprocessedKeys"] == {"t": {"Keys": [1], "ConsistentRead": True}}
    assert answer["Responses"] == {"t": ["two"]}


@pytest.mark.parametrize("operation", sorted(BATCHES))
def test_a_batch_of_one_may_be_refused_whole(operation: str) -> None:
    requests: dict[str, dict[str, Any]] = {
        "BatchExecuteStatement": {"Statements": [{}]},
        "BatchWriteItem": {"RequestItems": {"t": [{}]}},
        "BatchGetItem": {"RequestItems": {"t": {"Keys": [{}]}}},
    }
    request = requests.get(operation.rpartition(".")[2], {"Entries": [{"Id": "0"}]})

    part = in_part(operation, request, lambda _: 0)

    assert not any(part.request.get(name) for name in ("Statements", "RequestItems", "Entries"))
    assert part.completed({})
