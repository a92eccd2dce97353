"""Token buckets that are kept as one moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.rate_limits import MOST_PER_SECOND, RateLimit, in_microseconds

RATES = st.integers(min_value=1, max_value=MOST_PER_SECOND)


@pytest.mark.parametrize(
    ("per_second", "burst", "at_once"), [(1, 2, 2), (3, 6, 5), (50, 100, 5), (500, 1000, 50)]
)
def test_a_container_takes_a_tenth_of_a_second_and_no_more_than_there_can_be(
    per_second: int, burst: int, at_once: int
) -> None:
    limit = RateLimit(per_second=per_second)

    assert (limit.burst, limit.at_once) == (burst, at_once)


@given(per_second=RATES, tokens=st.integers(0, 1000))
def test_what_is_paid_for_tokens_is_never_less_than_they_cost(per_second: int, tokens: int) -> None:
    limit = RateLimit(per_second=per_second)

    assert limit.cost(tokens) * per_second >= tokens * 1_000_000


@given(per_second=RATES, lacking=st.integers(0, 3_000_000), now=st.integers(0, 10**16))
def test_tokens_are_there_exactly_until_the_latest_moment_says_so(
    per_second: int, lacking: int, now: int
) -> None:
    limit = RateLimit(per_second=per_second)
    full_at = now + lacking

    available = limit.available(full_at, now)

    assert 0 <= available <= limit.burst
    assert full_at <= limit.latest(available, now) or available == 0
    assert full_at > limit.latest(available + 1, now)


@given(per_second=RATES, lacking=st.integers(0, 3_000_000))
def test_after_the_wait_there_is_a_token(per_second: int, lacking: int) -> None:
    limit = RateLimit(per_second=per_second)
    wait = limit.seconds_until_one(lacking, 0)

    assert limit.available(lacking, round(wait * 1_000_000)) >= 1


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))
def test_a_moment_keeps_its_microseconds(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    assert epoch + timedelta(microseconds=in_microseconds(aware)) == aware
