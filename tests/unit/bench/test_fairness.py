"""How long one tenant waits beside another's flood."""

from __future__ import annotations

import pytest

from bench.fairness import Waits, report


def test_the_flood_is_held_against_the_same_tenant_alone() -> None:
    [table] = report(Waits(alone=[0.2, 0.1, 0.4], beside_flood=[2.0, 0.2, 1.0]))

    alone, beside, ratio = table.rows
    assert alone == ("alone", 0.1, 0.2, 0.4)
    assert beside == ("beside the flood", 0.2, 1.0, 2.0)
    assert ratio == ("ratio", *map(pytest.approx, (2.0, 5.0, 5.0)))


def test_the_95th_percentile_is_a_wait_that_was_measured() -> None:
    waits = [float(number) for number in range(1, 41)]
    [table] = report(Waits(alone=waits, beside_flood=waits))

    assert table.rows[0][3] == 38
