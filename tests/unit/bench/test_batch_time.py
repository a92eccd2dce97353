"""A batch against its provider."""

from __future__ import annotations

import pytest

from bench import batch_time


@pytest.mark.parametrize(
    ("seconds", "ratio", "within"),
    [([0.25, 0.9, 0.21], 1.25, "yes"), ([0.26], 1.3, "yes"), ([0.27], 1.35, "no")],
)
def test_the_median_batch_counts(seconds: list[float], ratio: float, within: str) -> None:
    (table,) = batch_time.tables(seconds)
    ((batches, *_, shown, verdict),) = table.rows
    assert batches == len(seconds)
    assert shown == pytest.approx(ratio)
    assert verdict == within
