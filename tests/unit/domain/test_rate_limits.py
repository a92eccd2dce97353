"""Token buckets that are kept as one moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.rate_limits import MOST_PER_SECOND, RateLimit, in_microseconds

LIMITS = st.builds(
    RateLimit,
    most=st.integers(1, MOST_PER_SECOND),
    seconds=st.sampled_from([1, 6, 7, 60, 86_400]),
    burst=st.integers(1, 2 * MOST_PER_SECOND),
)


@pytest.mark.parametrize(
    ("per_second", "burst", "at_once"), [(1, 2, 2), (3, 6, 5), (50, 100, 5), (500, 1000, 50)]
)
def test_a_container_takes_a_tenth_of_a_second_and_no_more_than_there_can_be(
    per_second: int, burst: int, at_once: int
) -> None:
    assert RateLimit(most=per_second, burst=burst).at_once == at_once


def test_what_may_happen_at_once_is_what_may_happen_in_the_time_unless_it_says_otherwise() -> None:
    assert RateLimit(most=80).burst == 80
    assert RateLimit(most=1, seconds=6).burst == 1
    assert RateLimit(most=1, seconds=6, burst=45).burst == 45


@given(limit=LIMITS, tokens=st.integers(0, 1000))
def test_what_is_paid_for_tokens_is_never_less_than_they_cost(
    limit: RateLimit, tokens: int
) -> None:
    assert limit.cost(tokens) * limit.most >= tokens * limit.seconds * 1_000_000


@given(limit=LIMITS, lacking=st.integers(0, 3_000_000), now=st.integers(0, 10**16))
def test_tokens_are_there_exactly_until_the_latest_moment_says_so(
    limit: RateLimit, lacking: int, now: int
) -> None:
    full_at = now + lacking

    available = limit.available(full_at, now)

    assert 0 <= available <= limit.burst
    assert full_at <= limit.latest(available, now) or available == 0
    assert full_at > limit.latest(available + 1, now)


@given(limit=LIMITS, lacking=st.integers(0, 3_000_000))
def test_after_the_wait_there_is_a_token(limit: RateLimit, lacking: int) -> None:
    wait = limit.seconds_until_one(lacking, 0)

    assert limit.available(lacking, round(wait * 1_000_000)) >= 1


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))
def test_a_moment_keeps_its_microseconds(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    assert epoch + timedelta(microseconds=in_microseconds(aware)) == aware
