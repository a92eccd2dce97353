"""Measures the AWS calls, capacity units and log of accepting and delivering a notification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from uuid import uuid4

from bench.aws_calls import Call
from bench.capacity import CapacityMeter, Schema, Units
from bench.tables import Table
from bench.workload import BATCH, Invocation, Workload
from local import aws
from local.places import AWS_URL

BATCHES = 10
SINGLES = 10


@dataclass(frozen=True)
class Usage:
    """What some invocations used that took `notifications` one step on their way.

    `seconds` is the median of an invocation's duration.
    """

    step: str
    function: str
    notifications: int
    invocations: int
    seconds: float
    calls: Mapping[str, int]
    units: Units
    log_lines: int
    log_bytes: int

    @property
    def sqs_requests(self) -> int:
        """The SDK's SQS calls; the event source's own come on top."""
        return sum(count for name, count in self.calls.items() if name.startswith("sqs."))


@dataclass(frozen=True)
class Usages:
    """What each step used; those of a first event also fill a container's caches."""

    first_accept: Usage
    first_deliver: Usage
    accept: Usage
    accept_with_key: Usage
    deliver_batch: Usage
    deliver_single: Usage

    def all(self) -> list[Usage]:
        """In the order in which they are shown."""
        return [
            *(self.first_accept, self.accept, self.accept_with_key),
            *(self.first_deliver, self.deliver_batch, self.deliver_single),
        ]


def measure(workload: Workload, variables: Mapping[str, str]) -> Usages:
    """Accept and deliver; everything that is accepted is delivered."""
    watch = _Watch(workload, CapacityMeter(_schemas(variables)))
    singles = range(SINGLES)
    return Usages(
        first_accept=watch.use("accept, first of a container", "api", 1, [workload.accept()]),
        first_deliver=watch.use(
            "deliver, first of a container", "notification_sender", 1, [workload.deliver(1)]
        ),
        accept_with_key=watch.use(
            "accept, with an Idempotency-Key",
            "api",
            SINGLES,
            [workload.accept(idempotency_key=uuid4().hex) for _ in singles],
        ),
        deliver_single=watch.use(
            "deliver, one at a time",
            "notification_sender",
            SINGLES,
            [workload.deliver(1) for _ in singles],
        ),
        accept=watch.use(
            "accept", "api", BATCHES * BATCH, [workload.accept() for _ in range(BATCHES * BATCH)]
        ),
        deliver_batch=watch.use(
            f"deliver, batches of {BATCH}",
            "notification_sender",
            BATCHES * BATCH,
            [workload.deliver(BATCH) for _ in range(BATCHES)],
        ),
    )


def tables(usages: Usages) -> list[Table]:
    """Use a notification, and the calls behind it."""
    return [
        Table(
            "What a notification uses, by step (counted from the SDK's calls)",
            (
                *("step", "AWS calls", "write units", "read units", "SQS requests"),
                *("log bytes", "ms an invocation"),
            ),
            [_row(usage) for usage in usages.all()],
            (
                "Units are worked out from the items by DynamoDB's published rules, an estimate: "
                "the laptop cloud reports no consumed capacity.",
                "SQS requests are ours; the event source adds a receive and a delete for each "
                "invocation of the sender.",
                "Durations include the provider's, and those of an emulator on this machine.",
            ),
        ),
        Table(
            "AWS calls a notification, by step",
            ("step", "call", "a notification"),
            [
                (usage.step, call, count / usage.notifications)
                for usage in usages.all()
                for call, count in sorted(usage.calls.items())
            ],
        ),
    ]


class _Watch:
    """Adds up what happened since the last look."""

    def __init__(self, workload: Workload, meter: CapacityMeter) -> None:
        self._workload = workload
        self._meter = meter

    def use(
        self, step: str, function: str, notifications: int, invocations: Sequence[Invocation]
    ) -> Usage:
        calls = self._workload.calls()
        return Usage(
            step=step,
            function=function,
            notifications=notifications,
            invocations=len(invocations),
            seconds=median(invocation.seconds for invocation in invocations),
            calls=Counter(f"{call.service}.{call.operation}" for call in calls),
            units=self._units(calls),
            log_lines=sum(invocation.log_lines for invocation in invocations),
            log_bytes=sum(invocation.log_bytes for invocation in invocations),
        )

    def _units(self, calls: Sequence[Call]) -> Units:
        dynamodb = [call for call in calls if call.service == "dynamodb"]
        return sum((self._meter.units(call) for call in dynamodb), Units())


def _schemas(variables: Mapping[str, str]) -> dict[str, Schema]:
    """The stack's tables, as they were deployed."""
    client = aws.SESSION.client("dynamodb", endpoint_url=AWS_URL)
    schemas = {}
    for name in (value for key, value in variables.items() if key.endswith("_TABLE")):
        table = client.describe_table(TableName=name)["Table"]
        indexes = table.get("GlobalSecondaryIndexes", [])
        if any(index["Projection"]["ProjectionType"] != "KEYS_ONLY" for index in indexes):
            raise ValueError(f"{name} has an index that holds more than keys")
        schemas[name] = Schema(
            tuple(part["AttributeName"] for part in table["KeySchema"]),
            tuple(tuple(p["AttributeName"] for p in index["KeySchema"]) for index in indexes),
        )
    return schemas


def _row(usage: Usage) -> tuple[str | float, ...]:
    count = usage.notifications
    return (
        usage.step,
        sum(usage.calls.values()) / count,
        usage.units.write / count,
        usage.units.read / count,
        usage.sqs_requests / count,
        usage.log_bytes / count,
        usage.seconds * 1000,
    )
