"""Measures how long the sender takes for a batch whose provider takes 200 ms for each message."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from bench.tables import Table
from bench.workload import BATCH, Workload

PROVIDER_MS = 200
BATCHES = 15
AIM = 1.3
"""A batch may take this many times its slowest send."""


def measure(workload: Workload) -> list[float]:
    """Seconds of each batch, in a sender that is warm."""
    return [_batch(workload) for _ in range(BATCHES)]


def tables(seconds: Sequence[float]) -> list[Table]:
    """The batch against its provider."""
    middle = median(seconds) * 1000
    ratio = middle / PROVIDER_MS
    return [
        Table(
            f"A batch of {BATCH}, sent through a provider that takes {PROVIDER_MS} ms "
            f"(aim: at most {AIM} x that)",
            ("batches", "fastest ms", "median ms", "slowest ms", "ratio", "within aim"),
            [
                (
                    len(seconds),
                    min(seconds) * 1000,
                    middle,
                    max(seconds) * 1000,
                    ratio,
                    "yes" if ratio <= AIM else "no",
                )
            ],
            (
                "The handler of notification_sender in this process, over the laptop cloud: its "
                "DynamoDB and the provider share this machine's cores with it.",
            ),
        )
    ]


def _batch(workload: Workload) -> float:
    for _ in range(BATCH):
        workload.accept()
    return workload.deliver(BATCH).seconds
