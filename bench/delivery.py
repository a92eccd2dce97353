"""Runs the measurements that need the laptop cloud, on one workload."""

from __future__ import annotations

from contextlib import closing

from bench import aws_usage, batch_time, cost, laptop_cloud, stack, webhook_time
from bench.tables import Table
from bench.workload import Workload


def tables() -> list[Table]:
    """Time of a batch and of a webhook request, AWS calls and cost.

    Raises
    ------
    Problem
        The laptop cloud does not start, or does not deliver.
    """
    with (
        laptop_cloud.running() as variables,
        closing(Workload(variables)) as workload,
        laptop_cloud.provider_latency("meta", batch_time.PROVIDER_MS),
    ):
        usages = aws_usage.measure(workload, variables)
        seconds = batch_time.measure(workload)
        webhook = webhook_time.measure(variables)
    memory = {name: function.memory_mb for name, function in stack.functions().items()}
    return [
        *batch_time.tables(seconds),
        *webhook_time.tables(webhook),
        *aws_usage.tables(usages),
        *cost.tables(usages, memory, stack.access_log_bytes()),
    ]
