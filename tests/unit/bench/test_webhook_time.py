"""The table of webhook requests."""

from __future__ import annotations

import pytest

from bench.webhook_time import WebhookTime, tables


@pytest.mark.parametrize(("cpu", "within"), [(0.0013, "yes"), (0.0014, "no")])
def test_the_ratio_to_the_bare_handler_decides(cpu: float, within: str) -> None:
    [table] = tables(WebhookTime(cpu=cpu, wall=0.004, bare_cpu=0.001, bare_wall=0.004))

    in_cpu, on_the_wall = table.rows
    assert in_cpu[0] == "CPU"
    assert in_cpu[3] == pytest.approx(cpu / 0.001)
    assert in_cpu[5] == within
    assert on_the_wall[4] == 0
