"""Quantiles that are read from counts in buckets are close to the true ones."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.latencies import BOUNDS, bucket_of, quantile

MEASURED = st.floats(0.25, BOUNDS[-1], exclude_min=True)


def counted(durations: list[float]) -> Counter[int]:
    return Counter(bucket_of(duration) for duration in durations)


def test_nothing_has_no_median() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({3: 0}, 0.5) is None


@given(durations=st.lists(MEASURED, min_size=1, max_size=50), share=st.sampled_from([0.5, 0.95, 1]))
def test_a_quantile_is_at_most_19_percent_beside_the_true_one(
    durations: list[float], share: float
) -> None:
    true = sorted(durations)[math.ceil(share * len(durations)) - 1]

    found = quantile(counted(durations), share)

    assert found is not None
    assert 1 / 1.19 <= found / true <= 1.19


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 0.1])
def test_what_took_no_time_is_in_the_first_bucket(seconds: float) -> None:
    found = quantile(counted([seconds]), 0.5)

    assert found is not None
    assert 0 <= found <= 0.25


def test_what_took_for_ever_counts_as_the_last_bound() -> None:
    assert quantile(counted([10 * BOUNDS[-1]]), 0.95) == BOUNDS[-1]
    assert BOUNDS[-1] > 3 * 24 * 3600


def test_stored_buckets_keep_their_meaning() -> None:
    """Counts of many months rest on these bounds."""
    assert len(BOUNDS) == 81
    assert [bucket_of(seconds) for seconds in (0.25, 0.26, 1, 60, 3600)] == [0, 1, 8, 32, 56]
