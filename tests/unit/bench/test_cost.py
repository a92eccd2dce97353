"""The bill for 1,000 delivered notifications."""

from __future__ import annotations

import pytest

from bench.aws_usage import Usage
from bench.capacity import Units
from bench.cost import bill, gb_seconds

MEMORY = {"api": 512, "notification_sender": 1024}
ACCESS_LOG_BYTES = 174

ACCEPT = Usage(
    step="accept",
    function="api",
    notifications=20,
    invocations=20,
    seconds=0.010,
    calls={"dynamodb.PutItem": 20, "sqs.SendMessageBatch": 20},
    units=Units(write=120, read=90),
    log_lines=20,
    log_bytes=2000,
)
DELIVER = Usage(
    step="deliver",
    function="notification_sender",
    notifications=100,
    invocations=10,
    seconds=0.250,
    calls={"dynamodb.BatchGetItem": 20, "sqs.ChangeMessageVisibilityBatch": 10},
    units=Units(write=1100, read=200),
    log_lines=0,
    log_bytes=0,
)


@pytest.fixture
def quantities() -> dict[str, float]:
    return {line.name: line.quantity for line in bill(ACCEPT, DELIVER, MEMORY, ACCESS_LOG_BYTES)}


@pytest.mark.parametrize(
    ("position", "quantity"),
    [
        ("HTTP API requests", 1000),
        ("Lambda requests", 1000 + 100),
        ("Lambda GB-seconds", 1000 * 0.010 * 0.5 + 100 * 0.250 * 1),
        ("SQS requests", 1000 + 100 + 2 * 100),
        ("SQS fair queue requests", 1000 + 100 + 2 * 100),
        ("DynamoDB write units", 6000 + 11_000),
        ("DynamoDB read units", 4500 + 2000),
        ("log bytes", 1000 * (174 + 26) + 1000 * (100 + 26)),
    ],
)
def test_measurements_are_scaled_to_a_thousand_delivered(
    quantities: dict[str, float], position: str, quantity: float
) -> None:
    assert quantities[position] == pytest.approx(quantity)


def test_a_position_comes_to_quantity_times_price() -> None:
    dollars = {line.name: line.dollars for line in bill(ACCEPT, DELIVER, MEMORY, ACCESS_LOG_BYTES)}
    assert dollars["DynamoDB write units"] == pytest.approx(17_000 * 0.625 / 1_000_000)
    assert dollars["HTTP API requests"] == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("seconds", "memory_mb", "charged"),
    [(0.100, 1024, 0.1), (0.1001, 1024, 0.101), (0.0001, 512, 0.0005), (1, 256, 0.25)],
)
def test_lambda_charges_started_milliseconds_by_memory(
    seconds: float, memory_mb: int, charged: float
) -> None:
    assert gb_seconds(seconds, memory_mb) == pytest.approx(charged)
