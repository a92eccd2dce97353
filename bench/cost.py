"""Works out what 1,000 delivered notifications cost, at list prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from bench import prices
from bench.aws_usage import Usage, Usages
from bench.tables import Table

DELIVERED = 1_000
AIM = 0.02
"""US$ for 1,000 delivered."""

EVENT_SOURCE_REQUESTS = 2
"""What Lambda asks of SQS for an invocation: it receives a batch and deletes it."""


@dataclass(frozen=True)
class Line:
    """One position of the bill."""

    name: str
    quantity: float
    unit_price: float

    @property
    def dollars(self) -> float:
        """What it comes to."""
        return self.quantity * self.unit_price


def bill(
    accept: Usage, deliver: Usage, memory_mb: Mapping[str, int], access_log_bytes: int
) -> list[Line]:
    """The bill for `DELIVERED` notifications that come through the HTTP API, one a request."""
    steps = (accept, deliver)
    invocations = {step.function: _scaled(step, step.invocations) for step in steps}
    requests = invocations[accept.function]
    batches = invocations[deliver.function]
    sqs = sum(_scaled(step, step.sqs_requests) for step in steps) + batches * EVENT_SOURCE_REQUESTS
    log = requests * (access_log_bytes + prices.LOG_LINE_OVERHEAD_BYTES) + sum(
        _scaled(step, step.log_bytes + step.log_lines * prices.LOG_LINE_OVERHEAD_BYTES)
        for step in steps
    )
    return [
        Line("HTTP API requests", requests, prices.HTTP_API_REQUEST),
        Line("Lambda requests", requests + batches, prices.LAMBDA_REQUEST),
        Line(
            "Lambda GB-seconds",
            sum(
                invocations[s.function] * gb_seconds(s.seconds, memory_mb[s.function])
                for s in steps
            ),
            prices.LAMBDA_ARM64_GB_SECOND,
        ),
        Line("SQS requests", sqs, prices.SQS_REQUEST),
        Line("SQS fair queue requests", sqs, prices.SQS_FAIR_QUEUE_REQUEST),
        Line(
            "DynamoDB write units",
            sum(_scaled(step, step.units.write) for step in steps),
            prices.DYNAMODB_WRITE_UNIT,
        ),
        Line(
            "DynamoDB read units",
            sum(_scaled(step, step.units.read) for step in steps),
            prices.DYNAMODB_READ_UNIT,
        ),
        Line("log bytes", log, prices.LOG_BYTE),
    ]


def gb_seconds(seconds: float, memory_mb: int) -> float:
    """What Lambda charges for an invocation: started milliseconds times memory."""
    return ceil(seconds * 1000) / 1000 * memory_mb / 1024


def tables(usages: Usages, memory_mb: Mapping[str, int], access_log_bytes: int) -> list[Table]:
    """The bills of three ways to the same end."""
    ways = {
        "full batches": (usages.accept, usages.deliver_batch),
        "full batches, every request with an Idempotency-Key": (
            usages.accept_with_key,
            usages.deliver_batch,
        ),
        "one message an invocation, as with little traffic": (
            usages.accept,
            usages.deliver_single,
        ),
    }
    return [
        _table(way, bill(accept, deliver, memory_mb, access_log_bytes))
        for way, (accept, deliver) in ways.items()
    ]


def _table(way: str, lines: Sequence[Line]) -> Table:
    total = sum(line.dollars for line in lines)
    return Table(
        f"Cost of {DELIVERED:,} delivered: {way} (aim: at most {AIM} US$)",
        ("position", "quantity", "US$"),
        [
            *((line.name, line.quantity, line.dollars) for line in lines),
            ("total", "", total),
            ("times the aim", "", total / AIM),
        ],
    )


def _scaled(usage: Usage, amount: float) -> float:
    """An amount of a measurement, for `DELIVERED` notifications."""
    return amount / usage.notifications * DELIVERED
