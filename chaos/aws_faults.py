"""The faults of AWS: which call meets one, and what of a batch is refused.

A call is known by the id that the SDK gives all its tries, so a fault can outlast them: then the
function sees it.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

REMEMBERED = 10_000
"""So many calls' faults are remembered; a call is over long before."""

TRIES_THAT_FAIL = (1, 1, 1, 2, 99)
"""Drawn for each fault: most are over at the SDK's next try, some outlast it."""


class Fault(StrEnum):
    """What happens to a call."""

    THROTTLED = "throttled"
    INTERNAL_ERROR = "internal error"
    LOST_BEFORE = "connection lost before"
    LOST_AFTER = "connection lost after"
    IN_PART = "taken in part"


@dataclass(frozen=True)
class Refused:
    """An error of a service, as it answers."""

    status: int
    body: dict[str, str]


@dataclass(frozen=True)
class InPart:
    """A batch without some of its entries, and how those are put into the answer."""

    request: dict[str, Any]
    completed: Callable[[dict[str, Any]], dict[str, Any]]


class AwsFaults:
    """Draws faults for calls."""

    def __init__(self, *, rate: float, seed: int) -> None:
        self._rate = rate
        self._chance = random.Random(seed)  # noqa: S311
        self._lasting: OrderedDict[str, tuple[Fault, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.injected: Counter[Fault] = Counter()
        self.is_calm = False

    def of(self, operation: str, call_id: str) -> Fault | None:
        """The fault of a try of a call; None where it goes well."""
        if self.is_calm:
            return None
        with self._lock:
            if call_id in self._lasting:
                fault, left = self._lasting.pop(call_id)
            elif self._chance.random() < self._rate:
                kinds = [*Fault] if operation in BATCHES else [*Fault][:-1]
                fault = self._chance.choice(kinds)
                left = 1 if fault is Fault.IN_PART else self._chance.choice(TRIES_THAT_FAIL)
            else:
                return None
            if left > 1:
                self._lasting[call_id] = (fault, left - 1)
                if len(self._lasting) > REMEMBERED:
                    self._lasting.popitem(last=False)
            self.injected[fault] += 1
            return fault

    def entry(self, count: int) -> int:
        """Which of a batch's entries is not taken."""
        with self._lock:
            return self._chance.randrange(count)


def refusal(operation: str, fault: Fault) -> Refused:
    """How a service refuses a call."""
    service = operation.partition(".")[0]
    if fault is Fault.THROTTLED:
        code = {
            "DynamoDB_20120810": "ProvisionedThroughputExceededException",
            "AmazonSQS": "RequestThrottled",
        }.get(service, "ThrottlingException")
        return Refused(400, {"__type": code, "message": "injected"})
    return Refused(500, {"__type": "InternalServerError", "message": "injected"})


def in_part(operation: str, request: dict[str, Any], choose: Callable[[int], int]) -> InPart:
    """Take one entry out of a batch; `choose` says which of so many."""
    return BATCHES[operation](request, choose)


def _queue_entries(request: dict[str, Any], choose: Callable[[int], int]) -> InPart:
    entries = list(request["Entries"])
    refused = entries.pop(choose(len(entries)))
    failed = {"Id": refused["Id"], "Code": "InternalError", "SenderFault": False}

    def completed(answer: dict[str, Any]) -> dict[str, Any]:
        taken = answer.get("Successful", [])
        return {**answer, "Successful": taken, "Failed": [*answer.get("Failed", []), failed]}

    return InPart({**request, "Entries": entries}, completed)


def _statements(request: dict[str, Any], choose: Callable[[int], int]) -> InPart:
    statements = list(request["Statements"])
    place = choose(len(statements))
    del statements[place]
    busy = {"Error": {"Code": "ProvisionedThroughputExceeded", "Message": "injected"}}

    def completed(answer: dict[str, Any]) -> dict[str, Any]:
        responses = list(answer.get("Responses", []))
        responses.insert(place, busy)
        return {**answer, "Responses": responses}

    return InPart({**request, "Statements": statements}, completed)


def _written_items(request: dict[str, Any], choose: Callable[[int], int]) -> InPart:
    tables: Mapping[str, Any] = request["RequestItems"]
    table = sorted(tables)[choose(len(tables))]
    items = list(tables[table])
    left = items.pop(choose(len(items)))
    rest = {**tables, table: items}

    def completed(answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "UnprocessedItems": {table: [left]}}

    return InPart(
        {**request, "RequestItems": {name: of for name, of in rest.items() if of}}, completed
    )


def _read_keys(request: dict[str, Any], choose: Callable[[int], int]) -> InPart:
    tables: Mapping[str, Any] = request["RequestItems"]
    table = sorted(tables)[choose(len(tables))]
    keys = list(tables[table]["Keys"])
    left = keys.pop(choose(len(keys)))
    rest = {**tables, table: {**tables[table], "Keys": keys}}

    def completed(answer: dict[str, Any]) -> dict[str, Any]:
        unprocessed = {table: {**tables[table], "Keys": [left]}}
        responses = {name: [] for name in tables} | answer.get("Responses", {})
        return {**answer, "Responses": responses, "UnprocessedKeys": unprocessed}

    return InPart(
        {**request, "RequestItems": {name: of for name, of in rest.items() if of["Keys"]}},
        completed,
    )


BATCHES: Mapping[str, Callable[[dict[str, Any], Callable[[int], int]], InPart]] = {
    "AmazonSQS.SendMessageBatch": _queue_entries,
    "AmazonSQS.ChangeMessageVisibilityBatch": _queue_entries,
    "DynamoDB_20120810.BatchExecuteStatement": _statements,
    "DynamoDB_20120810.BatchWriteItem": _written_items,
    "DynamoDB_20120810.BatchGetItem": _read_keys,
}
"""Calls that a service may carry out in part and answer with 200."""
